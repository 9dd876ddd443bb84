"""The cross-modal bound on two linear-Gaussian views, where everything is exact, and the bounds of the dVAE."""

import pytest
import torch
from torch import nn
from torch.distributions import kl_divergence

from vae_course.models import CrossModalVAE, DisentangledVAE, Gaussian, LinearGaussian
from vae_course.nets import Decoder, GaussianEncoder
from vae_course.objectives import cross_modal, elbo, elbo_dis, elbo_emb


class LinearEncoder(nn.Module):
    """q(z | x) with a linear mean and a constant variance."""

    def __init__(self, V: torch.Tensor, variance: torch.Tensor) -> None:
        super().__init__()
        self.V, self.variance = V, variance

    def forward(self, x):
        mean = x @ self.V.T
        return mean, self.variance.log().expand_as(mean)


class Loadings(nn.Module):
    def __init__(self, W: torch.Tensor) -> None:
        super().__init__()
        self.W = W

    def forward(self, z):
        return z @ self.W.T


def two_views():
    """Two views of one z of one dimension, x_i = W_i z + noise, and encoders that are not quite the posteriors."""
    torch.manual_seed(0)
    W = {"a": torch.randn(3, 1).double(), "b": torch.randn(4, 1).double()}
    sigma = {"a": 0.6, "b": 0.9}
    views = {name: LinearGaussian(W[name], torch.zeros(len(W[name])).double(), sigma[name]) for name in W}
    encoders = {
        name: LinearEncoder(torch.randn(1, len(W[name])).double() * 0.4, torch.tensor([0.3]).double())
        for name in W
    }
    model = CrossModalVAE(
        encoders,
        {name: Loadings(W[name]) for name in W},
        {name: Gaussian(sigma[name]) for name in W},
        latent_dim=1,
    ).double()
    z = torch.randn(5, 1).double()
    batch = {name: (z @ W[name].T + sigma[name] * torch.randn(5, len(W[name])).double()) for name in W}
    return model, views, batch


@pytest.mark.parametrize("source", ["a", "b"])
@pytest.mark.parametrize("target", ["a", "b"])
def test_bound_plus_gap_is_the_log_likelihood_of_the_target(source, target):
    model, views, batch = two_views()
    q = model.q_z(batch[source], source)
    posterior = views[target].posterior(batch[target])  # p(z | x_t)
    posterior = torch.distributions.Normal(posterior.mean, posterior.variance.sqrt())
    gap = kl_divergence(q.base_dist, posterior).squeeze(-1)
    torch.manual_seed(1)
    draws = 20_000
    many = {name: x.repeat(draws, 1) for name, x in batch.items()}
    bound = cross_modal(model, many, [(source, target)]).value.view(draws, -1)
    error = bound.std(0) / draws**0.5
    assert ((bound.mean(0) + gap - views[target].log_prob(batch[target])).abs() < 4 * error).all()
    assert (error < 0.05 * gap.clamp_min(1)).all()


def test_a_pair_of_the_same_modality_is_the_elbo():
    model, _, batch = two_views()
    torch.manual_seed(0)
    own = cross_modal(model, batch, [("a", "a")]).value
    torch.manual_seed(0)
    assert torch.allclose(own, elbo(model.view("a", "a"), batch["a"]).value)


def test_pairs_add_up():
    model, _, batch = two_views()
    bound = cross_modal(model, batch, [("a", "a"), ("a", "b"), ("b", "a")])
    assert set(bound.terms) == {
        f"{kind} {pair}" for kind in ("reconstruction", "kl") for pair in ("a to a", "a to b", "b to a")
    }
    assert torch.equal(bound.terms["kl a to a"], bound.terms["kl a to b"])
    expected = sum(t if name.startswith("rec") else -t for name, t in bound.terms.items())
    assert torch.allclose(bound.value, expected)
    heavier = bound.weighted({"kl": 2.0}).value
    assert torch.allclose(heavier, expected - sum(t for n, t in bound.terms.items() if n.startswith("kl")))


def test_a_missing_modality_leaves_no_trace():
    _, _, batch = two_views()
    there = torch.tensor([True, True, False, True, False])
    broken = batch["b"].clone()
    broken[~there] = torch.nan
    learned = CrossModalVAE(
        {"a": GaussianEncoder(3, [4], 2), "b": GaussianEncoder(4, [4], 2)},
        {"a": Decoder(2, [4], 3), "b": Decoder(2, [4], 4)},
        {"a": Gaussian(1.0), "b": Gaussian(1.0)},
        latent_dim=2,
    ).double()
    pairs = [("a", "b"), ("b", "a"), ("a", "a")]
    torch.manual_seed(0)
    bound = cross_modal(learned, {"a": batch["a"], "b": broken, "has_b": there}, pairs)
    bound.value.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in learned.parameters())
    for name in ("reconstruction a to b", "reconstruction b to a", "kl a to b", "kl b to a"):
        assert (bound.terms[name][~there] == 0).all()
        assert (bound.terms[name][there] != 0).all()
    assert (bound.terms["reconstruction a to a"] != 0).all()


def test_wrong_pairs_and_batches_are_named():
    model, _, batch = two_views()
    with pytest.raises(ValueError, match="no pairs"):
        cross_modal(model, batch, [])
    with pytest.raises(ValueError, match="no modality 'rgb' here; there are a, b"):
        cross_modal(model, batch, [("rgb", "a")])
    with pytest.raises(ValueError, match="the batch lacks 'b'"):
        cross_modal(model, {"a": batch["a"]}, [("a", "b")])
    with pytest.raises(ValueError, match="decoders are"):
        CrossModalVAE({}, {"a": Decoder(1, [], 2)}, {}, latent_dim=1)


# ---- the disentangled VAE


