"""The VAE that chapters 6 and 7 train on sprites, always the same, so that only the objective differs."""

from vae_course.models.likelihoods import Bernoulli
from vae_course.models.vae import VAE
from vae_course.nets import Decoder, GaussianEncoder

PIXELS = 32 * 32
HIDDEN = (256, 128)


def sprite_vae(latent_dim: int = 10) -> VAE:
    """A new VAE of sprites at half size, (batch, 1024) binary pixels, fully connected, for a prior N(0, I).

    Args:
        latent_dim: size of z; more than the sprites' five factors, so that some dimensions can stay unused.
    """
    return VAE(
        GaussianEncoder(PIXELS, HIDDEN, latent_dim),
        Decoder(latent_dim, HIDDEN[::-1], PIXELS),
        Bernoulli(),
    )
