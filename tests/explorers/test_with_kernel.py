"""Sliders that Python follows."""

import pytest
import torch

from vae_course.explorers.with_kernel import latent_sliders


def test_the_function_gets_every_new_vector():
    seen = []
    box = latent_sliders(3, seen.append, limit=2)
    *sliders, _output = box.children
    assert [(slider.min, slider.max) for slider in sliders] == [(-2, 2)] * 3
    sliders[1].value = 1.5
    sliders[2].value = -9
    assert torch.equal(torch.cat(seen), torch.tensor([[0, 0, 0], [0, 1.5, 0], [0, 1.5, -2]]))


def test_the_function_computes_without_gradients():
    latent_sliders(1, lambda z: pytest.fail("gradients on") if torch.is_grad_enabled() else None)
