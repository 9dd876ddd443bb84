"""The networks of chapters 8 and 9: hands as images of 64 x 64 or 32 x 32 pixels and as vectors of joints.

Inputs and outputs are in the units of `vae_course.data.hand_modalities.hand_units`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from vae_course.models.cross_modal import CrossModalVAE
from vae_course.models.disentangled import DisentangledVAE
from vae_course.models.likelihoods import Gaussian
from vae_course.models.skeleton import SkeletonDecoder
from vae_course.models.vae import VAE
from vae_course.nets import ConvDecoder, ConvGaussianEncoder, Decoder, GaussianEncoder
from vae_course.nets.conv import ConvEncoder, Shape

JOINTS = {"joints_2d": 42, "joints_3d": 63}
"""Size of the modalities that are vectors."""

IMAGES = {"rgb": 3, "cutout": 3, "depth": 1}
"""Channels of the modalities that are images."""

WIDTHS = (16, 32, 48, 64)
"""Channels of the convolutions, from the image inwards; images of 32 pixels leave out the last."""

SIGMAS = {"joints_2d": 0.1, "joints_3d": 0.1, "rgb": 0.4, "cutout": 0.4, "depth": 0.4}
"""Standard deviation of each likelihood, in the units of its modality: 3.2 px of 64, 5 mm, and of grey values."""

SOURCES = ("rgb", "depth", "joints_2d", "joints_3d")
TARGETS = ("cutout", "depth", "joints_2d", "joints_3d")
"""What the model of chapter 8 encodes, and what it decodes."""

LATENT_DIM = 32


def image_encoder(channels: int, size: int, latent_dim: int) -> ConvGaussianEncoder:
    """An encoder of images (..., channels * size * size) to mean and logvar of q(z | x), each (..., latent_dim).

    Args:
        channels: 3 for colour, 1 for depth.
        size: height and width, 32 or 64 pixels.
        latent_dim: size of z.
    """
    return ConvGaussianEncoder(_shape(channels, size), _widths(size), [128], latent_dim)


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


def cross_modal_hands(
    sources: Sequence[str] = SOURCES,
    targets: Sequence[str] = TARGETS,
    *,
    size: int = 64,
    latent_dim: int = LATENT_DIM,
    sharpness: float = 1.0,
) -> CrossModalVAE:
    """The model of chapter 8: photographs, depth, 2-D and 3-D joints in one latent space.

    By default photographs have an encoder only. What is drawn is the cut-out, the hand without its background: no z
    that is shared with the joints can know the background. Cut-outs have a decoder only.

    Args:
        sources: the modalities with an encoder.
        targets: those with a decoder.
        size: height and width of the images, 32 or 64 pixels.
        latent_dim: size of z.
        sharpness: by which the standard deviations of `SIGMAS` are divided.
    """
    return CrossModalVAE(
        {name: hand_encoder(name, size=size, latent_dim=latent_dim) for name in sources},
        {name: hand_decoder(name, size=size, latent_dim=latent_dim) for name in targets},
        {name: Gaussian(SIGMAS[name] / sharpness) for name in targets},
        latent_dim,
    )


def skeleton_hands(*, size: int = 64, latent_dim: int = LATENT_DIM, sharpness: float = 1.0) -> CrossModalVAE:
    """`cross_modal_hands` whose decoders of pictures first ask the decoders of joints where the bones are.

    Args:
        size: height and width of the images, 32 or 64 pixels.
        latent_dim: size of z.
        sharpness: by which the standard deviations of `SIGMAS` are divided.
    """
    model = cross_modal_hands(size=size, latent_dim=latent_dim, sharpness=sharpness)
    model.decoders.update(picture_decoders(model, size))
    return model


def picture_decoders(model: CrossModalVAE, size: int) -> nn.ModuleDict:
    """Untrained decoders of `cutout` and `depth` that ask a model's decoders of joints where the bones are.

    Args:
        model: of hands, with decoders of both kinds of joints.
        size: height and width of the images, even, pixels.
    """
    joints = model.decoders["joints_2d"], model.decoders["joints_3d"]
    return nn.ModuleDict({name: SkeletonDecoder(*joints, IMAGES[name], size) for name in ("cutout", "depth")})


FACTOR_DIMS = {"pose": 10, "view": 4, "content": 12}
"""Sizes of the parts of z in chapter 9."""

FACTOR_SIZES = {"pose": 63, "view": 9, "content": 54}
"""Sizes of the factors themselves, as `vae_course.data.hand_factors` draws them."""

FACTOR_SIGMA = 0.1
"""Standard deviation of every likelihood of chapter 9: 5 mm, a tenth of a rotation's entries and of grey values."""