def disentangled() -> tuple[DisentangledVAE, dict[str, torch.Tensor]]:
    torch.manual_seed(0)
    model = DisentangledVAE(
        {"pose": 2, "view": 1},
        {"pose": GaussianEncoder(4, [5], 2), "view": GaussianEncoder(3, [5], 1)},
        {"pose": Decoder(2, [5], 4), "view": Decoder(1, [5], 3)},
        {"rgb": Decoder(3, [5], 6)},
        {"pose": Gaussian(0.5), "view": Gaussian(0.5), "rgb": Gaussian(0.5)},
    ).double()
    batch = {"pose": torch.randn(5, 4), "view": torch.randn(5, 3), "rgb": torch.randn(5, 6)}
    return model, {name: x.double() for name, x in batch.items()}


def test_the_posterior_is_a_product_over_factors():
    model, batch = disentangled()
    q = model.q_factors(batch)
    mean, _ = model.factor_encoders["pose"](batch["pose"])
    assert torch.equal(model.part(q.mean, "pose"), mean)
    assert torch.equal(model.part(q.mean, "view"), model.factor_encoders["view"](batch["view"])[0])
    other = model.q_factors(batch | {"view": batch["view"] + 1})
    assert torch.equal(model.part(other.mean, "pose"), mean)
    assert not torch.equal(model.part(other.mean, "view"), model.part(q.mean, "view"))


def test_first_bound_has_every_reconstruction_from_its_own_part():
    model, batch = disentangled()
    torch.manual_seed(0)
    bound = elbo_dis(model, batch)
    torch.manual_seed(0)
    q = model.q_factors(batch)
    z = q.rsample()
    assert set(bound.terms) == {"reconstruction rgb", "reconstruction pose", "reconstruction view", "kl"}
    pose = Gaussian(0.5)(model.factor_decoders["pose"](z[:, :2])).log_prob(batch["pose"])
    view = Gaussian(0.5)(model.factor_decoders["view"](z[:, 2:])).log_prob(batch["view"])
    rgb = Gaussian(0.5)(model.decoders["rgb"](z)).log_prob(batch["rgb"])
    kl = kl_divergence(q, model.p_z())
    assert torch.allclose(bound.value, rgb + pose + view - kl)
    weighted = bound.weighted({"reconstruction pose": 3.0, "kl": 0.5}).value
    assert torch.allclose(weighted, rgb + 3 * pose + view - 0.5 * kl)


def test_first_bound_is_below_log_p_of_all_and_the_gap_is_the_kl_to_the_posterior():
    """With linear decoders p(x, y_1, y_2) is Gaussian and its posterior over z exact."""
    model, batch = disentangled()
    for name in ("pose", "view"):
        model.factor_decoders[name] = Decoder(model.factor_dims[name], [], batch[name].shape[1]).double()
    model.decoders["rgb"] = Decoder(3, [], 6).double()
    layers = {name: net.net[0] for name, net in [*model.factor_decoders.items(), *model.decoders.items()]}
    W = torch.zeros(13, 3).double()
    W[:6], W[6:10, :2], W[10:, 2:] = layers["rgb"].weight, layers["pose"].weight, layers["view"].weight
    b = torch.cat([layers[name].bias for name in ("rgb", "pose", "view")])
    exact = LinearGaussian(W.detach(), b.detach(), 0.5)
    everything = torch.cat([batch[name] for name in ("rgb", "pose", "view")], dim=1)
    q = model.q_factors(batch)
    gap = kl_divergence(
        torch.distributions.MultivariateNormal(q.mean, torch.diag_embed(q.variance)),
        exact.posterior(everything),
    )
    torch.manual_seed(0)
    draws = 4000
    values = elbo_dis(model, {n: x.repeat(draws, 1) for n, x in batch.items()}).value.view(draws, -1)
    error = values.std(0) / draws**0.5
    assert ((values.mean(0) + gap - exact.log_prob(everything)).abs() < 4 * error).all()


def test_embedding_freezes_the_latent_space_and_trains_the_new_encoder():
    model, batch = disentangled()
    with pytest.raises(ValueError, match=r"call model.embed\('rgb'"):
        elbo_emb(model, batch, "rgb")
    model.embed("rgb", GaussianEncoder(6, [5], 3).double())
    elbo_emb(model, batch, "rgb").value.sum().backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is not None) == name.startswith("encoders.rgb"), name


def test_weak_supervision_leaves_out_what_is_not_known():
    model, batch = disentangled()
    model.embed("rgb", GaussianEncoder(6, [5], 3).double())
    there = torch.tensor([True, False, True, False, False])
    pose = batch["pose"].clone()
    pose[~there] = torch.nan
    bound = elbo_emb(model, batch | {"pose": pose, "has_pose": there}, "rgb")
    bound.value.sum().backward()
    assert (bound.terms["reconstruction pose"][~there] == 0).all()
    assert (bound.terms["kl"] > 0).all()
    assert all(torch.isfinite(p.grad).all() for p in model.encoders["rgb"].parameters())


def test_swapping_takes_one_part_from_the_other():
    model, _ = disentangled()
    z, other = torch.zeros(2, 3), torch.ones(2, 3)
    assert model.swap(z, other, "pose").tolist() == [[1, 1, 0]] * 2
    assert model.swap(z, other, "view").tolist() == [[0, 0, 1]] * 2


def test_incomplete_models_are_refused():
    with pytest.raises(ValueError, match="factor_encoders are"):
        DisentangledVAE({"pose": 2}, {}, {}, {}, {})
    with pytest.raises(ValueError, match="likelihoods are needed for"):
        DisentangledVAE({"pose": 1}, {"pose": GaussianEncoder(2, [], 1)}, {"pose": Decoder(1, [], 2)}, {}, {})
