"""GET /health and GET /health/ready."""

from typing import LiteralString

import pytest
from psycopg.conninfo import conninfo_to_dict

from config import Settings
from main import create_app
from src.api.v1 import health
from tests.api_client import Api, running
from tests.databases import Database, PostgresDatabase


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
async def test_a_healthy_server_reports_it(api: Api, path: str) -> None:
    answer = await api.send("GET", path)

    assert (answer.status, answer.popup) == (200, None)
    assert isinstance(answer.data, dict)
    assert set(answer.data) == {"status", "service", "version"}
    assert answer.data["status"] == "healthy"


async def test_both_say_the_same(api: Api) -> None:
    alive, ready = await api.send("GET", "/health"), await api.send("GET", "/health/ready")

    assert alive.data == ready.data


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM alembic_version",
        "UPDATE alembic_version SET version_num = 'other'",
        "DROP TABLE alembic_version",
    ],
    ids=["no revision", "another revision", "never migrated"],
)
async def test_a_server_is_not_ready_with_an_outdated_schema(api: Api, database: Database, damage: str) -> None:
    database.run(damage)

    ready = await api.send("GET", "/health/ready")

    assert ready.status == 503
    assert int(ready.response.headers["retry-after"]) > 0


async def test_a_server_that_was_ready_may_say_so_for_a_second(
    api: Api, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "READY_SECONDS", 3600)
    first = await api.send("GET", "/health/ready")
    [(newest,)] = database.run("SELECT version_num FROM alembic_version")
    database.run("UPDATE alembic_version SET version_num = 'other'")
    again = await api.send("GET", "/health/ready")
    monkeypatch.setattr(health, "READY_SECONDS", 0)
    asked = await api.send("GET", "/health/ready")
    monkeypatch.setattr(health, "READY_SECONDS", 3600)
    database.run(f"UPDATE alembic_version SET version_num = '{newest}'")
    ready = await api.send("GET", "/health/ready")

    assert [answer.status for answer in (first, again, asked, ready)] == [200, 200, 503, 200]


async def test_health_does_not_use_the_database(api: Api, database: Database) -> None:
    for table in ("tasks", "task_history", "history_head", "alembic_version"):
        database.run(f"ALTER TABLE {table} RENAME TO {table}_gone")

    answer = await api.send("GET", "/health")

    assert answer.status == 200


READ_ONLY: dict[str, LiteralString] = {
    "database": "ALTER DATABASE {name} SET default_transaction_read_only = on",
    "role": "ALTER ROLE CURRENT_USER IN DATABASE {name} SET default_transaction_read_only = on",
}


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
@pytest.mark.parametrize("statement", READ_ONLY.values(), ids=READ_ONLY)
async def test_a_server_whose_database_takes_no_writes_is_not_ready_until_it_does(
    settings: Settings, database: PostgresDatabase, statement: LiteralString
) -> None:
    name = str(conninfo_to_dict(database.url)["dbname"])
    database.run(statement.format(name=name))

    async with running(create_app(settings)) as api:
        refused = await api.send("GET", "/health/ready")
        read = await api.tasks()
        off = statement.replace(" = on", " = off").format(name=name)
        database.run_all(["SET default_transaction_read_only = off", off])
        ready = await api.send("GET", "/health/ready")

    assert refused.refusal == (503, "The database takes no writes now; nothing was changed, please try again")
    assert refused.response.headers["retry-after"] == "2"
    assert (read, ready.status) == ([], 200)
