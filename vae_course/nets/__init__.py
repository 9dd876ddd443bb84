"""Networks: they return the parameters of distributions, and nothing more."""

from vae_course.nets.mlp import Decoder, Encoder, GaussianEncoder, mlp, soft_bound

__all__ = ["Decoder", "Encoder", "GaussianEncoder", "mlp", "soft_bound"]
