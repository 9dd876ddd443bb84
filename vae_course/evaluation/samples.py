"""How good samples are: distances between sets of features, each beside the floor that real data have."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_course.evaluation.digit_features import digit_classifier


@dataclass(frozen=True)
class PrecisionRecall:
    """`precision`: the fraction of fakes that look real; `recall`: the fraction of reals that fakes look like."""

    precision: float
    recall: float


@dataclass(frozen=True)
class Quality:
    """What one set of images measures against another: `frechet` distance (0 is best), precision and recall."""

    frechet: float
    precision: float
    recall: float

    def __str__(self) -> str:
        return f"Fréchet {self.frechet:.1f} · precision {self.precision:.2f} · recall {self.recall:.2f}"


@dataclass(frozen=True)
class SampleQuality:
    """The quality of samples, and the floor: what as many other real images measure."""

    samples: Quality
    floor: Quality

    def __str__(self) -> str:
        return f"{self.samples} (real images: {self.floor})"


def frechet_distance(features_a: Tensor, features_b: Tensor) -> float:
    """Squared Fréchet distance between the Gaussians fitted to two sets of features (Heusel et al., 2017).

    |m_a - m_b|^2 + tr(S_a + S_b - 2 (S_a^1/2 S_b S_a^1/2)^1/2), in float64. Fewer examples give a larger
    distance even between sets of one distribution: compare only distances of equally many.

    Args:
        features_a, features_b: (N, dim) and (M, dim). A covariance may be singular.

    Raises ValueError if a set has fewer than two rows or the dimensions differ.
    """
    _check(features_a, features_b, at_least=2)
    a, b = features_a.double(), features_b.double()
    cov_a, cov_b = (torch.cov(x.T).reshape(x.shape[1], -1) for x in (a, b))
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T  # S_a^1/2; rounding may make a 0 negative
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    distance = (a.mean(0) - b.mean(0)).square().sum() + cov_a.trace() + cov_b.trace() - 2 * cross
    return max(0.0, distance.item())


def precision_recall(real: Tensor, fake: Tensor, k: int = 3) -> PrecisionRecall:
    """Precision and recall of two sets of features (Kynkäänniemi et al., 2019).

    A set's manifold is the union of balls around its points, each reaching to the k-th nearest other point.
    Precision is the fraction of fakes inside of the manifold of the reals, recall the other way round. Two sets
    of one distribution do not reach 1: a point may well be nobody's neighbour.

    Args:
        real, fake: (N, dim) and (M, dim).
        k: larger k, larger balls.

    Raises ValueError if a set has at most k rows or the dimensions differ.
    """
    _check(real, fake, at_least=k + 1)
    return PrecisionRecall(_covered(fake, real, k), _covered(real, fake, k))


@torch.no_grad()
def sample_quality(images: Tensor, reference: Tensor, *, k: int = 3, seed: int = 0) -> SampleQuality:
    """Fréchet distance, precision and recall of digits by the features of a small classifier, and their floor.

    The reference is cut at random into halves: samples are compared with the first, and so is the second, as
    many of each, because all three figures depend on the number of images. Noise and broken shapes lower
    precision; missing digits lower recall; blur lowers recall first, and precision where it is strong.

    Args:
        images: samples, grey values in [0, 1], (N, 784) or (N, 28, 28); means rather than binary draws.
        reference: real digits, at least 2 (k + 1), in the same form, that neither the model nor the classifier
            was trained on: the validation and test parts of the embedded digits, or of all of MNIST.
        k: neighbours for precision and recall.
        seed: of the halves and of the samples chosen where there are more than needed.

    Raises ValueError if images have another form or are too few.
    """
    random = torch.Generator().manual_seed(seed)
    size = min(len(images), len(reference) // 2)
    if size <= k:
        raise ValueError(
            f"at least {k + 1} samples and {2 * k + 2} real digits are needed, not {len(images)} and {len(reference)}"
        )
    order = torch.randperm(len(reference), generator=random).to(reference.device)
    chosen = torch.randperm(len(images), generator=random)[:size].to(images.device)
    classifier = digit_classifier(images.device)
    real, other, fake = (
        torch.cat([classifier.features(part) for part in some.split(500)])
        for some in (reference[order[:size]], reference[order[size : 2 * size]], images[chosen])
    )
    return SampleQuality(samples=_quality(real, fake, k), floor=_quality(real, other, k))


def _quality(real: Tensor, fake: Tensor, k: int) -> Quality:
    manifold = precision_recall(real, fake, k)
    return Quality(frechet_distance(real, fake), manifold.precision, manifold.recall)


def _covered(points: Tensor, centres: Tensor, k: int) -> float:
    """The fraction of points that lie in a ball around a centre which reaches to its k-th nearest other centre."""
    points, centres = points.double(), centres.double()
    reach = torch.cat([_distances(part, centres).kthvalue(k + 1).values for part in centres.split(1000)])
    inside = [(_distances(part, centres) <= reach).any(1) for part in points.split(1000)]
    return torch.cat(inside).double().mean().item()


def _distances(a: Tensor, b: Tensor) -> Tensor:
    # The faster way by inner products gives a point a distance to itself.
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


def _check(a: Tensor, b: Tensor, at_least: int) -> None:
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"features must be (N, dim) with one dim, not {tuple(a.shape)} and {tuple(b.shape)}")
    if min(len(a), len(b)) < at_least:
        raise ValueError(f"at least {at_least} examples are needed, not {len(a)} and {len(b)}")
