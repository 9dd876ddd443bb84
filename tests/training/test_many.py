"""A sweep gives what training one after the other gives."""

import os
import signal

import pytest
import torch
from torch import nn

from tests.training import tiny
from tests.training.shared import without_noise
from vae_course.models import M2, VAE, Bernoulli, LinearGaussian, VampPrior
from vae_course.nets import ConvDecoder, ConvGaussianEncoder, Decoder, Encoder, GaussianEncoder
from vae_course.objectives import Bound, Warmup, decomposition, elbo, semi_supervised
from vae_course.training import CheckpointError, NonFiniteError, constant, fit, fit_many
from vae_course.training.stacked import StackedStep, stack

SETTINGS = {"steps": 40, "batch_size": 16, "interval": 10}
SEEDS, BETAS, RATES = [5, 5, 6, 7], [1.0, 4.0, 1.0, 0.5], [1e-2, 1e-2, 2e-2, 1e-2]


def beta_vae(model, x, beta) -> Bound:
    return elbo(model, x).weighted({"kl": beta})


def models() -> list[VAE]:
    return [tiny.model(seed) for seed in range(4)]


def sweep(members=None, objective=beta_vae, **changes):
    members = models() if members is None else members
    settings = SETTINGS | {"lr": RATES, "seeds": SEEDS, "scalars": {"beta": BETAS}, "prepare": tiny.binary}
    return members, fit_many(members, objective, tiny.data(), **settings | changes)


def assert_equal_to_fit(members, histories, alone, objectives, data, seeds, rates, **settings):
    """Float32 differs by 1e-7 an operation; some tens of steps of Adam carry it to 1e-5 of a weight at most."""
    for k, model in enumerate(alone):
        own = fit(model, objectives[k], data, lr=rates[k], seed=seeds[k], **SETTINGS | settings)
        for (name, expected), found in zip(model.named_parameters(), members[k].parameters(), strict=True):
            assert torch.allclose(found, expected, rtol=1e-3, atol=2e-5), (k, name)
        assert histories[k].steps == own.steps
        assert histories[k].objective == pytest.approx(own.objective, rel=1e-4)
        for name, values in own.terms.items():
            assert histories[k].terms[name] == pytest.approx(values, rel=1e-4, abs=1e-5), (k, name)


@pytest.fixture(scope="module")
def undisturbed():
    return sweep()


def test_each_member_is_what_fit_makes_of_it(undisturbed):
    """Rows, the noise of `prepare` and of the posterior, beta, learning rate: all as if it had been alone."""
    objectives = [lambda m, x, beta=beta: beta_vae(m, x, beta) for beta in BETAS]
    assert_equal_to_fit(
        *undisturbed, models(), objectives, tiny.data(), SEEDS, RATES, prepare=tiny.binary, weight_decay=0.0
    )


def m2(seed):
    torch.manual_seed(seed)
    return M2(Encoder(12, [8], 3), GaussianEncoder(15, [8], 2), Decoder(5, [8], 12), Bernoulli(), classes=3)


def conv(seed):
    torch.manual_seed(seed)
    shape = (1, 4, 4)
    return VAE(ConvGaussianEncoder(shape, [3], [5], 2), ConvDecoder(2, [5], [3], shape), Bernoulli())


def linear_gaussian(seed):
    torch.manual_seed(seed)
    return LinearGaussian(torch.randn(12, 2), torch.zeros(12), 1.0)


UNIT = tiny.data() / 255


def vamp(seed):
    """Its prior uses the encoder a second time."""
    vae = tiny.model(seed)
    vae.prior = VampPrior(vae.encoder, UNIT[:3])
    return vae


CASES = {
    "convolutions": (conv, elbo, torch.arange(40 * 16).view(40, 16) % 7 / 6),
    "parameters without layers": (linear_gaussian, elbo, UNIT),
    "named data": (
        m2,
        lambda model, x: semi_supervised(model, x, classification=2.0),
        {"x": UNIT, "y": torch.arange(40) % 4 - 1},
    ),
    "a module used twice": (vamp, elbo, UNIT),
    "a term across the batch": (tiny.model, lambda model, x: decomposition(model, x, 40), UNIT),
    "several draws": (tiny.model, lambda model, x: elbo(model, x, num_samples=3), UNIT),
}


@pytest.mark.parametrize("case", CASES)
def test_other_models_and_objectives(case):
    make, objective, data = CASES[case]
    members, settings = [make(0), make(1)], {"steps": 20, "weight_decay": 0.01, "schedule": constant}
    histories = fit_many(members, objective, data, lr=1e-2, seeds=[3, 4], **SETTINGS | settings)
    alone = [make(0), make(1)]
    assert_equal_to_fit(members, histories, alone, [objective] * 2, data, [3, 4], [1e-2] * 2, **settings)


def test_only_the_seed_decides_the_noise():
    members, histories = sweep([tiny.model() for _ in range(4)], scalars={"beta": [1.0] * 4}, lr=1e-2)
    assert torch.equal(tiny.weights(members[0]), tiny.weights(members[1]))
    assert not torch.allclose(tiny.weights(members[0]), tiny.weights(members[2]), atol=1e-3)
    assert histories[0].terms == histories[1].terms


