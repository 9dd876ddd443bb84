"""A student's code in a process of its own, shut in by bubblewrap; values alone cross.

`client` is the trusted side, `server` and `worker` are the other, `jail` and `limits` the walls, `wire` the gate.
"""

from vae_course.grading.sandbox.client import AnswerError, Server, Worker
from vae_course.grading.sandbox.jail import SandboxError
from vae_course.grading.sandbox.limits import Limits

__all__ = ["AnswerError", "Limits", "SandboxError", "Server", "Worker"]
