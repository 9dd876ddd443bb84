"""Measurements on a trained model, each with its uncertainty or its floor."""

from vae_course.evaluation.annealing import Annealed, annealed_log_likelihood
from vae_course.evaluation.estimate import Estimate
from vae_course.evaluation.hands import HandErrors, root_relative_errors
from vae_course.evaluation.latent import (
    PriorFit,
    label_information,
    label_separation,
    prior_fit,
)
from vae_course.evaluation.likelihood import evaluate, log_likelihood
from vae_course.evaluation.overlap import Overlap, modality_overlap
from vae_course.evaluation.rate import RateDistortion, active_units, rate_distortion
from vae_course.evaluation.samples import (
    PrecisionRecall,
    Quality,
    SampleQuality,
    frechet_distance,
    precision_recall,
    sample_quality,
)

__all__ = [
    "Annealed",
    "Estimate",
    "HandErrors",
    "Overlap",
    "PrecisionRecall",
    "PriorFit",
    "Quality",
    "RateDistortion",
    "SampleQuality",
    "active_units",
    "annealed_log_likelihood",
    "evaluate",
    "frechet_distance",
    "label_information",
    "label_separation",
    "log_likelihood",
    "modality_overlap",
    "precision_recall",
    "prior_fit",
    "rate_distortion",
    "root_relative_errors",
    "sample_quality",
]
