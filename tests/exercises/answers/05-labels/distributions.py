"""Set 5 with torch.distributions."""

import torch
from torch.distributions import Bernoulli, Categorical, Independent, Normal, kl_divergence


def labelled_bound(x, logits, mu, logvar, classes):
    likelihood = Independent(Bernoulli(logits=logits), 1)
    style = Independent(Normal(mu, (logvar / 2).exp()), 1)
    prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    p_y = Categorical(logits=torch.zeros(classes))
    return likelihood.log_prob(x) + p_y.log_prob(torch.tensor(0)) - kl_divergence(style, prior)


def unlabelled_bound(bounds, log_q):
    finite = log_q.clamp_min(-1e6)  # exp(-1e6) is 0, and 0 times a finite number is 0
    return (finite.exp() * (bounds - finite)).sum(0)


def best_classifier(bounds):
    return Categorical(logits=bounds.T).logits.T


def mean_gradient(objective, logits, bounds, draws):
    at = torch.nn.Parameter(logits.clone())
    gradients = []
    for _ in range(draws):
        at.grad = None
        value = objective(at, bounds)
        if value.requires_grad:
            value.backward()
        gradients.append(torch.zeros_like(logits) if at.grad is None else at.grad)
    return torch.stack(gradients).mean(0)


def repaired_bound(logits, bounds):
    q = Categorical(logits=logits)
    return q.probs @ bounds + q.entropy()


def dependence(prior_y, prior_z, likelihood):
    joint = torch.einsum("y,z,yz->yz", prior_y, prior_z, likelihood)
    joint = joint / joint.sum()

    def entropy(p):
        return -torch.xlogy(p, p).sum()

    return entropy(joint.sum(0)) + entropy(joint.sum(1)) - entropy(joint)


def gap(prior_y, prior_z, likelihood, q_y, q_z):
    joint = prior_y[:, None] * prior_z[None] * likelihood
    digit = kl_divergence(Categorical(probs=q_y), Categorical(probs=joint.sum(1)))
    style = kl_divergence(Categorical(probs=q_z), Categorical(probs=joint))
    return digit, q_y.dot(style)


def sheet(images, height, width):
    tiles = images.unflatten(2, (height, width))
    return tiles.transpose(1, 2).flatten(2, 3).flatten(0, 1)


def difference(ours, theirs):
    each = ours - theirs
    return each.mean(), (each.var() / each.numel()).sqrt()


def source(errors, tested):
    by_digits = Categorical(probs=torch.stack([errors.mean(), 1 - errors.mean()])).probs.prod() / tested
    return "labels" if errors.var() / errors.numel() > by_digits else "test digits"
