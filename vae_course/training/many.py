"""Many small models trained at once: seeds, betas and learning rates of one architecture."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import torch
from torch import Tensor, nn

from vae_course.objectives import Bound
from vae_course.training import batches
from vae_course.training.batches import Rows
from vae_course.training.history import History
from vae_course.training.loop import loop
from vae_course.training.path import fastest
from vae_course.training.rates import Schedule, cosine
from vae_course.training.seeding import seeded
from vae_course.training.session import Monitor, Session
from vae_course.training.stacked import StackedStep, separate, stack
from vae_course.training.step import Prepare, batch


def fit_many(
    models: Sequence[nn.Module],
    objective: Callable[..., Bound],
    data: Rows,
    *,
    steps: int,
    batch_size: int,
    lr: float | Sequence[float],
    seeds: Sequence[int],
    scalars: Mapping[str, Sequence[float]] | None = None,
    weight_decay: float = 0.0,
    betas: tuple[float, float] = (0.9, 0.999),
    schedule: Schedule = cosine,
    prepare: Prepare | None = None,
    monitor: Monitor | None = None,
    checkpoint: str | Path | None = None,
    interval: int = 100,
) -> list[History]:
    """Train many models of one architecture at once, each as `fit` alone would, within rounding.

    A sweep over seeds and betas is

        fit_many(models, lambda model, x, beta: elbo(model, x).weighted({"kl": beta}), data, ...,
                 seeds=[0, 0, 1, 1], scalars={"beta": [1.0, 4.0, 1.0, 4.0]})

    Small models gain most: together they keep the processor busy, which one of them cannot. Members with the same seed
    see the same batches and noise, which are then drawn once. A member that breaks down ends the sweep with its name;
    the others do not depend on it and come out the same without it. Averaged weights, clipping, 16 bits and early stop
    are left to `fit`.

    Args:
        models: trained in place; built alike, on one device. They may differ in parameters and buffers only.
        objective: (model, batch, a number of each of `scalars` by name) -> Bound. It may draw standard normal numbers,
            as the reparameterization trick does, but no others, and must not branch on values.
        data: one row per example, shared by all.
        steps, batch_size: how long, how many rows a step.
        lr: Adam's largest learning rate, for all or one for each; equal ones side by side are faster.
        seeds: one for each, of the order of its rows and its noise.
        scalars: numbers that the objective takes by name, one for each member.
        weight_decay, betas, schedule: as in `fit`, the same for all.
        prepare: (rows, generator) -> batch, for one member at a time.
        monitor: measures each member after each interval.
        checkpoint: file of the whole sweep, to resume from and to write, as in `fit`.
        interval: steps between measurements.

    Returns:
        A history for each; `seconds` are those of the whole sweep.

    Raises:
        NonFiniteError: a term of some member is NaN or infinite.
        CheckpointError: the checkpoint is damaged or belongs to another training.
        ValueError: the arguments do not fit each other, or the objective draws other random numbers.
    """
    examples = batches.count(data)
    if not 0 < batch_size <= examples:
        raise ValueError(f"batch_size must lie between 1 and the {examples} examples, not {batch_size}")
    if isinstance(objective, nn.Module):
        raise ValueError(
            "an objective with a state of its own trains one model; use fit, one after the other"
        )
    scalars = {name: list(values) for name, values in (scalars or {}).items()}
    rates = [float(lr)] * len(models) if isinstance(lr, int | float) else list(map(float, lr))
    for name, values in {"seeds": seeds, "lr": rates, **scalars}.items():
        if not len(values) == len(models) > 0:
            raise ValueError(f"{name} has {len(values)} values for {len(models)} models; each needs one")

    device = next(models[0].parameters()).device
    data = batches.move(data, device)
    streams = _Streams(seeds, batch_size, examples, device)
    weights = stack(models)
    numbers = {name: torch.tensor(values, device=device) for name, values in scalars.items()}
    gradients = StackedStep(models[0], objective, weights, numbers)
    adam = _Adam([weights[name] for name in gradients.learned], rates, betas, weight_decay)
    recipe = {"steps": steps, "batch_size": batch_size, "lr": rates, "seeds": list(seeds), "scalars": scalars}
    recipe |= {"weight_decay": weight_decay, "betas": list(betas), "interval": interval}
    recipe |= {"schedule": [schedule(steps * part // 8, steps) for part in range(8)]}
    recipe |= {"device": device.type, "data": batches.fingerprint(data)}
    recipe |= {"parameters": {name: list(tensor.shape) for name, tensor in weights.items()}}
    session = _Sweep(recipe, nn.ModuleDict({"model": nn.ModuleList(models)}), adam.optimizer, streams)
    labels = [_label(k, seed=seeds[k], lr=rates[k], scalars=scalars) for k in range(len(models))]

    def advance(step: int) -> None:
        own = zip(streams.rows(step), streams.preparing, strict=True)
        x = [batch(data, rows, prepare, generator) for rows, generator in own]
        if not gradients.names:
            gradients.listen(x[0])
            terms = [*gradients.names, "objective"]
            session.names = [f"{term} of {label}" for term in terms for label in labels] + ["objective"]
        means, gradient = gradients(streams.to_members(x), streams.normal(gradients.wanted))
        session.note(torch.cat([means.flatten(), means[-1:].mean(1)]))
        adam.step(gradient, schedule(step, steps))

    def monitor_all(members: nn.ModuleList) -> dict[str, float]:
        found = {}
        for member, label, seed in zip(members, labels, seeds, strict=True):
            with seeded(seed, device):
                found |= {f"{name} of {label}": value for name, value in monitor(member).items()}
        return found

    try:
        with fastest(nn.ModuleDict({"model": nn.ModuleList()}), device, "float32") as path:
            loop(
                session,
                advance,
                steps=steps,
                seed=0,  # of torch's own numbers, which nobody draws
                interval=interval,
                monitor=monitor and monitor_all,
                checkpoint=checkpoint,
                path=f"{path}, {len(models)} models stacked",
            )
    finally:
        separate(models)
    session.finish()
    return [_history_of(label, session.history) for label in labels]


class _Streams:
    """The randomness of a sweep: for each different seed the order of the rows, and both generators that `fit` has."""

    def __init__(self, seeds: Sequence[int], batch_size: int, examples: int, device: torch.device) -> None:
        self.seeds = list(dict.fromkeys(seeds))
        self.batch_size, self.examples, self.device = batch_size, examples, device
        self.preparing = [torch.Generator(device).manual_seed(seed) for seed in self.seeds]
        self.drawing = [torch.Generator(device).manual_seed(seed) for seed in self.seeds]
        self.of_member = torch.tensor([self.seeds.index(seed) for seed in seeds], device=device)
        self.epoch, self.rows_of_epoch = -1, torch.empty(0)

    def rows(self, step: int) -> Tensor:
        """The rows of a step's batch for each seed, (seeds, batch_size); made for a whole epoch at a time."""
        epoch, within = divmod(step, self.examples // self.batch_size)
        if epoch != self.epoch:
            steps = range(step - within, step - within + self.examples // self.batch_size)
            rows = [
                torch.stack(
                    [
                        batches.rows_of_step(s, self.batch_size, self.examples, seed, self.device)
                        for s in steps
                    ]
                )
                for seed in self.seeds
            ]
            self.epoch, self.rows_of_epoch = epoch, torch.stack(rows, dim=1)
        return self.rows_of_epoch[within]

    def normal(self, wanted: Sequence[tuple[torch.Size, torch.dtype]]) -> list[Tensor]:
        """Standard normal numbers for every member, each (members, *shape)."""
        drawn = [
            torch.empty(len(self.seeds), *shape, dtype=dtype, device=self.device) for shape, dtype in wanted
        ]
        for noise in drawn:
            for own, generator in zip(noise, self.drawing, strict=True):
                own.normal_(generator=generator)
        return [noise[self.of_member] for noise in drawn]

    def to_members(self, x: list[Rows]) -> Rows:
        """From one batch for each seed to one for each member, (members, batch, ...)."""
        if isinstance(x[0], dict):
            return {name: torch.stack([own[name] for own in x])[self.of_member] for name in x[0]}
        return torch.stack(x)[self.of_member]

    def get_state(self) -> Tensor:
        """The state of all generators, as a checkpoint holds that of one."""
        return torch.stack([generator.get_state() for generator in (*self.preparing, *self.drawing)])

    def set_state(self, states: Tensor) -> None:
        """Go back to a state."""
        for generator, state in zip((*self.preparing, *self.drawing), states, strict=True):
            generator.set_state(state.clone())  # not a view: it reads from the start of the memory


class _Adam:
    """Adam on stacked parameters. A tensor has one learning rate, so neighbours with the same one share a slice."""

    def __init__(
        self, stacks: list[Tensor], rates: list[float], betas: tuple[float, float], weight_decay: float
    ) -> None:
        equal = [list(members) for _, members in groupby(range(len(rates)), key=rates.__getitem__)]
        self.slices = [slice(members[0], members[-1] + 1) for members in equal]
        groups = [{"params": [s[own] for s in stacks], "initial_lr": rates[own.start]} for own in self.slices]
        self.optimizer = torch.optim.AdamW(groups, betas=betas, weight_decay=weight_decay, fused=True)

    def step(self, gradients: Sequence[Tensor | None], rate: float) -> None:
        """Move all members, by `rate` of their learning rates; a parameter without a gradient stays."""
        for group, own in zip(self.optimizer.param_groups, self.slices, strict=True):
            group["lr"] = group["initial_lr"] * rate
            for parameter, gradient in zip(group["params"], gradients, strict=True):
                # the fused update walks through memory, and needs parameter and gradient in the same order
                parameter.grad = None if gradient is None else gradient[own].contiguous()
        self.optimizer.step()


class _Sweep(Session):
    """A session whose model is a list of models, with a name for every term of every member."""

    def latest(self) -> dict[str, str]:
        return {"mean objective": f"{self.history.objective[-1]:.1f}"}


def _label(k: int, *, seed: int, lr: float, scalars: Mapping[str, Sequence[float]]) -> str:
    settings = {"seed": seed, "lr": lr} | {name: values[k] for name, values in scalars.items()}
    return f"member {k} ({', '.join(f'{name} {value}' for name, value in settings.items())})"


def _history_of(label: str, history: History) -> History:
    def own(series: Mapping[str, list[float]]) -> dict[str, list[float]]:
        ending = f" of {label}"
        return {name.removesuffix(ending): v for name, v in series.items() if name.endswith(ending)}

    terms = own(history.terms)
    objective = terms.pop("objective")
    return History(
        list(history.steps), terms, objective, own(history.monitored), history.seconds, history.path
    )
