"""Bounds for several kinds of data at once: the cross-modal bound, and the two of the disentangled VAE.

A batch is a dict of tensors, one row per example. A modality that some examples lack has a companion `has_NAME`,
bool (batch,); what its rows hold where that is False does not matter.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.distributions import kl_divergence

from vae_course.models import CrossModalVAE, DisentangledVAE
from vae_course.objectives.bound import Bound


def cross_modal(model: CrossModalVAE, batch: Mapping[str, Tensor], pairs: Sequence[tuple[str, str]]) -> Bound:
    """E_{q(z | x_i)}[log p(x_t | z)] - KL(q(z | x_i) || p(z)), summed over the visited pairs (i, t).

    Each is a lower bound of log p(x_t), with the gap KL(q(z | x_i) || p(z | x_t)) (Spurr et al., 2018). All pairs of a
    source share one draw of z. An example counts in the pairs of which it has both sides.

    Args:
        model: with an encoder for each source and a decoder for each target.
        batch: per modality, (batch, its data_dim), and `has_NAME` where some examples lack it.
        pairs: (source, target), such as ("rgb", "joints").

    Returns:
        The terms `reconstruction SOURCE to TARGET` and `kl SOURCE to TARGET`, 0 where a side is missing.

    Raises:
        ValueError: no pairs, or a modality that the model or the batch lacks.
    """
    if not pairs:
        raise ValueError("no pairs to visit; name at least one (source, target)")
    for i, t in pairs:
        model.view(i, t)  # raises for a modality the model does not know
    terms: dict[str, Tensor] = {}
    for source in dict.fromkeys(i for i, _ in pairs):
        q = model.q_z(_rows(batch, source), source)
        z = q.rsample()
        kl = kl_divergence(q, model.p_z())
        for target in (t for i, t in pairs if i == source):
            both = _present(batch, source) & _present(batch, target)
            log_likelihood = model.p_x(z, target).log_prob(_rows(batch, target))
            terms[f"reconstruction {source} to {target}"] = torch.where(both, log_likelihood, 0.0)
            terms[f"kl {source} to {target}"] = torch.where(both, kl, 0.0)
    return Bound(terms)


def elbo_dis(model: DisentangledVAE, batch: Mapping[str, Tensor]) -> Bound:
    """The bound of log p(x, y_1, ..., y_F) under q(z | y_1, ..., y_F): the first stage (Yang & Yao, 2019, eq. 3).

    Args:
        model: the disentangled VAE.
        batch: every factor and every observation by name, (batch, dim); `has_NAME` for observations that some lack.

    Returns:
        The terms `reconstruction NAME` for every observation and factor, and `kl`. The paper's lambdas and beta are
        weights: `.weighted({"reconstruction pose": 10.0, "kl": 0.5})`.
    """
    q = model.q_factors(batch)
    return _bound(model, batch, q, known=None)


def elbo_emb(model: DisentangledVAE, batch: Mapping[str, Tensor], modality: str) -> Bound:
    """The same terms under q(z | x) of an embedded modality: the second stage (Yang & Yao, 2019, eq. 5).

    Args:
        model: after `model.embed(modality, encoder)`, which leaves only that encoder to learn.
        batch: the modality, and every factor and observation; `has_NAME` where some examples lack one, as in weakly
            supervised training.
        modality: whose encoder is trained.

    Raises:
        ValueError: the modality was not embedded, or the batch lacks a name.
    """
    if modality not in model.encoders:
        raise ValueError(f"{modality!r} is not embedded; call model.embed({modality!r}, encoder) first")
    q = model.q_z(_rows(batch, modality), modality)
    return _bound(model, batch, q, known=_present(batch, modality))


def _bound(model: DisentangledVAE, batch: Mapping[str, Tensor], q, known: Tensor | None) -> Bound:
    z = q.rsample()
    kl = kl_divergence(q, model.p_z())
    terms = {}
    for name in (*model.decoders, *model.factor_dims):
        present = _present(batch, name) if known is None else _present(batch, name) & known
        log_likelihood = model.p_x(z, name).log_prob(_rows(batch, name))
        terms[f"reconstruction {name}"] = torch.where(present, log_likelihood, 0.0)
    terms["kl"] = kl if known is None else torch.where(known, kl, 0.0)
    return Bound(terms)


def _present(batch: Mapping[str, Tensor], name: str) -> Tensor:
    """Which examples have the modality, bool (batch,)."""
    default = torch.ones(len(_named(batch, name)), dtype=torch.bool, device=batch[name].device)
    return batch.get(f"has_{name}", default)


def _rows(batch: Mapping[str, Tensor], name: str) -> Tensor:
    """The modality's rows, with 0 where it is missing: a NaN there would spoil every gradient."""
    return torch.where(_present(batch, name)[:, None], _named(batch, name), 0.0)


def _named(batch: Mapping[str, Tensor], name: str) -> Tensor:
    if name not in batch:
        raise ValueError(f"the batch lacks {name!r}; it has {', '.join(batch)}")
    return batch[name]
