"""Logs what Python would print to standard error, where printing may block."""

import logging
import sys
import threading

import structlog

from src.exceptions.handlers import redacted_traceback

_log = structlog.get_logger(__name__)


def log_uncaught() -> None:
    """Log warnings and errors of threads and finalizers. For our own process only: the hooks are global."""
    logging.captureWarnings(capture=True)
    threading.excepthook = _log_thread
    sys.unraisablehook = _log_finalizer


def _log_thread(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None:
        _log.error("a thread has failed", frames=redacted_traceback(failed.exc_value))


def _log_finalizer(failed: "sys.UnraisableHookArgs") -> None:
    if failed.exc_value is not None:
        _log.error("a finalizer has failed", frames=redacted_traceback(failed.exc_value))
