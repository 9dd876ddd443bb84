"""What every training does around its steps: resume, measure, save, stop."""

from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from vae_course.training.interrupt import deferred_interrupt
from vae_course.training.seeding import seeded
from vae_course.training.session import Monitor, Session


def loop(
    session: Session,
    advance: Callable[[int], None],
    *,
    steps: int,
    seed: int,
    interval: int,
    monitor: Monitor | None,
    checkpoint: str | Path | None,
    path: str,
) -> None:
    """Take the steps that the session still lacks, each by `advance(step)`, with torch's random numbers seeded.

    After each interval it measures, and writes the checkpoint, from which it also starts if there is one. Ctrl-C
    lets the step end and writes the checkpoint; `path` says on the bar how the training runs. Several processes stop
    only after an interval, together, and the first alone writes and shows.
    """
    ranks = session.ranks
    with seeded(seed, session.generator.device), deferred_interrupt() as interrupted:
        if checkpoint is not None and ranks.from_first(Path(checkpoint).exists):
            session.resume(Path(checkpoint))
        session.history.path = path
        session.learners.train()
        todo = range(session.step, steps)
        shown = {"desc": path, "initial": session.step, "total": steps, "leave": False, "mininterval": 0.5}
        if not ranks.first:
            shown["disable"] = (
                True  # not False for the first: then the variable TQDM_DISABLE would count no more
            )
        bar = tqdm(todo, **shown)
        for step in bar:
            if session.stopped:
                break
            advance(step)
            measure = session.step % interval == 0 or session.step == steps
            stop = (measure or ranks.world == 1) and ranks.any(interrupted())
            if measure:
                session.measure(monitor, seed)
                bar.set_postfix(session.latest())
            if checkpoint is not None and ranks.first and (measure or stop):
                session.save(Path(checkpoint))
            if stop:
                raise KeyboardInterrupt(f"stopped after step {session.step} of {steps}")
