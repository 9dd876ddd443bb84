"""Objectives: one value per example, in nats, split into named terms."""

from vae_course.objectives.adversaries import FactorVAE, adversarial, shuffle_dimensions
from vae_course.objectives.bound import Bound
from vae_course.objectives.constraints import KLConstraint, ReconstructionConstraint
from vae_course.objectives.decomposition import decomposition, log_batch_weights
from vae_course.objectives.elbo import autoencoding, elbo, importance_bound, kl_divergence, log_weights
from vae_course.objectives.importance import importance_weighted
from vae_course.objectives.modalities import cross_modal, elbo_dis, elbo_emb
from vae_course.objectives.schedules import Capacity, Ramp, Warmup
from vae_course.objectives.semi_supervised import UNLABELLED, semi_supervised

__all__ = [
    "UNLABELLED",
    "Bound",
    "Capacity",
    "FactorVAE",
    "KLConstraint",
    "Ramp",
    "ReconstructionConstraint",
    "Warmup",
    "adversarial",
    "autoencoding",
    "cross_modal",
    "decomposition",
    "elbo",
    "elbo_dis",
    "elbo_emb",
    "importance_bound",
    "importance_weighted",
    "kl_divergence",
    "log_batch_weights",
    "log_weights",
    "semi_supervised",
    "shuffle_dimensions",
]
