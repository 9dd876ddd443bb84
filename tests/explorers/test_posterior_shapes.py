"""The curved posterior of chapter 10: its closed forms, the shipped flow, and what travels of it."""

import math

import pytest
import torch
from torch.distributions import Independent, Normal

from vae_course.explorers import posterior_shapes as shapes
from vae_course.models import InverseAutoregressiveFlow
from vae_course.weights import load_weights, read_recipe

SETTINGS = [(1.0, 1.0), (-1.0, 0.4), (2.0, 1.5), (0.3, 0.0)]


@pytest.fixture(scope="module")
def flow():
    return load_weights(shapes.WEIGHTS, shapes.shapes_flow())


@pytest.mark.parametrize(("x", "curvature"), SETTINGS)
def test_the_evidence_is_that_of_a_grid(x, curvature):
    line = torch.linspace(-8, 8, 1601, dtype=torch.float64)
    grid = torch.stack(torch.meshgrid(line, line, indexing="ij"), -1)
    joint = shapes.log_joint(grid, grid.new_tensor([x, curvature]))
    assert shapes.evidence(x, curvature) == pytest.approx(
        joint.logsumexp((0, 1)).item() + 2 * math.log(0.01), abs=1e-6
    )


def test_the_bound_of_a_gaussian_is_the_mean_over_draws():
    mean, deviation = torch.tensor([0.4, -0.3]).double(), torch.tensor([0.5, 0.2]).double()
    q = Independent(Normal(mean, deviation), 1)
    torch.manual_seed(0)
    z = q.sample((200_000,))
    values = shapes.log_joint(z, z.new_tensor([1.0, 0.8])) - q.log_prob(z)
    error = values.std() / math.sqrt(len(values))
    assert (shapes.gaussian_bound(1.0, 0.8, mean, deviation) - values.mean()).abs() < 4 * error


@pytest.mark.parametrize(("x", "curvature"), SETTINGS)
def test_no_gaussian_nearby_is_better_than_the_best(x, curvature):
    mean, deviation, bound = shapes.best_gaussian(x, curvature)
    steps = 0.02 * torch.randn(500, 4, generator=torch.Generator().manual_seed(0)).double()
    bounds = shapes.gaussian_bound(x, curvature, mean + steps[:, :2], deviation * steps[:, 2:].exp())
    assert bounds.max() <= bound + 1e-9
    far = torch.rand(5000, 4, generator=torch.Generator().manual_seed(1)).double()
    means = torch.stack([6 * far[:, 0] - 3, 6 * far[:, 1] - 4], -1)
    assert shapes.gaussian_bound(x, curvature, means, (-3 * far[:, 2:]).exp()).max() < bound


@pytest.mark.parametrize(("x", "curvature"), shapes.MEASURED)
def test_the_recipe_states_the_gaps(flow, x, curvature):
    stated = read_recipe(shapes.WEIGHTS)["figures"]
    for name, gap in shapes.gaps(flow, x, curvature).items():
        assert gap == pytest.approx(stated[f"{name}_x_{x:g}_curvature_{curvature:g}"], abs=1e-3)
    if curvature:
        assert gap < 0.1 * stated[f"gaussian_x_{x:g}_curvature_{curvature:g}"]


def test_what_travels_is_the_flow_up_to_rounding(flow):
    encoder, *steps = shapes.exported_flow(flow)
    assert encoder.largest_error < 0.05
    assert max(step.largest_error for step in steps) < 0.08
    assert max(step.mean_error for step in [encoder, *steps]) < 0.005
    assert sum(len(model.script()) for model in [encoder, *steps]) < 20_000
    z, context = torch.randn(50, 2), 0.3 * torch.randn(50, 6)
    for net, step in zip(flow.flows, steps, strict=True):
        m, s = step.run(torch.cat([z, context], -1)).chunk(2, -1)
        gate = torch.sigmoid(s)
        exact = InverseAutoregressiveFlow(net, context)(z)
        torch.testing.assert_close(gate * z + (1 - gate) * m, exact, rtol=0, atol=0.05)


def test_settings_fill_what_the_sliders_reach():
    settings = shapes.uniform_settings(5000, torch.Generator().manual_seed(0))
    for column, name in enumerate(("x", "curvature")):
        low, high = shapes.RANGES[name]
        assert low <= settings[:, column].min() < low + 0.01
        assert high - 0.01 < settings[:, column].max() <= high


def test_strata_hold_one_draw_each():
    noise = shapes.stratified_noise(torch.Generator().manual_seed(0))
    u = 1 - torch.exp(-noise.square().sum(1) / 2)  # uniform for a standard normal pair
    v = torch.atan2(noise[:, 1], noise[:, 0]).remainder(2 * math.pi) / (2 * math.pi)
    cells = {
        (int(a * shapes.STRATA), int(b * shapes.STRATA)) for a, b in zip(u.tolist(), v.tolist(), strict=True)
    }
    assert len(cells) >= 0.98 * shapes.STRATA**2  # rounding moves a few across an edge
