"""Training: the start of a run, one loop for every model, and checkpoints that survive anything."""

from vae_course.training.checkpoint import CheckpointError
from vae_course.training.fit import fit
from vae_course.training.history import History
from vae_course.training.run import Run, begin
from vae_course.training.seeding import seeded
from vae_course.training.session import NonFiniteError

__all__ = ["CheckpointError", "History", "NonFiniteError", "Run", "begin", "fit", "seeded"]
