"""One latent space for several kinds of data (Spurr et al., 2018)."""

from collections.abc import Mapping

from torch import Tensor, nn
from torch.distributions import Distribution

from vae_course.models.priors import StandardNormal
from vae_course.models.vae import diagonal_gaussian


class CrossModalVAE(nn.Module):
    """Every modality owns an encoder and a decoder; x_i -> x_t encodes with i's and decodes with t's.

    Args:
        encoders: per modality, x -> mean and logvar of q(z | x_i), each (batch, latent_dim).
        decoders: per modality, z -> what its likelihood needs. A modality may have an encoder only, or a decoder only.
        likelihoods: per decoder, its output -> p(x_t | z).
        latent_dim: size of the shared z.

    Raises ValueError unless decoders and likelihoods name the same modalities.
    """

    def __init__(
        self,
        encoders: Mapping[str, nn.Module],
        decoders: Mapping[str, nn.Module],
        likelihoods: Mapping[str, nn.Module],
        latent_dim: int,
    ) -> None:
        super().__init__()
        if set(decoders) != set(likelihoods):
            raise ValueError(f"decoders are {sorted(decoders)}, but likelihoods are {sorted(likelihoods)}")
        self.encoders = nn.ModuleDict(encoders)
        self.decoders = nn.ModuleDict(decoders)
        self.likelihoods = nn.ModuleDict(likelihoods)
        self.prior = StandardNormal(latent_dim)

    def q_z(self, x: Tensor, modality: str) -> Distribution:
        """q(z | x_i) for x_i of shape (batch, its data_dim)."""
        return diagonal_gaussian(*self.encoders[modality](x))

    def p_z(self) -> Distribution:
        """p(z) = N(0, I), the same for all."""
        return self.prior()

    def p_x(self, z: Tensor, modality: str) -> Distribution:
        """p(x_t | z) for z of shape (..., latent_dim)."""
        return self.likelihoods[modality](self.decoders[modality](z))

    def view(self, source: str, target: str) -> "CrossModalView":
        """The model of x_t under x_i as an ordinary latent variable model, for measures that expect one."""
        return CrossModalView(self, source, target)


class CrossModalView:
    """q(z | x_i), p(z) and p(x_t | z) of one pair of modalities.

    Args:
        model: the cross-modal model.
        source, target: the modalities i and t.

    Raises ValueError if the model lacks the source's encoder or the target's decoder.
    """

    def __init__(self, model: CrossModalVAE, source: str, target: str) -> None:
        for name, known in ((source, model.encoders), (target, model.decoders)):
            if name not in known:
                raise ValueError(f"no modality {name!r} here; there are {', '.join(known)}")
        self.model, self.source, self.target = model, source, target

    def q_z(self, x: Tensor) -> Distribution:
        """q(z | x_i) for x_i of the source modality, (batch, its data_dim)."""
        return self.model.q_z(x, self.source)

    def p_z(self) -> Distribution:
        """p(z)."""
        return self.model.p_z()

    def p_x(self, z: Tensor) -> Distribution:
        """p(x_t | z) of the target modality for z (..., latent_dim)."""
        return self.model.p_x(z, self.target)
