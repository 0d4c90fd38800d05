"""Tasktrail: the application, for `uvicorn main:app`, and its command line, `python main.py`."""

if __name__ == "__main__":
    from src.utils.process import prepare_process

    prepare_process()

import asyncio
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import cast

import anyio.to_thread
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from sqlalchemy import Engine

from config import Settings, load_settings
from src.api.access import Access
from src.api.allowed_methods import AllowedMethods
from src.api.application import Application, PathPrefix
from src.api.cors import Cors
from src.api.docs import add_docs
from src.api.middleware import Gateway
from src.api.openapi import customize_openapi
from src.api.request_context import CONTEXT
from src.api.sites import AllowedHosts, Sites
from src.api.unsent_answers import MAX_UNSENT
from src.api.v1 import routes
from src.api.web import add_page
from src.batching.reader import CONNECTIONS, STATEMENT_TIMEOUT, Reader
from src.batching.writer import Writer
from src.database.address import is_on_this_machine
from src.database.clock import WriteClock
from src.database.connection import DatabaseOptions, read_engine, write_engine
from src.database.durability import warn_at_start
from src.database.migrations import prepare_schema
from src.exceptions.errors import StartError, UnavailableError
from src.exceptions.handlers import register_handlers
from src.history.head_lead import HeadLead
from src.models.workspace import WorkspaceId, find_default_workspace
from src.services.feed import Feed
from src.services.history_service import HistoryService
from src.services.task_service import TaskService
from src.utils.client_quota import ClientQuota
from src.utils.logs import configure_logs

VERSION = "0.1.0"
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
DESCRIPTION = (Path(__file__).parent / "src" / "api" / "description.md").read_text("utf-8")


def create_app(settings: Settings) -> FastAPI:
    """Create an application. Its lifespan opens and migrates the database.

    Raises StartError for invalid settings.
    """
    app = Application(
        title="Tasktrail",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=partial(_lifespan, settings, settings.database),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        routes=routes,
        telemetry=NO_TELEMETRY,
    )
    app.state.unsent = ClientQuota(MAX_UNSENT)
    pages = add_docs(app) | (add_page(app) if settings.web_ui else frozenset[str]())
    customize_openapi(app)
    _add_middleware(app, settings, pages)
    return app


@asynccontextmanager
async def _lifespan(settings: Settings, options: DatabaseOptions, app: FastAPI) -> AsyncIterator[None]:
    log = app.state.log = configure_logs(settings.log_level, readable=settings.debug)
    with (
        closing(log),
        _disposing(write_engine(options)) as writing,
        _disposing(read_engine(options, CONNECTIONS, STATEMENT_TIMEOUT)) as reading,
        _disposing(read_engine(options, 1, STATEMENT_TIMEOUT)) as probing,
    ):
        settings.warn_if_open()
        workspace = await _prepare(writing, migrate=settings.auto_migrate)
        reader = Reader(reading, probing)
        feed = Feed(reader, workspace)
        clock = WriteClock(trusted=settings.trust_clock, measures_jumps=is_on_this_machine(options.url))
        writer = Writer(writing, committed=feed.announce, clock=clock)
        app.state.reader, app.state.workspace, app.state.feed = reader, workspace, feed
        app.state.head_lead = HeadLead()
        app.state.listeners = ClientQuota(settings.max_listeners)
        with suppress(UnavailableError):  # requests will report it
            app.state.head_lead.note(await reader.require_ready(workspace))
        app.state.tasks = TaskService(writer, reader, workspace)
        app.state.history = HistoryService(reader, workspace)
        with _on_stop_signal(feed.close):
            yield
        feed.close()
        await writer.close()
        await reader.close()


def _add_middleware(app: FastAPI, settings: Settings, pages: frozenset[str]) -> None:
    """The middleware added last is the outermost."""
    allowed_methods, sites = AllowedMethods(app, pages), Sites(settings.frontend_url)
    register_handlers(app, allowed_methods.of, lambda scope: cast("str", scope[CONTEXT].request_id))
    access = Access(
        settings.full_tokens,
        settings.api_token_read,
        allowed_methods,
        unauthenticated=settings.allow_unauthenticated,
        per_minute=settings.rate_limit,
    )
    app.add_middleware(
        Gateway,
        cors=Cors(sites, pages),
        hosts=AllowedHosts(settings.hosts),
        sites=sites,
        access=access,
        allowed_methods=allowed_methods,
    )
    if settings.root_path:
        app.add_middleware(PathPrefix, root=settings.root_path)


@contextmanager
def _disposing(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _on_stop_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on the event loop on SIGTERM and SIGINT: uvicorn waits for open event streams, which never end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    found = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    before = {number: handler for number, handler in found.items() if callable(handler)}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop)
        before[signal.Signals(number)](number, frame)

    for number in before:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _prepare(engine: Engine, *, migrate: bool) -> WorkspaceId:
    """The workspace of all requests."""
    try:
        await anyio.to_thread.run_sync(lambda: prepare_schema(engine, migrate=migrate))
        await anyio.to_thread.run_sync(warn_at_start, engine)
        return await anyio.to_thread.run_sync(find_default_workspace, engine)
    except StartError as error:
        with suppress(OSError):  # standard error may be closed
            print(f"Tasktrail can't start: {error}.", file=sys.stderr)  # noqa: T201  # logging may not be visible to whoever starts it
        raise


try:
    app = create_app(load_settings())
except StartError as error:
    sys.exit(f"Tasktrail can't start: {error}.")

if __name__ == "__main__":
    from cli import run  # `uvicorn main:app` does not need it

    run(app, load_settings(), sys.argv[1:])
