"""Train the cross-modal models of hands of chapter 8: the shipped one, and small ones that are compared.

    python -m vae_course.recipes.hands data                    draw the hands, some three minutes on one core
    python -m vae_course.recipes.hands cross-modal             the model that is shipped, 64 x 64 pixels
    python -m vae_course.recipes.hands ablation --seed 0 1 2   which pairs are visited, and direct regression
    python -m vae_course.recipes.hands overlap --seed 0 1 2    modalities trained apart, partly and wholly together
    python -m vae_course.recipes.hands real --seed 0 1 2       photographs of $VAE_COURSE_DATA
    python -m vae_course.recipes.hands --collect ablation      gather their figures in vae_course/weights/sweeps

Hands, models and figures lie in `.runs/hands/`. What is there is not made again; an interrupted training of the
shipped model goes on where it stopped. `vae-course train` ships the encoders and decoders of `cross-modal`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from vae_course.data.hand_modalities import (
    draw_hand_rows,
    hand_units,
    joints_mm,
    joints_px,
    photograph_rows,
)
from vae_course.data.real_hands import load_sign_language
from vae_course.evaluation.hands import HandErrors
from vae_course.evaluation.overlap import modality_overlap
from vae_course.files import write_whole
from vae_course.models import CrossModalVAE
from vae_course.models.hands import TARGETS, cross_modal_hands, skeleton_hands
from vae_course.objectives import Bound, cross_modal
from vae_course.training import fit

ROOT = Path(__file__).resolve().parents[2]
RUNS = ROOT / ".runs" / "hands"
Rows = dict[str, Tensor]
Pairs = Sequence[tuple[str, str]]

HANDS = {"train": (48_000, 1), "test": (1_000, 2)}
"""How many hands, and the seed they are drawn from."""

SMALL = 8_000
"""Training hands of the small models at half size."""


# --- the hands


def hands(split: str) -> Rows:
    """The drawn hands of "train" or "test" at 64 x 64 pixels, from the cache where they are there."""
    n, seed = HANDS[split]
    path = RUNS / f"rows-{n}-{seed}.pt"
    if not path.exists():
        RUNS.mkdir(parents=True, exist_ok=True)
        torch.save(draw_hand_rows(n, seed=seed), path)
    return torch.load(path, weights_only=True)


def halved(rows: Rows) -> Rows:
    """The same hands at half the size: photographs averaged over 2 x 2 pixels, of depth the upper left pixel."""
    rgb = rows["rgb"].view(-1, 3, 64, 64)
    small = torch.cat([avg_pool2d(part.float(), 2).round().to(torch.uint8) for part in rgb.split(1000)])
    return rows | {
        "rgb": small.flatten(1),
        "depth": rows["depth"].view(-1, 64, 64)[:, ::2, ::2].flatten(1).contiguous(),
    }


def small_hands(split: str) -> Rows:
    """`hands` at half size, the first SMALL of them."""
    n, seed = HANDS[split]
    path = RUNS / f"half-{min(n, SMALL)}-{seed}.pt"
    if not path.exists():
        rows = {name: tensor[:SMALL] for name, tensor in hands(split).items()}
        torch.save(halved(rows), path)
    return torch.load(path, weights_only=True)


# --- figures


def estimate(model: CrossModalVAE, rows: Rows, source: str, target: str) -> Tensor:
    """The decoded mean of q(z | source), (n, 21, 3) mm or (n, 21, 2) pixels of a 64 x 64 image."""
    with torch.no_grad():
        parts = []
        for part in torch.arange(len(rows[source])).split(500):
            x = hand_units({k: rows[k][part] for k in (source,)})[source]
            parts.append(model.p_x(model.q_z(x, source).mean, target).mean)
    return in_measure(torch.cat(parts), target)


def in_measure(vector: Tensor, target: str) -> Tensor:
    """A vector in a network's units -> joints in mm or in pixels of 64."""
    return joints_mm(vector) if target == "joints_3d" else joints_px(vector, 64)


