"""Set 3 with NumPy wherever no gradient has to flow."""

import numpy as np
import torch
from torch.nn import functional


def _draw(mu, logvar, eps):
    noise, sigma = eps.numpy(), np.exp(0.5 * logvar.numpy())
    return mu.numpy() + sigma * noise, noise, sigma


def pathwise(mu, logvar, eps):
    z, noise, sigma = _draw(mu, logvar, eps)
    return np.mean(3 * z**2), np.mean(1.5 * z**2 * sigma * noise)


def score_function(mu, logvar, eps):
    z, noise, sigma = _draw(mu, logvar, eps)
    scores = np.stack([noise / sigma, 0.5 * noise**2 - 0.5])
    by_mu, by_logvar = (z**3 * scores).mean(axis=1)
    return by_mu, by_logvar


def best_baseline(h, score):
    return np.average(h.numpy(), weights=score.numpy() ** 2)


def leave_one_out(h, score):
    others = np.array([np.delete(h.numpy(), k).mean() for k in range(len(h))])
    return np.dot(h.numpy() - others, score.numpy()) / len(h)


def pathwise_variance(a, sigma):
    return np.dot([0.0, 1.0, 8.0], np.square(a)) / sigma**2


def score_variance(a, sigma, baseline):
    h = np.array([a[0] - baseline, a[1], a[2]])
    form = np.array([[2.0, 0.0, 10.0], [0.0, 10.0, 0.0], [10.0, 0.0, 74.0]])
    return h @ form @ h / sigma**2


def bound_gradient(log_w, grads):
    weights = np.exp(log_w.numpy() - log_w.numpy().max(axis=0))
    return np.einsum("kb,kbp->bp", weights / weights.sum(axis=0), grads.numpy())


def surrogate(log_w):
    share = functional.softmax(log_w.T, dim=1).T
    return torch.stack([share.data[:, i] @ log_w[:, i] for i in range(log_w.shape[1])])


def repaired_objective(x, W, mu, logvar):
    noise = torch.from_numpy(np.random.default_rng(int(torch.randint(2**31, ()))).normal(size=mu.shape))
    z = mu + (0.5 * logvar).exp() * noise
    likelihood = torch.distributions.MultivariateNormal(
        functional.linear(z, W), torch.eye(x.shape[1], dtype=x.dtype)
    )
    cost = -0.5 * (1 + logvar - mu.square() - logvar.exp())
    return likelihood.log_prob(x) - cost.sum(-1)


def arrives(draw, mu, logvar):
    mu, logvar = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
    z = draw(mu, logvar) + 0 * (mu + logvar)  # so that there is always something to differentiate
    slopes = torch.autograd.grad(z.sum(), (mu, logvar))
    return {
        name: bool(np.any(slope.numpy() != 0)) for name, slope in zip(("mu", "logvar"), slopes, strict=True)
    }


def compare(first, second):
    a, b = first.numpy(), second.numpy()
    spread_a, spread_b = np.var(a, ddof=1), np.var(b, ddof=1)
    error = np.hypot(np.sqrt(spread_a / len(a)), np.sqrt(spread_b / len(b)))
    return {"apart": np.abs(a.mean() - b.mean()) / error, "times": spread_a / spread_b}
