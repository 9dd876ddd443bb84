"""Training: the start of a run, one loop for every model, and checkpoints that survive anything."""

from vae_course.training.checkpoint import CheckpointError
from vae_course.training.distributed import Ranks, together
from vae_course.training.early import EarlyStop
from vae_course.training.fit import fit
from vae_course.training.guard import NonFiniteError
from vae_course.training.history import History
from vae_course.training.many import fit_many
from vae_course.training.rates import constant, cosine, linear_warmup
from vae_course.training.run import Run, begin
from vae_course.training.seeding import seeded

__all__ = [
    "CheckpointError",
    "EarlyStop",
    "History",
    "NonFiniteError",
    "Ranks",
    "Run",
    "begin",
    "constant",
    "cosine",
    "fit",
    "fit_many",
    "linear_warmup",
    "seeded",
    "together",
]
