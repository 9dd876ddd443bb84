"""Set 5 with loops over images, labels and draws."""

import math

import torch


def labelled_bound(x, logits, mu, logvar, classes):
    values = []
    for i in range(len(x)):
        total = -math.log(classes)
        for pixel, logit in zip(x[i].tolist(), logits[i].tolist(), strict=True):
            signed = logit if pixel == 1 else -logit
            total += min(signed, 0.0) - math.log1p(math.exp(-abs(signed)))
        for m, v in zip(mu[i].tolist(), logvar[i].tolist(), strict=True):
            total -= (m * m + math.exp(v) - 1 - v) / 2
        values.append(total)
    return values


def unlabelled_bound(bounds, log_q):
    columns = []
    for i in range(bounds.shape[1]):
        total = 0.0
        for y in range(bounds.shape[0]):
            if log_q[y, i].item() > -math.inf:
                total = total + log_q[y, i].exp() * (bounds[y, i] - log_q[y, i])
        columns.append(total)
    return torch.stack(columns)


def best_classifier(bounds):
    log_q = torch.empty_like(bounds)
    for i in range(bounds.shape[1]):
        top = bounds[:, i].max()
        total = sum(math.exp(bound - top) for bound in bounds[:, i])
        for y in range(bounds.shape[0]):
            log_q[y, i] = bounds[y, i] - top - math.log(total)
    return log_q


def mean_gradient(objective, logits, bounds, draws):
    total = [0.0] * len(logits)
    for _ in range(draws):
        at = logits.clone().requires_grad_()
        value = objective(at, bounds)
        if value.requires_grad:
            gradient = torch.autograd.grad(value, at, allow_unused=True)[0]
            for k in range(len(total)):
                total[k] += 0.0 if gradient is None else gradient[k].item()
    return [entry / draws for entry in total]


def repaired_bound(logits, bounds):
    normaliser = torch.logsumexp(logits, 0)
    total = 0.0
    for y in range(len(logits)):
        log_q = logits[y] - normaliser
        total = total + torch.exp(log_q) * (bounds[y] - log_q)
    return total


def _table(prior_y, prior_z, likelihood):
    cells = {
        (y, z): float(prior_y[y] * prior_z[z] * likelihood[y, z])
        for y in range(len(prior_y))
        for z in range(len(prior_z))
    }
    total = sum(cells.values())
    return {cell: value / total for cell, value in cells.items()}


def dependence(prior_y, prior_z, likelihood):
    table, found = _table(prior_y, prior_z, likelihood), 0.0
    for (y, z), p in table.items():
        if p > 0:
            row = sum(value for (i, _), value in table.items() if i == y)
            column = sum(value for (_, j), value in table.items() if j == z)
            found += p * math.log(p / row / column)
    return found


def gap(prior_y, prior_z, likelihood, q_y, q_z):
    table, digit, style = _table(prior_y, prior_z, likelihood), 0.0, 0.0
    for y in range(len(prior_y)):
        row = sum(value for (i, _), value in table.items() if i == y)
        digit += float(q_y[y]) * math.log(q_y[y] / row)
        for z in range(len(prior_z)):
            style += float(q_y[y] * q_z[y, z]) * math.log(q_z[y, z] / (table[y, z] / row))
    return digit, style


def sheet(images, height, width):
    styles, digits, _ = images.shape
    paper = torch.zeros(styles * height, digits * width, dtype=images.dtype)
    for s in range(styles):
        for d in range(digits):
            for line in range(height):
                row = images[s, d, line * width : (line + 1) * width]
                paper[s * height + line, d * width : (d + 1) * width] = row
    return paper


def difference(ours, theirs):
    each = [float(a - b) for a, b in zip(ours, theirs, strict=True)]
    n, mean = len(each), sum(each) / len(each)
    return mean, math.sqrt(sum((value - mean) ** 2 for value in each) / (n - 1) / n)


def source(errors, tested):
    mean, by_labels = difference(errors, [0.0] * len(errors))
    return "labels" if by_labels > math.sqrt(mean * (1 - mean) / tested) else "test digits"
