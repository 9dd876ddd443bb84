"""The GPU that is not there refuses what CUDA refuses, and nothing else."""

import copy
import gc

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.gpu.device import CUDA, pretended


@pytest.fixture(autouse=True)
def marks():
    with pretended() as marks:
        yield marks


def here() -> torch.Tensor:
    return torch.ones(3, device="cuda")


REFUSED = {
    "a sum": (lambda: here() + torch.ones(3), "same device"),
    "a product": (lambda: here() @ torch.ones(3, 2), "same device"),
    "in place": (lambda: torch.ones(3).mul_(here()), "same device"),
    "a list": (lambda: torch.cat([here(), torch.ones(3)]), "same device"),
    "numbers in a list": (lambda: torch.stack([here().sum(), torch.tensor(1.0)]), "same device"),
    "rows of the CPU picked by the GPU": (lambda: torch.ones(3)[here().long()], "same device"),
    "rows of the GPU selected by the CPU": (lambda: here().index_select(0, torch.tensor([0])), "same device"),
    "a layer": (lambda: torch.nn.Linear(3, 2)(here()), "same device"),
    "NumPy": (lambda: here().numpy(), "Use Tensor.cpu"),
    "NumPy, by itself": (lambda: np.asarray(here()), "Use Tensor.cpu"),
    "a generator of the CPU": (lambda: here().bernoulli(generator=torch.Generator()), "'cuda' device type"),
    "a generator of the GPU": (lambda: torch.rand(3, generator=torch.Generator("cuda")), "'cpu' device type"),
    "a label": (lambda: functional.cross_entropy(torch.ones(2, 3, device="cuda"), torch.tensor([0, 1])), "same device"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_devices_are_not_mixed(what):
    action, message = REFUSED[what]
    with pytest.raises((RuntimeError, TypeError), match=message):
        action()


def test_a_mixture_in_the_backward_pass_is_refused_as_well():
    two = torch.full((3,), 2.0)

    class Careless(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, grad):
            return grad * two

    x = here().requires_grad_()
    with pytest.raises(RuntimeError, match="same device"):
        Careless.apply(x).sum().backward()


def test_what_cuda_allows_is_allowed():
    x = here()
    results = [
        x + 1, x + torch.tensor(1.0), x[torch.tensor([0, 2])], x[:2], x.double(), x.view(3, 1).T, x.clone(),
        torch.zeros_like(x), x.new_zeros(2), x.new_tensor([1.0]), torch.rand(2, device=x.device),
        torch.arange(3, device=CUDA), torch.tensor([1.0], device="cuda"), torch.ones(3).to(x), torch.ones(3).cuda(),
        x.bernoulli(generator=torch.Generator("cuda")), functional.one_hot(x.long()), copy.deepcopy(x),
        torch.zeros(3).to("cuda", torch.double), torch.as_tensor(np.ones(2), device="cuda"),
        torch.zeros(3, device="cuda").copy_(torch.ones(3)),
    ]  # fmt: skip
    assert {result.device for result in results} == {CUDA}
    there = [x.cpu(), x.to("cpu"), torch.zeros_like(x, device="cpu"), torch.ones(3), torch.zeros(3).copy_(x)]
    assert {result.device.type for result in there} == {"cpu"}
    assert x.is_cuda
    assert not x.cpu().is_cuda
    assert x.cpu().numpy().tolist() == x.tolist() == [1.0] * 3
    assert x.sum().item() == 3


def test_a_copy_on_the_other_device_is_a_copy_and_one_on_its_own_is_none():
    x = torch.ones(3)
    moved = x.to("cuda")
    moved.zero_()
    assert x.tolist() == [1.0] * 3
    assert moved.to("cuda") is moved
    assert x.to("cpu") is x


def test_what_a_cache_kept_is_still_on_the_gpu():
    kept = here()
    with pretended():
        assert kept.device == CUDA


def test_gradients_come_back_to_where_the_parameter_is():
    parameter = torch.ones(3, requires_grad=True)
    (parameter.to("cuda") * 2).chunk(3)[0].sum().backward()  # autograd fills the chunks without a gradient
    assert parameter.grad.device.type == "cpu"
    assert parameter.grad.tolist() == [2.0, 0.0, 0.0]
    layer = torch.nn.Linear(3, 1).to("cuda")
    layer(here()).sum().backward()
    assert layer.weight.grad.device == CUDA


def test_memory_that_is_gone_leaves_no_mark(marks):
    def alive():
        gc.collect()
        return sum(not own.expired() for own in marks.marked.values())

    before = alive()
    for _ in range(100):
        here()
    assert alive() == before
    assert all(torch.ones(3).device.type == "cpu" for _ in range(1000))
