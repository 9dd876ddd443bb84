"""Set 7 in NumPy."""

import numpy as np
import torch


def three_parts(log_q, log_p):
    log_q, log_p = log_q.numpy(), log_p.numpy()
    n = len(log_q)
    own = np.einsum("iik->i", log_q)
    joint = np.logaddexp.reduce(log_q.sum(-1), axis=1) - np.log(n)
    product = np.logaddexp.reduce(log_q - np.log(n), axis=1).sum(-1)
    return {
        "information": np.mean(own - joint),
        "total_correlation": np.mean(joint - product),
        "dimension_wise": np.mean(product - log_p.sum(-1)),
    }


def stratified_weights(batch, examples):
    others = (1 - 1 / examples) / (batch - 1)
    return np.where(np.eye(batch) > 0, 1 / examples, others)


def log_aggregate(log_q, examples):
    log_q = log_q.numpy()
    with np.errstate(divide="ignore"):
        log_w = np.log(stratified_weights(len(log_q), examples))
    return np.logaddexp.reduce(log_q + log_w, axis=1)


def optimal_logit(z, rho):
    z = z.numpy()
    spread = np.array([[1.0, rho], [rho, 1.0]])
    difference = np.eye(2) - np.linalg.inv(spread)
    return 0.5 * ((z @ difference) * z).sum(1) - 0.5 * np.log(np.linalg.det(spread))


def shuffle_codes(z):
    rng = np.random.default_rng(int(torch.randint(2**31, (1,))))
    return rng.permuted(z.numpy(), axis=0)


def _entropy(counts):
    shares = counts[counts > 0] / counts.sum()
    return -(shares * np.log(shares)).sum()


def information(cells, factors):
    cells, factors = cells.numpy(), factors.numpy()
    result = np.zeros((cells.shape[1], factors.shape[1]))
    for i in range(cells.shape[1]):
        for j in range(factors.shape[1]):
            table = np.zeros((cells.max() + 1, factors.max() + 1))
            np.add.at(table, (cells[:, i], factors[:, j]), 1)
            result[i, j] = _entropy(table.sum(0)) + _entropy(table.sum(1)) - _entropy(table)
    return result


def mig(info, entropies):
    ordered = np.sort(info.numpy(), axis=0)
    return np.mean((ordered[-1] - ordered[-2]) / entropies.numpy())


def _spread(W, sigma):
    W = W.numpy()
    middle = W @ W.T + sigma**2 * np.eye(len(W))
    return np.eye(W.shape[1]) - W.T @ np.linalg.inv(middle) @ W


def posterior_dependence(W, sigma):
    spread = _spread(W, sigma)
    return 0.5 * (np.log(np.diag(spread)).sum() - np.linalg.slogdet(spread)[1])


def diagonal_price(W, sigma):
    spread = _spread(W, sigma)
    return 0.5 * (np.log(np.diag(np.linalg.inv(spread))).sum() + np.linalg.slogdet(spread)[1])


def read_table(scores):
    scores = scores.numpy()
    means, variances = scores.mean(1), scores.var(1, ddof=1)
    second, first = np.argsort(means)[-2:]
    error = np.sqrt((variances[first] + variances[second]) / scores.shape[1])
    return {
        "within": np.sqrt(variances.mean()),
        "between": means.std(ddof=1),
        "best": int(first),
        "sure": bool(means[first] - means[second] > 2 * error),
    }
