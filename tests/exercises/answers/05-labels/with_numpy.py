"""Set 5 with NumPy wherever no gradient is asked for."""

import numpy as np
import torch


def labelled_bound(x, logits, mu, logvar, classes):
    x, logits, mu, logvar = (value.numpy().astype(np.float64) for value in (x, logits, mu, logvar))
    reconstruction = np.where(x > 0.5, -np.logaddexp(0, -logits), -np.logaddexp(0, logits)).sum(-1)
    return reconstruction + np.log(1 / classes) - 0.5 * (mu**2 + np.exp(logvar) - 1 - logvar).sum(-1)


def unlabelled_bound(bounds, log_q):
    q = log_q.exp()
    return (q * bounds - torch.xlogy(q, q)).sum(0) if bool((q > 0).all()) else _masked(bounds, log_q)


def _masked(bounds, log_q):
    safe = torch.where(torch.isinf(log_q), torch.zeros_like(log_q), log_q)
    inside = safe.exp() * (bounds - safe)
    return inside.masked_fill(torch.isinf(log_q), 0.0).sum(0)


def best_classifier(bounds):
    bounds = bounds.numpy()
    return bounds - np.logaddexp.reduce(bounds, axis=0)


def mean_gradient(objective, logits, bounds, draws):
    at = logits.detach().clone().requires_grad_()
    values = [objective(at, bounds) for _ in range(draws)]
    total = torch.stack(values).mean()
    if not total.requires_grad:
        return np.zeros(len(logits))
    return torch.autograd.grad(total, at)[0].numpy()


def repaired_bound(logits, bounds):
    q = torch.softmax(logits, 0)
    return (q * bounds).sum() - (q * q.log()).sum()


def dependence(prior_y, prior_z, likelihood):
    joint = np.outer(prior_y, prior_z) * likelihood.numpy()
    joint /= joint.sum()
    product = np.outer(joint.sum(1), joint.sum(0))
    ratio = np.divide(joint, product, out=np.ones_like(joint), where=joint > 0)
    return np.sum(joint * np.log(ratio))


def gap(prior_y, prior_z, likelihood, q_y, q_z):
    q_y, q_z = q_y.numpy(), q_z.numpy()
    log_joint = np.log(np.outer(prior_y, prior_z)) + np.log(likelihood.numpy())
    log_y = np.logaddexp.reduce(log_joint, axis=1)
    digit = q_y @ (np.log(q_y) - log_y + np.logaddexp.reduce(log_y))
    return digit, q_y @ (q_z * (np.log(q_z) - log_joint + log_y[:, None])).sum(1)


def sheet(images, height, width):
    return np.vstack([np.hstack([flat.reshape(height, width) for flat in row]) for row in images.numpy()])


def difference(ours, theirs):
    each = (ours - theirs).numpy()
    return np.mean(each), np.std(each, ddof=1) / np.sqrt(each.size)


def source(errors, tested):
    errors = errors.numpy()
    squared = np.var(errors, ddof=1) / errors.size
    return "labels" if squared > errors.mean() * (1 - errors.mean()) / tested else "test digits"
