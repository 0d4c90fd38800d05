"""PostgreSQL session settings of roles, databases and the environment, which must have no effect."""

import asyncio
from collections.abc import Iterator, Mapping

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Composable, Identifier, Literal

from main import create_app
from src.database.connection import write_engine
from src.database.session import is_exposed, limit_transaction
from src.exceptions.errors import StartError
from tests.api_client import Api, running
from tests.conftest import settings_for
from tests.databases import PostgresDatabase, PostgresServer
from tests.faults.pgbouncer import pooled
from tests.faults.postgresql import primary_and_standby, private_postgres
from tests.forked import run_main
from tests.house import options_of
from tests.integration.test_upgrading import batch_of_another, until_somebody_waits
from tests.log import Log
from tests.programs import free_port, run_python
from tests.served import connected, serving
from tests.stored_history import assert_whole
from tests.tampering import diagnosis

TITLE, DESCRIPTION = "Bücher 🥛 ｶﾞ Ω", "a\\b 'c' \"d\"\n%s :x {} €"
HOSTILE: dict[str, str] = {
    "client_encoding": "LATIN1",
    "DateStyle": "German, DMY",
    "TimeZone": "Pacific/Kiritimati",
    "IntervalStyle": "sql_standard",
    "extra_float_digits": "-15",
    "bytea_output": "escape",
    "standard_conforming_strings": "off",
    "backslash_quote": "off",
    "array_nulls": "off",
    "transform_null_equals": "on",
    "quote_all_identifiers": "on",
    "row_security": "off",
    "xmloption": "document",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "lock_timeout": "1",
    "statement_timeout": "60000",
    "idle_in_transaction_session_timeout": "60000",
    "idle_session_timeout": "60000",
    "transaction_timeout": "60000",
    "plan_cache_mode": "force_generic_plan",
}
ON_POSTGRESQL = pytest.mark.parametrize("server", ["postgresql"], indirect=True)


def configure(database: PostgresDatabase, settings: Mapping[str, str], role: str | None = None) -> None:
    """Set them for the database, or for the tests' role in it."""
    for setting, value in settings.items():
        values = SQL(", ").join(map(Literal, value.split(", ")))
        alter(database, SQL("SET {} = {}").format(Identifier(setting), values), role)


def reset_settings(database: PostgresDatabase) -> None:
    """Reset them, so that tests can read what was stored."""
    alter(database, SQL("RESET ALL"), None)
    alter(database, SQL("RESET ALL"), "CURRENT_USER")


def alter(database: PostgresDatabase, change: Composable, role: str | None) -> None:
    name, user = Identifier(str(conninfo_to_dict(database.url)["dbname"])), SQL("CURRENT_USER")
    whose = SQL("ROLE {} IN DATABASE {}").format(user, name) if role else SQL("DATABASE {}").format(name)
    with psycopg.connect(database.url, autocommit=True, client_encoding="UTF8") as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(SQL("ALTER {} {}").format(whose, change))


async def assert_serves(api: Api) -> None:
    """Write and read values of all types by all routes."""
    created = await api.create(TITLE, DESCRIPTION)
    done = await api.complete(created)
    read = await api.get(created)
    tasks = await api.tasks()
    past = await api.as_of(done.task["updated_at"])
    entries = await api.entries()
    week = await api.week()
    days = await api.send("GET", "/stats/daily")
    found = await api.send("GET", "/tasks?q=b%C3%BCcher")
    verified = await api.send("GET", "/history/verify")
    ready = await api.send("GET", "/health/ready")

    assert (read.task["title"], read.task["description"]) == (TITLE, DESCRIPTION)
    assert read.task == done.task
    assert tasks == past.tasks == found.tasks == [done.task]
    assert read.task["created_at"] == created.task["created_at"] == entries[1]["timestamp"]
    assert (week["tasks_created_this_week"], days.status) == (1, 200)
    assert (verified.status, ready.status) == (200, 200)
    assert isinstance(verified.data, dict)
    assert verified.data["valid"] is True


