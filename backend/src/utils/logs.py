"""Logs: one JSON line an event, or readable lines; control characters are always escaped."""

import json
import logging
import sys
from collections.abc import Callable
from functools import partial
from typing import TextIO, cast

import structlog
from pydantic_core import to_json

from src.utils.log_writer import LogWriter
from src.utils.timestamps import format_timestamp, utc_now

_LEVELS = logging.getLevelNamesMapping()
_SERVER_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")


def configure_logs(level: str, *, readable: bool) -> LogWriter:
    """Send all of the process's logs, those of libraries included, to standard output; whoever calls this closes it."""
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([_escape] if readable else []),
    ]
    render: structlog.typing.Processor = structlog.dev.ConsoleRenderer(colors=False) if readable else _render_json
    threshold = _LEVELS[level.upper()]
    writer = LogWriter(sys.stdout, partial(_report, [*shared, render]))
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", writer)),
    )
    handler = _Handler(writer)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_name_error, *shared], processors=[_drop_internals, render]
        )
    )
    logging.basicConfig(handlers=[handler], level=max(threshold, logging.WARNING), force=True)
    _take_over_loggers()
    return writer


def request_logger(writer: LogWriter, level: str, *, readable: bool) -> Callable[..., None]:
    """What leaves the line of a request, made of the fields that it is called with."""
    if _LEVELS[level.upper()] > logging.INFO:
        return lambda **_fields: None
    if readable:
        return partial(structlog.get_logger("tasktrail.requests").info, "request")
    return partial(_write_request, writer.write)


def _write_request(write: Callable[[str], None], **fields: object) -> None:
    """Made without structlog, which takes long. The fields are plain ASCII: there is nothing to escape."""
    moment = format_timestamp(utc_now())
    line = to_json({**fields, "event": "request", "level": "info", "timestamp": moment})
    write(f"{line.decode()}\n")


class _Handler(logging.StreamHandler[LogWriter]):
    """For what libraries log."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """Name the place of a line that can't be made; logging itself would print a traceback."""
        place = {"event": "bad log line", "level": "error", "logger": record.name, "line": record.lineno}
        self.stream.write(f"{_ENCODER.encode(place)}\n")


def _take_over_loggers() -> None:
    """What has an output of its own, or says what must not be said, or is said by us."""
    for name in _SERVER_LOGGERS:  # uvicorn's command line gives them handlers
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    logging.getLogger("uvicorn.access").disabled = True  # each request has its line from us
    logging.getLogger("psycopg").disabled = True  # its words may hold names and addresses; errors are told by us


def _report(processors: list[structlog.typing.Processor], lost: int) -> str:
    event: structlog.typing.EventDict = {"event": "log lines lost", "lines": lost}
    line: object = event
    for process in processors:
        line = process(None, "warning", cast("structlog.typing.EventDict", line))
    return f"{line}\n"


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
