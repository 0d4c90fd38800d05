"""The command line of `python main.py`: serve, backup, restore, doctor, openapi."""

import asyncio
import gc
import json
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from uuid import UUID

import uvicorn
from fastapi import FastAPI

from config import Settings
from src.database.address import hosts_of
from src.database.connection import read_engine, snapshots
from src.database.copies import stopped_by_signals
from src.database.driver_errors import RefusedByDatabaseError, translated_errors
from src.database.migrations import prepare_schema
from src.database.schema import schema_problems, schema_warnings
from src.exceptions.errors import CommandFailedError, StartError, UnavailableError
from src.exceptions.uncaught import log_uncaught
from src.history.doctor import examine_all
from src.history.head_lead import warning_of
from src.schemas.task import TaskErase
from src.server.listening import listen, raise_file_limit, resolve
from src.server.protocol import limited_protocol
from src.server.timeouts import close_timed_out
from src.services.backups import back_up, restore
from src.services.erasure import erase
from src.utils.output import Output

USAGE = """\
usage: main.py [COMMAND]

Without a command: serve.
  backup                                    copy the SQLite database
  restore FILE                              replace it by a backup
  doctor                                    verify the history and all that follows from it
  erase ID FIELD [FIELD] [--title TEXT]     erase title or description of a task from its whole history
  openapi                                   print the OpenAPI document"""


def run(app: FastAPI, settings: Settings, arguments: Sequence[str]) -> None:
    """Serve, or run the command given. Errors end the process with a sentence."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # from here on there is something to clean up
    try:
        match arguments:
            case []:
                _serve(app, settings)
            case ["backup"]:
                _back_up(settings)
            case ["restore", file]:
                _restore(settings, Path(file))
            case ["doctor"]:
                _examine(settings)
            case ["erase", task_id, *rest] if rest:
                _erase(settings, task_id, rest)
            case ["openapi"]:
                _print(json.dumps(app.openapi(), indent=2, ensure_ascii=False))
            case _:
                sys.exit(USAGE)
    except StartError as error:
        sys.exit(f"Tasktrail can't start: {error}.")
    except CommandFailedError as error:
        sys.exit(f"{error}.")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


GC_THRESHOLDS = (10_000, 10, 10)
"""Few requests create reference cycles, and a full collection in the middle of a burst stops all others for 0.1 s."""
SWITCH_INTERVAL = 0.001
"""In seconds. The event loop and the workers wait less for the interpreter's lock when another thread is busy."""
BACKLOG = 1024
"""Connections not yet accepted; enough for a thousand clients that connect at once."""


class _Server(uvicorn.Server):
    """Prints its address once it accepts requests, and checks the timeouts of connections."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, greeting: str) -> None:
        super().__init__(config)
        self._app = app
        self._greeting = greeting

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            gc.collect()
            gc.freeze()  # these objects are permanent; full collections need not traverse them
            gc.set_threshold(*GC_THRESHOLDS)
            sys.setswitchinterval(SWITCH_INTERVAL)
            self._app.state.log.write(f"{self._greeting}\n")

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second."""
        close_timed_out(self.server_state.connections, asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        self._app.state.log.close()  # after the last lines about the shutdown


def _serve(app: FastAPI, settings: Settings) -> None:
    address = resolve(settings.host, settings.port)
    settings.check_exposure()
    config = uvicorn.Config(
        app,
        http=limited_protocol(min(settings.max_connections, raise_file_limit()), app.state.unsent),
        ws="none",
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=settings.keep_alive,
        timeout_graceful_shutdown=8,
    )
    log_uncaught()
    with closing(listen(address)) as listener:
        server = _Server(config, app, _greeting(settings))
        with suppress(KeyboardInterrupt):  # raised after a graceful shutdown
            server.run(sockets=[listener])
    if not server.started:
        sys.exit(3)


def _greeting(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{settings.port}"
    database = settings.database
    servers = " or ".join(host for host in hosts_of(database.url) if not host.startswith("/"))
    data = database.sqlite_file or f"PostgreSQL, database {database.url.database} on {servers or 'a local socket'}"
    page = f"  Page  {address}/\n" if settings.web_ui else ""
    return f"Tasktrail is ready.\n{page}  API   {address}/api/v1\n  Docs  {address}/docs\n  Data  {data}"


def _back_up(settings: Settings) -> None:
    source = _existing_file(settings)
    if source is None:
        raise CommandFailedError("backup: is for SQLite; use pg_dump for PostgreSQL")
    with stopped_by_signals():
        _print(f"Backed up to {back_up(source)}")


def _restore(settings: Settings, file: Path) -> None:
    target = settings.database.sqlite_file
    if target is None:
        raise CommandFailedError("restore: is for SQLite; use pg_restore for PostgreSQL")
    with stopped_by_signals():
        restored = restore(file.resolve(), target)
    _print(f"Restored {sum(verdict.entries for verdict in restored.verdicts)} entries.")
    for verdict in restored.verdicts:
        _print(f"Head: {verdict.head_seq} {verdict.head_hash}")
    if restored.kept:
        _print(f"The database that was there is kept as {restored.kept}")


def _erase(settings: Settings, task_id: str, arguments: Sequence[str]) -> None:
    """What is given is read as the API reads it."""
    fields, title = list(arguments), None
    if "--title" in fields[:-1]:
        title = fields.pop(fields.index("--title") + 1)
        fields.remove("--title")
    try:
        asked = TaskErase.model_validate({"fields": fields, "title": title})
        erase(settings.database, UUID(task_id), tuple(asked.fields), asked.title)
    except ValueError:
        raise CommandFailedError("erase: needs the id of a task, and title, description or both, each once") from None
    _print(f"Erased {' and '.join(asked.fields)} of task {task_id} from its history")


def _examine(settings: Settings) -> None:
    _existing_file(settings)
    engine = read_engine(settings.database, connections=1)
    prepare_schema(engine, migrate=False)
    try:
        with translated_errors(), snapshots(engine).connect() as connection:
            found = examine_all(connection)
            problems = [*found.problems, *schema_problems(connection)]
            warnings = [*map(warning_of, found.times), *schema_warnings(connection)]
    except (UnavailableError, RefusedByDatabaseError):
        sys.exit("The database can't be read.")
    _print("\n".join(problems) or f"All is well: {found.entries} entries, tasks and counters are what they say.")
    for warning in dict.fromkeys(warnings):
        if warning and warning not in problems:
            _print(f"Warning: {warning}")
    for head in found.heads:
        _print(f"Head: {head.seq} {head.hash}")
    _print(f"Heads: {found.fingerprint}")
    if problems:
        sys.exit(1)


def _existing_file(settings: Settings) -> Path | None:
    """SQLite's file, None for PostgreSQL. Raises StartError if the file does not exist."""
    path = settings.database.sqlite_file
    if path is not None and not path.exists():
        raise StartError("there is no database yet")
    return path


def _print(text: str) -> None:
    """Write to standard output, in UTF-8 whatever the locale."""
    with closing(Output(sys.stdout)) as output:
        if output.put(f"{text}\n"):
            sys.exit("The output can't be written.")
