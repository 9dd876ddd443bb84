"""The cross-modal model of hands of chapter 8, in two files of weights: what encodes, and what decodes.

Joints come first, photographs and depth find their place among them, and pictures are drawn last: see STAGES.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor

from vae_course.data.hand_modalities import hand_units
from vae_course.models import CrossModalVAE
from vae_course.models.hands import TARGETS, cross_modal_hands, skeleton_hands
from vae_course.objectives import Bound, cross_modal
from vae_course.recipes.bench import Bench, Fitted
from vae_course.recipes.hand_figures import baselines, errors, estimate
from vae_course.recipes.hand_rows import Rows, count, hands
from vae_course.recipes.recipe import Recipe, Trained

Visits = dict[str, tuple[float, str, tuple[str, ...]]]
SHARPNESS = 3.0
"""Of the shipped model."""

OUTLINE = 0.2
"""Above which value a pixel of a depth image belongs to the hand."""

JOINTS_ONLY = ("joints_2d", "joints_3d")
PICTURES = ("cutout", "depth")


@dataclass(frozen=True)
class Stage:
    """One stage of the training of the shipped model.

    Attributes:
        name: in words.
        visits: what a step may be: how often, from which source, to which targets.
        steps, lr: how long, and Adam's learning rate at the start.
        sharpness: by which the standard deviations of the likelihoods are divided.
        only: the decoders that learn while all else is fixed; none: everything learns.
    """

    name: str
    visits: Visits
    steps: int
    lr: float
    sharpness: float = SHARPNESS
    only: tuple[str, ...] = ()


JOINTS_TO_JOINTS: Visits = {
    "2-D joints to joints": (0.5, "joints_2d", JOINTS_ONLY),
    "3-D joints to joints": (0.5, "joints_3d", JOINTS_ONLY),
}
EVERYTHING: Visits = {
    "photograph to all": (0.2, "rgb", TARGETS),
    "photograph to joints": (0.3, "rgb", JOINTS_ONLY),
    "depth to all": (0.05, "depth", TARGETS),
    "depth to joints": (0.1, "depth", JOINTS_ONLY),
    "2-D joints to all": (0.1, "joints_2d", TARGETS),
    "2-D joints to joints": (0.1, "joints_2d", JOINTS_ONLY),
    "3-D joints to joints": (0.15, "joints_3d", JOINTS_ONLY),
}

STAGES = (
    Stage("joints, with wide sigmas", JOINTS_TO_JOINTS, steps=1500, lr=2e-3, sharpness=1.0),
    Stage("joints, with a third of the sigmas", JOINTS_TO_JOINTS, steps=12_000, lr=2e-3),
    Stage(
        "photographs and depth find their place",
        {
            "photograph to joints": (0.45, "rgb", JOINTS_ONLY),
            "depth to joints": (0.15, "depth", JOINTS_ONLY),
            "2-D joints to joints": (0.2, "joints_2d", JOINTS_ONLY),
            "3-D joints to joints": (0.2, "joints_3d", JOINTS_ONLY),
        },
        steps=32_000,
        lr=1e-3,
    ),
    Stage(
        "the decoders of pictures alone",
        {"2-D joints to pictures": (1.0, "joints_2d", PICTURES)},
        steps=4000,
        lr=3e-3,
        only=PICTURES,
    ),
    Stage("everything", EVERYTHING, steps=6000, lr=7e-4),
)
"""Joints are cheap: the code learns them first. Photographs and depth then join, and drawing, which costs most, comes
last. 3-D joints do not say where in the picture a hand is, so pictures are drawn from sources that do."""

BATCH = 64


def steps_of(bench: Bench, stage: Stage) -> int:
    """Steps of a stage at the bench's budget."""
    return bench.run.choose(smoke=2, reader=stage.steps, full=4 * stage.steps)


def in_turn(visits: Visits) -> Callable[[CrossModalVAE, Rows], Bound]:
    """The bounds of the pairs of one of the visits, drawn at random: each step is of one source."""
    kinds = list(visits.values())
    shares = torch.tensor([share for share, _, _ in kinds])

    def objective(model: CrossModalVAE, batch: Rows) -> Bound:
        _, source, targets = kinds[int(torch.multinomial(shares, 1))]
        return two_terms(cross_modal(model, batch, [(source, target) for target in targets]))

    return objective


def two_terms(bound: Bound) -> Bound:
    """The same bound as `reconstruction` and `kl`, so that steps of different pairs have terms of the same names."""
    kl = [name for name in bound.terms if name.startswith("kl")]
    return Bound(
        {
            "reconstruction": sum(value for name, value in bound.terms.items() if name not in kl),
            "kl": sum(bound.terms[name] for name in kl),
        }
    )


