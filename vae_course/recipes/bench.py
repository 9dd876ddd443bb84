"""What a recipe works with: the run, and a store in which its trainings go on where they stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vae_course.objectives import Bound
from vae_course.recipes.store import Made, Store
from vae_course.training import EarlyStop, Run, fit
from vae_course.training.batches import Rows, fingerprint
from vae_course.training.session import Monitor


@dataclass(frozen=True)
class Fitted:
    """What is known of a training.

    Attributes:
        seconds: how long it took, over all the runs that it consisted of.
        terms: the mean of every term of the objective over the last interval of steps, in nats.
    """

    seconds: float
    terms: dict[str, float]


@dataclass(frozen=True)
class Bench:
    """Where a recipe is carried out.

    Attributes:
        run: budget, device and seed.
        store: of finished pieces.
    """

    run: Run
    store: Store

    def at(self, seed: int) -> Bench:
        """The same with another seed."""
        return replace(self, run=replace(self.run, seed=seed))

    def data(
        self, name: str, settings: dict[str, Any], draw: Callable[[], dict[str, Tensor]]
    ) -> dict[str, Tensor]:
        """Drawn data from the store, drawn now if they are not there.

        Args:
            name, settings: of the piece; see `Store.piece`.
            draw: makes them, each (N, ...), one row per example.
        """
        return self.store.piece(name, settings, lambda _: (draw(), {}))[0]

    def fit(
        self,
        name: str,
        model: nn.Module,
        objective: nn.Module | Callable[[Any, Any], Bound],
        data: Rows,
        *,
        also: dict[str, Any] | None = None,
        prepare: Callable[[Any, torch.Generator], Any] | None = None,
        monitor: Monitor | None = None,
        early_stop: EarlyStop | None = None,
        **settings: Any,
    ) -> Fitted:
        """Train on the run's device, or take the weights from the store; the model comes back on the CPU.

        A training is the same as one in the store if name, budget, device, settings, first weights and data are. An
        interrupted one goes on where it stopped. All else is as in `vae_course.training.fit`.

        Args:
            name: of the training; it stands for the objective, too.
            model: filled in place.
            objective: as for `fit`; if it is a module, it is filled as well.
            data: one row per example.
            also: plain values that the training depends on and that nothing else here shows.
            prepare, monitor, early_stop: as for `fit`.
            settings: as for `fit`; the seed is the run's unless one is given.
        """
        learners = nn.ModuleDict({"model": model})
        if isinstance(objective, nn.Module):
            learners["objective"] = objective
        settings = {"seed": self.run.seed} | settings
        depends = settings | {
            "budget": self.run.budget,
            "device": self.run.device.type,
            "also": also,
            "early_stop": early_stop and asdict(early_stop),
            "data": fingerprint(data),
            "start": _checksum(learners),
        }

        def train(checkpoint: Path) -> Made:
            learners.to(self.run.device)
            history = fit(
                model,
                objective,
                data,
                prepare=prepare,
                monitor=monitor,
                early_stop=early_stop,
                checkpoint=checkpoint,
                **settings,
            )
            learners.cpu()
            terms = {term: values[-1] for term, values in history.terms.items()}
            return _state(learners), {"seconds": round(history.seconds, 1), "terms": terms}

        state, said = self.store.piece(name, depends, train)
        learners.load_state_dict(state)
        learners.eval()
        return Fitted(**said)


def _state(module: nn.Module) -> dict[str, Tensor]:
    """Copies, because safetensors refuses tensors that share memory, as those of tied layers do."""
    return {key: tensor.detach().contiguous().clone() for key, tensor in module.state_dict().items()}


def _checksum(module: nn.Module) -> str:
    digest = hashlib.sha256()
    for key, tensor in module.state_dict().items():
        digest.update(f"{key} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
