"""The three parts of the KL, exactly and from minibatches."""

import itertools
import math

import pytest
import torch
from torch import nn

from vae_course.models import VAE, Bernoulli, Mixture
from vae_course.nets import Decoder
from vae_course.objectives import decomposition, log_batch_weights

from .checks import linear_gaussian

PARTS = ("index_code_mi", "total_correlation", "dimension_wise_kl")


class Table(nn.Module):
    """An encoder that looks up its means: x holds the row's number in its first entry."""

    def __init__(self, means: torch.Tensor, sigma: float) -> None:
        super().__init__()
        self.means, self.sigma = means, sigma

    def forward(self, x):
        mean = self.means[x[:, 0].long()]
        return mean, torch.full_like(mean, 2 * math.log(self.sigma))


def table_vae(means: torch.Tensor, sigma: float = 0.1) -> tuple[VAE, torch.Tensor]:
    torch.manual_seed(0)
    model = VAE(Table(means.double(), sigma), Decoder(means.shape[1], [], 4), Bernoulli()).double()
    x = torch.zeros(len(means), 4).double()
    x[:, 0] = torch.arange(len(means))
    return model, x


@pytest.mark.parametrize("estimator", ["stratified", "weighted"])
def test_the_parts_add_up_to_the_sampled_kl(estimator):
    model, x = table_vae(torch.randn(10, 3))
    torch.manual_seed(1)
    terms = decomposition(model, x[:4], 10, estimator=estimator).terms
    torch.manual_seed(1)
    z = model.q_z(x[:4]).rsample()
    kl = model.q_z(x[:4]).log_prob(z) - model.p_z().log_prob(z)
    assert torch.allclose(sum(terms[name] for name in PARTS), kl, atol=1e-10)


def test_separate_codes_on_a_diagonal_have_the_entropies_of_their_index():
    """N far points on a line: z knows the index (log N nats), and each dimension knows the other (log N nats)."""
    N = 6
    line = torch.arange(N).double()[:, None].repeat(1, 2) * 5
    model, x = table_vae(line)
    terms = decomposition(model, x, N).terms
    assert torch.allclose(terms["index_code_mi"], torch.full((N,), math.log(N)).double(), atol=1e-6)
    assert torch.allclose(terms["total_correlation"], torch.full((N,), math.log(N)).double(), atol=1e-6)


def test_separate_codes_on_a_grid_have_no_total_correlation():
    grid = torch.tensor(list(itertools.product(range(3), range(3)))).double() * 5
    model, x = table_vae(grid)
    terms = decomposition(model, x, 9).terms
    assert torch.allclose(terms["index_code_mi"], torch.full((9,), math.log(9)).double(), atol=1e-6)
    assert terms["total_correlation"].abs().max() < 1e-6


def test_equal_posteriors_carry_no_information():
    model, x = table_vae(torch.zeros(5, 2), sigma=1.0)
    terms = decomposition(model, x, 5).terms
    for name in PARTS:
        assert terms[name].abs().max() < 1e-10


def test_weights_sum_to_one_with_the_own_example_on_the_diagonal():
    for batch, examples in ((4, 10), (2, 7), (5, 5)):
        weights = log_batch_weights(batch, examples).exp()
        assert torch.allclose(weights.sum(1), torch.ones(batch).double())
        assert torch.allclose(weights.diagonal(), torch.full((batch,), 1 / examples).double())


def test_the_estimate_of_the_aggregate_posterior_is_unbiased():
    """The mean over ALL batches of 3 out of 6 that hold the draw's own example is q(z), to rounding."""
    torch.manual_seed(0)
    density = torch.rand(6).double()  # q(z | x_n) at one z, which was drawn from the posterior of example 0
    weights = log_batch_weights(3, 6).exp()
    estimates = [weights[0] @ density[[0, *others]] for others in itertools.combinations(range(1, 6), 2)]
    assert torch.stack(estimates).mean().item() == pytest.approx(density.mean().item(), abs=1e-12)


def test_impossible_batches_and_models_are_refused():
    with pytest.raises(ValueError, match="2 to 5"):
        log_batch_weights(6, 5)
    with pytest.raises(ValueError, match="a batch of 1"):
        log_batch_weights(1, 5)
    model, x = linear_gaussian()
    with pytest.raises(TypeError, match=r"q\(z \| x\)"):
        decomposition(model, x, 8)
    factorised, x = table_vae(torch.randn(5, 2))
    factorised.prior = Mixture(2, 3).double()
    with pytest.raises(TypeError, match=r"p\(z\)"):
        decomposition(factorised, x, 5)
