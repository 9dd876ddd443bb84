"""Set 2 with torch.distributions, which knows the closed forms."""

import numpy as np
import torch
from torch.distributions import Categorical, Independent, MultivariateNormal, Normal, kl_divergence


def _diagonal(mean, variance):
    return MultivariateNormal(torch.as_tensor(mean), torch.diag(torch.as_tensor(variance)))


def log_evidence(joint, x):
    return Categorical(torch.tensor(joint.sum(axis=1))).logits[x]


def posterior(joint, x):
    return Categorical(torch.tensor(joint[x])).probs


def elbo_terms(joint, x, q):
    columns = Categorical(torch.tensor(joint.T))  # p(x | z), one row a z
    reconstruction = (torch.tensor(q) * columns.logits[:, x]).sum()
    q = Categorical(torch.tensor(q))
    kl = kl_divergence(q, Categorical(torch.tensor(joint.sum(axis=0))))
    gap = kl_divergence(q, Categorical(torch.tensor(joint[x])))
    return reconstruction.item(), kl.item(), gap.item()


def best_diagonal(W, b, sigma, x):
    # The posterior from the joint covariance of z and x; the precision's diagonal from its inverse.
    gain = np.linalg.solve(W @ W.T + sigma**2 * np.eye(len(b)), W).T
    S = np.eye(W.shape[1]) - gain @ W
    return gain @ (x - b), 1 / np.linalg.inv(S).diagonal()


def smallest_gap(W, sigma):
    n = W.shape[1]
    S = np.linalg.inv(np.eye(n) + W.T @ W / sigma**2)
    zero = np.zeros(n)
    q = _diagonal(zero, 1 / np.linalg.inv(S).diagonal())
    return kl_divergence(q, MultivariateNormal(torch.tensor(zero), torch.tensor(S)))


def gaussian_kl(mu_q, logvar_q, mu_p, logvar_p):
    def normal(mu, logvar):
        return Independent(Normal(torch.tensor(mu), torch.tensor(np.exp(logvar / 2))), 1)

    return kl_divergence(normal(mu_q, logvar_q), normal(mu_p, logvar_p)).numpy()


def repaired_elbo(w, sigma, x, mean, logvar):
    q = Normal(torch.tensor(mean, dtype=torch.float64), torch.tensor(np.exp(logvar / 2)))
    fit = Normal(w * q.mean, sigma).log_prob(torch.tensor(x)) - (w * q.stddev / sigma) ** 2 / 2
    return (fit - kl_divergence(q, Normal(0.0, 1.0))).item()


def witness(w, sigma, x):
    posterior = MultivariateNormal(torch.zeros(1), torch.eye(1) * sigma**2 / (w**2 + sigma**2))
    return w * x / (w**2 + sigma**2), posterior.variance.log().item()


def read_runs(reconstruction, kl, log_px, error):
    elbo = reconstruction - kl
    possible = np.flatnonzero((kl >= 0) & (elbo <= log_px + 3 * error))
    impossible = np.ones(len(kl), dtype=bool)
    impossible[possible] = False
    ranked = sorted(possible, key=lambda i: log_px[i])
    nearest = sorted(possible, key=lambda i: log_px[i] - elbo[i])
    return {
        "gap": log_px - elbo,
        "impossible": impossible,
        "best_model": ranked[-1],
        "best_encoder": nearest[0],
    }
