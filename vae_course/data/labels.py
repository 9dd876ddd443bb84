"""Few labels among many images."""

import torch
from torch import Tensor


def keep_labels(labels: Tensor, count: int, seed: int = 0, unknown: int = -1) -> Tensor:
    """Keep `count` labels, as many of each class, chosen at random; all others become `unknown`.

    Args:
        labels: int64 (N,), classes 0, 1, ...
        count: how many stay, a multiple of the number of classes.
        seed: of the choice.
        unknown: what stands in the place of the others.

    Returns:
        int64 (N,): the label where it is kept, else `unknown`.

    Raises:
        ValueError: `count` is no multiple of the number of classes, or a class has too few examples.
    """
    classes = int(labels.max()) + 1
    each = count // classes
    if count % classes or each > int(labels.bincount().min()):
        raise ValueError(f"{count} labels cannot be spread evenly over {classes} classes of these examples")
    random = torch.Generator().manual_seed(seed)
    kept = torch.full_like(labels, unknown)
    for label in range(classes):
        members = (labels == label).nonzero().squeeze(1)
        chosen = members[torch.randperm(len(members), generator=random)[:each]]
        kept[chosen] = label
    return kept
