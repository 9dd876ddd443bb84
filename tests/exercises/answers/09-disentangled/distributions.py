"""Set 9 with torch.distributions."""

import math

import torch
from torch.distributions import Independent, Normal, kl_divergence


def first_stage(log_x, log_y, mean, logvar, weights, beta):
    q = Normal(mean, (logvar / 2).exp())
    kl = kl_divergence(q, Normal(torch.zeros_like(mean), 1.0)).sum(-1)
    bound = (log_x + log_y.sum(-1)).mean(0) - kl
    weighted = (weights[0] * log_x + log_y @ weights[1:]).mean(0) - beta * kl
    return {"bound": bound, "weighted": weighted}


def swap(z, other, sizes, part):
    pieces, others = list(z.split(sizes, dim=-1)), other.split(sizes, dim=-1)
    pieces[part] = others[part]
    return torch.cat(pieces, dim=-1)


def label_term(y, mean, sigma, has):
    term = torch.zeros(len(y), dtype=mean.dtype)
    likelihood = Independent(Normal(mean[has], sigma), 1)
    return term.index_put((has.nonzero()[:, 0],), likelihood.log_prob(y[has]))


def weight_as_sigma(sigma, weight, D):
    x = torch.linspace(-1, 1, D, dtype=torch.float64)
    narrow = sigma / math.sqrt(weight)
    zero = torch.zeros(D, dtype=torch.float64)
    weighted = weight * Normal(zero, sigma).log_prob(x).sum()
    return {"sigma": narrow, "constant": weighted - Normal(zero, narrow).log_prob(x).sum()}


def surely_a_bound(weights, beta):
    return not any(weight < 1 for weight in (*weights, beta))


def view_error(read, true):
    between = torch.linalg.solve(true, read)
    cosine = (torch.einsum("nii->n", between) - 1) / 2
    sine = (
        torch.stack(
            [
                between[:, 2, 1] - between[:, 1, 2],
                between[:, 0, 2] - between[:, 2, 0],
                between[:, 1, 0] - between[:, 0, 1],
            ]
        ).norm(dim=0)
        / 2
    )
    return torch.rad2deg(torch.atan2(sine, cosine))


def worst_ratio(errors):
    ratios = errors[1:] / errors[:1]
    by_row, columns = ratios.max(dim=1)
    row = by_row.argmax()
    worst = by_row[row].item()
    return {"exchanged": int(row) + 1, "read": int(columns[row]), "ratio": worst, "passes": not worst > 1.5}