def errors(predicted: Tensor, rows: Rows, target: str) -> dict[str, Any]:
    """EPE, median, PCK and AUC; AUC of 2-D joints is over 0 to 10 pixels, of 3-D joints over 0 to 50 mm."""
    truth = in_measure(hand_units({target: rows[target]})[target], target)
    found = HandErrors.of(predicted, truth)
    limits = torch.linspace(0, 50 if target == "joints_3d" else 10, 20, dtype=torch.float64)
    return {
        "epe": found.mean,
        "median": found.median,
        "auc": found.auc(limits),
        "pck": [round(value, 5) for value in found.pck(limits).tolist()],
    }


# --- the shipped model

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


def rows_of(visits: Visits) -> Rows:
    """The training hands, without what no visit reads. A cut-out is made of the photograph and its depth."""
    read = {name for _, source, targets in visits.values() for name in (source, *targets)}
    read |= {"rgb", "depth"} if "cutout" in read else set()
    return {name: tensor for name, tensor in hands("train").items() if name in read}


def learn(stage: Stage, model: CrossModalVAE, seed: int, checkpoint: Path | None = None) -> None:
    """Train one stage."""
    model.likelihoods = skeleton_hands(sharpness=stage.sharpness).likelihoods
    model.requires_grad_(not stage.only)
    for name in stage.only:
        model.decoders[name].requires_grad_(True)
    settings = {"steps": stage.steps, "lr": stage.lr, "batch_size": BATCH, "seed": seed, "precision": "bf16"}
    objective, rows = in_turn(stage.visits), rows_of(stage.visits)
    fit(model, objective, rows, prepare=hand_units, checkpoint=checkpoint, **settings)


def train_stage(number: int, model: CrossModalVAE, seed: int) -> int:
    """Train one stage, or take it from `.runs/hands/`, in half precision; returns the seconds that it took."""
    stage, path = STAGES[number], RUNS / f"stage-{number + 1}.pt"
    if not path.exists():
        RUNS.mkdir(parents=True, exist_ok=True)
        began = time.process_time()
        checkpoint = path.with_suffix(".checkpoint")
        learn(stage, model, seed, checkpoint)
        spent = round(time.process_time() - began)
        write_whole({path.with_suffix(".json"): json.dumps({"seconds": spent}) + "\n"})
        torch.save(model.half().float().state_dict(), path)
        checkpoint.unlink()
    model.load_state_dict(torch.load(path, weights_only=True))
    return json.loads(path.with_suffix(".json").read_text())["seconds"]


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


def beside_plain_decoders(number: int, model: CrossModalVAE, seed: int) -> dict[str, dict[str, float]]:
    """`drawn` after the stage in which decoders of pictures learn alone, and by plain ones that learned as long."""
    path = RUNS / "decoders.json"
    if not path.exists():
        torch.manual_seed(seed)
        plain = cross_modal_hands()
        plain.encoders = model.encoders
        plain.decoders.update({name: model.decoders[name] for name in JOINTS_ONLY})
        learn(STAGES[number], plain, seed)
        content = {"with a skeleton": drawn(model, hands("test")), "plain": drawn(plain, hands("test"))}
        write_whole({path: json.dumps(content) + "\n"})
    return json.loads(path.read_text())


def train_shipped(seed: int = 0) -> tuple[CrossModalVAE, dict[str, Any]]:
    """The model of chapter 8 and its recipe with figures."""
    torch.manual_seed(seed)
    model = skeleton_hands()
    seconds, beside = 0, {}
    for number, stage in enumerate(STAGES):
        seconds += train_stage(number, model, seed)
        if stage.only:
            beside = beside_plain_decoders(number, model, seed)
    train, test = hands("train"), hands("test")
    figures = {}
    for source in model.encoders:
        for target in ("joints_3d", "joints_2d"):
            of_pair = errors(estimate(model, test, source, target), test, target)
            figures |= {f"{source} to {target} {name}": of_pair[name] for name in ("epe", "median", "auc")}
    return model, {
        "seed": seed,
        "device": "cpu",
        "budget": f"{', '.join(str(stage.steps) for stage in STAGES)} steps of {BATCH} hands, in {len(STAGES)} stages",
        "data": f"{HANDS['train'][0]:,} drawn hands at 64 x 64 pixels, figures on {HANDS['test'][0]:,} others",
        "stages": [
            {
                "name": stage.name,
                "steps": stage.steps,
                "lr": stage.lr,
                "sharpness": stage.sharpness,
                "visits": {name: share for name, (share, _, _) in stage.visits.items()},
            }
            for stage in STAGES
        ],
        "seconds": seconds,
        "figures": figures,
        "decoders": beside,
        "baselines": {
            f"{source} to joints_3d": baselines(train, test, source, "joints_3d")
            for source in ("rgb", "depth", "joints_2d")
        },
    }


