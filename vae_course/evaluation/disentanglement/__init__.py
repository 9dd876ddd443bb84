"""Five measures of disentanglement, for any codes whose factors are known. None is enough: compare them over seeds."""

from typing import Any

from vae_course.evaluation.disentanglement.dci import DCI, dci
from vae_course.evaluation.disentanglement.fixed_factor import beta_vae_score, factor_vae_score
from vae_course.evaluation.disentanglement.information import mig
from vae_course.evaluation.disentanglement.sap import sap

__all__ = ["DCI", "beta_vae_score", "dci", "disentanglement", "factor_vae_score", "mig", "sap"]


def disentanglement(codes: Any, factors: Any, *, seed: int = 0) -> dict[str, float]:
    """All five measures with their default settings, in [0, 1].

    Args:
        codes: (N, M), an array or a tensor, such as the means of q(z | x).
        factors: (N, F), integers; constant ones are left out.
        seed: of all draws.

    Returns:
        "beta_vae", "factor_vae", "mig", "dci" (its disentanglement) and "sap".

    Raises ValueError for codes that are not finite, factors that are not integers, or shapes that do not fit.
    """
    return {
        "beta_vae": beta_vae_score(codes, factors, seed=seed),
        "factor_vae": factor_vae_score(codes, factors, seed=seed),
        "mig": mig(codes, factors),
        "dci": dci(codes, factors, seed=seed).disentanglement,
        "sap": sap(codes, factors, seed=seed),
    }
