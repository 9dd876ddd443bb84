"""Set 2 with PyTorch tensors throughout."""

import math

import torch


def _tensor(value):
    return torch.as_tensor(value, dtype=torch.float64)


def log_evidence(joint, x):
    return _tensor(joint)[x].sum().log()


def posterior(joint, x):
    return torch.softmax(_tensor(joint)[x].log(), dim=0)


def elbo_terms(joint, x, q):
    joint, q = _tensor(joint), _tensor(q)
    log_prior = torch.logsumexp(joint.log(), dim=0)
    log_joint = joint[x].log()
    entropy = -torch.xlogy(q, q).sum()
    reconstruction = q @ (log_joint - log_prior)
    kl = -entropy - q @ log_prior
    # The gap from the identity that the chapter proves.
    gap = log_joint.logsumexp(0) - reconstruction + kl
    return torch.stack([reconstruction, kl, gap])


def best_diagonal(W, b, sigma, x):
    W, b, x = _tensor(W), _tensor(b), _tensor(x)
    M = W.T @ W + sigma**2 * torch.eye(W.shape[1], dtype=W.dtype)
    return torch.linalg.solve(M, W.T @ (x - b)), sigma**2 / M.diagonal()


def smallest_gap(W, sigma):
    W = _tensor(W)
    M = W.T @ W + sigma**2 * torch.eye(W.shape[1], dtype=W.dtype)
    return 0.5 * (M.diagonal().log().sum() - torch.logdet(M))


def gaussian_kl(mu_q, logvar_q, mu_p, logvar_p):
    mu_q, logvar_q, mu_p, logvar_p = map(_tensor, (mu_q, logvar_q, mu_p, logvar_p))
    each = (logvar_p - logvar_q + (logvar_q.exp() + (mu_q - mu_p).square()) / logvar_p.exp() - 1) / 2
    return torch.einsum("bl->b", each)


def repaired_elbo(w, sigma, x, mean, logvar):
    # log p(x) minus the gap: another road to the same number.
    variance = w**2 + sigma**2
    log_px = -0.5 * math.log(2 * math.pi * variance) - x**2 / (2 * variance)
    post_mean, post_var = w * x / variance, sigma**2 / variance
    ratio = math.exp(logvar) / post_var
    return log_px - 0.5 * (ratio - 1 - math.log(ratio) + (mean - post_mean) ** 2 / post_var)


def witness(w, sigma, x):
    # The q that makes the planted bound largest: its slope in the variance v is zero where a v^2 + v = 1.
    a = 2 * w**2 / sigma**2
    v = (-1 + math.sqrt(1 + 4 * a)) / (2 * a)
    return torch.tensor([w * x / (w**2 + sigma**2), math.log(v)], dtype=torch.float64)


def read_runs(reconstruction, kl, log_px, error):
    reconstruction, kl, log_px, error = map(_tensor, (reconstruction, kl, log_px, error))
    gap = log_px - reconstruction + kl
    impossible = torch.logical_or(kl.lt(0), (gap / error).lt(-3))
    infinite = torch.full_like(gap, torch.inf)
    return {
        "gap": gap,
        "impossible": impossible,
        "best_model": torch.where(impossible, -infinite, log_px).argmax(),
        "best_encoder": torch.where(impossible, infinite, gap).argmin(),
    }
