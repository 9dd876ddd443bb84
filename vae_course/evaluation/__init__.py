"""Measurements on a trained model, each with its uncertainty or its floor."""

from vae_course.evaluation.estimate import Estimate
from vae_course.evaluation.latent import (
    PriorFit,
    label_information,
    label_separation,
    prior_fit,
)
from vae_course.evaluation.likelihood import evaluate, log_likelihood

__all__ = [
    "Estimate",
    "PriorFit",
    "evaluate",
    "label_information",
    "label_separation",
    "log_likelihood",
    "prior_fit",
]
