"""Set 3 with loops over draws, examples and parameters."""

import math

import torch


def pathwise(mu, logvar, eps):
    sigma, by_mu, by_logvar = math.exp(logvar / 2), 0.0, 0.0
    for noise in eps.tolist():
        z = float(mu) + sigma * noise
        by_mu += 3 * z * z / len(eps)
        by_logvar += 3 * z * z * 0.5 * sigma * noise / len(eps)
    return by_mu, by_logvar


def score_function(mu, logvar, eps):
    sigma, by_mu, by_logvar = math.exp(logvar / 2), 0.0, 0.0
    for noise in eps.tolist():
        z = float(mu) + sigma * noise
        by_mu += z**3 * (z - float(mu)) / sigma**2 / len(eps)
        by_logvar += z**3 * 0.5 * ((z - float(mu)) ** 2 / sigma**2 - 1) / len(eps)
    return [by_mu, by_logvar]


def best_baseline(h, score):
    above = below = 0.0
    for value, slope in zip(h.tolist(), score.tolist(), strict=True):
        above += value * slope**2
        below += slope**2
    return above / below


def leave_one_out(h, score):
    values, total = h.tolist(), 0.0
    everything = sum(values)
    for k, slope in enumerate(score.tolist()):
        others = everything - values[k]
        total += (values[k] - others / (len(values) - 1)) * slope
    return total / len(values)


def _mean(coefficients):
    """E of a polynomial in a standard normal, by its moments."""
    moments = {0: 1, 2: 1, 4: 3, 6: 15, 8: 105}
    return sum(c * moments.get(power, 0) for power, c in enumerate(coefficients))


def _times(p, q):
    product = [0.0] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            product[i + j] += a * b
    return product


def pathwise_variance(a, sigma):
    draw = [0.0, a[1] / sigma, 2 * a[2] / sigma]
    return _mean(_times(draw, draw)) - _mean(draw) ** 2


def score_variance(a, sigma, baseline):
    draw = _times([a[0] - baseline, a[1], a[2]], [-1 / sigma, 0.0, 1 / sigma])
    return _mean(_times(draw, draw)) - _mean(draw) ** 2


def bound_gradient(log_w, grads):
    K, batch, parameters = grads.shape
    rows = []
    for i in range(batch):
        top = max(float(log_w[k, i]) for k in range(K))
        weights = [math.exp(float(log_w[k, i]) - top) for k in range(K)]
        rows.append(
            [
                sum(weights[k] * float(grads[k, i, p]) for k in range(K)) / sum(weights)
                for p in range(parameters)
            ]
        )
    return rows


def surrogate(log_w):
    top = log_w.max(dim=0).values
    total = sum(torch.exp(row - top) for row in log_w)
    return top + torch.log(total / len(log_w))


def repaired_objective(x, W, mu, logvar):
    columns, cost, fit = [], 0.0, 0.0
    for mean, spread in zip(mu.T, logvar.T, strict=True):
        columns.append(mean + torch.sqrt(spread.exp()) * torch.randn(len(mean), dtype=mu.dtype))
        cost = cost + 0.5 * (mean**2 + spread.exp() - 1 - spread)
    for observed, weights in zip(x.T, W, strict=True):
        residual = observed - sum(w * column for w, column in zip(weights, columns, strict=True))
        fit = fit - 0.5 * residual**2 - 0.5 * math.log(2 * math.pi)
    return fit - cost


def arrives(draw, mu, logvar):
    found = {}
    for name in ("mu", "logvar"):
        point = {"mu": mu.clone(), "logvar": logvar.clone()}
        point[name].requires_grad_()
        z = draw(point["mu"], point["logvar"])
        if z.requires_grad:
            (slope,) = torch.autograd.grad(z.sum(), point[name], allow_unused=True)
        else:
            slope = None
        found[name] = False if slope is None else any(v != 0 for v in slope.flatten().tolist())
    return found


def compare(first, second):
    means, spreads = [], []
    for values in (first.tolist(), second.tolist()):
        mean = sum(values) / len(values)
        means.append(mean)
        spreads.append(sum((v - mean) ** 2 for v in values) / (len(values) - 1))
    error = math.sqrt(spreads[0] / len(first) + spreads[1] / len(second))
    return {"apart": abs(means[0] - means[1]) / error, "times": spreads[0] / spreads[1]}
