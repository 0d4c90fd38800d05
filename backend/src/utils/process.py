"""Preparation of our own process before anything else is imported."""

import os
import signal
import sys
from types import FrameType

INIT = 1
"""The process id of a container's first process."""


def prepare_process() -> None:
    """Open closed standard streams and handle signals, before the imports, which take about a second."""
    _open_standard_streams()
    signal.signal(signal.SIGINT, _exit)
    if os.getpid() == INIT:  # the kernel ignores signals to it that have no handler
        signal.signal(signal.SIGTERM, _exit)


def _open_standard_streams() -> None:
    """Redirect closed ones (`>&-`) to /dev/null, or the next file opened would take their descriptor."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # for the whole process


def _exit(number: int, _frame: FrameType | None) -> None:
    """Exit without cleanup: there is nothing to clean up yet, and the import system might swallow an exception."""
    os._exit(128 + number)
