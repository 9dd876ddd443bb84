"""Set 1 with loops over pixels, dimensions and draws."""

import math


def marginal(W, b, noise):
    D, d = W.shape
    covariance = [[sum(W[i, k] * W[j, k] for k in range(d)) for j in range(D)] for i in range(D)]
    for i in range(D):
        covariance[i][i] += noise[i]
    return list(b), covariance


def posterior(W, b, noise, x):
    # Take in one pixel after the other; the posterior so far is the next prior.
    D, d = W.shape
    mean = [0.0] * d
    cov = [[float(i == j) for j in range(d)] for i in range(d)]
    for pixel in range(D):
        w = [float(W[pixel, k]) for k in range(d)]
        along = [sum(cov[i][k] * w[k] for k in range(d)) for i in range(d)]
        spread = sum(w[k] * along[k] for k in range(d)) + noise[pixel]
        surprise = x[pixel] - b[pixel] - sum(w[k] * mean[k] for k in range(d))
        mean = [mean[i] + along[i] * surprise / spread for i in range(d)]
        cov = [[cov[i][j] - along[i] * along[j] / spread for j in range(d)] for i in range(d)]
    return mean, cov


def noise_variance(eigenvalues, d):
    total = 0.0
    for value in eigenvalues[d:]:
        total += value
    return total / (len(eigenvalues) - d)


def best_log_likelihood(eigenvalues, d):
    total, shared = 0.0, noise_variance(eigenvalues, d)
    for j, value in enumerate(eigenvalues):
        variance = value if j < d else shared
        total -= (math.log(2 * math.pi * variance) + value / variance) / 2
    return total


def log_second_moment(m, s, mu, tau):
    total = 0.0
    for m_j, s_j, mu_j, tau_j in zip(m, s, mu, tau, strict=True):
        left = 2 * tau_j * tau_j - s_j * s_j
        if left <= 0:
            return float("inf")
        total += math.log(tau_j * tau_j / s_j) - math.log(left) / 2 + (m_j - mu_j) ** 2 / left
    return total


def draws_needed(m, s, mu, tau, error):
    value = log_second_moment(m, s, mu, tau)
    if math.isinf(value):
        return value
    draws = 1
    relative = math.expm1(value)
    while relative / draws > error * error * (1 + 1e-12):
        draws *= 2
    low = draws // 2
    while draws - low > 1:  # between low, too few, and draws, enough
        middle = (low + draws) // 2
        if relative / middle > error * error * (1 + 1e-12):
            low = middle
        else:
            draws = middle
    return draws


def report(batches):
    count, mean, squares = 0, 0.0, 0.0
    for batch in batches:
        for value in batch:
            count += 1
            step = value - mean
            mean += step / count
            squares += step * (value - mean)
    return mean, math.sqrt(squares / (count - 1) / count)


def _mean_and_variance(values):
    mean = sum(values) / len(values)
    return mean, sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values)


def disagreement(estimates, reference):
    mean, variance = _mean_and_variance(list(estimates))
    try:
        centre, noise = _mean_and_variance(list(reference))
    except TypeError:  # one exact number
        centre, noise = reference, 0.0
    return (mean - centre) / math.sqrt(variance + noise)


def effective_sample_size(log_weights):
    top = max(log_weights)
    first = sum(math.exp(value - top) for value in log_weights)
    second = sum(math.exp(2 * (value - top)) for value in log_weights)
    return first * first / second


def steadiness(log_weights, parts):
    size = len(log_weights) // parts
    total = 0.0
    for start in range(0, len(log_weights), size):
        total += effective_sample_size(log_weights[start : start + size])
    return effective_sample_size(log_weights) / total