def shipped(part: str) -> Callable[[Path], tuple[nn.Module, dict[str, Any]]]:
    """The training of "encoders" or "decoders", as `vae-course train` takes it; both come from one model."""

    def training(checkpoint: Path) -> tuple[nn.Module, dict[str, Any]]:
        model, recipe = whole_model()
        checkpoint.parent.mkdir(exist_ok=True)
        checkpoint.touch()
        return getattr(model, part).half(), recipe

    return training


def whole_model() -> tuple[CrossModalVAE, dict[str, Any]]:
    """The trained model of `.runs/hands/`, trained now if it is not there."""
    weights, recipe = RUNS / "cross-modal.pt", RUNS / "cross-modal.json"
    if not recipe.exists():
        RUNS.mkdir(parents=True, exist_ok=True)
        model, content = train_shipped()
        torch.save(model.state_dict(), weights)
        write_whole({recipe: json.dumps(content, indent=1) + "\n"})
    model = skeleton_hands(sharpness=SHARPNESS)
    model.load_state_dict(torch.load(weights, weights_only=True))
    return model, json.loads(recipe.read_text())


# --- small models, to compare

SMALL_SHARPNESS = 2.0
SMALL_RECIPE = {"steps": 5000, "batch_size": 32, "lr": 1.5e-3}

TASKS: dict[tuple[str, str], tuple[str, ...]] = {
    ("joints_2d", "joints_3d"): ("alone", "target", "source", "all", "direct"),
    ("rgb", "joints_2d"): ("alone", "target", "source", "all", "direct"),
    ("rgb", "joints_3d"): ("alone", "target", "source", "all", "direct"),
    ("depth", "joints_3d"): ("alone", "target", "source", "all", "direct"),
}
"""What is estimated from what, and the variants: the pair alone, with target to target, with source to source, all
pairs in one model, and direct regression by the same two networks without noise and KL."""

MODALITIES = ("rgb", "depth", "joints_2d", "joints_3d")
OTHERS: tuple[Pairs, ...] = (
    [("rgb", "rgb")],
    [("depth", "joints_2d"), ("depth", "joints_3d"), ("depth", "depth")],
    [("joints_2d", "joints_2d"), ("joints_2d", "joints_3d")],
    [("joints_3d", t) for t in MODALITIES],
)
"""What "all" visits in turn, beside the photograph's pairs with the joints, which it visits at every step."""


def all_pairs(model: CrossModalVAE, batch: Rows) -> Bound:
    """Photograph to joints, and one of OTHERS, drawn at random."""
    others = OTHERS[int(torch.randint(len(OTHERS), ()))]
    return two_terms(cross_modal(model, batch, [("rgb", "joints_2d"), ("rgb", "joints_3d"), *others]))


def direct(source: str, target: str) -> Callable[[CrossModalVAE, Rows], Bound]:
    """The objective of regression: the likelihood at the encoder's mean, with neither noise nor KL."""

    def objective(model: CrossModalVAE, batch: Rows) -> Bound:
        z = model.q_z(batch[source], source).mean
        return Bound({"reconstruction": model.p_x(z, target).log_prob(batch[target])})

    return objective


def train_small(
    pairs: Pairs | None,
    rows: Rows,
    seed: int,
    objective: Callable[[CrossModalVAE, Rows], Bound] | None = None,
    prepare: Callable[[Rows, torch.Generator], Rows] = hand_units,
    modalities: tuple[Sequence[str], Sequence[str]] = (MODALITIES, MODALITIES),
) -> CrossModalVAE:
    """A model of images of 32 x 32 pixels that visits `pairs` at every step, or has an objective of its own.

    It has encoders and decoders for what the pairs name, or else for `modalities`.
    """
    if pairs is not None:
        modalities = tuple(dict.fromkeys(i for i, _ in pairs)), tuple(dict.fromkeys(t for _, t in pairs))
    torch.manual_seed(seed)
    model = cross_modal_hands(*modalities, size=32, sharpness=SMALL_SHARPNESS)
    rows = {
        name: rows[name] for name in rows if name.removeprefix("has_") in {*modalities[0], *modalities[1]}
    }
    fit(
        model,
        objective or (lambda m, batch: cross_modal(m, batch, pairs)),
        rows,
        seed=seed,
        prepare=prepare,
        **SMALL_RECIPE,
    )
    return model


