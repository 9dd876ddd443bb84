"""One training loop for every model of the course."""

from functools import partial
from pathlib import Path

import torch
from torch import nn

from vae_course.training import batches
from vae_course.training.batches import Rows
from vae_course.training.distributed import ALONE, Ranks
from vae_course.training.early import EarlyStop
from vae_course.training.history import History
from vae_course.training.loop import loop
from vae_course.training.path import fastest
from vae_course.training.program import compiled
from vae_course.training.rates import Schedule, cosine
from vae_course.training.session import Monitor, Session
from vae_course.training.step import Forward, Objective, Prepare, batch, means, update

PRECISIONS = ("float32", "bf16")


def fit(
    model: nn.Module,
    objective: Objective,
    data: Rows,
    *,
    steps: int,
    batch_size: int,
    lr: float,
    seed: int = 0,
    weight_decay: float = 0.0,
    betas: tuple[float, float] = (0.9, 0.999),
    schedule: Schedule = cosine,
    clip: float | None = None,
    average: float | None = None,
    precision: str = "float32",
    compile: bool = False,
    prepare: Prepare | None = None,
    monitor: Monitor | None = None,
    early_stop: EarlyStop | None = None,
    checkpoint: str | Path | None = None,
    interval: int = 100,
    ranks: Ranks = ALONE,
) -> History:
    """Maximize the mean of `objective` over `data` with Adam.

    The data lie on the model's device as they are (uint8, say); a step picks its rows by index. An objective that
    is a module itself (a multiplier, a discriminator, a schedule) is trained and checkpointed with the model. The
    same arguments give the same weights, bit for bit on a CPU, and the caller's random numbers stay as they were.

    Args:
        model: trained in place, on the device its parameters are on.
        objective: (model, batch) -> Bound, one value per example.
        data: one row per example: a tensor, or several by name, and then a batch is a dict as well.
        steps, batch_size, lr: how long, how many rows a step, Adam's largest learning rate.
        seed: fixes the order of the rows and all noise.
        weight_decay: decoupled from the gradient (Loshchilov & Hutter, 2019).
        betas: Adam's decay rates; an adversary is steadier at (.5, .999) (Radford et al., 2016).
        schedule: how the learning rate moves: `cosine`, `constant` or `linear_warmup`.
        clip: the largest norm of the gradient; a longer one is shortened to it.
        average: decay of an exponential moving average of the weights, such as .999. The averaged model is the
            one that is measured and left at the end; the objective's own parameters are not averaged.
        precision: "float32", or "bf16": the networks of the model compute in 16 bits, everything else does not.
        compile: make one program of a step's forward and backward pass; worth its start, some ten seconds, where
            steps are short and many. Noise stays the same, so results differ by roundings only. Without a compiler,
            or where a step changes a buffer, a warning says so and the training goes on as it is.
        prepare: (rows, generator) -> batch, on the device, such as dynamic binarization.
        monitor: measures the model after each interval, such as on validation data.
        early_stop: a monitored value that ends the training when it no longer rises; the model is left with the
            weights of the highest one.
        checkpoint: file to resume from if it exists, and written after each interval and on interruption.
        interval: steps between measurements.
        ranks: the processes that share each batch, see `together`; each has an equal part of its rows.

    Raises:
        NonFiniteError: a term or a gradient is NaN or infinite.
        CheckpointError: the checkpoint is damaged or belongs to another training.
        ValueError: an argument cannot be, such as a batch larger than the data.
    """
    examples = batches.count(data)
    if not 0 < batch_size <= examples:
        raise ValueError(f"batch_size must lie between 1 and the {examples} examples, not {batch_size}")
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, not {precision!r}")
    if compile and ranks.world > 1:
        raise ValueError("compile is for one process; leave it out where several share a batch")
    device = next(model.parameters()).device
    data = batches.move(data, device)
    objective = ranks.parallel(model, objective, batch_size)
    learners = nn.ModuleDict({"model": model})
    if isinstance(objective, nn.Module):
        learners["objective"] = objective.to(device)
    optimizer = torch.optim.AdamW(
        learners.parameters(), lr=lr, betas=betas, weight_decay=weight_decay, fused=True
    )
    generator = torch.Generator(device).manual_seed(seed)  # the randomness of `prepare`
    recipe = {"steps": steps, "batch_size": batch_size, "lr": lr, "seed": seed, "weight_decay": weight_decay}
    recipe |= {"interval": interval, "device": device.type, "data": batches.fingerprint(data)}
    recipe |= {"betas": list(betas), "schedule": [schedule(steps * part // 8, steps) for part in range(8)]}
    recipe |= {
        "processes": ranks.world,
        "clip": clip,
        "average": average,
        "precision": precision,
        "compile": compile,
    }
    recipe |= {"early_stop": early_stop and [early_stop.name, early_stop.patience]}
    recipe |= {"parameters": {name: list(p.shape) for name, p in learners.named_parameters()}}
    session = Session(recipe, learners, optimizer, generator, average, early_stop, ranks)

    def batch_of(step: int, noise: torch.Generator) -> Rows:
        rows = batches.rows_of_step(step, batch_size, examples, seed, device)
        return batch(data, rows, prepare, noise)

    def advance(step: int) -> None:
        for group in optimizer.param_groups:
            group["lr"] = lr * schedule(step, steps)
        session.count(update(forward, ranks.share(batch_of(step, generator)), optimizer, clip))

    forward: Forward = partial(means, model, objective)
    with fastest(learners, device, precision) as path:
        if compile:
            rehearsal = batch_of(0, torch.Generator(device).manual_seed(seed))
            forward, word = compiled(forward, learners, rehearsal)
            path = f"{path}, {word}"
        loop(
            session,
            advance,
            steps=steps,
            seed=seed,
            interval=interval,
            monitor=monitor,
            checkpoint=checkpoint,
            path=path,
        )
    session.finish()
    return session.history
