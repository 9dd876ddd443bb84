"""The exact parts of the KL agree with the library's, where a batch can be the whole data set."""

import torch

from vae_course.models.sprites import sprite_vae
from vae_course.objectives import decomposition, elbo
from vae_course.recipes.sprite_parts import parts
from vae_course.training import seeded
from vae_course.weights import read_sweep


def untrained():
    torch.manual_seed(0)
    model = sprite_vae(latent_dim=3)
    with torch.no_grad():  # codes that tell their sprites apart
        model.encoder.net[-1].weight.mul_(20)
    return model.eval(), torch.bernoulli(torch.full((60, 1024), 0.3))


def test_parts_are_those_of_the_decomposition_with_all_examples_in_the_batch():
    model, x = untrained()
    with torch.no_grad(), seeded(1, x.device):
        terms = [decomposition(model, x, len(x)).terms for _ in range(40)]
    found = parts(model, x, draws=60)
    names = {"information": "index_code_mi", "dimension_wise": "dimension_wise_kl"}
    for name, estimate in found.items():
        expected = torch.stack([t[names.get(name, name)].mean() for t in terms]).mean().item()
        assert abs(estimate.mean - expected) < 5 * estimate.standard_error + 0.05, name


def test_parts_add_up_to_the_kl():
    model, x = untrained()
    with torch.no_grad():
        kl = elbo(model, x).terms["kl"].mean().item()
    found = parts(model, x, draws=60, seed=2)
    error = sum(estimate.standard_error for estimate in found.values())
    assert abs(sum(estimate.mean for estimate in found.values()) - kl) < 5 * error


def test_the_committed_figures_are_divergences():
    models = read_sweep("sprites-parts")["models"]
    assert {m["objective"] for m in models} == {"beta", "tc", "factor"}
    for m in models:
        figures = m["figures"]
        assert figures["total_correlation"] > -3 * figures["total_correlation_error"]
        total = figures["information"] + figures["total_correlation"] + figures["dimension_wise"]
        assert abs(total - figures["rate"]) < 0.5, m  # drawn from other sprites than the rate's