ONE_BY_ONE = [[name] for name in ("client_encoding", "DateStyle", "TimeZone", "standard_conforming_strings")]


@ON_POSTGRESQL
@pytest.mark.parametrize("role", [None, "CURRENT_USER"], ids=["database", "role"])
@pytest.mark.parametrize("names", [*ONE_BY_ONE, [*HOSTILE]], ids=lambda names: names[0] if len(names) == 1 else "all")
async def test_settings_of_the_database_or_role_have_no_effect(
    database: PostgresDatabase, names: list[str], role: str | None
) -> None:
    configure(database, {name: HOSTILE[name] for name in names}, role)

    async with running(create_app(settings_for(database))) as api:
        await assert_serves(api)
    diagnosed = diagnosis(database)

    reset_settings(database)
    assert diagnosed == []
    assert_whole(database)


@ON_POSTGRESQL
async def test_migrations_work_whatever_the_settings(empty_database: PostgresDatabase) -> None:
    configure(empty_database, HOSTILE)

    async with running(create_app(settings_for(empty_database))) as api:
        await assert_serves(api)

    reset_settings(empty_database)
    assert_whole(empty_database)


@ON_POSTGRESQL
async def test_settings_of_the_environment_have_no_effect(database: PostgresDatabase) -> None:
    with serving(
        database,
        PGCLIENTENCODING="LATIN1",
        PGDATESTYLE="SQL, MDY",
        PGTZ="Asia/Kathmandu",
        PGOPTIONS="-c client_encoding=SQL_ASCII -c datestyle=Postgres -c timezone=Europe/Amsterdam",
    ) as server:
        async with connected(server) as api:
            await assert_serves(api)

    assert_whole(database)


async def test_settings_have_no_effect_behind_a_transaction_mode_pooler() -> None:
    with private_postgres() as postgres:
        database = postgres.database()
        configure(database, HOSTILE)
        with (
            pooled(database, 2) as pooler,
            serving(pooler.database, DATABASE_POOLER="true", PGCLIENTENCODING="LATIN1", PGDATESTYLE="SQL") as server,
        ):
            async with connected(server) as api:
                await assert_serves(api)
        reset_settings(database)
        assert_whole(database)


@ON_POSTGRESQL
async def test_the_role_s_lock_timeout_does_not_apply_to_the_head(database: PostgresDatabase) -> None:
    configure(database, {"lock_timeout": "1"})

    async with running(create_app(settings_for(database))) as api:
        with batch_of_another(database) as other:
            answer = asyncio.create_task(api.create())
            await asyncio.to_thread(until_somebody_waits, database)
            other.commit()

        assert (await answer).status == 201


@ON_POSTGRESQL
def test_a_write_has_its_own_timeouts_and_none_of_the_role_s(database: PostgresDatabase) -> None:
    ours, disabled = (
        ("statement_timeout", "idle_in_transaction_session_timeout"),
        ("lock_timeout", "transaction_timeout"),
    )
    configure(database, dict.fromkeys([*ours, *disabled], "5000"))
    engine = write_engine(options_of(database))

    with engine.connect() as connection:
        limit_transaction(connection, 15.0)
        limits = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in [*ours, *disabled]}
    engine.dispose()

    assert limits == dict.fromkeys(ours, "15s") | dict.fromkeys(disabled, "0")


