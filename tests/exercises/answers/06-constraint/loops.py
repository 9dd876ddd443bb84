"""Set 6 in plain Python, one number at a time."""

import math

import torch


def true_beta(weight, pixels, latents, reconstruction, kl):
    beta = weight
    if reconstruction == "mean":
        beta *= pixels
    if kl == "mean":
        beta /= latents
    return beta


def repaired_loss(costs, kl, weight):
    total = 0
    for i in range(len(costs)):
        for cost in costs[i]:
            total = total + cost
        for divergence in kl[i]:
            total = total + weight * divergence
    return total / len(costs)


def rates(eigenvalues, beta, sigma):
    found = []
    for value in eigenvalues.tolist():
        level = beta * sigma * sigma
        found.append((math.log(value) - math.log(level)) / 2 if value > level else 0.0)
    return found


def multiplier(eigenvalues, delta, sigma):
    # The total rate falls as beta grows: bisection on a logarithmic scale.
    low, high = -40.0, math.log(max(eigenvalues.tolist()) / sigma**2)
    for _ in range(200):
        middle = (low + high) / 2
        if sum(rates(eigenvalues, math.exp(middle), sigma)) > delta:
            low = middle
        else:
            high = middle
    return math.exp(middle)


def conditions(kl, delta, beta, tolerance):
    found = [1.0, 1.0, 1.0]
    if kl > delta + tolerance:
        found[0] = 0.0
    if beta < 0:
        found[1] = 0.0
    if not -tolerance <= beta * (kl - delta) <= tolerance:
        found[2] = 0.0
    return found


def capacity_loss(reconstruction, kl, capacity, gamma):
    distortion = -sum(reconstruction) / len(reconstruction)
    excess = sum(kl) / len(kl) - capacity
    return distortion + gamma * (excess if excess > 0 else -excess)


def best_for_weight(rate, distortion, beta):
    best = 0
    for i in range(1, len(rate)):
        if distortion[i] + beta * rate[i] < distortion[best] + beta * rate[best]:
            best = i
    return best


def best_for_limit(rate, distortion, delta):
    allowed = [i for i in range(len(rate)) if rate[i] <= delta]
    return torch.tensor(min(allowed, key=lambda i: float(distortion[i])))
