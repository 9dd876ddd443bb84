"""Several processes, on one machine or more: they share the batches of one large model, or part a sweep among them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from vae_course.objectives import Bound
from vae_course.training.batches import Rows
from vae_course.training.seeding import seeded
from vae_course.training.step import Objective, Whole

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Ranks:
    """The processes that work together: which one this is, of how many, and where it computes.

    Attributes:
        rank: this process, counted from 0.
        world: how many there are.
        device: of this process: a GPU of its own if there are any.
    """

    rank: int = 0
    world: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def first(self) -> bool:
        """Whether this is the one that writes files and shows progress."""
        return self.rank == 0

    def spread(self, jobs: Sequence[Job], work: Callable[[Sequence[Job]], list[Result]]) -> list[Result]:
        """Give every process an equal part of the jobs.

        Args:
            jobs: the same on every process, such as the seeds of a sweep.
            work: does some of the jobs, by `fit` or `fit_many`, and returns a result for each, in CPU memory.

        Returns:
            All results in the order of the jobs on the first process, and none on the others.

        Raises:
            ValueError: `work` does not return one result for each job.
        """
        mine = jobs[self.rank :: self.world]
        results = work(mine) if mine else []
        if len(results) != len(mine):
            raise ValueError(f"work returned {len(results)} results for {len(mine)} jobs")
        if self.world == 1:
            return results
        everything = [None] * self.world if self.first else None
        distributed.gather_object(results, everything)
        return [everything[k % self.world][k // self.world] for k in range(len(jobs))] if self.first else []

    def share(self, x: Rows) -> Rows:
        """This process's part of a joint batch (batch, ...)."""
        if isinstance(x, dict):
            return {name: self.share(rows) for name, rows in x.items()}
        return x.chunk(self.world)[self.rank]

    def parallel(self, model: nn.Module, objective: Objective, batch_size: int) -> Objective:
        """The objective of this process's share, whose gradients become the mean over all processes.

        Every process draws noise of its own in the objective, from a seed that all know.

        Raises ValueError if the joint batch has no equal shares, or the objective learns by itself.
        """
        if self.world == 1:
            return objective
        if batch_size % self.world:
            raise ValueError(f"batch_size {batch_size} cannot be divided by {self.world} processes")
        if isinstance(objective, nn.Module):
            raise ValueError(
                "an objective with a state of its own would see a different share of the batch on each process; "
                "train this model with one"
            )
        shared = DistributedDataParallel(Whole(model, objective))

        def own(model: nn.Module, x: Rows) -> Bound:
            common = int(torch.randint(2**62, ()))  # all have drawn the same numbers so far, and go on so
            with seeded(common + self.rank, self.device):
                return shared(x)

        return own

    def from_first(self, compute: Callable[[], Result]) -> Result:
        """What the first process computes, on all of them; if it fails there, they fail alike."""
        if self.world == 1:
            return compute()
        outcome = [None, None]
        if self.first:
            try:
                outcome[0] = compute()
            except Exception as error:
                outcome[1] = error
        distributed.broadcast_object_list(outcome)
        if outcome[1] is not None:
            raise outcome[1]
        return outcome[0]

    def mean(self, values: Tensor) -> Tensor:
        """The mean over all processes, of values (terms,)."""
        if self.world > 1:
            distributed.all_reduce(values)
        return values / self.world

    def any(self, flag: bool) -> bool:
        """Whether the flag is set on some process."""
        if self.world == 1:
            return flag
        return bool(self.mean(torch.tensor(float(flag), device=self.device)) > 0)


ALONE = Ranks()
"""One process, as everywhere without `together`."""


@contextmanager
def together(minutes: float = 30) -> Iterator[Ranks]:
    """Join the processes that torchrun started; a script that it did not start goes on alone.

    With a `model`, an `objective` and `data` that every process makes for itself, a script is

        with together() as ranks:
            history = fit(model.to(ranks.device), objective, data, steps=1000, batch_size=256, lr=1e-3, ranks=ranks)
            if ranks.first:
                torch.save(model.state_dict(), "model.pt")

    It runs as one process by `python SCRIPT.py`, as two by

        torchrun --nproc-per-node 2 SCRIPT.py

    and on two machines of 8 GPUs by the same command on both, with the address of one of them:

        torchrun --nnodes 2 --nproc-per-node 8 --rdzv-backend c10d --rdzv-endpoint ADDRESS:29500 SCRIPT.py

    Every process starts from the first one's weights and checkpoint. The batches are those of one process, and so is
    what `prepare` makes of them; the objective's noise is other noise, for each process its own. An objective that
    compares the examples of a batch, such as a total correlation, sees those of one process only.

    Args:
        minutes: how long one waits for another. A process that ends early ends all of them at once, with its error.

    Raises:
        ValueError: there are more processes than GPUs on this machine.
    """
    local, gpus = int(os.environ.get("LOCAL_RANK", 0)), torch.cuda.device_count()
    if gpus and local >= gpus:
        raise ValueError(f"there are {gpus} GPUs here for more processes; lower --nproc-per-node")
    device = torch.device("cuda", local) if gpus else torch.device("cpu")
    if "RANK" not in os.environ:
        yield Ranks(device=device)
        return
    if gpus:
        torch.cuda.set_device(device)
    backend = "cpu:gloo,cuda:nccl" if gpus else "gloo"
    distributed.init_process_group(backend, timeout=timedelta(minutes=minutes))
    ranks = Ranks(distributed.get_rank(), distributed.get_world_size(), device)
    try:
        yield ranks
    except RuntimeError as error:
        error.add_note(
            f"Process {ranks.rank} stops. If a connection broke, another one ended first: see its error."
        )
        raise
    distributed.destroy_process_group()  # not after an error: the others would be waited for
