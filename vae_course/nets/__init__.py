"""Networks: they return the parameters of distributions, and nothing more."""

from vae_course.nets.autoregressive import AutoregressiveNet, MaskedLinear
from vae_course.nets.conv import ConvDecoder, ConvEncoder, ConvGaussianEncoder
from vae_course.nets.mlp import Decoder, Encoder, GaussianEncoder, mean_and_logvar, mlp, soft_bound

__all__ = [
    "AutoregressiveNet",
    "ConvDecoder",
    "ConvEncoder",
    "ConvGaussianEncoder",
    "Decoder",
    "Encoder",
    "GaussianEncoder",
    "MaskedLinear",
    "mean_and_logvar",
    "mlp",
    "soft_bound",
]
