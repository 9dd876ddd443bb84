"""Set 6 with NumPy where no gradient is needed."""

import numpy as np
import torch


def true_beta(weight, pixels, latents, reconstruction, kl):
    return weight * {"sum": 1, "mean": pixels}[reconstruction] / {"sum": 1, "mean": latents}[kl]


def repaired_loss(costs, kl, weight):
    return (costs.numpy().sum() + weight * kl.numpy().sum()) / len(costs)


def rates(eigenvalues, beta, sigma):
    ratio = eigenvalues.numpy() / (beta * sigma**2)
    return np.log(np.maximum(ratio, 1.0)) / 2


def multiplier(eigenvalues, delta, sigma):
    logs = np.sort(np.log(eigenvalues.numpy()))[::-1]
    levels = (np.cumsum(logs) - 2 * delta) / np.arange(1, len(logs) + 1)
    # With k axes on, the level must lie below the k-th eigenvalue; the largest such k is right.
    active = np.flatnonzero(levels < logs)[-1]
    return np.exp(levels[active]) / sigma**2


def conditions(kl, delta, beta, tolerance):
    excess = kl - delta
    return np.array([excess <= tolerance, beta >= 0, np.abs(beta * excess) <= tolerance]).astype(float)


def capacity_loss(reconstruction, kl, capacity, gamma):
    excess = kl - capacity
    sign = torch.sign(excess.mean().detach())
    return (-reconstruction + gamma * sign * excess).mean()


def best_for_weight(rate, distortion, beta):
    return int(np.argsort(rate.numpy() * beta + distortion.numpy(), kind="stable")[0])


def best_for_limit(rate, distortion, delta):
    rate, distortion = rate.numpy(), distortion.numpy()
    kept = np.flatnonzero(rate <= delta)
    return int(kept[distortion[kept].argmin()])
