"""What is said at the start of a database that answers before it has stored."""

from typing import LiteralString

import pytest
from psycopg.conninfo import conninfo_to_dict

from config import Settings
from main import create_app
from tests.databases import PostgresDatabase
from tests.log import Line, Log

UNSAFE: dict[str, LiteralString] = {
    "database": "ALTER DATABASE {name} SET synchronous_commit = off",
    "role": "ALTER ROLE CURRENT_USER IN DATABASE {name} SET synchronous_commit = off",
}


async def warnings_of_start(settings: Settings) -> list[Line]:
    log = Log()
    async with log.of(create_app(settings)) as api:
        assert (await api.send("GET", "/health/ready")).status == 200
        assert (await api.create()).status == 201
    return [line for line in log.lines() if line["level"] == "warning"]


async def test_of_a_durable_database_nothing_is_said(settings: Settings) -> None:
    assert await warnings_of_start(settings) == []


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
@pytest.mark.parametrize("statement", UNSAFE.values(), ids=UNSAFE)
async def test_a_commit_that_does_not_wait_for_the_disk_is_named(
    settings: Settings, database: PostgresDatabase, statement: LiteralString
) -> None:
    database.run(statement.format(name=conninfo_to_dict(database.url)["dbname"]))

    (line,) = await warnings_of_start(settings)

    assert "not durable" in line["event"]
    assert "synchronous_commit" in line["event"]
    assert "fsync" not in line["event"]
