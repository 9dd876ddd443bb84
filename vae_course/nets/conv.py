"""Convolutional encoders and decoders of images, with the same interface as the fully connected ones.

Images travel as vectors (..., channels * height * width), so that likelihoods, objectives and measures see
no difference; only these networks know that pixels have neighbours.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from vae_course.nets.mlp import mean_and_logvar, mlp

Shape = tuple[int, int, int]
"""Channels, height and width of an image."""


def _reduced(shape: Shape, halvings: int) -> tuple[int, int]:
    """Height and width after so many convolutions of stride 2."""
    _, height, width = shape
    if height % 2**halvings or width % 2**halvings:
        raise ValueError(
            f"{halvings} convolutions of stride 2 need sides that 2^{halvings} divides, not {height} x {width}"
        )
    return height // 2**halvings, width // 2**halvings


class ConvEncoder(nn.Module):
    """A plain encoder of images: (..., channels * height * width) -> code (..., latent_dim).

    Args:
        shape: (channels, height, width) of an image.
        channels: output channels of the convolutions; each halves height and width (kernel 4, stride 2).
        hidden: widths of the fully connected layers behind them.
        latent_dim: size of the code.

    Raises ValueError if the sides cannot be halved that often.
    """

    def __init__(self, shape: Shape, channels: Sequence[int], hidden: Sequence[int], latent_dim: int) -> None:
        super().__init__()
        self.shape = shape
        height, width = _reduced(shape, len(channels))
        layers: list[nn.Module] = []
        for inputs, outputs in zip([shape[0], *channels], channels, strict=False):
            layers += [nn.Conv2d(inputs, outputs, kernel_size=4, stride=2, padding=1), nn.ReLU()]
        self.conv = nn.Sequential(*layers)
        self.mlp = mlp([channels[-1] * height * width, *hidden, latent_dim])

    def forward(self, x: Tensor) -> Tensor:
        images = x.reshape(-1, *self.shape)
        return self.mlp(self.conv(images).flatten(1)).view(*x.shape[:-1], -1)


class ConvGaussianEncoder(ConvEncoder):
    """Parameters of q(z | x) for images: mean and logvar = log sigma^2, each (..., latent_dim)."""

    def __init__(self, shape: Shape, channels: Sequence[int], hidden: Sequence[int], latent_dim: int) -> None:
        super().__init__(shape, channels, hidden, 2 * latent_dim)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return mean_and_logvar(super().forward(x))


class ConvDecoder(nn.Module):
    """Parameters of p(x | z) for images: (..., latent_dim) -> logits or means (..., channels * height * width).

    Args:
        latent_dim: size of z.
        hidden: widths of the fully connected layers.
        channels: input channels of the transposed convolutions; each doubles height and width.
        shape: (channels, height, width) of an image.

    Raises ValueError if the sides cannot be halved that often.
    """

    def __init__(self, latent_dim: int, hidden: Sequence[int], channels: Sequence[int], shape: Shape) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        height, width = _reduced(shape, len(channels))
        self.start = (channels[0], height, width)
        self.mlp = nn.Sequential(mlp([latent_dim, *hidden, channels[0] * height * width]), nn.ReLU())
        layers: list[nn.Module] = []
        for inputs, outputs in zip(channels, [*channels[1:], shape[0]], strict=True):
            layers += [nn.ConvTranspose2d(inputs, outputs, kernel_size=4, stride=2, padding=1), nn.ReLU()]
        self.conv = nn.Sequential(*layers[:-1])  # no ReLU after the last

    def forward(self, z: Tensor) -> Tensor:
        features = self.mlp(z.reshape(-1, self.latent_dim)).view(-1, *self.start)
        return self.conv(features).reshape(*z.shape[:-1], -1)
