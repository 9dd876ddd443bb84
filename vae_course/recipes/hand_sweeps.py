"""Small models of hands that chapter 8 compares, 32 x 32 pixels: pairs, how modalities overlap, and photographs.

Photographs are those of `load_sign_language`, in the folder that VAE_COURSE_DATA names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vae_course.data.hand_modalities import hand_units, photograph_rows
from vae_course.data.real_hands import load_sign_language
from vae_course.evaluation.overlap import modality_overlap
from vae_course.models import CrossModalVAE
from vae_course.models.hands import TARGETS, cross_modal_hands
from vae_course.objectives import Bound, cross_modal
from vae_course.recipes.bench import Bench
from vae_course.recipes.hand_figures import baselines, errors, estimate
from vae_course.recipes.hand_rows import SMALL, Rows, count, small_hands
from vae_course.recipes.hands import two_terms
from vae_course.recipes.recipe import Recipe, Sweep, Trained

Pairs = Sequence[tuple[str, str]]
Prepare = Callable[[Rows, torch.Generator], Rows]

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


class Bout:
    """One seed's trainings, each with the recipe of all small models; their seconds add up.

    Attributes:
        bench: with that seed.
        seconds: of all trainings so far.
    """

    def __init__(self, bench: Bench) -> None:
        self.bench, self.seconds = bench, 0.0

    def train(
        self,
        name: str,
        model: CrossModalVAE,
        objective: Callable[[CrossModalVAE, Rows], Bound],
        rows: Rows,
        prepare: Prepare = hand_units,
        **also: Any,
    ) -> CrossModalVAE:
        """Train this model; `also` is what the objective depends on."""
        settings = SMALL_RECIPE | {"steps": steps_of(self.bench), "batch_size": batch_of(self.bench)}
        done = self.bench.fit(
            f"hands/small/{name}", model, objective, rows, prepare=prepare, also=also, **settings
        )
        self.seconds += done.seconds
        return model

    def small(
        self,
        name: str,
        rows: Rows,
        pairs: Pairs = (),
        objective: Callable[[CrossModalVAE, Rows], Bound] | None = None,
        prepare: Prepare = hand_units,
        modalities: tuple[Sequence[str], Sequence[str]] = (MODALITIES, MODALITIES),
    ) -> CrossModalVAE:
        """A new model that visits `pairs` at every step, or has an objective of its own.

        It has encoders and decoders for what the pairs name, or else for `modalities`.
        """
        if pairs:
            modalities = tuple(dict.fromkeys(i for i, _ in pairs)), tuple(dict.fromkeys(t for _, t in pairs))
        torch.manual_seed(self.bench.run.seed)
        model = cross_modal_hands(*modalities, size=32, sharpness=SMALL_SHARPNESS)
        read = {*modalities[0], *modalities[1]}
        rows = {key: rows[key] for key in rows if key.removeprefix("has_") in read}
        objective = objective or (lambda m, batch: cross_modal(m, batch, pairs))
        also = {"pairs": [list(pair) for pair in pairs], "sharpness": SMALL_SHARPNESS}
        return self.train(name, model, objective, rows, prepare, **also)

    def direct(
        self, name: str, rows: Rows, pair: tuple[str, str], prepare: Prepare = hand_units
    ) -> CrossModalVAE:
        """Regression from source to target by the two networks of that pair."""
        source, target = pair
        return self.small(name, rows, (), direct(*pair), prepare, ((source,), (target,)))


def steps_of(bench: Bench) -> int:
    """Steps of a small model at the bench's budget."""
    return bench.run.choose(smoke=2, reader=SMALL_RECIPE["steps"], full=4 * SMALL_RECIPE["steps"])


def batch_of(bench: Bench) -> int:
    """Hands of a batch at the bench's budget."""
    return bench.run.choose(smoke=8, reader=SMALL_RECIPE["batch_size"], full=SMALL_RECIPE["batch_size"])


