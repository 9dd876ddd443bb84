"""One training loop for every model of the course."""

import math
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from tqdm import tqdm

from vae_course.training import batches
from vae_course.training.batches import Rows
from vae_course.training.history import History
from vae_course.training.interrupt import deferred_interrupt
from vae_course.training.seeding import seeded
from vae_course.training.session import Session
from vae_course.training.step import Objective, Prepare, batch, update


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
    prepare: Prepare | None = None,
    monitor: Callable[[nn.Module], dict[str, float]] | None = None,
    checkpoint: str | Path | None = None,
    interval: int = 100,
) -> History:
    """Maximize the mean of `objective` over `data` with Adam, whose learning rate falls to 0 as a cosine.

    The data lie on the model's device as they are (uint8, say); a step picks its rows by index. An objective that
    is a module itself (a multiplier, a discriminator, a schedule) is trained and checkpointed with the model. The
    same arguments give the same weights, bit for bit on a CPU, and the caller's random numbers stay as they were.

    Args:
        model: trained in place, on the device its parameters are on.
        objective: (model, batch) -> Bound, one value per example.
        data: one row per example: a tensor, or several by name, and then a batch is a dict as well.
        steps, batch_size, lr: how long, how many rows a step, Adam's learning rate at the start.
        seed: fixes the order of the rows and all noise.
        weight_decay: decoupled from the gradient (Loshchilov & Hutter, 2019).
        betas: Adam's decay rates; an adversary is steadier at (.5, .999) (Radford et al., 2016).
        prepare: (rows, generator) -> batch, on the device, such as dynamic binarization.
        monitor: measures the model after each interval, such as on validation data.
        checkpoint: file to resume from if it exists, and written after each interval and on interruption.
        interval: steps between measurements.

    Raises:
        NonFiniteError: a term is NaN or infinite.
        CheckpointError: the checkpoint is damaged or belongs to another training.
    """
    examples = batches.count(data)
    if not 0 < batch_size <= examples:
        raise ValueError(f"batch_size must lie between 1 and the {examples} examples, not {batch_size}")
    device = next(model.parameters()).device
    data = batches.move(data, device)
    learners = nn.ModuleDict({"model": model})
    if isinstance(objective, nn.Module):
        learners["objective"] = objective.to(device)
    optimizer = torch.optim.AdamW(
        learners.parameters(), lr=lr, betas=betas, weight_decay=weight_decay, fused=True
    )
    generator = torch.Generator(device).manual_seed(seed)  # the randomness of `prepare`
    recipe = {"steps": steps, "batch_size": batch_size, "lr": lr, "seed": seed, "weight_decay": weight_decay}
    recipe |= {"interval": interval, "device": device.type, "data": batches.fingerprint(data)}
    recipe |= {"betas": list(betas)}
    recipe |= {"parameters": {name: list(p.shape) for name, p in learners.named_parameters()}}
    session = Session(recipe, learners, optimizer, generator)

    with seeded(seed, device), deferred_interrupt() as interrupted:
        if checkpoint is not None and Path(checkpoint).exists():
            session.resume(Path(checkpoint))
        learners.train()
        bar = tqdm(
            range(session.step, steps), initial=session.step, total=steps, leave=False, mininterval=0.5
        )
        for step in bar:
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 + math.cos(math.pi * step / steps)) / 2
            rows = batches.rows_of_step(step, batch_size, examples, seed)
            x = batch(data, rows, prepare, generator)
            session.count(update(model, objective, x, optimizer))
            stop = interrupted()
            measure = session.step % interval == 0 or session.step == steps
            if measure:
                session.measure(monitor, seed)
                bar.set_postfix({name: f"{values[-1]:.1f}" for name, values in session.history.terms.items()})
            if checkpoint is not None and (measure or stop):
                session.save(Path(checkpoint))
            if stop:
                raise KeyboardInterrupt(f"stopped after step {session.step} of {steps}")
    learners.eval()
    return session.history
