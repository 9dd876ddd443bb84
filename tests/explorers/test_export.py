"""Exported networks compute what torch computes, up to the rounding of their weights; others are refused."""

import gzip
import json
import re

import pytest
import torch
from torch import nn

from tests.explorers.networks import networks
from vae_course import nets
from vae_course.data import load_digits
from vae_course.explorers import ExportError, export
from vae_course.explorers.latent_plane import WEIGHTS, exported_plane, plane_vae
from vae_course.nets import MaskedLinear
from vae_course.weights import load_weights

NETWORKS = networks()


def output(module: nn.Module, x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        y = module(x)
    return torch.cat(y, -1) if isinstance(y, tuple) else y.flatten(1)


def on_grid(module: nn.Module) -> nn.Module:
    """Make every weight a whole multiple of its scale, so that rounding loses nothing."""
    with torch.no_grad():
        for layer in module.modules():
            if hasattr(layer, "weight"):
                layer.weight.copy_(torch.randint(-126, 127, layer.weight.shape) / 64)
                first = (0, slice(None)) if isinstance(layer, nn.ConvTranspose2d) else (slice(None), 0)
                layer.weight[first] = torch.tensor(127 / 64)
    return module


@pytest.mark.parametrize("name", list(NETWORKS))
def test_each_kind_computes_what_torch_computes(name):
    module, inputs = networks()[name]
    module, x = on_grid(module), torch.randn(6, inputs)
    wanted = output(module, x)
    exported = export("x", module, x, tolerance=1e9)
    torch.testing.assert_close(exported.run(x), wanted, rtol=1e-4, atol=1e-4 * wanted.abs().max().item())


@pytest.mark.parametrize("name", list(NETWORKS))
def test_rounding_errors_are_those_reported(name):
    module, inputs = NETWORKS[name]
    x = torch.randn(50, inputs, generator=torch.Generator().manual_seed(1))
    exported = export("x", module, x)
    error = (exported.run(x) - output(module, x)).abs()
    assert exported.largest_error == error.max()
    assert exported.mean_error == pytest.approx(error.mean().item())
    assert exported.largest_error < 0.05


def test_a_linear_layer_errs_by_half_a_step_at_most():
    layer, x = nn.Linear(40, 10), torch.randn(200, 40)
    step = layer.weight.detach().abs().amax(1) / 127
    bound = 0.5 * step * x.abs().sum(1, keepdim=True)
    assert ((export("x", layer, x).run(x) - output(layer, x)).abs() <= bound * 1.001).all()


def test_a_display_step_ends_in_probabilities():
    decoder, z = nets.Decoder(2, [9], 11), torch.randn(5, 2)
    exported = export("x", decoder, z, display="sigmoid")
    torch.testing.assert_close(exported.run(z), torch.sigmoid(output(decoder, z)), rtol=0, atol=0.02)


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)), "BatchNorm1d cannot run in a page"),
        (MaskedLinear(torch.ones(2, 2)), "MaskedLinear cannot"),
        (nn.Conv2d(2, 2, 3, groups=2), "groups and dilation must be 1"),
        (nn.Conv2d(2, 2, 3, dilation=2), "groups and dilation must be 1"),
        (nn.ConvTranspose2d(2, 2, 3, dilation=2), "groups and dilation must be 1"),
        (nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect"), "number of zeros"),
        (nn.Conv2d(2, 2, 3, padding="same"), "number of zeros"),
        (nn.Flatten(2), "all but the first dimension"),
        (nn.Unflatten(2, (1, 2)), "dimension 1"),
    ],
)
def test_what_cannot_run_in_a_page_is_refused(module, said):
    with pytest.raises(ExportError, match=said):
        export("x", module, torch.zeros(1, 2))


def test_weights_that_are_not_finite_are_refused():
    layer = nn.Linear(2, 2)
    layer.weight.data[0, 0] = float("nan")
    with pytest.raises(ExportError, match="finite"):
        export("x", layer, torch.zeros(1, 2))


def test_an_error_beyond_the_tolerance_is_refused():
    with pytest.raises(ExportError, match="2 bits changes an output by"):
        export("x", nn.Linear(50, 3), torch.randn(20, 50), bits=2, tolerance=1e-3)


@pytest.mark.parametrize("options", [{"bits": 9}, {"bits": 1}, {"display": "softmax"}])
def test_bad_options_are_errors(options):
    with pytest.raises(ValueError, match="must be"):
        export("x", nn.Linear(2, 2), torch.zeros(1, 2), **options)


def test_the_script_is_the_model_and_the_same_every_time():
    module, x = nets.Decoder(2, [9], 11), torch.randn(5, 2)
    exported = export("small", module, x)
    assert exported.script() == export("small", module, x).script()
    model = json.loads(re.fullmatch(r"VaeExplorers\.register\((.*)\);\n", exported.script())[1])
    assert model["name"] == "small"
    assert tuple(model["steps"]) == exported.steps


def test_shipped_models_are_small_and_exact_enough():
    vae = load_weights(WEIGHTS, plane_vae())
    encoder, decoder = exported_plane(vae, load_digits().test)
    # Units of z and of log sigma^2; probabilities of ink.
    assert encoder.largest_error < 0.08
    assert encoder.mean_error < 0.012
    assert decoder.largest_error < 0.05
    assert decoder.mean_error < 0.0015
    for model in (encoder, decoder):
        assert len(gzip.compress(model.script().encode())) < 300_000