def ablation(bench: Bench, job: dict[str, Any]) -> dict[str, Any]:
    """Every task in every variant, measured on the test hands."""
    bout = Bout(bench.at(job["seed"]))
    train, test = small_hands(bench, "train"), small_hands(bench, "test")
    whole = bout.small("all", train, objective=all_pairs)
    figures: dict[str, Any] = {}
    for pair, variants in TASKS.items():
        source, target = pair
        visited = {"alone": [pair], "target": [pair, (target, target)], "source": [pair, (source, source)]}
        task = f"{source} to {target}"
        figures[task] = {} if job["seed"] else baselines(train, test, source, target)
        for variant in variants:
            if variant == "all":
                model = whole
            elif variant == "direct":
                model = bout.direct(f"{task}, direct", train, pair)
            else:
                model = bout.small(f"{task}, {variant}", train, visited[variant])
            figures[task][variant] = errors(estimate(model, test, source, target), test, target)
    return {"figures": figures, "seconds": round(bout.seconds)}


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


def overlap(bench: Bench, job: dict[str, Any]) -> dict[str, Any]:
    """The codes of the test hands under three trainings: apart, partly together, and together."""
    bout = Bout(bench.at(job["seed"]))
    train, test = small_hands(bench, "train"), small_hands(bench, "test")
    paired = bench.run.choose(smoke=10, reader=PARTLY_PAIRED, full=PARTLY_PAIRED)
    rows = {name: train[name] for name in MODALITIES} | {"paired": torch.arange(len(train["rgb"])) < paired}
    figures: dict[str, Any] = {}
    kept: dict[str, dict[str, Tensor]] = {}
    for kind in ("apart", "partly", "together"):
        torch.manual_seed(job["seed"])
        model = bout.train(kind, cross_modal_hands(size=32), one_source(kind), rows)
        kept[kind] = codes(model, test)
        pairs = [(a, b) for k, a in enumerate(MODALITIES) for b in MODALITIES[k + 1 :]]
        figures[kind] = {f"{a}, {b}": vars(modality_overlap(kept[kind][a], kept[kind][b])) for a, b in pairs}
    tsne = {} if job["seed"] else {"tsne": {kind: flattened(of) for kind, of in kept.items()}}
    return {"figures": figures} | tsne | {"seconds": round(bout.seconds)}


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


# --- photographs

REAL_PAIRS = [("rgb", "joints_2d"), ("rgb", "joints_3d"), ("joints_3d", "joints_3d")]
JOINTS = ("joints_2d", "joints_3d")
FEW = 5
"""Persons whose photographs are labelled where labels are few."""


def recoloured(rows: Rows, generator: torch.Generator) -> Rows:
    """`hand_units` under another light: contrast, and each colour's level, change at random."""
    batch = hand_units(rows)
    draws = torch.rand(len(batch["rgb"]), 4, 1, generator=generator, device=batch["rgb"].device)
    photo = batch["rgb"].unflatten(1, (3, -1)) * (0.7 + 0.6 * draws[:, :1]) + 0.3 * (draws[:, 1:] - 0.5)
    return batch | {"rgb": photo.clamp(-0.5, 0.5).flatten(1)}


def joined(*parts: tuple[Rows, int, bool]) -> Rows:
    """Rows of several sets under each other: each set with how often it is repeated and whether it has labels."""
    names = ("rgb", "joints_2d", "joints_3d")
    rows = {name: torch.cat([part[name].repeat(times, 1) for part, times, _ in parts]) for name in names}
    labelled = torch.cat([torch.full((len(part["rgb"]) * times,), has) for part, times, has in parts])
    return rows | {"has_joints_2d": labelled, "has_joints_3d": labelled}


@dataclass(frozen=True)
class Photographs:
    """Rows of real hands and of drawn ones beside them; `test` are other persons, `few` a few of those in `train`."""

    drawn: Rows
    train: Rows
    test: Rows
    few: Rows