def test_a_sweep_resumes_bit_for_bit_after_an_interrupt(tmp_path, undisturbed):
    path = tmp_path / "sweep.pt"
    interrupt = tiny.at_step(3 * 17, lambda: os.kill(os.getpid(), signal.SIGINT))  # there are three seeds
    with pytest.raises(KeyboardInterrupt, match="after step 17 of 40"):
        sweep(checkpoint=path, prepare=interrupt)
    others = [tiny.model(seed=9) for _ in range(4)]  # their weights are replaced by the checkpoint's
    members, histories = sweep(others, checkpoint=path)
    for member, history, whole, its_history in zip(members, histories, *undisturbed, strict=True):
        assert torch.equal(tiny.weights(member), tiny.weights(whole))
        assert history.terms == its_history.terms
    with pytest.raises(CheckpointError, match="there, scalars was"):
        sweep(checkpoint=path, scalars={"beta": [2.0] * 4})
    with pytest.raises(CheckpointError):
        tiny.train(tiny.model(), checkpoint=path)


def test_members_are_independent_afterwards(undisturbed):
    first, second = undisturbed[0][:2]
    before = tiny.weights(second)
    assert not first.training
    for parameter in first.parameters():
        assert parameter.untyped_storage().nbytes() == parameter.nbytes
        parameter.data.zero_()
    assert torch.equal(before, tiny.weights(second))


def test_each_member_is_measured_as_fit_measures_it():
    noise = lambda model: {"noise": torch.randn(()).item(), "training": float(model.training)}  # noqa: E731
    _, histories = sweep(monitor=noise, steps=10)
    for history, seed in zip(histories, SEEDS, strict=True):
        own = tiny.train(tiny.model(), seed=seed, monitor=noise, steps=10)
        assert history.monitored == own.monitored


def test_frozen_and_unused_parameters_stay():
    members = models()
    for member in members:
        member.decoder.requires_grad_(False)
        member.spare = nn.Parameter(torch.ones(3))
    before = [tiny.weights(member.decoder) for member in members]
    sweep(members, weight_decay=0.1, steps=3)
    for member, decoder in zip(members, before, strict=True):
        assert torch.equal(tiny.weights(member.decoder), decoder)
        assert member.spare.tolist() == [1, 1, 1]


def test_the_callers_random_numbers_neither_matter_nor_change(undisturbed):
    members = models()
    torch.manual_seed(1)
    before = torch.get_rng_state()
    _, histories = sweep(members)
    assert torch.equal(before, torch.get_rng_state())
    assert [history.terms for history in histories] == [history.terms for history in undisturbed[1]]


def test_a_member_that_breaks_down_is_named():
    def breaking(model, x, beta):
        bound = beta_vae(model, x, beta)
        return Bound(bound.terms | {"kl": bound.terms["kl"] / (beta != 4)})

    with pytest.raises(
        NonFiniteError, match=r"step 1: the term 'kl of member 1 \(seed 5, lr 0.01, beta 4.0\)'"
    ):
        sweep(objective=breaking)


def test_noise_put_into_an_old_tensor_is_not_overlooked():
    def in_place(model, x, beta):
        noise = torch.empty(len(x))
        noise.normal_()
        bound = beta_vae(model, x, beta)
        return Bound(bound.terms | {"cost": noise})

    with pytest.raises(NonFiniteError, match="cost"):
        sweep(objective=in_place)


class Dropout(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(12, 1), nn.Dropout())


def dropping(model, x, beta):
    return Bound({"reconstruction": model.net(x).squeeze(1)})


def branching(model, x, beta):
    bound = beta_vae(model, x, beta)
    return bound if bound.value.mean() > 0 else bound.weighted({"kl": 0.0})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"members": [Dropout() for _ in range(4)], "objective": dropping}, "not standard normal"),
        ({"objective": branching}, "branches on values"),
        ({"members": [*models()[:3], conv(0)]}, r"models\[3\] has other parameters"),
        ({"members": models()[:1] * 4}, "twice"),
        ({"members": []}, "0 models"),
        ({"seeds": [1, 2]}, "seeds has 2 values for 4 models"),
        ({"lr": [1e-2] * 3}, "lr has 3 values"),
        ({"scalars": {"beta": [1.0]}}, "beta has 1 value"),
        ({"objective": Warmup(10)}, "state of its own"),
        ({"batch_size": 41}, "40 examples"),
    ],
)
def test_bad_use_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        sweep(**changes)


def test_gradients_are_those_of_each_member():
    """Adam hides a wrong scale of a gradient, so the weights above would not show it."""
    members, x = models(), torch.stack([tiny.binary(tiny.data(), None)[:16].roll(k, 0) for k in range(4)])
    gradients = StackedStep(members[0], without_noise, stack(members), {})
    gradients.listen(x[0])
    means, stacked = gradients(x, [])
    for k, member in enumerate(members):
        value = without_noise(member, x[k]).value.mean()
        assert means[-1, k].item() == pytest.approx(value.item(), rel=1e-5)
        own = torch.autograd.grad(-value, member.parameters())
        for expected, found in zip(own, stacked, strict=True):
            assert torch.allclose(found[k], expected, rtol=1e-4, atol=1e-6)
