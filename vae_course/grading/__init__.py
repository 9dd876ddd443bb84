"""Exercises: their format, the checks inside them, and the notebooks made from one source.

Exercise notebooks use `same` and `fresh`; instructors' tools use `vae_course.grading.release`.
"""

from vae_course.grading.checks import same
from vae_course.grading.seeds import fresh, set_seed
from vae_course.grading.values import array, plain

__all__ = ["array", "fresh", "plain", "same", "set_seed"]
