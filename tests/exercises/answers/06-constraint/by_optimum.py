"""Set 6 by the conditions themselves: roots, norms and sorted tables."""

import torch


def true_beta(weight, pixels, latents, reconstruction, kl):
    # The loss of a terms vector is linear; differentiate it by one entry of each term.
    x = torch.ones(pixels, dtype=torch.float64, requires_grad=True)
    z = torch.ones(latents, dtype=torch.float64, requires_grad=True)
    loss = getattr(torch, reconstruction)(x) + weight * getattr(torch, kl)(z)
    loss.backward()
    return (z.grad[0] / x.grad[0]).item()


def repaired_loss(costs, kl, weight):
    return torch.cat([costs, weight * kl], dim=1).sum(1).mean()


def rates(eigenvalues, beta, sigma):
    s_squared = (beta * sigma**2 / eigenvalues).clamp(max=1.0)  # 1 where the axis is off
    return -0.5 * s_squared.log()


def multiplier(eigenvalues, delta, sigma):
    # Newton's method for the total rate as a function of log beta: convex and falling, so it converges from the left.
    at = torch.tensor(-30.0, dtype=torch.float64, requires_grad=True)
    for _ in range(100):
        total = rates(eigenvalues, at.exp(), sigma).sum() - delta
        (slope,) = torch.autograd.grad(total, at)
        at = (at - total / slope).detach().requires_grad_()
    return at.exp().item()


def conditions(kl, delta, beta, tolerance):
    product = torch.tensor(beta * (delta - kl))
    return torch.stack(
        [
            torch.tensor(delta - kl >= -tolerance).double(),
            torch.tensor(float(beta > 0 or beta == 0)).double(),
            (product.abs() <= tolerance).double(),
        ]
    )


def capacity_loss(reconstruction, kl, capacity, gamma):
    return gamma * torch.linalg.vector_norm((kl - capacity).mean().reshape(1), ord=1) - reconstruction.mean()


def best_for_weight(rate, distortion, beta):
    elbo = -(distortion + beta * rate)
    return elbo.argmax().item()


def best_for_limit(rate, distortion, delta):
    for i in distortion.argsort().tolist():
        if rate[i] <= delta:
            return i
