"""The bound of M2 on labelled and unlabelled examples (Kingma et al., 2014)."""

import torch
from torch import Tensor
from torch.distributions import kl_divergence
from torch.nn.functional import one_hot

from vae_course.models import M2
from vae_course.objectives.bound import Bound

UNLABELLED = -1
"""The label of an example whose label is not known."""


def semi_supervised(model: M2, batch: dict[str, Tensor], *, classification: float) -> Bound:
    """log p(x, y) from below where y is known, log p(x) where it is not, and the classifier's loss.

    Where y is not known it is summed out: every label is tried and weighed by q(y | x). A sampled label would tell the
    classifier next to nothing, because no gradient gets through it.

    Args:
        model: M2.
        batch: `x` (batch, data_dim) and `y` (batch,), int64, -1 where the label is not known.
        classification: what a labelled example's -log q(y | x) counts; the paper takes .1 N / (labelled examples).
            Without it the classifier would learn from the unlabelled bound alone.

    Returns:
        The terms `reconstruction`, `kl` of z, `label` (-log p(y), or KL(q(y | x) || p(y))) and `classification`, which
        is 0 for unlabelled examples.
    """
    x, y = batch["x"], batch["y"]
    labels = torch.arange(model.classes, device=x.device)[:, None].expand(-1, len(x))  # (classes, batch)
    q = model.q_z(x.expand(model.classes, *x.shape), labels)
    z = q.rsample()  # (classes, batch, latent_dim)
    reconstruction = model.p_x(labels, z).log_prob(x)  # (classes, batch)
    kl = kl_divergence(q, model.p_z())

    log_q_y = model.q_y(x).logits.T  # (classes, batch); Categorical's logits are normalised
    known = y != UNLABELLED
    one = one_hot(y.clamp_min(0), model.classes).T.to(x)
    weight = torch.where(known, one, log_q_y.exp())
    log_weight = torch.where(known, 0.0, log_q_y)  # a known label has no entropy
    label = (weight * (log_weight - model.p_y().logits[:, None])).sum(0)
    return Bound(
        {
            "reconstruction": (weight * reconstruction).sum(0),
            "kl": (weight * kl).sum(0),
            "label": label,
            "classification": -(one * log_q_y).sum(0) * known,
        }
    ).weighted({"classification": classification})