def photographs(bench: Bench) -> Photographs:
    """All photographs, and the drawn hands that a model may be trained on beside them. Raises DataError."""
    data = load_sign_language(size=64)  # first: it may be missing, and drawing takes minutes
    train, test = photograph_rows(data.train), photograph_rows(data.test)
    chosen = torch.isin(data.train.subjects, data.train.subjects.unique()[:: 141 // FEW][:FEW])
    few = {name: tensor[chosen] for name, tensor in train.items()}
    return Photographs(small_hands(bench, "train"), train, test, few)


def conditions(of: Photographs) -> dict[str, tuple[Rows, Pairs]]:
    """What a model is trained on, and which pairs it visits."""
    drawn, few = (of.drawn, 1, True), (of.few, 40, True)
    return {
        "drawn": (joined(drawn), REAL_PAIRS),
        "real": (joined((of.train, 1, True)), REAL_PAIRS),
        "both": (joined(drawn, (of.train, 6, True)), REAL_PAIRS),
        "few": (joined((of.few, 10, True)), REAL_PAIRS),
        "drawn and few": (joined(drawn, few), REAL_PAIRS),
        "drawn, few and unlabelled": (
            joined(drawn, few, (of.train, 3, False)),
            [*REAL_PAIRS, ("rgb", "rgb")],
        ),
    }


def joint_errors(model: CrossModalVAE, test: Rows, target: str) -> dict[str, Any]:
    """`errors` of the joints that a model reads from photographs."""
    return errors(estimate(model, test, "rgb", target), test, target)


def real(bench: Bench, job: dict[str, Any]) -> dict[str, Any]:
    """Photographs to joints on the test persons, by what the model was trained on."""
    bout, of = Bout(bench.at(job["seed"])), photographs(bench)
    trained_on = conditions(of)
    figures: dict[str, Any] = {}
    for name, (rows, pairs) in trained_on.items():
        model = bout.small(name, rows, pairs, prepare=recoloured)
        figures[name] = {target: joint_errors(model, of.test, target) for target in JOINTS}
    for target in JOINTS:
        model = bout.direct(f"direct, both, {target}", trained_on["both"][0], ("rgb", target), recoloured)
        figures.setdefault("direct, both", {})[target] = joint_errors(model, of.test, target)
        if not job["seed"]:
            for name, found in baselines(of.train, of.test, "rgb", target).items():
                figures.setdefault(name, {})[target] = found
    counts = {name: len(vars(of)[name]["rgb"]) for name in ("train", "test", "few")}
    return {"figures": figures, "photographs": counts, "seconds": round(bout.seconds)}


def real_hands() -> CrossModalVAE:
    """The model of photographs that the chapter shows, untrained."""
    return cross_modal_hands(("rgb", "joints_3d"), JOINTS, size=32)


def shipped_real(bench: Bench) -> Trained:
    """That model, trained on drawn hands and all photographs: "both" of the sweep."""
    bout, of = Bout(bench), photographs(bench)
    rows, pairs = conditions(of)["both"]
    model = bout.small("both", rows, pairs, prepare=recoloured).half().float()
    figures = {f"rgb to {target} epe": joint_errors(model, of.test, target)["epe"] for target in JOINTS}
    return Trained(
        model.half(),
        budget=f"{steps_of(bench)} steps of {batch_of(bench)}",
        data=f"{len(of.drawn['rgb']):,} drawn hands and six times {len(of.train['rgb']):,} photographs, "
        f"at 32 x 32 pixels; figures on {len(of.test['rgb'])} photographs of other persons",
        seconds=round(bout.seconds),
        figures=figures,
    )


RECIPES = (Recipe("hands-real", 8, shipped_real, real_hands),)


# --- what is said of all models of a sweep


def plan(bench: Bench, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """One row a seed."""
    return [{"seed": seed} for seed in seeds]


def about(bench: Bench) -> dict[str, Any]:
    """Budget and data of all small models."""
    drawn = min(SMALL, count(bench, "train"))
    return {
        "budget": f"{steps_of(bench)} steps of {batch_of(bench)}, Adam from {SMALL_RECIPE['lr']} to 0",
        "data": f"{drawn:,} drawn hands at 32 x 32 pixels, figures on {count(bench, 'test'):,} others",
    }


SWEEPS = tuple(
    Sweep(f"sweeps/hands-{measure.__name__}", 8, plan, measure, about, (0, 1, 2), rows="runs")
    for measure in (ablation, overlap, real)
)
