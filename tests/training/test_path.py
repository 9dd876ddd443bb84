"""The path a training takes on this machine: said, undone afterwards, and of no influence on what is learned."""

import platform

import pytest
import torch
from torch import nn

from vae_course.models import VAE, Bernoulli
from vae_course.nets import ConvDecoder, ConvGaussianEncoder
from vae_course.objectives import elbo
from vae_course.training import fit

from . import tiny

GLIBC = platform.libc_ver()[0] == "glibc"


def convolutional() -> VAE:
    torch.manual_seed(0)
    encoder = ConvGaussianEncoder((1, 8, 8), [4, 4], [8], 2)
    return VAE(encoder, ConvDecoder(2, [8], [4, 4], (1, 8, 8)), Bernoulli())


def images() -> torch.Tensor:
    return torch.rand(40, 64, generator=torch.Generator().manual_seed(0)).round()


SETTINGS = {"steps": 5, "batch_size": 16, "lr": 1e-2}


def test_the_path_is_recorded():
    history = tiny.train(tiny.model(), steps=2)
    assert history.path == "cpu, float32" + ", memory kept" * GLIBC
    history = fit(convolutional(), elbo, images(), precision="bf16", **SETTINGS)
    assert history.path == "cpu, bf16, channels_last" + ", memory kept" * GLIBC


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert tiny.train(tiny.model(), steps=2).path == "cpu, float32"


def test_weights_lie_in_memory_as_before_when_the_training_ends_or_breaks():
    model, seen = convolutional(), []

    def watched(model, x):
        seen.append(model.encoder.conv[2].weight.is_contiguous(memory_format=torch.channels_last))
        if len(seen) == 3:
            raise InterruptedError
        return elbo(model, x)

    with pytest.raises(InterruptedError):
        fit(model, watched, images(), precision="bf16", **SETTINGS)
    assert seen == [True] * 3
    assert all(p.is_contiguous() for p in model.parameters())
    assert "forward" not in vars(model.encoder)


def test_the_order_of_channels_in_memory_changes_roundings_only(monkeypatch):
    fast, plain = convolutional(), convolutional()
    fit(fast, elbo, images(), **SETTINGS)
    monkeypatch.setattr("vae_course.training.path.CONVOLUTIONS", ())
    fit(plain, elbo, images(), **SETTINGS)
    assert torch.allclose(tiny.weights(fast), tiny.weights(plain), atol=1e-5)


def test_half_precision_is_for_the_networks_in_training_alone():
    inside, outside, monitored = set(), set(), set()
    model = tiny.model()
    first = model.decoder.net[0]
    first.register_forward_hook(lambda m, i, o: (inside if m.training else monitored).add(o.dtype))

    def watched(model, x):
        bound = elbo(model, x)
        q = model.q_z(x)
        outside.update({q.mean.dtype, q.stddev.dtype, bound.terms["reconstruction"].dtype, bound.value.dtype})
        return bound

    fit(model, watched, tiny.binary(tiny.data(), None), precision="bf16",
        monitor=lambda m: elbo(m, tiny.data() / 255).terms and {}, **SETTINGS)  # fmt: skip
    assert (inside, outside, monitored) == ({torch.bfloat16}, {torch.float32}, {torch.float32})
    assert {p.dtype for p in model.parameters()} == {torch.float32}


def test_half_precision_learns_nearly_the_same():
    whole, half = (tiny.train(tiny.model(), precision=name) for name in ("float32", "bf16"))
    assert whole.objective[-1] == pytest.approx(half.objective[-1], rel=0.02)
    assert whole.objective != half.objective


def test_networks_in_containers_are_found():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoders = nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.Linear(2, 2)})

    from vae_course.training.path import _networks

    model = Two()
    assert _networks(model) == [model.encoders["a"], model.encoders["b"]]


def test_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match="float32, bf16, not 'fp16'"):
        tiny.train(tiny.model(), precision="fp16")
