"""Logs: one JSON line an event, or readable lines; control characters are always escaped."""

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from functools import partial

import structlog
from pydantic_core import to_json

from src.utils.timestamps import format_timestamp, utc_now

_LEVELS = logging.getLevelNamesMapping()


def configure_logs(level: str, *, readable: bool) -> None:
    """All of the process's logs, those of libraries included, to standard output."""
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([_escape] if readable else []),
    ]
    logging.getLogger("psycopg").disabled = True  # its words may hold names and addresses; errors are told by us
    render: structlog.typing.Processor = structlog.dev.ConsoleRenderer(colors=False) if readable else _render_json
    threshold = _LEVELS[level.upper()]
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_name_error, *shared], processors=[_drop_internals, render]
        )
    )
    logging.basicConfig(handlers=[handler], level=max(threshold, logging.WARNING), force=True)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    logging.getLogger("uvicorn.access").disabled = True  # each request has its line from us


def request_logger(level: str, *, readable: bool) -> Callable[..., None]:
    """What leaves the line of a request, made of the fields that it is called with."""
    if _LEVELS[level.upper()] > logging.INFO:
        return lambda **_fields: None
    if readable:
        return partial(structlog.get_logger("tasktrail.requests").info, "request")
    return _RequestLines()


class _RequestLines:
    """JSON lines, written once in a turn of the event loop; made without structlog, which takes long.

    Their fields are plain ASCII: there is nothing to escape.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._out = structlog.WriteLogger(sys.stdout)

    def __call__(self, **fields: object) -> None:
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._write)
        moment = format_timestamp(utc_now())
        self._lines.append(to_json({**fields, "event": "request", "level": "info", "timestamp": moment}).decode())

    def _write(self) -> None:
        lines, self._lines = self._lines, []  # first, so that an output that fails loses these and no later ones
        self._out.msg("\n".join(lines))


def _escape(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Control characters in the text of an event; JSON escapes them by itself."""
    event["event"] = str(event["event"]).rstrip().translate(_CONTROLS)
    return event


_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=repr)


def _render_json(_logger: object, _name: str, event: structlog.typing.EventDict) -> str:
    return _ENCODER.encode(event)


def _name_error(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Of a library's error its class alone: its message may hold a title or the driver's text."""
    error = event.pop("exc_info", None)
    if isinstance(error, tuple) and error[0] is not None:
        event["error"] = error[0].__name__
    return event


def _is_news(record: logging.LogRecord) -> bool:
    """A refused start has been explained in a sentence; its traceback says nothing more."""
    return "StartError" not in record.getMessage()


def _drop_internals(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event
