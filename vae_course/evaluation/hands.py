"""How far estimated hand joints lie from the true ones, in the measures of the hand papers."""

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_course.data.real_hands.prepare import palm_visible, with_palm

THRESHOLDS = torch.linspace(0, 50, 20, dtype=torch.float64)
"""Where published curves are evaluated, mm."""


@dataclass(frozen=True)
class HandErrors:
    """Distances between estimated and true joints; every figure is first taken per joint, then averaged over joints.

    Only visible joints count. A joint that is visible in no example has no figure and drops out of the averages.
    Nothing is fitted: neither scale nor rotation nor translation (no Procrustes alignment).

    Attributes:
        distances: float64 (N, 21), mm for 3-D joints or px for 2-D ones.
        visible: bool (N, 21).
    """

    distances: Tensor
    visible: Tensor

    @classmethod
    def of(cls, predicted: Tensor, true: Tensor, visible: Tensor | None = None) -> "HandErrors":
        """Compare joints (N, 21, 2 or 3) in one frame and one unit.

        Args:
            visible: bool (N, 21); None: all joints.

        Raises ValueError if shapes differ, no joint is visible, or a visible joint is not finite.
        """
        if predicted.shape != true.shape or true.ndim != 3:
            raise ValueError(
                f"joints must be (N, 21, 2 or 3), not {tuple(predicted.shape)} and {tuple(true.shape)}"
            )
        distances = (predicted.double() - true.double()).norm(dim=-1)
        if visible is None:
            visible = torch.ones_like(distances, dtype=torch.bool)
        if visible.shape != distances.shape or visible.dtype != torch.bool:
            raise ValueError(
                f"visible must be bool {tuple(distances.shape)}, not {visible.dtype} {visible.shape}"
            )
        if not visible.any():
            raise ValueError("no joint is visible: there is nothing to measure")
        if not distances[visible].isfinite().all():
            raise ValueError("a visible joint is not finite: the model or the labels are broken")
        return cls(distances, visible)

    @property
    def per_joint(self) -> Tensor:
        """Mean end-point error of each joint, (21,); nan for one that is never visible."""
        return self._masked().nanmean(0)

    @property
    def mean(self) -> float:
        """End-point error (EPE): the mean over examples of each joint, averaged over joints."""
        return self.per_joint.nanmean().item()

    @property
    def median(self) -> float:
        """The median over examples of each joint, averaged over joints."""
        # nanmedian would take the lower of two middle values
        return torch.nanquantile(self._masked(), 0.5, dim=0).nanmean().item()

    def pck(self, thresholds: Tensor = THRESHOLDS) -> Tensor:
        """Percentage of correct keypoints as a fraction, (len(thresholds),) in [0, 1].

        For each threshold the fraction of a joint's examples with an error of at most that, averaged over joints.
        """
        limits = thresholds.to(self.distances)[:, None, None]
        counts = ((self.distances <= limits) & self.visible).sum(1)  # (thresholds, 21)
        return (counts.double() / self.visible.sum(0)).nanmean(1)  # 0 / 0 is nan: never visible

    def auc(self, thresholds: Tensor = THRESHOLDS) -> float:
        """Area under the PCK curve over all of `thresholds`; "20-50" takes `THRESHOLDS[8:]`, from 21.05 mm."""
        return auc(self.pck(thresholds), thresholds)

    def _masked(self) -> Tensor:
        return torch.where(self.visible, self.distances, torch.nan)

    def __str__(self) -> str:
        return f"EPE mean {self.mean:.2f} · median {self.median:.2f}"


def auc(pck: Tensor, thresholds: Tensor) -> float:
    """Area under a PCK curve by the trapezoidal rule, divided by its width: 1 for a perfect model.

    Args:
        pck: fractions, (T,) for T > 1.
        thresholds: (T,), increasing.
    """
    if pck.shape != thresholds.shape or len(thresholds) < 2:
        raise ValueError("pck and thresholds must be two vectors of one length, at least 2")
    return (torch.trapezoid(pck, thresholds.to(pck)) / (thresholds[-1] - thresholds[0])).item()


def root_relative_errors(
    predicted: Tensor, joints_3d: Tensor, visible: Tensor, scale: Tensor | None = None
) -> HandErrors:
    """The protocol of the cross-modal paper: joints relative to the true palm, predictions as they are.

    All 21 joints count, joint 0, the palm, whose true value is 0, among them. A prediction that has its own palm
    subtracted gets this one right for nothing.

    Args:
        predicted: (N, 21, 3), relative to the palm, in mm, or without unit where `scale` is given.
        joints_3d: the true joints (N, 21, 3) mm as a reader gives them, the wrist as joint 0.
        visible: bool (N, 21) as a reader gives it.
        scale: (N,) mm, the TRUE scale, by which scale-invariant predictions are multiplied.
    """
    if scale is not None:
        predicted = predicted * scale[:, None, None]
    true = with_palm(joints_3d)
    return HandErrors.of(predicted, true - true[:, :1], palm_visible(visible))
