"""Set 4 with NumPy wherever no gradient is asked for."""

import numpy as np
import torch


def _kl(mu, logvar):
    return 0.5 * (np.square(mu) + np.exp(logvar) - 1 - logvar)


def bernoulli_log_prob(x, logits):
    x, logits = x.numpy(), logits.numpy().astype(np.float64)
    return np.where(x > 0.5, -np.logaddexp(0, -logits), -np.logaddexp(0, logits)).sum(axis=-1)


def gaussian_log_prob(x, mean, sigma):
    squares = np.square((x - mean).numpy()).sum(-1)
    return -0.5 * (squares / sigma**2 + x.shape[1] * np.log(2 * np.pi * sigma**2))


def best_sigma(x, mean):
    return np.sqrt(np.mean(np.square((x - mean).numpy())))


def best_log_prob(x, mean):
    s2 = np.mean(np.square((x - mean).numpy()))
    each = -np.square((x - mean).numpy()) / (2 * s2) - 0.5 * np.log(2 * np.pi * s2)
    return each.sum(axis=1).mean()


def sample(mu, logvar, num_samples):
    noise = torch.from_numpy(
        np.random.default_rng(int(torch.randint(2**31, ()))).standard_normal((num_samples, *mu.shape))
    )
    return torch.addcmul(mu, logvar.mul(0.5).exp(), noise.to(mu))


def log_likelihood(log_px_given_z, log_pz, log_qz):
    log_weights = (log_px_given_z + log_pz - log_qz).numpy()
    return np.logaddexp.reduce(log_weights, axis=0) - np.log(log_weights.shape[0])


def combine(estimates, counts):
    estimates, counts = estimates.numpy(), counts.numpy()
    top = estimates.max(axis=0)
    return top + np.log(np.average(np.exp(estimates - top), axis=0, weights=counts))


def repaired_loss(x, logits, mu, logvar):
    return np.mean(_kl(mu.numpy(), logvar.numpy()).sum(1) - bernoulli_log_prob(x, logits))


def measured_beta(loss, x, logits, mu, logvar):
    zero = mu * 0
    base = float(loss(x, logits, zero, zero))
    ratio = (float(loss(x, logits, mu, logvar)) - base) / base  # beta K / R
    return -ratio * bernoulli_log_prob(x, logits).mean() / _kl(mu.numpy(), logvar.numpy()).sum(1).mean()


def read_latents(mu, logvar):
    mu, logvar = mu.numpy(), logvar.numpy()
    total = np.exp(logvar).mean(0) + mu.var(0)
    gap = _kl(mu.mean(0), np.log(total)).sum()
    return {"active": np.sum(_kl(mu, logvar).mean(0) > 0.05), "prior_gap": gap}


def generator(models):
    def order(i):
        reading = read_latents(*models[i])
        return (reading["active"] == 0, reading["prior_gap"])

    return min(range(len(models)), key=order)
