"""Set 1 by the joint Gaussian of code and image, and in log space throughout."""

import numpy as np


def _joint(W, noise):
    """Covariance of (z, x), stacked."""
    d = W.shape[1]
    return np.block([[np.eye(d), W.T], [W, W @ W.T + np.diag(noise)]])


def marginal(W, b, noise):
    d = W.shape[1]
    return np.array(b), _joint(W, noise)[d:, d:]


def posterior(W, b, noise, x):
    d = W.shape[1]
    # The block of the joint precision that belongs to z is the precision of z given x.
    precision = np.eye(d) + np.einsum("jk,jl,j->kl", W, W, 1 / noise)
    covariance = np.linalg.solve(precision, np.eye(d))
    return np.linalg.solve(precision, np.einsum("jk,j->k", W, (x - b) / noise)), covariance


def noise_variance(eigenvalues, d):
    return (np.sum(eigenvalues) - np.sum(eigenvalues[:d])) / (np.size(eigenvalues) - d)


def best_log_likelihood(eigenvalues, d):
    D = np.size(eigenvalues)
    variances = np.concatenate([eigenvalues[:d], np.full(D - d, noise_variance(eigenvalues, d))])
    return -np.sum(np.log(2 * np.pi * np.e * variances)) / 2


def log_second_moment(m, s, mu, tau):
    r = np.square(tau / s)  # in units of the posterior's width
    if (r <= 0.5).any():
        return np.inf
    offset = np.square((m - mu) / s)
    return np.sum(np.log(r) - np.log1p(2 * r - 2) / 2 + offset / (2 * r - 1))


def draws_needed(m, s, mu, tau, error):
    needed = (np.exp(log_second_moment(m, s, mu, tau)) - 1) / np.square(error)
    return np.maximum(np.ceil(needed - 1e-9), 1.0)


def report(batches):
    counts = np.array([len(batch) for batch in batches])
    means = np.array([np.mean(batch) for batch in batches])
    mean = np.average(means, weights=counts)
    squares = sum(np.sum(np.square(batch - mean)) for batch in batches)
    return mean, np.sqrt(squares / (counts.sum() - 1) / counts.sum())


def disagreement(estimates, reference):
    reference = np.atleast_1d(reference)
    variance = np.var(estimates, ddof=1) / estimates.size
    if reference.size > 1:
        variance += np.var(reference, ddof=1) / reference.size
    return (np.mean(estimates) - np.mean(reference)) / np.sqrt(variance)


def effective_sample_size(log_weights):
    return np.exp(2 * np.logaddexp.reduce(log_weights) - np.logaddexp.reduce(2 * np.asarray(log_weights)))


def steadiness(log_weights, parts):
    each = np.apply_along_axis(
        effective_sample_size, 1, log_weights.reshape(parts, len(log_weights) // parts)
    )
    return effective_sample_size(log_weights) / each.sum()
