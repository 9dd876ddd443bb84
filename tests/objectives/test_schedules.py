"""Objectives that count their steps."""

import pytest
import torch

from vae_course.objectives import Capacity, Ramp, Warmup, elbo

from .checks import fixed_vae


def test_a_ramp_rises_in_equal_steps_and_stays():
    ramp = Ramp(1.0, 3.0, 4)
    assert [ramp().item() for _ in range(7)] == [1, 1.5, 2, 2.5, 3, 3, 3]


def test_measuring_does_not_move_a_ramp():
    ramp = Ramp(0.0, 1.0, 2)
    with torch.no_grad():
        assert [ramp().item() for _ in range(3)] == [0, 0, 0]


def test_a_ramp_resumes_where_it_was():
    ramp, other = Ramp(0.0, 1.0, 4), Ramp(0.0, 1.0, 4)
    ramp(), ramp()
    other.load_state_dict(ramp.state_dict())
    assert other().item() == 0.5


def test_warmup_ends_as_the_elbo():
    model, x = fixed_vae([0.3], [0.1]), torch.zeros(4, 6).double()
    warmup = Warmup(steps=2)
    torch.manual_seed(0)
    first = warmup(model, x)
    assert torch.equal(first.value, first.terms["reconstruction"])
    warmup(model, x)
    torch.manual_seed(0)
    last = warmup(model, x).value
    torch.manual_seed(0)
    assert torch.equal(last, elbo(model, x).value)


@pytest.mark.parametrize("target", [0.0, 100.0])
def test_capacity_pulls_the_mean_kl_towards_its_target_from_both_sides(target):
    model, x = fixed_vae([1.0], [0.0]), torch.zeros(4, 6).double()
    objective = Capacity(target, steps=1, gamma=10.0)
    objective(model, x)
    bound = objective(model, x)
    kl = bound.terms["kl"].mean()
    assert bound.terms["deviation"].mean().item() == pytest.approx(abs(kl.item() - target))
    assert bound.value.mean().item() == pytest.approx(
        (bound.terms["reconstruction"].mean() - 10 * (kl - target).abs()).item()
    )
    model.zero_grad()
    (-bound.terms["deviation"]).mean().backward()
    direction = model.encoder.mean.grad.item()  # ascending the objective moves the mean this way
    assert direction > 0 if target > kl else direction < 0


def test_a_ramp_of_no_steps_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Ramp(0.0, 1.0, 0)
