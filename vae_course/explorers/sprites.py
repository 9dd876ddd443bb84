"""What the explorers of chapters 6 and 7 share: sprites that no model has seen, their codes, and where they are."""

from __future__ import annotations

import torch
from torch import Tensor

from vae_course.data.sprites import COUNT, classes_of
from vae_course.explorers.export import Exported, export
from vae_course.models import VAE

IN_USE = 0.1  # nats
SPAN = 2.0


def held_out(count: int) -> Tensor:
    """Classes (count, 6) of sprites on which no shipped model was trained, in the order that chapter 6 has them."""
    order = torch.randperm(COUNT, generator=torch.Generator().manual_seed(0))
    return classes_of(order[100_000 : 100_000 + count])


def sprite_decoder(name: str, vae: VAE) -> Exported:
    """The decoder of a model of sprites as it travels, with its error on draws from the prior.

    Args:
        name: of the shipped weights.
        vae: with these weights.
    """
    z = torch.randn(1000, vae.decoder.latent_dim, generator=torch.Generator().manual_seed(0))
    return export(f"{name}-decoder", vae.decoder, z, display="sigmoid")


@torch.no_grad()
def in_use(vae: VAE, x: Tensor) -> list[int]:
    """The coordinates whose mean KL is more than 0.1 nats, the largest first.

    Args:
        vae: with a diagonal encoder, for a prior N(0, I).
        x: sprites, (N, 1024).
    """
    q = vae.q_z(x)
    kl = 0.5 * (q.mean**2 + q.variance - 1 - q.variance.log()).mean(0)
    return [k for k in kl.argsort(descending=True).tolist() if kl[k] > IN_USE]


def centres(images: Tensor) -> Tensor:
    """Centre of mass along x and y, in pixels, and mass of images (N, 1024): (N, 3), as the page computes them."""
    images = images.view(-1, 32, 32)
    middles, mass = torch.arange(32) + 0.5, images.sum((1, 2))
    x, y = (images.sum(1) * middles).sum(1) / mass, (images.sum(2) * middles).sum(1) / mass
    return torch.stack([x, y, mass], dim=1)


@torch.no_grad()
def traverse(vae: VAE, code: Tensor, k: int, count: int = 9) -> Tensor:
    """Images (count, 1024) of a code with coordinate k moved from -2 to 2 and the others as they are.

    Args:
        vae: decodes.
        code: (latent_dim,).
        k: which coordinate.
        count: how many values.
    """
    z = code.repeat(count, 1)
    z[:, k] = torch.linspace(-SPAN, SPAN, count)
    return torch.sigmoid(vae.decoder(z))


def thousandths(codes: Tensor) -> Tensor:
    """Codes (N, latent_dim) with three digits: the last ones differ between machines."""
    return (codes * 1000).round() / 1000
