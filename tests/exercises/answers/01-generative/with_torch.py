"""Set 1 with torch and its distributions where there is one."""

import torch
from torch.distributions import MultivariateNormal


def marginal(W, b, noise):
    W, b, noise = (torch.as_tensor(value) for value in (W, b, noise))
    p = MultivariateNormal(b, W.matmul(W.mT) + torch.diag_embed(noise))
    return p.mean, p.covariance_matrix


def posterior(W, b, noise, x):
    W, b, noise, x = (torch.as_tensor(value) for value in (W, b, noise, x))
    scaled = W / noise.sqrt().unsqueeze(1)  # as if the noise were 1
    precision = scaled.mT @ scaled + torch.eye(W.shape[1], dtype=W.dtype)
    root = torch.linalg.cholesky(precision)
    mean = torch.cholesky_solve(scaled.mT @ ((x - b) / noise.sqrt()).unsqueeze(1), root).squeeze(1)
    return mean, torch.cholesky_inverse(root)


def noise_variance(eigenvalues, d):
    return torch.as_tensor(eigenvalues).narrow(0, d, len(eigenvalues) - d).mean()


def best_log_likelihood(eigenvalues, d):
    fitted = torch.as_tensor(eigenvalues).clone()
    data = fitted.clone()
    fitted[d:] = noise_variance(eigenvalues, d)
    p = torch.distributions.Normal(torch.zeros_like(fitted), fitted.sqrt())
    return p.log_prob(data.sqrt()).sum()  # a point at the root of the variance has the mean squared distance


def _each(m, s, mu, tau):
    """log of the integral of p^2 / q in each dimension, infinite where there is none."""
    m, s, mu, tau = (torch.as_tensor(value) for value in (m, s, mu, tau))
    precision = 2 / s**2 - 1 / tau**2
    width = precision.clamp(min=1e-300) ** -0.5
    at = (2 * m / s**2 - mu / tau**2) / precision  # the maximum of p^2 / q
    p, q = torch.distributions.Normal(m, s), torch.distributions.Normal(mu, tau)
    height = 2 * p.log_prob(at) - q.log_prob(at)
    value = height + 0.5 * torch.log(torch.tensor(2 * torch.pi)) + width.log()
    return torch.where(precision > 0, value, torch.inf)


def log_second_moment(m, s, mu, tau):
    return _each(m, s, mu, tau).sum()


def draws_needed(m, s, mu, tau, error):
    variance = torch.expm1(_each(m, s, mu, tau).sum())
    return (variance / error**2).sub(1e-9).ceil().clamp(min=1)


def report(batches):
    each = torch.cat([torch.as_tensor(batch) for batch in batches])
    return each.mean(), each.std() / len(each) ** 0.5


def disagreement(estimates, reference):
    estimates, reference = torch.as_tensor(estimates), torch.as_tensor(reference)
    error = estimates.std() / estimates.numel() ** 0.5
    if reference.ndim:
        error = torch.hypot(error, reference.std() / reference.numel() ** 0.5)
    return (estimates.mean() - reference.mean()) / error


def effective_sample_size(log_weights):
    shares = torch.softmax(torch.as_tensor(log_weights), dim=0)
    return shares.square().sum().reciprocal()


def steadiness(log_weights, parts):
    cut = torch.as_tensor(log_weights).chunk(parts)
    return effective_sample_size(log_weights) / sum(effective_sample_size(part) for part in cut)
