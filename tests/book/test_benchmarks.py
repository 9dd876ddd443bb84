"""The page of benchmarks: its tables are those of the stored results, and its contenders compute what they claim."""

import json
import statistics

import pytest
import torch

from benchmarks import contenders, explorers, precision, sweeps, training
from benchmarks.page import PAGE, with_table
from tests.explorers.course import COURSE
from vae_course.models import VAE, Bernoulli
from vae_course.objectives import elbo

CPU = torch.device("cpu")


def stored(script) -> dict:
    return json.loads(script.RESULTS.read_text())


@pytest.mark.parametrize("script", [training, sweeps, precision, explorers])
def test_the_page_shows_the_stored_results(script):
    text, name = PAGE.read_text(), f"{script.__name__.rpartition('.')[2]}.py"
    assert with_table(text, name, script.table(stored(script))) == text


def test_everything_was_measured():
    assert {way: len(bounds) for way, bounds in stored(precision)["bounds"].items()} == dict.fromkeys(
        precision.WAYS, precision.SEEDS
    )
    assert {row["explorer"]: row["chapter"] for row in stored(explorers)["explorers"]} == {
        kind: int(page[:2]) for kind, (page, _) in COURSE.items()
    }
    for task, (_, loops) in contenders.CONTENDERS.items():
        assert [*stored(training)[task]["contenders"], "peak"] == list(loops)


def test_the_results_name_machine_and_versions():
    for found in stored(training).values():
        assert found["device"]
        assert found["threads"] >= 1
        assert set(found["versions"]) == set(training.VERSIONS)


def test_gradients_by_hand_are_those_of_autograd():
    task = contenders.DIGITS
    train = contenders.by_hand(task, CPU)
    rows = torch.arange(task.batch_size)
    start = VAE(*task.networks(), Bernoulli())
    torch.manual_seed(3)
    terms = train.step(rows)
    torch.manual_seed(3)
    bound = elbo(start, task.images[rows] / 255)
    (-bound.value.mean()).backward()
    expected = [-bound.terms["reconstruction"].mean().item(), bound.terms["kl"].mean().item()]
    assert terms.tolist() == pytest.approx(expected, rel=1e-5)
    for ours, theirs in zip(train.parameters, start.parameters(), strict=True):
        assert torch.allclose(ours.grad, theirs.grad, rtol=1e-3, atol=1e-6)


def test_every_layer_counts_three_products_but_the_first():
    weights = (2 * 784 * 400, 3 * 400 * 40, 3 * 20 * 400, 3 * 400 * 784)
    assert contenders.DIGITS.flops() == 2 * 128 * sum(weights)
    # the last layer of the decoder meets 32 x 32 places with 16 numbers for each of 32 channels
    first, last = 2 * 16 * 32 * 32 * 32, 3 * 32 * 16 * 32 * 32
    halves = 6 * 16 * 32 * 32 * (16 * 16 + 8 * 8 + 4 * 4)
    full = 3 * (512 * 256 + 256 * 256 + 256 * 20) + 3 * (10 * 256 + 256 * 256 + 256 * 512)
    assert contenders.SPRITES.flops() == 2 * 64 * (first + last + halves + full)


@pytest.mark.parametrize("contend", [contenders.pytorch_example, contenders.disentangling_style])
def test_a_loop_takes_an_epoch(contend):
    task = contenders.Task("tiny", (1, 28, 28), latent_dim=2, batch_size=8, steps=3)
    assert contend(task, CPU)() > 0


def test_the_ways_to_train_differ_in_their_arithmetic_and_in_nothing_else(monkeypatch):
    images = torch.randint(0, 256, (640, 784), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    monkeypatch.setattr(precision, "digits", lambda: (images, images[:9]))
    bounds = [precision.bound(way, 0, CPU, steps=3) for way in precision.WAYS]
    assert len(set(bounds)) == len(precision.WAYS)
    assert bounds == pytest.approx([bounds[0]] * 3, rel=0.05)
    assert precision.bound("float32", 0, CPU, steps=3) == bounds[0]


def test_what_the_page_says_of_16_bits_is_what_was_measured():
    bounds = stored(precision)["bounds"]
    networks, everything = (
        [b - a for a, b in zip(bounds["float32"], bounds[way], strict=True)] for way in precision.WAYS[1:]
    )
    assert abs(statistics.mean(networks)) < statistics.stdev(bounds["float32"])
    assert statistics.mean(everything) < -7


def test_a_reader_waits_less_than_half_a_second_and_sees_every_frame():
    for row in stored(explorers)["explorers"]:
        assert row["first picture"] < 500
        assert row["work"] < 16
