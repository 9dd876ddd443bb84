"""What two processes do in `test_distributed.py`: run by torchrun, with a folder for what they find."""

import os
import signal
import sys
from pathlib import Path

import pytest
import torch

from tests.training import tiny
from vae_course.objectives import Bound, KLConstraint, elbo
from vae_course.training import fit, fit_many, together

SETTINGS = {"steps": 12, "batch_size": 8, "lr": 1e-2, "seed": 5, "interval": 4}
GRID = [(seed, beta) for seed in (0, 1, 2) for beta in (1.0, 4.0)]


def without_noise(model, x) -> Bound:
    """A bound of the posterior's mean: two processes must compute what one does."""
    q = model.q_z(x)
    return Bound({"reconstruction": model.p_x(q.mean).log_prob(x), "kl": q.mean.square().sum(1)})


def train(objective=without_noise, prepare=tiny.binary, start=0, **settings):
    model = tiny.model(start)
    history = fit(model, objective, tiny.data(), prepare=prepare, **SETTINGS | settings)
    return tiny.weights(model), history


def sweep(jobs):
    models = [tiny.model(seed) for seed, _ in jobs]
    histories = fit_many(
        models,
        lambda model, x, beta: elbo(model, x).weighted({"kl": beta}),
        tiny.data(),
        seeds=[seed for seed, _ in jobs],
        scalars={"beta": [beta for _, beta in jobs]},
        prepare=tiny.binary,
        **{name: value for name, value in SETTINGS.items() if name != "seed"},
    )
    return [(tiny.weights(model), history.terms) for model, history in zip(models, histories, strict=True)]


def main(folder: Path) -> None:
    with together(minutes=1) as ranks:
        found = {}
        found["without noise"] = train(ranks=ranks, start=ranks.rank)  # the first one's weights count
        found["clipped"] = train(ranks=ranks, clip=0.1, average=0.5)

        noise, rows = [], []

        def noisy(model, x):
            q = model.q_z(x)
            z = q.rsample()
            noise.append((z - q.mean).detach() / q.stddev.detach())
            rows.append(x)
            return Bound({"reconstruction": model.p_x(z).log_prob(x)})

        found["noisy"] = train(noisy, ranks=ranks)
        found["noise"], found["rows"] = torch.stack(noise), torch.stack(rows)

        measured = lambda model: {"process": float(ranks.rank)}  # noqa: E731
        path = folder / "checkpoint.pt"
        interrupt = tiny.at_step(6, lambda: ranks.first or os.kill(os.getpid(), signal.SIGINT))
        with pytest.raises(KeyboardInterrupt, match="after step 8 of 12"):
            train(elbo, interrupt, ranks=ranks, checkpoint=path)
        found["resumed"] = train(elbo, ranks=ranks, checkpoint=path, start=9, monitor=measured)
        found["whole"] = train(elbo, ranks=ranks)

        model = tiny.model()  # a second stage on the same model
        for stage in ("first stage", "second stage"):
            fit(model, without_noise, tiny.data(), prepare=tiny.binary, ranks=ranks, **SETTINGS)
            found[stage] = tiny.weights(model)

        found["sweep"] = ranks.spread(GRID, sweep)
        found["errors"] = []
        for wrong in (
            {"batch_size": 9},
            {"objective": KLConstraint(1.0)},
            {"checkpoint": folder / "foreign.pt"},
        ):
            try:
                train(ranks=ranks, **wrong)
            except Exception as error:
                found["errors"].append(str(error))
        torch.save(found, folder / f"{ranks.rank}.pt")

        die = tiny.at_step(3, lambda: ranks.first or os._exit(7))
        train(prepare=die, ranks=ranks)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
