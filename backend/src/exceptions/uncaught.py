"""Logs what Python would print to standard error, where printing may block."""

import logging
import sys
import threading
from functools import partial

import structlog

from src.exceptions.handlers import redacted_traceback

_log = structlog.get_logger(__name__)


def log_uncaught() -> None:
    """Log warnings and errors of threads and finalizers. For our own process only: the hooks are global."""
    logging.captureWarnings(capture=True)
    threading.excepthook = partial(_log_failure, "a thread has failed")
    sys.unraisablehook = partial(_log_failure, "a finalizer has failed")


def _log_failure(event: str, failed: "threading.ExceptHookArgs | sys.UnraisableHookArgs") -> None:
    if failed.exc_value is not None:
        _log.error(event, frames=redacted_traceback(failed.exc_value))
