"""A PostgreSQL that acknowledges commits before they are durable: a start on it logs a warning."""

from typing import LiteralString

import pytest
from psycopg.conninfo import conninfo_to_dict

from config import Settings
from main import create_app
from tests.conftest import settings_for
from tests.databases import PostgresDatabase
from tests.faults.postgresql import private_postgres
from tests.faults.proof import Proof, promise
from tests.log import Log

PROMISE = "a PostgreSQL that is not durable is not called durable"
FOR_THE_DATABASE: LiteralString = "ALTER DATABASE {name} SET synchronous_commit = off"
FOR_THE_ROLE: LiteralString = "ALTER ROLE CURRENT_USER IN DATABASE {name} SET synchronous_commit = off"


def set_up(database: PostgresDatabase, statement: LiteralString) -> None:
    database.run(statement.format(name=conninfo_to_dict(database.url)["dbname"]))


async def warnings_of_start(settings: Settings) -> list[str]:
    """Start, and find that it serves as ever."""
    log = Log()
    async with log.of(create_app(settings)) as api:
        assert (await api.send("GET", "/health/ready")).status == 200
        assert (await api.create()).status == 201
    return [line["event"] for line in await log.lines() if line["level"] == "warning"]


@promise(PROMISE, "start on a database with its own defaults")
async def test_a_durable_database_causes_no_warning(settings: Settings, proof: Proof) -> None:
    warnings = await warnings_of_start(settings)

    proof.figure(f"{len(warnings)} warnings")
    assert warnings == []


@promise(PROMISE, "start with synchronous_commit off for the database, and for the role")
@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
@pytest.mark.parametrize("statement", [FOR_THE_DATABASE, FOR_THE_ROLE], ids=["database", "role"])
async def test_synchronous_commit_off_is_a_warning(
    settings: Settings, database: PostgresDatabase, statement: LiteralString, proof: Proof
) -> None:
    set_up(database, statement)

    (warning,) = await warnings_of_start(settings)

    proof.figure(warning)
    assert "not durable" in warning
    assert "synchronous_commit" in warning
    assert "fsync" not in warning


@promise(PROMISE, "start with fsync off, then with both off")
async def test_fsync_off_is_a_warning(proof: Proof) -> None:
    with private_postgres(fsync="off") as postgres:
        database = postgres.database()
        (one,) = await warnings_of_start(settings_for(database))
        set_up(database, FOR_THE_DATABASE)
        (both,) = await warnings_of_start(settings_for(database))

    proof.figure(both)
    assert "not durable" in one
    assert "fsync" in one
    assert "synchronous_commit" not in one
    assert "fsync and synchronous_commit" in both