def baselines(train: Rows, test: Rows, source: str, target: str) -> dict[str, dict[str, Any]]:
    """The mean of the training targets, and the target of the training example with the nearest source."""
    known = hand_units({target: train[target]})[target]
    mean = known.mean(0).expand(len(test[target]), -1)
    nearest = []
    library = train[source].float()
    for part in test[source].float().split(100):
        nearest.append(torch.cdist(part, library).argmin(1))
    return {
        "mean": errors(in_measure(mean, target), test, target),
        "nearest": errors(in_measure(known[torch.cat(nearest)], target), test, target),
    }


def run_ablation(seed: int) -> dict[str, Any]:
    """Every task in every variant, measured on the test hands; and what is compared of the model of all pairs."""
    train, test = small_hands("train"), small_hands("test")
    whole = train_small(None, train, seed, all_pairs)
    figures: dict[str, Any] = {}
    for (source, target), variants in TASKS.items():
        pair = (source, target)
        visited: dict[str, Pairs] = {
            "alone": [pair],
            "target": [pair, (target, target)],
            "source": [pair, (source, source)],
        }
        found: dict[str, Any] = {} if seed else baselines(train, test, source, target)
        for variant in variants:
            if variant == "all":
                model = whole
            elif variant == "direct":
                model = train_small(None, train, seed, direct(*pair), modalities=((source,), (target,)))
            else:
                model = train_small(visited[variant], train, seed)
            found[variant] = errors(estimate(model, test, source, target), test, target)
            print(seed, source, target, variant, round(found[variant]["epe"], 2), flush=True)
        figures[f"{source} to {target}"] = found
    return {"figures": figures}


# --- how the codes of modalities lie

OWN = {"rgb": "cutout", "depth": "depth", "joints_2d": "joints_2d", "joints_3d": "joints_3d"}
"""What a modality decodes where it is trained alone. A photograph's own background would set its codes apart."""

PARTLY_PAIRED = 400
"""Of how many of the SMALL hands "partly" knows more than one modality."""


def one_source(kind: str) -> Callable[[CrossModalVAE, Rows], Bound]:
    """Each step is of one source, drawn at random: to its own target, for "together" and paired hands to all others.

    Args:
        kind: "apart", "partly" or "together".
    """

    def objective(model: CrossModalVAE, batch: Rows) -> Bound:
        source, own = list(OWN.items())[int(torch.randint(len(OWN), ()))]
        bound = cross_modal(model, batch, [(source, own)])
        if kind != "apart":
            others = [target for target in TARGETS if target != own]
            known = batch["paired"] | (kind == "together")
            across = batch | {f"has_{target}": known for target in others}
            bound = Bound(bound.terms | cross_modal(model, across, [(source, t) for t in others]).terms)
        return two_terms(bound)

    return objective


def codes(model: CrossModalVAE, rows: Rows) -> dict[str, Tensor]:
    """The means of q(z | x) of every modality, (n, latent_dim) each."""
    batch = hand_units(rows)
    with torch.no_grad():
        return {name: model.q_z(batch[name], name).mean for name in model.encoders}


def run_overlap(seed: int) -> dict[str, Any]:
    """The codes of the test hands under three trainings: apart, partly together, and together."""
    train, test = small_hands("train"), small_hands("test")
    train["paired"] = torch.arange(len(train["rgb"])) < PARTLY_PAIRED
    trained = {kind: train_together(kind, train, seed) for kind in ("apart", "partly", "together")}
    figures: dict[str, Any] = {}
    kept: dict[str, dict[str, Tensor]] = {}
    for name, model in trained.items():
        kept[name] = codes(model, test)
        pairs = [(a, b) for k, a in enumerate(MODALITIES) for b in MODALITIES[k + 1 :]]
        figures[name] = {f"{a}, {b}": vars(modality_overlap(kept[name][a], kept[name][b])) for a, b in pairs}
        mixing = [value["mixing"] for value in figures[name].values()]
        print(seed, name, round(sum(mixing) / len(mixing), 3), figures[name]["rgb, joints_3d"], flush=True)
    return {"figures": figures} | (
        {} if seed else {"tsne": {name: flattened(of) for name, of in kept.items()}}
    )


