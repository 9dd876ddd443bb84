"""The equations of the course as tested objects: what a chapter shows is what is checked.

`latex` reads the notation, `worlds` are the exact models, `evaluate` puts one into the other, `decide` proves or
refuses, `registry` holds the equations; there is one module of equations a chapter.
"""

from vae_course.symbolic import (
    appendix,
    constraint,
    cross_modal,
    digits,
    disentangled,
    elbo,
    factors,
    gradients,
    labels,
    limits,
    marginal,
)
from vae_course.symbolic.decide import Refuted
from vae_course.symbolic.registry import Equation, Proof, definitions, equations, prove

__all__ = [
    "Equation",
    "Proof",
    "Refuted",
    "appendix",
    "constraint",
    "cross_modal",
    "definitions",
    "digits",
    "disentangled",
    "elbo",
    "equations",
    "factors",
    "gradients",
    "labels",
    "limits",
    "marginal",
    "prove",
]
