"""How far the codes of two modalities share one region of the latent space."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Overlap:
    """How two sets of codes of the same examples lie to each other.

    Attributes:
        mixing: the share of a code's nearest neighbours that are of the other modality, over the share that chance
            would give: 0 for two clouds apart, 1 where the modality of a neighbour cannot be guessed.
        rank: the median over examples of the place of its own partner among the other modality's codes, ordered
            by distance and divided by their number: 0 where the partner is the nearest, .5 for chance.
    """

    mixing: float
    rank: float


def modality_overlap(one: Tensor, other: Tensor, neighbours: int = 10) -> Overlap:
    """Compare the codes of the same n examples from two modalities.

    Distances are Euclidean. A code is not its own neighbour; its partner of the other modality may be.

    Args:
        one, other: codes (n, latent_dim), row by row of the same example.
        neighbours: how many nearest neighbours are looked at.

    Raises ValueError unless the shapes are equal and there are more codes than neighbours.
    """
    if one.shape != other.shape or one.ndim != 2:
        raise ValueError(
            f"codes must be two (n, latent_dim), not {tuple(one.shape)} and {tuple(other.shape)}"
        )
    n = len(one)
    if not 0 < neighbours < n:
        raise ValueError(f"there must be more codes than neighbours, not {n} and {neighbours}")
    codes = torch.cat([one, other]).double()
    distances = torch.cdist(codes, codes)
    distances.fill_diagonal_(torch.inf)
    nearest = distances.topk(neighbours, largest=False).indices  # (2 n, neighbours)
    is_other = torch.arange(2 * n, device=codes.device) >= n
    differs = is_other[nearest] != is_other[:, None]
    across = distances[:n, n:]  # (n, n): one against other
    place = (across < across.diagonal()[:, None]).sum(1).double() / n
    return Overlap(differs.double().mean().item() * (2 * n - 1) / n, place.median().item())
