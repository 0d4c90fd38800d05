"""The short and long forms of fault tests, and the table of their results."""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import AsyncExitStack

import pytest

from main import create_app
from tests.api_client import Api, running
from tests.conftest import settings_for
from tests.databases import Database, PostgresServer, Server, SqliteServer
from tests.faults.filled import Filled, with_large_entries, with_many_tasks
from tests.faults.proof import Proof, table

ROWS = pytest.StashKey[list[tuple[Proof, str, bool]]]()
PROOF = pytest.StashKey[Proof]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--prove", action="store_true", help="run the fault tests in their long form, as `make prove` does"
    )


@pytest.fixture
def proof(request: pytest.FixtureRequest) -> Proof:
    """The row of this test."""
    request.node.stash[PROOF] = made = _row_of(request.node)
    return made


def _row_of(item: pytest.Item) -> Proof:
    marker = item.get_closest_marker("promise")
    assert marker, "a fault test needs a promise"
    text, done = marker.args
    return Proof(text, done, bool(item.config.getoption("--prove", default=False)))


@pytest.fixture
async def both(sqlite_server: SqliteServer, postgresql_server: PostgresServer) -> AsyncIterator[tuple[Api, Api]]:
    """The application on both databases, for tests that compare them."""
    async with AsyncExitStack() as stack:
        apps = [create_app(settings_for(server.empty())) for server in (sqlite_server, postgresql_server)]
        on_sqlite, on_postgresql = [await stack.enter_async_context(running(app)) for app in apps]
        yield on_sqlite, on_postgresql


@pytest.fixture(scope="session")
def many_tasks(server: Server, template: Database, request: pytest.FixtureRequest) -> Iterator[Filled]:
    """A database of 132,000 entries in the long form. Floods add to it."""
    size = (60_000, 12_000) if request.config.getoption("--prove") else (300, 300)
    database = server.copy_of(template)
    yield asyncio.run(with_many_tasks(database, *size))
    server.drop(database)


@pytest.fixture(scope="session")
def large_entries(server: Server, template: Database, request: pytest.FixtureRequest) -> Iterator[Filled]:
    """A database whose entries have 40 KB each."""
    size = (40, 4_000) if request.config.getoption("--prove") else (4, 70)
    database = server.copy_of(template)
    yield asyncio.run(with_large_entries(database, *size))
    server.drop(database)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add a row for each test, also if it failed or was skipped in its set-up."""
    report = yield
    if item.get_closest_marker("promise") and (report.when == "call" or not report.passed):
        proof = item.stash.get(PROOF, None) or _row_of(item)
        if report.skipped or report.when == "setup":
            proof.figures.append(f"not run: {_reason_of(report)}")
        item.config.stash.setdefault(ROWS, []).append((proof, _database_of(item), report.passed))
    return report


def _reason_of(report: pytest.TestReport) -> str:
    """Pytest's reason, on one line and without the character that ends a table cell."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext.strip().splitlines()[-1]
    return reason.removeprefix("Skipped: ").removeprefix("E  ").strip().replace("|", "/")


def _database_of(item: pytest.Item) -> str:
    parameters = getattr(item, "callspec", None)
    everywhere = "both" if "both" in getattr(item, "fixturenames", ()) else ""
    return str(parameters.params.get("server", everywhere)) if parameters else everywhere


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = config.stash.get(ROWS, [])
    if rows and config.getoption("--prove", default=False):
        terminalreporter.section("proved promises")
        terminalreporter.write_line(table(rows))