@pytest.fixture(params=["LATIN1", "SQL_ASCII", "EUC_JP"])
def foreign(request: pytest.FixtureRequest, postgresql_server: PostgresServer) -> Iterator[PostgresDatabase]:
    """A database with another encoding."""
    name = f"encoded_{request.param.lower()}"
    make = SQL("CREATE DATABASE {} ENCODING {} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    with psycopg.connect(postgresql_server.url, autocommit=True) as connection:
        connection.execute(make.format(Identifier(name), Literal(request.param)))
    database = PostgresDatabase(postgresql_server.url.replace("/postgres?", f"/{name}?"))
    yield database
    postgresql_server.drop(database)


COMMANDS = {
    "serve": ("main.py",),
    "doctor": ("main.py", "doctor"),
    "migrate": ("-m", "alembic", "upgrade", "head"),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_an_encoding_other_than_utf8_is_a_start_error(foreign: PostgresDatabase, command: tuple[str, ...]) -> None:
    settings = {"DATABASE_URL": foreign.url, "PORT": str(free_port())}

    ended = run_python(command, settings) if "-m" in command else run_main(settings, *command[1:])

    assert ended.code != 0
    assert "DATABASE_URL: the database's encoding is not UTF8" in ended.output
    assert "Traceback" not in ended.output
    assert foreign.run("SELECT count(*) FROM pg_class WHERE relname = 'tasks'") == [(0,)]


async def warnings_of(database: PostgresDatabase) -> list[str]:
    """The warnings that a start logs."""
    log = Log()
    async with log.of(create_app(settings_for(database))):
        return [line["event"] for line in await log.lines() if line["level"] == "warning"]


WARNINGS: dict[str, tuple[dict[str, str], list[str]]] = {
    "read-only": (
        {"default_transaction_read_only": "on"},
        ["read-only: every change is refused with 503, because default_transaction_read_only is on"],
    ),
    "unprotected": (
        {"session_replication_role": "replica"},
        ["not protected: nothing keeps the history from being edited, because session_replication_role is replica"],
    ),
    "none": ({"client_encoding": "LATIN1", "DateStyle": "German"}, []),
}


@ON_POSTGRESQL
@pytest.mark.parametrize(("settings", "warnings"), WARNINGS.values(), ids=WARNINGS)
async def test_a_restricted_session_is_a_warning_at_the_start(
    database: PostgresDatabase, settings: dict[str, str], warnings: list[str]
) -> None:
    configure(database, settings)

    assert await warnings_of(database) == warnings


async def test_a_standby_is_a_warning_at_the_start_and_is_not_ready() -> None:
    with primary_and_standby() as (primary, standby):
        database = primary.database()
        configure(database, {"synchronous_commit": "remote_apply"})
        async with running(create_app(settings_for(database))):
            pass
        follower = PostgresDatabase(database.url.replace(str(primary.port), str(standby.port)))

        warnings = await warnings_of(follower)
        async with running(create_app(settings_for(follower))) as api:
            ready, read, written = await api.send("GET", "/health/ready"), await api.tasks(), await api.create()

    assert warnings == ["read-only: every change is refused with 503, because the server is a standby"]
    assert (ready.status, read, written.status) == (503, [], 503)


START_ERRORS = {
    "default_transaction_read_only": ("on", "DATABASE_URL: the database takes no writes, so its schema can't be"),
    "search_path": ("nowhere", "DATABASE_URL: search_path names no schema that is there"),
}


@ON_POSTGRESQL
@pytest.mark.parametrize("setting", START_ERRORS)
async def test_a_schema_that_can_not_be_created_is_a_start_error(
    empty_database: PostgresDatabase, setting: str
) -> None:
    value, sentence = START_ERRORS[setting]
    configure(empty_database, {setting: value})

    with pytest.raises(StartError, match=sentence):
        async with running(create_app(settings_for(empty_database))):
            pass


@pytest.mark.parametrize(
    ("address", "sslmode", "exposed"),
    [
        ("192.0.2.7", "prefer", True),
        ("2001:db8::7", "allow", True),
        ("192.0.2.7", "disable", False),
        ("192.0.2.7", "require", False),
        ("192.0.2.7", "verify-full", False),
        ("127.0.0.2", "prefer", False),
        ("::1", "prefer", False),
        ("", "prefer", False),
    ],
)
def test_a_connection_is_exposed_over_a_network_if_tls_is_optional(
    address: str, sslmode: str, *, exposed: bool
) -> None:
    assert is_exposed(address, sslmode) is exposed
