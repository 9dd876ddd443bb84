"""One store for all tests of recipes, so that hands are drawn once, and photographs that nobody took."""

import pytest
import torch

from vae_course.data.real_hands import SignLanguage, SignLanguageSplit
from vae_course.recipes import Bench, Store, hand_sweeps
from vae_course.training import Run

CPU = torch.device("cpu")


@pytest.fixture(scope="session")
def bench(tmp_path_factory) -> Bench:
    """Smoke budget, seed 0."""
    return Bench(Run("smoke", CPU, 0), Store(tmp_path_factory.mktemp("store")))


def photographs(n: int, first_person: int) -> SignLanguageSplit:
    """Noise with joints, two photographs of each person."""
    generator = torch.Generator().manual_seed(first_person)
    return SignLanguageSplit(
        torch.randint(256, (n, 3, 64, 64), generator=generator, dtype=torch.uint8),
        64 * torch.rand(n, 21, 2, generator=generator),
        40 * torch.randn(n, 21, 3, generator=generator),
        torch.zeros(n, dtype=torch.int64),
        torch.zeros(n, dtype=torch.bool),
        first_person + torch.arange(n) // 2,
    )


@pytest.fixture
def made_up_photographs(monkeypatch) -> SignLanguage:
    parts = SignLanguage(*(photographs(n, person) for n, person in ((290, 0), (4, 500), (12, 600))))
    monkeypatch.setattr(hand_sweeps, "load_sign_language", lambda size: parts)
    return parts
