"""The recipes of chapter 9."""

import torch

from vae_course.data.hand_factors import draw_factor_rows
from vae_course.models.hands import FACTOR_DIMS
from vae_course.recipes import hand_factors
from vae_course.recipes.hand_rows import halved


def test_the_second_stage_takes_the_first_as_it_is_and_leaves_its_decoders_alone(bench):
    first, _ = hand_factors.first_stage(bench)
    second = hand_factors.rgb(bench)
    again, _ = hand_factors.first_stage(bench)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert all(p.dtype == torch.float16 for p in second.module.parameters())


def test_the_comparison_measures_three_models_by_one_judge(bench):
    figures = hand_factors.compare(bench, {"seed": 0})["figures"]
    for model in ("divided", "one code", "beta-VAE"):
        of = figures[model]
        assert sum(of["sizes"].values()) == sum(FACTOR_DIMS.values())
        assert set(of["errors"]) == {"unswapped", *(f"{name} swapped" for name in FACTOR_DIMS)}
        assert torch.tensor(of["explained"]).shape == (3, 3)


def test_coordinates_go_to_the_factor_that_explains_them():
    numbers = {
        name: torch.randn(400, 2, generator=torch.Generator().manual_seed(i)) for i, name in enumerate("abc")
    }
    codes = torch.stack([numbers["b"].sum(1), numbers["c"][:, 0], numbers["a"][:, 1], numbers["b"][:, 0]], 1)
    assert hand_factors.groups(codes, numbers) == {"a": [2], "b": [0, 3], "c": [1]}


def test_softened_photographs_keep_their_mean():
    rows = halved(draw_factor_rows(4, seed=0))
    batch = hand_factors.softened({"rgb": rows["rgb"]}, torch.Generator().manual_seed(1))["rgb"]
    sharp = rows["rgb"].float() / 255 - 0.5
    assert ((batch - sharp).abs().amax(1) > 0.01).tolist().count(True) in range(1, 4)
    torch.testing.assert_close(batch.mean(1), sharp.mean(1), atol=0.02, rtol=0)
