"""Models: networks and distributions put together, with no objective in them."""

from vae_course.models.autoencoder import Autoencoder
from vae_course.models.likelihoods import Bernoulli, Gaussian
from vae_course.models.linear_gaussian import LinearGaussian
from vae_course.models.vae import VAE

__all__ = ["VAE", "Autoencoder", "Bernoulli", "Gaussian", "LinearGaussian"]
