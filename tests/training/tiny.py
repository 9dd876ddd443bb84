"""A training of a fraction of a second."""

import torch

from vae_course.models import VAE, Bernoulli
from vae_course.nets import Decoder, GaussianEncoder
from vae_course.objectives import elbo
from vae_course.training import fit

STEPS = 60


def model(seed: int = 0) -> VAE:
    torch.manual_seed(seed)
    return VAE(GaussianEncoder(12, [8], 2), Decoder(2, [8], 12), Bernoulli())


def data() -> torch.Tensor:
    return torch.arange(40 * 12).view(40, 12).remainder(256).to(torch.uint8)


def binary(rows: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return torch.bernoulli(rows / 255, generator=generator)


def at_step(number: int, action):
    """`binary`, with `action` called during the given step (counted from 1) of this process."""
    calls = [0]

    def prepare(rows, generator):
        calls[0] += 1
        if calls[0] == number:
            action()
        return binary(rows, generator)

    return prepare


def train(vae: VAE, *, checkpoint=None, prepare=binary, **settings):
    defaults = {"steps": STEPS, "batch_size": 16, "lr": 1e-2, "seed": 5, "interval": 10}
    return fit(vae, elbo, data(), prepare=prepare, checkpoint=checkpoint, **defaults | settings)


def weights(vae: VAE) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in vae.parameters()])
