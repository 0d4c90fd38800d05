"""Logging: one line of JSON per event, or readable lines. Control characters are always escaped."""

import json
import logging
import sys

import structlog
from structlog.typing import EventDict, Processor

from src.utils.log_writer import LogWriter
from src.utils.timestamps import format_timestamp, utc_now

_LEVELS = logging.getLevelNamesMapping()
_SERVER_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")
_log = structlog.get_logger(__name__)


def configure_logs(level: str, *, readable: bool) -> LogWriter:
    """Write all logs of the process, including those of libraries, to standard output. The caller closes the writer."""
    render = [_escape, structlog.dev.ConsoleRenderer(colors=False)] if readable else [_render_json]
    processors: list[Processor] = [structlog.processors.add_log_level, _add_timestamp, *render]
    threshold = _LEVELS[level.upper()]
    unfiltered = structlog.make_filtering_bound_logger(logging.NOTSET)
    report = structlog.wrap_logger(structlog.ReturnLogger(), processors, wrapper_class=unfiltered)
    writer = LogWriter(sys.stdout, lambda lost: f"{report.warning('log lines lost', lines=lost)}\n")
    lines = _Lines(writer)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_: lines,
    )
    logging.basicConfig(handlers=[_Handler()], level=max(threshold, logging.WARNING), force=True)
    _take_over_loggers()
    return writer


class _Lines:
    """Passes rendered lines of every level to the writer.

    structlog's `WriteLogger` holds a lock that is not reentrant, so a finalizer that logs in the same thread would
    wait for it forever.
    """

    def __init__(self, writer: LogWriter) -> None:
        self._writer = writer

    def info(self, line: str) -> None:
        self._writer.write(f"{line}\n")

    debug = warning = error = critical = info


class _Handler(logging.Handler):
    """Passes log records of libraries to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log only the class of an exception: its message may contain a title or a driver's text."""
        level = min(record.levelno // 10 * 10, logging.CRITICAL)  # structlog knows none in between
        error = record.exc_info[0] if record.exc_info else None
        try:
            _log.log(level, record.getMessage(), **({"error": error.__name__} if error else {}))
        except Exception:  # noqa: BLE001  # a library's arguments may be wrong; logging itself would print a traceback
            _log.error("bad log line", logger=record.name, line=record.lineno)


def _take_over_loggers() -> None:
    """Redirect or silence loggers that write elsewhere, log private data, or duplicate our lines."""
    for name in _SERVER_LOGGERS:  # uvicorn's command line gives them handlers
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    logging.getLogger("uvicorn.access").disabled = True  # each request has a line of ours
    logging.getLogger("psycopg").disabled = True  # its messages may contain names and addresses, and we log its errors


def _add_timestamp(_logger: object, _name: str, event: EventDict) -> EventDict:
    event["timestamp"] = format_timestamp(utc_now())
    return event


def _escape(_logger: object, _name: str, event: EventDict) -> EventDict:
    """Escape control characters in readable lines; JSON escapes them anyway."""
    event["event"] = event["event"].rstrip()
    return {name: value.translate(_CONTROLS) if isinstance(value, str) else value for name, value in event.items()}


_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}


def _render_json(_logger: object, _name: str, event: EventDict) -> str:
    return _ENCODER.encode(event)


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=repr)


def _is_news(record: logging.LogRecord) -> bool:
    """False for the traceback of a failed start, which has been explained in a sentence."""
    return "StartError" not in record.getMessage()
