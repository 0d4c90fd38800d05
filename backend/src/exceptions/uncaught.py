"""What Python would print to standard error, in the log instead: printing waits where nobody reads."""

import logging
import sys
import threading

import structlog

from src.exceptions.handlers import redacted_traceback

_log = structlog.get_logger(__name__)


def log_uncaught() -> None:
    """Log warnings, and errors of threads and finalizers. For a process that is ours: it concerns all of it."""
    logging.captureWarnings(capture=True)
    threading.excepthook = _log_thread
    sys.unraisablehook = _log_finalizer


def _log_thread(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None:
        _log.error("a thread has failed", frames=redacted_traceback(failed.exc_value))


def _log_finalizer(failed: "sys.UnraisableHookArgs") -> None:
    if failed.exc_value is not None:
        _log.error("a finalizer has failed", frames=redacted_traceback(failed.exc_value))
