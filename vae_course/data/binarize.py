"""From grey pixels to binary ones."""

import torch
from torch import Tensor


def binarize(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Draw every pixel as a Bernoulli variable whose probability is the pixel's intensity.

    Called once with a fixed seed this is static binarization; called anew at each step it is dynamic.
    Dynamic binarization never shows the model the same image twice (Burda et al., 2016).

    Args:
        images: uint8 intensities 0..255, shape (N, 28, 28) or (N, D).
        generator: source of randomness, on the device of `images`.

    Returns:
        float32 tensor of zeros and ones, shape (N, D).

    Raises:
        TypeError: the images are not uint8.
    """
    if images.dtype != torch.uint8:
        raise TypeError(f"binarize expects uint8 intensities 0..255, not {images.dtype}")
    intensity = images.flatten(1) / 255
    uniform = torch.rand(intensity.shape, generator=generator, device=images.device)  # in [0, 1)
    return (uniform < intensity).float()