class LayeredDecoder(nn.Module):
    """A decoder that knows one thing about photographs of hands: a hand stands before a wall.

    Pose and viewpoint give three maps of the picture's size: where the hand is, and how much of each of two colours
    is seen there. The content gives the two colours and a small picture of the wall, which is enlarged.

    Args:
        geometry_dim: size of the parts of z for pose and viewpoint, the first entries of z.
        content_dim: size of the content's part, the rest.
        size: height and width, 32 or 64 pixels.
    """

    def __init__(self, geometry_dim: int, content_dim: int, size: int) -> None:
        super().__init__()
        self.dims, self.size = [geometry_dim, content_dim], size
        self.maps = ConvDecoder(geometry_dim, [160, 160], (48, *_widths(size)[::-1][1:]), _shape(3, size))
        self.colours = nn.Linear(content_dim, 2 * 3)
        self.wall = nn.Linear(content_dim, 3 * 4 * 4)

    def forward(self, z: Tensor) -> Tensor:
        geometry, content = z.reshape(-1, sum(self.dims)).split(self.dims, dim=-1)
        where, *shares = self.maps(geometry).view(-1, 3, 1, self.size, self.size).unbind(1)
        hand = sum(
            share * colour[..., None, None]
            for share, colour in zip(shares, self.colours(content).view(-1, 2, 3).unbind(1), strict=True)
        )
        wall = self.wall(content).view(-1, 3, 4, 4)
        wall = interpolate(wall, (self.size, self.size), mode="bilinear", align_corners=True)
        return torch.lerp(wall, hand, where.sigmoid()).reshape(*z.shape[:-1], -1)


def factor_decoder(size: int = 64) -> LayeredDecoder:
    """The decoder z -> photographs (..., 3 * size * size) of chapter 9.

    Args:
        size: height and width, 32 or 64 pixels.
    """
    *geometry, content = FACTOR_DIMS.values()
    return LayeredDecoder(sum(geometry), content, size)


def disentangled_hands(size: int = 64) -> DisentangledVAE:
    """The model of chapter 9: z has a part for the pose, one for the viewpoint and one for the content.

    Args:
        size: height and width of the photographs, 32 or 64 pixels.
    """
    widths = {"pose": [256, 256], "view": [128], "content": [128]}
    return DisentangledVAE(
        FACTOR_DIMS,
        {f: GaussianEncoder(FACTOR_SIZES[f], widths[f], dim) for f, dim in FACTOR_DIMS.items()},
        {f: Decoder(dim, widths[f], FACTOR_SIZES[f]) for f, dim in FACTOR_DIMS.items()},
        {"rgb": factor_decoder(size)},
        {name: Gaussian(FACTOR_SIGMA) for name in (*FACTOR_DIMS, "rgb")},
    )


class PhotographEncoder(nn.Module):
    """Mean and logvar of q(z | x) from photographs of 64 x 64 pixels, which are first averaged over 2 x 2.

    Args:
        latent_dim: size of z.
    """

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.small = image_encoder(3, 32, latent_dim)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        images = x.reshape(-1, *_shape(3, 64))
        return self.small(avg_pool2d(images, 2).reshape(*x.shape[:-1], -1))


def photograph_encoder() -> PhotographEncoder:
    """The encoder of photographs that the second stage of chapter 9 trains."""
    return PhotographEncoder(sum(FACTOR_DIMS.values()))


def plain_hands(size: int = 64) -> VAE:
    """A VAE of the same photographs that is told of no factor, with a decoder of the same size.

    Args:
        size: height and width of the photographs, 32 or 64 pixels.
    """
    latent_dim = sum(FACTOR_DIMS.values())
    decoder = ConvDecoder(latent_dim, [160, 160], (48, *_widths(size)[::-1][1:]), _shape(3, size))
    return VAE(image_encoder(3, size, latent_dim), decoder, Gaussian(FACTOR_SIGMA))


class FactorReader(nn.Module):
    """Reads the factors from a picture: (..., 3 * size * size) -> `pose` (..., 63), `view` and `content`.

    Args:
        size: height and width of the pictures, 32 or 64 pixels.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.network = ConvEncoder(_shape(3, size), _widths(size), [256], sum(FACTOR_SIZES.values()))

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        parts = self.network(x).split(list(FACTOR_SIZES.values()), dim=-1)
        return dict(zip(FACTOR_SIZES, parts, strict=True))


def factor_reader(size: int = 64) -> FactorReader:
    """The network by which chapter 9 judges pictures: pose in units of 50 mm, view and content as they are drawn.

    Args:
        size: height and width of the pictures, 32 or 64 pixels.
    """
    return FactorReader(size)


def _shape(channels: int, size: int) -> Shape:
    return channels, size, size


def _widths(size: int) -> tuple[int, ...]:
    if size not in (32, 64):
        raise ValueError(f"images of hands have 32 or 64 pixels a side, not {size}")
    return WIDTHS if size == 64 else WIDTHS[:-1]
