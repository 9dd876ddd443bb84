"""The networks of chapters 8 and 9: hands as images of 64 x 64 or 32 x 32 pixels and as vectors of joints.

Inputs and outputs are in the units of `vae_course.data.hand_modalities.hand_units`.
"""

from torch import nn

from vae_course.models.cross_modal import CrossModalVAE
from vae_course.models.likelihoods import Gaussian
from vae_course.nets import ConvDecoder, ConvGaussianEncoder, Decoder, GaussianEncoder
from vae_course.nets.conv import Shape

JOINTS = {"joints_2d": 42, "joints_3d": 63}
"""Size of the modalities that are vectors."""

IMAGES = {"rgb": 3, "cutout": 3, "depth": 1}
"""Channels of the modalities that are images."""

WIDTHS = (16, 32, 48, 64)
"""Channels of the convolutions, from the image inwards; images of 32 pixels leave out the first."""

SIGMAS = {"joints_2d": 0.1, "joints_3d": 0.1, "cutout": 0.4, "depth": 0.4}
"""Standard deviation of each likelihood, in the units of its modality: 3.2 px of 64, 5 mm, and of grey values."""

LATENT_DIM = 32


def image_encoder(channels: int, size: int, latent_dim: int) -> ConvGaussianEncoder:
    """An encoder of images (..., channels * size * size) to mean and logvar of q(z | x), each (..., latent_dim).

    Args:
        channels: 3 for colour, 1 for depth.
        size: height and width, 32 or 64 pixels.
        latent_dim: size of z.
    """
    return ConvGaussianEncoder(_shape(channels, size), _widths(size), [256], latent_dim)


def image_decoder(channels: int, size: int, latent_dim: int) -> ConvDecoder:
    """A decoder z -> images (..., channels * size * size): about 220,000 parameters at 64 pixels.

    Args:
        channels: 3 for colour, 1 for depth.
        size: height and width, 32 or 64 pixels.
        latent_dim: size of z.
    """
    return ConvDecoder(latent_dim, [128], _widths(size)[::-1], _shape(channels, size))


def joints_encoder(dim: int, latent_dim: int) -> GaussianEncoder:
    """An encoder of a vector of joints (..., dim) to mean and logvar of q(z | x)."""
    return GaussianEncoder(dim, [256, 256], latent_dim)


def joints_decoder(dim: int, latent_dim: int) -> Decoder:
    """A decoder z -> a vector of joints (..., dim)."""
    return Decoder(latent_dim, [256, 256], dim)


def hand_encoder(modality: str, *, size: int = 64, latent_dim: int = LATENT_DIM) -> nn.Module:
    """The encoder of a modality of `IMAGES` or `JOINTS`.

    Args:
        modality: its name.
        size: height and width of images, pixels.
        latent_dim: size of z.

    Raises KeyError for another name.
    """
    if modality in IMAGES:
        return image_encoder(IMAGES[modality], size, latent_dim)
    return joints_encoder(JOINTS[modality], latent_dim)


def hand_decoder(modality: str, *, size: int = 64, latent_dim: int = LATENT_DIM) -> nn.Module:
    """The decoder of a modality of `IMAGES` or `JOINTS`.

    Args:
        modality: its name.
        size: height and width of images, pixels.
        latent_dim: size of z.

    Raises KeyError for another name.
    """
    if modality in IMAGES:
        return image_decoder(IMAGES[modality], size, latent_dim)
    return joints_decoder(JOINTS[modality], latent_dim)


def cross_modal_hands(*, size: int = 64, latent_dim: int = LATENT_DIM) -> CrossModalVAE:
    """The model of chapter 8: photographs, depth, 2-D and 3-D joints in one latent space.

    Photographs have an encoder only. What is drawn is the cut-out, the hand without its background: no z that is
    shared with the joints can know the background. Cut-outs have a decoder only.

    Args:
        size: height and width of the images, 32 or 64 pixels.
        latent_dim: size of z.
    """
    sources, targets = ("rgb", "depth", *JOINTS), ("cutout", "depth", *JOINTS)
    return CrossModalVAE(
        {name: hand_encoder(name, size=size, latent_dim=latent_dim) for name in sources},
        {name: hand_decoder(name, size=size, latent_dim=latent_dim) for name in targets},
        {name: Gaussian(SIGMAS[name]) for name in targets},
        latent_dim,
    )


def _shape(channels: int, size: int) -> Shape:
    return channels, size, size


def _widths(size: int) -> tuple[int, ...]:
    if size not in (32, 64):
        raise ValueError(f"images of hands have 32 or 64 pixels a side, not {size}")
    return WIDTHS if size == 64 else WIDTHS[1:]
