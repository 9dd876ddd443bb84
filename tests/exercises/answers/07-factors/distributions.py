"""Set 7 with torch.distributions and functions of the tensors as a whole."""

import torch
from torch.distributions import Categorical, MultivariateNormal, Normal, kl_divergence


def three_parts(log_q, log_p):
    n = log_q.shape[0]
    uniform = torch.full((n,), 1 / n, dtype=log_q.dtype).log()
    own = torch.diagonal(log_q, dim1=0, dim2=1).sum(0)
    joint = (log_q.sum(-1) + uniform).logsumexp(1)
    each = (log_q + uniform[None, :, None]).logsumexp(1)
    return {
        "information": torch.mean(own - joint),
        "total_correlation": torch.mean(joint - each.sum(-1)),
        "dimension_wise": torch.mean((each - log_p).sum(-1)),
    }


def stratified_weights(batch, examples):
    diagonal = torch.eye(batch, dtype=torch.float64)
    rest = (1 - diagonal) / (batch - 1)
    return diagonal / examples + rest * (examples - 1) / examples


def log_aggregate(log_q, examples):
    weights = stratified_weights(len(log_q), examples).to(log_q)
    return (log_q + torch.log(weights)).logsumexp(-1)


def optimal_logit(z, rho):
    spread = torch.tensor([[1.0, rho], [rho, 1.0]], dtype=z.dtype)
    joint = MultivariateNormal(torch.zeros(2, dtype=z.dtype), spread)
    return joint.log_prob(z) - Normal(0.0, 1.0).log_prob(z).sum(-1)


def shuffle_codes(z):
    return z.gather(0, torch.rand_like(z).argsort(0))


def information(cells, factors):
    rows = []
    for code in cells.unbind(1):
        row = []
        for factor in factors.unbind(1):
            pair = code * (factors.max() + 1) + factor
            entropies = [
                Categorical(torch.bincount(values).double()).entropy() for values in (code, factor, pair)
            ]
            row.append(entropies[0] + entropies[1] - entropies[2])
        rows.append(torch.stack(row))
    return torch.stack(rows)


def mig(info, entropies):
    ordered = info.sort(dim=0, descending=True).values
    return torch.mean((ordered[0] - ordered[1]) / entropies)


def _posterior(W, sigma):
    precision = W.T @ W / sigma**2 + torch.eye(W.shape[1], dtype=W.dtype)
    return MultivariateNormal(torch.zeros(W.shape[1], dtype=W.dtype), precision_matrix=precision)


def posterior_dependence(W, sigma):
    p = _posterior(W, sigma)
    product = MultivariateNormal(p.mean, torch.diag(p.variance))
    return kl_divergence(p, product)


def diagonal_price(W, sigma):
    p = _posterior(W, sigma)
    best = MultivariateNormal(p.mean, torch.diag(1 / p.precision_matrix.diagonal()))
    return kl_divergence(best, p)


def read_table(scores):
    variances, means = torch.var_mean(scores, dim=1, correction=1)
    order = means.argsort(descending=True)
    lead = means[order[0]] - means[order[1]]
    error = torch.sqrt(variances[order[:2]].sum() / scores.shape[1])
    return {
        "within": variances.mean() ** 0.5,
        "between": means.std(correction=1),
        "best": order[0],
        "sure": lead > 2 * error,
    }
