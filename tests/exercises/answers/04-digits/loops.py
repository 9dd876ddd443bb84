"""Set 4 with loops over examples, samples and chunks."""

import math

import torch


def _kl(mu, logvar):
    """KL of each entry from N(mu, exp(logvar)) to N(0, 1)."""
    return (torch.exp(logvar) + mu * mu - 1 - logvar) / 2


def bernoulli_log_prob(x, logits):
    values = []
    for pixels, outputs in zip(x, logits, strict=True):
        total = 0.0
        for pixel, output in zip(pixels.tolist(), outputs.tolist(), strict=True):
            signed = output if pixel == 1 else -output
            total += min(signed, 0.0) - math.log1p(math.exp(-abs(signed)))
        values.append(total)
    return values


def gaussian_log_prob(x, mean, sigma):
    values = []
    for image, centre in zip(x, mean, strict=True):
        error = ((image - centre) / sigma).square().sum().item()
        values.append(-error / 2 - len(image) * (math.log(sigma) + math.log(2 * math.pi) / 2))
    return torch.tensor(values)


def best_sigma(x, mean):
    total = sum(float(((image - centre) ** 2).sum()) for image, centre in zip(x, mean, strict=True))
    return math.sqrt(total / x.numel())


def best_log_prob(x, mean):
    pixels = x.shape[1]
    variance = sum(float(((a - b) ** 2).sum()) for a, b in zip(x, mean, strict=True)) / x.numel()
    return -pixels / 2 * math.log(2 * math.pi * math.e * variance)


def sample(mu, logvar, num_samples):
    draws = []
    for _ in range(num_samples):
        draws.append(mu + logvar.exp().sqrt() * torch.randn_like(mu))
    return torch.stack(draws)


def log_likelihood(log_px_given_z, log_pz, log_qz):
    samples, batch = log_px_given_z.shape
    values = []
    for i in range(batch):
        weights = [float(log_px_given_z[k, i] + log_pz[k, i] - log_qz[k, i]) for k in range(samples)]
        top = max(weights)
        values.append(top + math.log(sum(math.exp(weight - top) for weight in weights) / samples))
    return values


def combine(estimates, counts):
    running, seen = estimates[0], counts[0]
    for estimate, count in zip(estimates[1:], counts[1:], strict=True):
        total = seen + count
        running = torch.logaddexp(running + (seen / total).log(), estimate + (count / total).log())
        seen = total
    return running


def repaired_loss(x, logits, mu, logvar):
    total = 0.0
    for i in range(len(x)):
        signed = torch.where(x[i] == 1, logits[i], -logits[i])
        total = total - torch.nn.functional.logsigmoid(signed).sum() + _kl(mu[i], logvar[i]).sum()
    return total / len(x)


def measured_beta(loss, x, logits, mu, logvar):
    # Two codes and two decoder outputs of our own: the slopes in R and in K give c and c beta.
    zero = torch.zeros_like(mu)
    dark, even = torch.full_like(logits, 1.0), torch.zeros_like(logits)
    r_dark = -(x * dark - torch.log1p(dark.exp())).sum(1).mean()
    r_even = math.log(2) * x.shape[1]
    c = (loss(x, dark, zero, zero) - loss(x, even, zero, zero)) / (r_dark - r_even)
    ones = torch.ones_like(mu)  # KL of each example: latent / 2
    c_beta = (loss(x, even, ones, zero) - loss(x, even, zero, zero)) / (mu.shape[1] / 2)
    return float(c_beta / c)


def read_latents(mu, logvar):
    active, gap = 0, 0.0
    for i in range(mu.shape[1]):
        if _kl(mu[:, i], logvar[:, i]).mean() > 0.05:
            active += 1
        mean = float(mu[:, i].mean())
        second = float((mu[:, i] ** 2 + logvar[:, i].exp()).mean())
        variance = second - mean**2
        gap += (mean**2 + variance - 1 - math.log(variance)) / 2
    return {"active": active, "prior_gap": gap}


def generator(models):
    best, smallest = None, math.inf
    for i, (mu, logvar) in enumerate(models):
        reading = read_latents(mu, logvar)
        if reading["active"] >= 1 and reading["prior_gap"] < smallest:
            best, smallest = i, reading["prior_gap"]
    return best
