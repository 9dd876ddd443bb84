"""Numbers for what a picture of the latent space seems to show."""

from dataclasses import dataclass

import torch
from torch import Tensor


def label_separation(codes: Tensor, labels: Tensor, neighbours: int = 5) -> float:
    """How often a point's label is the most frequent one of its nearest neighbours, itself left out: 0 to 1.

    Args:
        codes: (N, dim), in the latent space or in a picture of it.
        labels: int64 (N,).
        neighbours: how many neighbours vote; among equally frequent labels the nearest neighbour's side wins.
    """
    distances = torch.cdist(codes.double(), codes.double()).fill_diagonal_(torch.inf)
    nearest = distances.topk(neighbours, largest=False).indices  # (N, neighbours), nearest first
    votes = torch.nn.functional.one_hot(labels[nearest]).double()
    closeness = 1 + 0.1 / torch.arange(1, neighbours + 1, dtype=torch.float64, device=codes.device)
    winner = (votes * closeness[:, None]).sum(1).argmax(1)  # the small bonus only decides ties
    return (winner == labels).double().mean().item()


@dataclass(frozen=True)
class PriorFit:
    """A distance to the prior, and its `floor`, the distance that two samples of the prior itself have."""

    distance: float
    floor: float


def prior_fit(z: Tensor, *, directions: int = 500, seed: int = 0) -> PriorFit:
    """Sliced Wasserstein-2 distance between draws of the aggregate posterior and of the prior N(0, I).

    The points are projected onto random directions; along one, the optimal transport joins the sorted
    projections. The floor compares two draws of the prior of the same size: below it nothing can be seen.

    Args:
        z: (N, dim), one draw z ~ q(z | x) for each x. Means instead of draws would look too narrow.
        directions: random unit vectors, the same for distance and floor.
        seed: of directions and prior draws.
    """
    random = torch.Generator().manual_seed(seed)
    z = z.detach().double().cpu()
    unit = torch.randn(z.shape[1], directions, generator=random, dtype=torch.float64)
    unit /= unit.norm(dim=0)
    prior, other = (torch.randn(z.shape, generator=random, dtype=torch.float64) for _ in range(2))

    def distance(a: Tensor, b: Tensor) -> float:
        return ((a @ unit).sort(0).values - (b @ unit).sort(0).values).square().mean().sqrt().item()

    return PriorFit(distance(z, prior), distance(other, prior))


def label_information(codes: Tensor, labels: Tensor, bins: int = 10) -> Tensor:
    """Mutual information between each coordinate and the label, in nats, shape (dim,).

    A coordinate is cut into `bins` equally filled bins. With independent variables the estimate is not 0 but
    about (bins - 1)(classes - 1) / 2N: compare with shuffled labels.

    Args:
        codes: (N, dim).
        labels: int64 (N,), 0 to 99.
        bins: how many.
    """
    ranks = codes.argsort(0).argsort(0)
    cells = ranks * bins // len(codes)  # (N, dim)
    joint = (
        torch.stack([torch.bincount(column * 100 + labels, minlength=bins * 100) for column in cells.T])
        .double()
        .view(codes.shape[1], bins, 100)
    )
    joint /= len(codes)
    product = joint.sum(1, keepdim=True) * joint.sum(2, keepdim=True)
    return torch.where(joint > 0, joint * torch.log(joint / product), 0.0).sum((1, 2))
