"""A small network of each kind that can run in a page."""

import torch
from torch import nn

from vae_course import nets
from vae_course.explorers.export import FromJoints
from vae_course.models.hands import LayeredDecoder
from vae_course.models.skeleton import SkeletonDecoder

CONVOLUTIONS = [
    {"kernel_size": 3},
    {"kernel_size": 4, "stride": 2, "padding": 1},
    {"kernel_size": (3, 5), "stride": (2, 3), "padding": (0, 2)},
    {"kernel_size": 1, "stride": 2},
    {"kernel_size": 5, "padding": 3, "bias": False},
]
TRANSPOSED = [*CONVOLUTIONS, {"kernel_size": 3, "stride": 3, "padding": 1, "output_padding": (2, 1)}]


def networks() -> dict[str, tuple[nn.Module, int]]:
    """One of each kind, and how many inputs it has."""
    torch.manual_seed(0)
    image = nn.Unflatten(1, (3, 7, 9))
    found = {
        "linear": (nn.Linear(5, 4), 5),
        "linear without bias": (nn.Linear(5, 4, bias=False), 5),
        "encoder": (nets.Encoder(6, [8], 2), 6),
        "gaussian encoder": (nets.GaussianEncoder(6, [8, 7], 3), 6),
        "decoder": (nets.Decoder(2, [9], 11), 2),
        "conv encoder": (nets.ConvEncoder((2, 8, 12), [3, 5], [6], 4), 192),
        "conv gaussian encoder": (nets.ConvGaussianEncoder((1, 8, 4), [3], [], 2), 32),
        "conv decoder": (nets.ConvDecoder(3, [6], [5, 4], (2, 8, 12)), 3),
    }
    for layer in (nn.ReLU(), nn.LeakyReLU(0.1), nn.Tanh(), nn.SiLU(), nn.Sigmoid()):
        found[type(layer).__name__] = (nn.Sequential(nn.Linear(3, 6), layer), 3)
    for options in CONVOLUTIONS:
        found[f"conv {options}"] = (nn.Sequential(image, nn.Conv2d(3, 4, **options), nn.Flatten()), 189)
    for options in TRANSPOSED:
        layer = nn.ConvTranspose2d(3, 4, **options)
        found[f"transposed {options}"] = (nn.Sequential(image, layer, nn.Flatten()), 189)
    found["layered decoder"] = (LayeredDecoder(4, 5, 32), 9)
    for channels in (1, 3):
        joints = nets.Decoder(6, [], 42), nets.Decoder(6, [], 63)
        found[f"skeleton decoder, {channels}"] = (
            FromJoints(SkeletonDecoder(*joints, channels, 32)),
            6 + 42 + 63,
        )
    return found
