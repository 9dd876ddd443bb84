"""Models: networks and distributions put together, with no objective in them."""

from vae_course.models.autoencoder import Autoencoder
from vae_course.models.cross_modal import CrossModalVAE, CrossModalView
from vae_course.models.disentangled import DisentangledVAE
from vae_course.models.flows import FlowVAE, InverseAutoregressiveFlow
from vae_course.models.gan import GAN
from vae_course.models.hands import cross_modal_hands, hand_decoder, hand_encoder, skeleton_hands
from vae_course.models.likelihoods import (
    Bernoulli,
    DiscretizedLogistic,
    Gaussian,
    LearnedGaussian,
    OptimalGaussian,
)
from vae_course.models.linear_gaussian import LinearGaussian
from vae_course.models.priors import Mixture, SparseLaplace, SpikeAndSlab, StandardNormal, StudentT, VampPrior
from vae_course.models.semi_supervised import M1M2, M2
from vae_course.models.sprites import sprite_vae
from vae_course.models.vae import VAE, diagonal_gaussian

__all__ = [
    "GAN",
    "M1M2",
    "M2",
    "VAE",
    "Autoencoder",
    "Bernoulli",
    "CrossModalVAE",
    "CrossModalView",
    "DiscretizedLogistic",
    "DisentangledVAE",
    "FlowVAE",
    "Gaussian",
    "InverseAutoregressiveFlow",
    "LearnedGaussian",
    "LinearGaussian",
    "Mixture",
    "OptimalGaussian",
    "SparseLaplace",
    "SpikeAndSlab",
    "StandardNormal",
    "StudentT",
    "VampPrior",
    "cross_modal_hands",
    "diagonal_gaussian",
    "hand_decoder",
    "hand_encoder",
    "skeleton_hands",
    "sprite_vae",
]
