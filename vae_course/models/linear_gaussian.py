"""The linear-Gaussian latent variable model, in which everything a VAE approximates is exact.

z ~ N(0, I), x | z ~ N(W z + b, sigma^2 I): probabilistic PCA (Tipping & Bishop, 1999).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.distributions import Independent, MultivariateNormal, Normal


class LinearGaussian(nn.Module):
    """p(x, z) with its exact marginal and posterior, and a linear encoder q(z | x) = N(V (x - b) + a, S).

    Args:
        W: loadings, (x_dim, z_dim).
        b: mean of x, (x_dim,).
        sigma: standard deviation of the noise, a positive number.

    A new model's encoder is the prior, q(z | x) = N(0, I); `match_posterior` makes it exact.
    Raises ValueError where the shapes do not fit or sigma is not positive.
    """

    def __init__(self, W: Tensor, b: Tensor, sigma: float) -> None:
        super().__init__()
        if W.ndim != 2 or b.shape != (W.shape[0],):
            raise ValueError(
                f"W must be (x_dim, z_dim) and b (x_dim,), not {tuple(W.shape)} and {tuple(b.shape)}"
            )
        if not sigma > 0:
            raise ValueError(f"sigma must be positive, not {sigma}")
        x_dim, z_dim = W.shape
        self.W = nn.Parameter(W.clone())
        self.b = nn.Parameter(b.clone())
        self.log_sigma = nn.Parameter(W.new_tensor(math.log(sigma)))
        self.V = nn.Parameter(W.new_zeros(z_dim, x_dim))
        self.a = nn.Parameter(W.new_zeros(z_dim))
        self.S_root = nn.Parameter(
            torch.eye(z_dim, dtype=W.dtype, device=W.device)
        )  # S = L L', L lower triangular

    @property
    def sigma(self) -> Tensor:
        """Standard deviation of the noise, a positive scalar."""
        return self.log_sigma.exp()

    @classmethod
    def maximum_likelihood(cls, x: Tensor, z_dim: int) -> LinearGaussian:
        """The model that maximizes the mean log p(x) of data x (n, x_dim), by eigenvectors (Tipping & Bishop, 1999).

        sigma^2 is the mean of the discarded eigenvalues; its encoder is the exact posterior.
        Raises ValueError unless 0 < z_dim < x_dim.
        """
        if not 0 < z_dim < x.shape[1]:
            raise ValueError(f"z_dim must be between 1 and {x.shape[1] - 1}, not {z_dim}")
        eigenvalues, vectors = torch.linalg.eigh(torch.cov(x.T, correction=0))  # ascending
        variance = eigenvalues[:-z_dim].mean()
        W = vectors[:, -z_dim:] * (eigenvalues[-z_dim:] - variance).sqrt()
        return cls(W, x.mean(0), variance.sqrt().item()).match_posterior()

    def p_z(self) -> MultivariateNormal:
        """The prior N(0, I) over z, event shape (z_dim,)."""
        return MultivariateNormal(torch.zeros_like(self.a), scale_tril=torch.eye(len(self.a)).to(self.a))

    def p_x(self, z: Tensor) -> Independent:
        """The likelihood N(W z + b, sigma^2 I) of x for z (..., z_dim), event shape (x_dim,)."""
        return Independent(Normal(z @ self.W.T + self.b, self.sigma), 1)

    def q_z(self, x: Tensor) -> MultivariateNormal:
        """The encoder's Gaussian over z for x (batch, x_dim)."""
        return MultivariateNormal((x - self.b) @ self.V.T + self.a, scale_tril=self.S_root.tril())

    def marginal(self) -> MultivariateNormal:
        """p(x) = N(b, W W' + sigma^2 I), exactly."""
        identity = torch.eye(len(self.b), dtype=self.W.dtype, device=self.W.device)
        return MultivariateNormal(self.b, self.W @ self.W.T + self.sigma**2 * identity)

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x) in nats for x (..., x_dim), exactly."""
        return self.marginal().log_prob(x)

    def posterior(self, x: Tensor) -> MultivariateNormal:
        """p(z | x) = N(M^-1 W' (x - b), sigma^2 M^-1), M = W' W + sigma^2 I, exactly, for x (..., x_dim)."""
        M = self._M()
        mean = torch.linalg.solve(M, self.W.T @ (x - self.b).unsqueeze(-1)).squeeze(-1)
        return MultivariateNormal(mean, covariance_matrix=self.sigma**2 * torch.linalg.inv(M))

    def expected_log_likelihood(self, x: Tensor, q: MultivariateNormal) -> Tensor:
        """E_q[log p(x | z)] in nats, in closed form, for x (batch, x_dim) and a Gaussian q over z."""
        spread = torch.einsum("di,...ij,dj->...", self.W, q.covariance_matrix, self.W)  # tr(W S W')
        return self.p_x(q.mean).log_prob(x) - spread / (2 * self.sigma**2)

    @torch.no_grad()
    def match_posterior(self) -> LinearGaussian:
        """Set the encoder to the exact posterior, so that the gap of the ELBO is zero; returns the model."""
        M_inverse = torch.linalg.inv(self._M())
        self.V.copy_(M_inverse @ self.W.T)
        self.a.zero_()
        self.S_root.copy_(torch.linalg.cholesky(self.sigma**2 * M_inverse))
        return self

    def _M(self) -> Tensor:
        identity = torch.eye(len(self.a), dtype=self.W.dtype, device=self.W.device)
        return self.W.T @ self.W + self.sigma**2 * identity
