"""Slightly moved copies of images, where there are few originals."""

import torch
from torch import Tensor
from torch.nn import functional

CONTRAST = 1.4
"""With it, binarizing a moved MNIST digit adds as much noise as binarizing the original."""


def jitter(images: Tensor, generator: torch.Generator | None = None, amount: float = 1.0) -> Tensor:
    """Turn, scale, shear and shift every image a little, at random.

    At amount 1 an image turns by up to 4.6 degrees, grows or shrinks by up to 5 %, is sheared by up to 5 % and
    moves by up to .04 of its half width (half a pixel of 28), each uniformly.

    Args:
        images: uint8, (N, height, width).
        generator: source of randomness, on the device of `images`.
        amount: scales all of these limits.

    Returns:
        uint8 images of the same shape, by bilinear interpolation; what enters from outside is 0.
        Interpolation blurs, and grey pixels are noise once binarized, so contrast is restored.
    """
    if amount == 0:
        return images
    limits = amount * torch.tensor([0.08, 0.05, 0.05, 0.04, 0.04], device=images.device)
    uniform = torch.rand(len(images), 5, generator=generator, device=images.device)
    turn, growth, shear, right, down = ((2 * uniform - 1) * limits).T
    cos, sin = (1 + growth) * torch.cos(turn), (1 + growth) * torch.sin(turn)
    maps = torch.stack([cos, shear - sin, right, sin, cos, down], dim=1).view(-1, 2, 3)
    pixels = images.unsqueeze(1).float()  # (N, 1, height, width)
    grid = functional.affine_grid(maps, list(pixels.shape), align_corners=False)
    moved = functional.grid_sample(pixels, grid, align_corners=False)
    sharpened = 127.5 + CONTRAST * (moved - 127.5)
    return sharpened.round().clamp(0, 255).to(torch.uint8).squeeze(1)