def rows_of(bench: Bench, visits: Visits) -> Rows:
    """The training hands, without what no visit reads. A cut-out is made of the photograph and its depth."""
    read = {name for _, source, targets in visits.values() for name in (source, *targets)}
    read |= {"rgb", "depth"} if "cutout" in read else set()
    return {name: tensor for name, tensor in hands(bench, "train").items() if name in read}


def learn(bench: Bench, name: str, stage: Stage, model: CrossModalVAE) -> Fitted:
    """Train one stage, and round the weights as they will be stored."""
    model.likelihoods = skeleton_hands(sharpness=stage.sharpness).likelihoods
    model.requires_grad_(not stage.only)
    for decoder in stage.only:
        model.decoders[decoder].requires_grad_(True)
    done = bench.fit(
        name,
        model,
        in_turn(stage.visits),
        rows_of(bench, stage.visits),
        prepare=hand_units,
        also=asdict(stage),
        steps=steps_of(bench, stage),
        batch_size=bench.run.choose(smoke=8, reader=BATCH, full=BATCH),
        lr=stage.lr,
        precision="bf16",
    )
    model.half().float()
    return done


def drawn(model: CrossModalVAE, rows: Rows) -> dict[str, float]:
    """How well pictures are drawn from the codes of 2-D joints: errors in grey values, and of the depth's outline."""
    with torch.no_grad():
        found: dict[str, list[Tensor]] = {name: [] for name in PICTURES}
        for part in torch.arange(len(rows["rgb"])).split(100):
            z = model.q_z(hand_units({"joints_2d": rows["joints_2d"][part]})["joints_2d"], "joints_2d").mean
            for name in PICTURES:
                found[name].append(model.p_x(z, name).mean)
    truth = hand_units({name: rows[name] for name in ("rgb", "depth")})
    pictures = {name: torch.cat(parts) for name, parts in found.items()}
    hand, outline = truth["depth"] > OUTLINE, pictures["depth"] > OUTLINE
    return {
        f"rms {name}": (pictures[name] - truth[name]).square().mean().sqrt().item() for name in PICTURES
    } | {"outline": ((hand & outline).sum(1) / (hand | outline).sum(1)).mean().item()}


def beside_plain_decoders(bench: Bench, stage: Stage, model: CrossModalVAE) -> dict[str, dict[str, float]]:
    """`drawn` after the stage in which decoders of pictures learn alone, and by plain ones that learned as long."""
    torch.manual_seed(bench.run.seed)
    plain = cross_modal_hands()
    plain.encoders = model.encoders
    plain.decoders.update({name: model.decoders[name] for name in JOINTS_ONLY})
    learn(bench, "hands/plain decoders", stage, plain)
    test = hands(bench, "test")
    return {"with a skeleton": drawn(model, test), "plain": drawn(plain, test)}


def train(bench: Bench) -> Trained:
    """The whole model, and its recipe with figures."""
    torch.manual_seed(bench.run.seed)
    model = skeleton_hands()
    seconds, beside = 0.0, {}
    for number, stage in enumerate(STAGES, start=1):
        seconds += learn(bench, f"hands/stage {number}", stage, model).seconds
        if stage.only:
            beside = beside_plain_decoders(bench, stage, model)
    known, test = hands(bench, "train"), hands(bench, "test")
    figures = {}
    for source in model.encoders:
        for target in ("joints_3d", "joints_2d"):
            of_pair = errors(estimate(model, test, source, target), test, target)
            figures |= {f"{source} to {target} {name}": of_pair[name] for name in ("epe", "median", "auc")}
    steps = [steps_of(bench, stage) for stage in STAGES]
    return Trained(
        model,
        budget=f"{', '.join(map(str, steps))} steps of {BATCH} hands, in {len(STAGES)} stages",
        data=f"{count(bench, 'train'):,} drawn hands at 64 x 64 pixels, figures on {count(bench, 'test'):,} others",
        seconds=round(seconds),
        figures=figures,
        more={
            "stages": [
                {
                    "name": stage.name,
                    "steps": length,
                    "lr": stage.lr,
                    "sharpness": stage.sharpness,
                    "visits": {name: share for name, (share, _, _) in stage.visits.items()},
                }
                for stage, length in zip(STAGES, steps, strict=True)
            ],
            "decoders": beside,
            "baselines": {
                f"{source} to joints_3d": baselines(known, test, source, "joints_3d")
                for source in ("rgb", "depth", "joints_2d")
            },
        },
    )


def part(name: str) -> Recipe:
    """The recipe of "encoders" or "decoders"; both come from one model, whose stages the store keeps."""

    def shipped(bench: Bench) -> Trained:
        trained = train(bench)
        return replace(trained, module=getattr(trained.module, name).half())

    return Recipe(f"hands-{name}", 8, shipped, lambda: getattr(skeleton_hands(), name))


RECIPES = (part("encoders"), part("decoders"))
