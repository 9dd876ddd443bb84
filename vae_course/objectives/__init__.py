"""Objectives: one value per example, in nats, split into named terms."""

from vae_course.objectives.bound import Bound
from vae_course.objectives.elbo import autoencoding, elbo, importance_bound, kl_divergence, log_weights

__all__ = ["Bound", "autoencoding", "elbo", "importance_bound", "kl_divergence", "log_weights"]
