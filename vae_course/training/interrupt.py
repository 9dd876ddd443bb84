"""Stopping between two steps rather than in the middle of one."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def deferred_interrupt() -> Iterator[Callable[[], bool]]:
    """Inside the block Ctrl-C (or a notebook's stop button) only sets a flag; yields the flag's reader.

    A training step that is cut in two leaves weights that no resumed run would reach. Outside the main thread
    no interrupt arrives, and there is nothing to defer.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.signal(signal.SIGINT, lambda *_: asked.set())
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
