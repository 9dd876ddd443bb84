"""Set 7 with loops over codes, examples and factors."""

import math

import torch


def _log_sum_exp(values):
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))


def three_parts(log_q, log_p):
    n, _, m = log_q.shape
    information = total_correlation = dimension_wise = 0.0
    for i in range(n):
        own = sum(float(log_q[i, i, k]) for k in range(m))
        joint = _log_sum_exp([float(log_q[i, j].sum()) for j in range(n)]) - math.log(n)
        product = 0.0
        for k in range(m):
            product += _log_sum_exp([float(log_q[i, j, k]) for j in range(n)]) - math.log(n)
        information += (own - joint) / n
        total_correlation += (joint - product) / n
        dimension_wise += (product - float(log_p[i].sum())) / n
    return {
        "information": information,
        "total_correlation": total_correlation,
        "dimension_wise": dimension_wise,
    }


def stratified_weights(batch, examples):
    rows = []
    for i in range(batch):
        row = [(examples - 1) / examples / (batch - 1)] * batch
        row[i] = 1 / examples
        rows.append(row)
    return rows


def log_aggregate(log_q, examples):
    batch, values = len(log_q), []
    for i in range(batch):
        terms = [float(log_q[i, i]) - math.log(examples)]
        for j in range(batch):
            if j != i and examples > 1:
                share = (examples - 1) / examples / (batch - 1)
                terms.append(float(log_q[i, j]) + math.log(share))
        values.append(_log_sum_exp(terms))
    return values


def optimal_logit(z, rho):
    values = []
    for a, b in z.tolist():
        # Given a, the second number is normal around rho a with variance 1 - rho^2.
        spread = 1 - rho**2
        given = -((b - rho * a) ** 2) / (2 * spread) - math.log(spread) / 2
        values.append(given + b**2 / 2)
    return values


def shuffle_codes(z):
    shuffled = torch.empty_like(z)
    for k in range(z.shape[1]):
        keys = torch.rand(len(z))
        shuffled[:, k] = z[keys.argsort(), k]
    return shuffled


def information(cells, factors):
    n = len(cells)
    result = []
    for code in cells.T.tolist():
        row = []
        for factor in factors.T.tolist():
            total = 0.0
            for pair in set(zip(code, factor, strict=True)):
                both = sum(1 for other in zip(code, factor, strict=True) if other == pair)
                total += both / n * math.log(both * n / code.count(pair[0]) / factor.count(pair[1]))
            row.append(total)
        result.append(row)
    return result


def mig(info, entropies):
    total = 0.0
    for j in range(info.shape[1]):
        column = sorted(info[:, j].tolist(), reverse=True)
        total += (column[0] - column[1]) / float(entropies[j])
    return total / info.shape[1]


def _precision(W, sigma):
    m = W.shape[1]
    return torch.tensor(
        [[float(W[:, i] @ W[:, j]) / sigma**2 + (1.0 if i == j else 0.0) for j in range(m)] for i in range(m)]
    ).double()


def posterior_dependence(W, sigma):
    spread = torch.linalg.inv(_precision(W, sigma))
    apart = sum(math.log(float(spread[k, k])) for k in range(len(spread)))
    return (apart - math.log(float(torch.det(spread)))) / 2


def diagonal_price(W, sigma):
    precision = _precision(W, sigma)
    apart = sum(math.log(float(precision[k, k])) for k in range(len(precision)))
    return (apart - math.log(float(torch.det(precision)))) / 2


def read_table(scores):
    rows = scores.tolist()
    count, seeds = len(rows), len(rows[0])
    means = [sum(row) / seeds for row in rows]
    variances = [
        sum((score - mean) ** 2 for score in row) / (seeds - 1) for row, mean in zip(rows, means, strict=True)
    ]
    centre = sum(means) / count
    order = sorted(range(count), key=lambda i: -means[i])
    error = math.sqrt((variances[order[0]] + variances[order[1]]) / seeds)
    return {
        "within": math.sqrt(sum(variances) / count),
        "between": math.sqrt(sum((mean - centre) ** 2 for mean in means) / (count - 1)),
        "best": order[0],
        "sure": means[order[0]] - means[order[1]] > 2 * error,
    }
