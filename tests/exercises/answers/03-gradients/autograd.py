"""Set 3 with PyTorch's own derivatives and distributions wherever they fit."""

import torch
from torch.distributions import Independent, Normal, kl_divergence


def pathwise(mu, logvar, eps):
    mu, logvar = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
    value = ((mu + torch.exp(logvar / 2) * eps) ** 3).mean()
    return torch.autograd.grad(value, (mu, logvar))


def score_function(mu, logvar, eps):
    mu, logvar = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
    q = Normal(mu, torch.exp(logvar / 2))
    z = (mu + torch.exp(logvar / 2) * eps).detach()
    return torch.autograd.grad((z**3 * q.log_prob(z)).mean(), (mu, logvar))


def best_baseline(h, score):
    return torch.linalg.lstsq(score.unsqueeze(1), (h * score).unsqueeze(1)).solution.item()


def leave_one_out(h, score):
    count = len(h)
    return torch.mean((h - h.mean()) * score) * count / (count - 1)


def pathwise_variance(a, sigma):
    _, slope, curvature = a
    return (slope / sigma) ** 2 + 8 * (curvature / sigma) ** 2


def score_variance(a, sigma, baseline):
    rest = (a[0] - baseline + 5 * a[2]) / sigma
    return 2 * rest**2 + (10 * a[1] ** 2 + 24 * a[2] ** 2) / sigma**2


def bound_gradient(log_w, grads):
    log_w = log_w.clone().requires_grad_()
    (share,) = torch.autograd.grad(torch.logsumexp(log_w, dim=0).sum(), log_w)
    return torch.einsum("kb,kbp->bp", share, grads)


def surrogate(log_w):
    return torch.logsumexp(log_w, dim=0)


def repaired_objective(x, W, mu, logvar):
    q = Independent(Normal(mu, torch.exp(logvar / 2)), 1)
    prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    likelihood = Independent(Normal(q.rsample() @ W.T, torch.ones_like(x)), 1)
    return likelihood.log_prob(x) - kl_divergence(q, prior)


def arrives(draw, mu, logvar):
    leaves = {"mu": mu.detach().clone(), "logvar": logvar.detach().clone()}
    for leaf in leaves.values():
        leaf.requires_grad_()
    z = draw(leaves["mu"], leaves["logvar"])
    if z.grad_fn is not None:
        z.square().sum().backward()
    return {name: leaf.grad is not None and leaf.grad.abs().max().item() > 0 for name, leaf in leaves.items()}


def compare(first, second):
    spreads = [torch.std(values) ** 2 for values in (first, second)]
    error = torch.sqrt(spreads[0] / first.numel() + spreads[1] / second.numel())
    return {"apart": abs(first.mean() - second.mean()) / error, "times": spreads[0] / spreads[1]}