def flattened(of: dict[str, Tensor], count: int = 150) -> dict[str, list[list[float]]]:
    """t-SNE of the first codes of every modality together, scaled to a square of 100 x 100."""
    from sklearn.manifold import TSNE

    together = torch.cat([z[:count] for z in of.values()]).numpy()
    perplexity = min(30, len(together) // 4)
    flat = torch.from_numpy(
        TSNE(2, perplexity=perplexity, init="pca", random_state=0).fit_transform(together)
    )
    flat = 100 * (flat - flat.amin(0)) / (flat.amax(0) - flat.amin(0))
    parts = flat.chunk(len(of))
    return {
        name: [[round(v, 1) for v in point] for point in part.tolist()]
        for name, part in zip(of, parts, strict=True)
    }


def train_together(kind: str, train: Rows, seed: int) -> CrossModalVAE:
    """A model of all four modalities, trained "apart", "partly" or "together", with the sigmas as they are."""
    torch.manual_seed(seed)
    model = cross_modal_hands(size=32)
    rows = {name: train[name] for name in (*MODALITIES, "paired")}
    fit(model, one_source(kind), rows, seed=seed, prepare=hand_units, **SMALL_RECIPE)
    return model


# --- photographs

REAL_PAIRS = [("rgb", "joints_2d"), ("rgb", "joints_3d"), ("joints_3d", "joints_3d")]
FEW = 5
"""Persons whose photographs are labelled where labels are few."""


def recoloured(rows: Rows, generator: torch.Generator) -> Rows:
    """`hand_units` under another light: contrast, and each colour's level, change at random."""
    batch = hand_units(rows)
    draws = torch.rand(len(batch["rgb"]), 4, 1, generator=generator)
    photo = batch["rgb"].unflatten(1, (3, -1)) * (0.7 + 0.6 * draws[:, :1]) + 0.3 * (draws[:, 1:] - 0.5)
    return batch | {"rgb": photo.clamp(-0.5, 0.5).flatten(1)}


def joined(*parts: tuple[Rows, int, bool]) -> Rows:
    """Rows of several sets under each other: each set with how often it is repeated and whether it has labels."""
    names = ("rgb", "joints_2d", "joints_3d")
    rows = {name: torch.cat([part[name].repeat(times, 1) for part, times, _ in parts]) for name in names}
    labelled = torch.cat([torch.full((len(part["rgb"]) * times,), has) for part, times, has in parts])
    return rows | {"has_joints_2d": labelled, "has_joints_3d": labelled}


def run_real(seed: int) -> dict[str, Any]:
    """Photographs to joints on the test persons, by what the model was trained on."""
    data = load_sign_language(size=64)
    drawn, train, test = small_hands("train"), photograph_rows(data.train), photograph_rows(data.test)
    few = torch.isin(data.train.subjects, data.train.subjects.unique()[:: 141 // FEW][:FEW])
    labelled = {name: tensor[few] for name, tensor in train.items()}
    semi = [*REAL_PAIRS, ("rgb", "rgb")]
    conditions: dict[str, tuple[Rows, Pairs]] = {
        "drawn": (joined((drawn, 1, True)), REAL_PAIRS),
        "real": (joined((train, 1, True)), REAL_PAIRS),
        "both": (joined((drawn, 1, True), (train, 6, True)), REAL_PAIRS),
        "few": (joined((labelled, 10, True)), REAL_PAIRS),
        "drawn and few": (joined((drawn, 1, True), (labelled, 40, True)), REAL_PAIRS),
        "drawn, few and unlabelled": (
            joined((drawn, 1, True), (labelled, 40, True), (train, 3, False)),
            semi,
        ),
    }
    figures: dict[str, Any] = {}
    for name, (rows, pairs) in conditions.items():
        model = train_small(pairs, rows, seed, prepare=recoloured)
        figures[name] = {
            t: errors(estimate(model, test, "rgb", t), test, t) for t in ("joints_2d", "joints_3d")
        }
        print(seed, name, {t: round(f["epe"], 2) for t, f in figures[name].items()}, flush=True)
        if name == "both" and seed == 0:
            torch.save(model.state_dict(), RUNS / "real.pt")
    for name in ("both",):
        for target in ("joints_2d", "joints_3d"):
            model = train_small(
                None,
                conditions[name][0],
                seed,
                direct("rgb", target),
                prepare=recoloured,
                modalities=(("rgb",), (target,)),
            )
            found = errors(estimate(model, test, "rgb", target), test, target)
            figures.setdefault(f"direct, {name}", {})[target] = found
    if not seed:
        for target in ("joints_2d", "joints_3d"):
            for name, found in baselines(train, test, "rgb", target).items():
                figures.setdefault(name, {})[target] = found
    counts = {"train": len(train["rgb"]), "test": len(test["rgb"]), "few": int(few.sum())}
    return {"figures": figures, "photographs": counts}


def shipped_real(checkpoint: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The model of photographs that the chapter shows: trained on "both", seed 0."""
    figures = json.loads(run("real", 0).read_text())
    model = cross_modal_hands(("rgb", "joints_3d"), ("joints_2d", "joints_3d"), size=32)
    model.load_state_dict(torch.load(RUNS / "real.pt", weights_only=True))
    checkpoint.parent.mkdir(exist_ok=True)
    checkpoint.touch()
    both = figures["figures"]["both"]
    return model.half(), {
        "seed": 0,
        "device": "cpu",
        "budget": f"{SMALL_RECIPE['steps']} steps of {SMALL_RECIPE['batch_size']}",
        "data": f"{SMALL:,} drawn hands and six times {figures['photographs']['train']:,} photographs, "
        f"at 32 x 32 pixels; figures on {figures['photographs']['test']} photographs of other persons",
        "figures": {f"rgb to {t} epe": both[t]["epe"] for t in ("joints_2d", "joints_3d")},
    }


# --- one file a seed, gathered in the end

SWEEPS: dict[str, Callable[[int], dict[str, Any]]] = {
    "ablation": run_ablation,
    "overlap": run_overlap,
    "real": run_real,
}


def run(name: str, seed: int) -> Path:
    """The figures of one sweep at one seed, unless they are there."""
    path = RUNS / f"{name}-{seed}.json"
    if not path.exists():
        began = time.process_time()
        content = {"seed": seed, **SWEEPS[name](seed), "seconds": round(time.process_time() - began)}
        write_whole({path: json.dumps(content) + "\n"})
    return path


def collect(name: str) -> Path:
    """Gather the figures of all seeds of a sweep in one file."""
    runs = [json.loads(path.read_text()) for path in sorted(RUNS.glob(f"{name}-*.json"))]
    settings = SMALL_RECIPE
    content = {
        "made by": f"tools/hand_models.py {name}, then --collect {name}",
        "device": "cpu",
        "torch": torch.__version__.partition("+")[0],
        "budget": f"{settings['steps']} steps of {settings['batch_size']}, Adam from {settings['lr']} to 0",
        "data": f"{SMALL:,} drawn hands at 32 x 32 pixels, figures on {HANDS['test'][0]:,} others",
        "runs": runs,
    }
    path = ROOT / "vae_course" / "weights" / "sweeps" / f"hands-{name}.json"
    write_whole({path: json.dumps(content, indent=1) + "\n"})
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", choices=["data", "cross-modal", *SWEEPS])
    parser.add_argument("--seed", nargs="+", type=int, default=[0])
    parser.add_argument("--collect", choices=list(SWEEPS))
    options = parser.parse_args(arguments)
    if options.what == "data":
        print({split: len(hands(split)["rgb"]) for split in HANDS})
    elif options.what == "cross-modal":
        print(json.dumps(whole_model()[1], indent=1))
    elif options.what:
        for seed in options.seed:
            print(run(options.what, seed).name, flush=True)
    if options.collect:
        print(f"wrote {collect(options.collect).relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
