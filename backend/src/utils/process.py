"""What a process of our own needs before anything else."""

import os
import signal
import sys
from types import FrameType

INIT = 1
"""The first process of a container."""


def prepare_process() -> None:
    """Make sure of the standard streams and of the end, before the application is imported, which takes a second."""
    _open_standard_streams()
    signal.signal(signal.SIGINT, _end)
    if os.getpid() == INIT:  # the kernel spares it what it has no handler for
        signal.signal(signal.SIGTERM, _end)


def _open_standard_streams() -> None:
    """Lead those that are closed (`>&-`) nowhere; else the next file, the database say, would be standard output."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # for the whole process


def _end(number: int, _frame: FrameType | None) -> None:
    """At once: there is nothing to put in order yet, and an exception might end in a callback of the import system."""
    os._exit(128 + number)
