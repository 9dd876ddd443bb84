"""Set 9 with loops over hands, parts and factors."""

import math

import torch


def first_stage(log_x, log_y, mean, logvar, weights, beta):
    draws, hands, factors = log_y.shape
    bound, weighted = [], []
    for b in range(hands):
        kl = 0.0
        for m, v in zip(mean[b].tolist(), logvar[b].tolist(), strict=True):
            kl += (m * m + math.exp(v) - 1 - v) / 2
        image = sum(log_x[s, b].item() for s in range(draws)) / draws
        total, heavy = image - kl, weights[0].item() * image - beta * kl
        for f in range(factors):
            term = sum(log_y[s, b, f].item() for s in range(draws)) / draws
            total += term
            heavy += weights[f + 1].item() * term
        bound.append(total)
        weighted.append(heavy)
    return {"bound": bound, "weighted": weighted}


def swap(z, other, sizes, part):
    parts, start = [], 0
    for k, size in enumerate(sizes):
        parts.append((other if k == part else z)[..., start : start + size])
        start += size
    return torch.cat(parts, dim=-1)


def label_term(y, mean, sigma, has):
    terms = []
    for b in range(len(y)):
        if not has[b]:
            terms.append(torch.zeros((), dtype=mean.dtype))
            continue
        term = 0.0
        for d in range(y.shape[1]):
            u = (y[b, d] - mean[b, d]) / sigma
            term = term - 0.5 * u * u - 0.5 * math.log(2 * math.pi) - math.log(sigma)
        terms.append(term)
    return torch.stack(terms)


def weight_as_sigma(sigma, weight, D):
    constant = 0.0
    for _ in range(D):
        constant += (1 - weight) * math.log(sigma * math.sqrt(2 * math.pi)) - math.log(math.sqrt(weight))
    return {"sigma": sigma * weight**-0.5, "constant": constant}


def surely_a_bound(weights, beta):
    return all(weight >= 1 for weight in [*weights, beta])


def view_error(read, true):
    angles = []
    for one, other in zip(read, true, strict=True):
        between = one.T @ other
        cosine = (between.trace().item() - 1) / 2
        angles.append(math.degrees(math.acos(max(-1.0, min(1.0, cosine)))))
    return angles


def worst_ratio(errors):
    rows, columns = errors.shape
    found = None
    for row in range(1, rows):
        for column in range(columns):
            ratio = errors[row, column].item() / errors[0, column].item()
            if found is None or ratio > found[2]:
                found = row, column, ratio
    return {"exchanged": found[0], "read": found[1], "ratio": found[2], "passes": found[2] <= 1.5}
