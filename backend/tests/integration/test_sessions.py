"""Whatever a role, a database or the environment sets for a PostgreSQL session, values stay as they are."""

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


def sets(database: PostgresDatabase, settings: Mapping[str, str], role: str | None = None) -> None:
    """Set them for the database, or for the tests' own role in it."""
    for setting, value in settings.items():
        values = SQL(", ").join(map(Literal, value.split(", ")))
        alter(database, SQL("SET {} = {}").format(Identifier(setting), values), role)


def forget_settings(database: PostgresDatabase) -> None:
    """Let tests read what was stored."""
    alter(database, SQL("RESET ALL"), None)
    alter(database, SQL("RESET ALL"), "CURRENT_USER")


def alter(database: PostgresDatabase, change: Composable, role: str | None) -> None:
    name, user = Identifier(str(conninfo_to_dict(database.url)["dbname"])), SQL("CURRENT_USER")
    whose = SQL("ROLE {} IN DATABASE {}").format(user, name) if role else SQL("DATABASE {}").format(name)
    with psycopg.connect(database.url, autocommit=True, client_encoding="UTF8") as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(SQL("ALTER {} {}").format(whose, change))


async def assert_serves(api: Api) -> None:
    """Write and read in every way that values travel."""
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
async def test_what_a_database_or_a_role_sets_changes_nothing(
    database: PostgresDatabase, names: list[str], role: str | None
) -> None:
    sets(database, {name: HOSTILE[name] for name in names}, role)

    async with running(create_app(settings_for(database))) as api:
        await assert_serves(api)
    diagnosed = diagnosis(database)

    forget_settings(database)
    assert diagnosed == []
    assert_whole(database)


@ON_POSTGRESQL
async def test_a_new_database_is_migrated_whatever_it_sets(empty_database: PostgresDatabase) -> None:
    sets(empty_database, HOSTILE)

    async with running(create_app(settings_for(empty_database))) as api:
        await assert_serves(api)

    forget_settings(empty_database)
    assert_whole(empty_database)


@ON_POSTGRESQL
async def test_what_the_environment_sets_changes_nothing(database: PostgresDatabase) -> None:
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


async def test_a_transaction_mode_pooler_keeps_to_it() -> None:
    with private_postgres() as postgres:
        database = postgres.database()
        sets(database, HOSTILE)
        with (
            pooled(database, 2) as pooler,
            serving(pooler.database, DATABASE_POOLER="true", PGCLIENTENCODING="LATIN1", PGDATESTYLE="SQL") as server,
        ):
            async with connected(server) as api:
                await assert_serves(api)
        forget_settings(database)
        assert_whole(database)


@ON_POSTGRESQL
async def test_the_head_is_waited_for_longer_than_a_role_waits_for_locks(database: PostgresDatabase) -> None:
    sets(database, {"lock_timeout": "1"})

    async with running(create_app(settings_for(database))) as api:
        with batch_of_another(database) as other:
            answer = asyncio.create_task(api.create())
            await asyncio.to_thread(until_somebody_waits, database)
            other.commit()

        assert (await answer).status == 201


@ON_POSTGRESQL
def test_a_write_has_its_own_limits_and_none_of_the_roles(database: PostgresDatabase) -> None:
    ours, lifted = ("statement_timeout", "idle_in_transaction_session_timeout"), ("lock_timeout", "transaction_timeout")
    sets(database, dict.fromkeys([*ours, *lifted], "5000"))
    engine = write_engine(options_of(database))

    with engine.connect() as connection:
        limit_transaction(connection, 15.0)
        limits = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in [*ours, *lifted]}
    engine.dispose()

    assert limits == dict.fromkeys(ours, "15s") | dict.fromkeys(lifted, "0")


@pytest.fixture(params=["LATIN1", "SQL_ASCII", "EUC_JP"])
def foreign(request: pytest.FixtureRequest, postgresql_server: PostgresServer) -> Iterator[PostgresDatabase]:
    """Make a database of another encoding."""
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
def test_a_database_that_can_not_hold_every_text_is_refused_in_a_sentence(
    foreign: PostgresDatabase, command: tuple[str, ...]
) -> None:
    ended = run_python(command, {"DATABASE_URL": foreign.url, "PORT": str(free_port())})

    assert ended.code != 0
    assert "DATABASE_URL: the database's encoding is not UTF8" in ended.output
    assert "Traceback" not in ended.output
    assert foreign.run("SELECT count(*) FROM pg_class WHERE relname = 'tasks'") == [(0,)]


async def warnings_of(database: PostgresDatabase) -> list[str]:
    """Start, and take what the log warns of."""
    log = Log()
    async with log.of(create_app(settings_for(database))):
        return [line["event"] for line in await log.lines() if line["level"] == "warning"]


WEAKNESSES: dict[str, tuple[dict[str, str], list[str]]] = {
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
@pytest.mark.parametrize(("settings", "warnings"), WEAKNESSES.values(), ids=WEAKNESSES)
async def test_a_start_warns_of_what_a_session_can_not_do(
    database: PostgresDatabase, settings: dict[str, str], warnings: list[str]
) -> None:
    sets(database, settings)

    assert await warnings_of(database) == warnings


async def test_a_standby_is_named_at_the_start_and_not_ready() -> None:
    with primary_and_standby() as (primary, standby):
        database = primary.database()
        sets(database, {"synchronous_commit": "remote_apply"})
        async with running(create_app(settings_for(database))):
            pass
        follower = PostgresDatabase(database.url.replace(str(primary.port), str(standby.port)))

        warnings = await warnings_of(follower)
        async with running(create_app(settings_for(follower))) as api:
            ready, read, written = await api.send("GET", "/health/ready"), await api.tasks(), await api.create()

    assert warnings == ["read-only: every change is refused with 503, because the server is a standby"]
    assert (ready.status, read, written.status) == (503, [], 503)


REFUSED = {
    "default_transaction_read_only": ("on", "DATABASE_URL: the database takes no writes, so its schema can't be"),
    "search_path": ("nowhere", "DATABASE_URL: search_path names no schema that is there"),
}


@ON_POSTGRESQL
@pytest.mark.parametrize("setting", REFUSED)
async def test_where_no_schema_can_be_made_the_start_is_refused_in_a_sentence(
    empty_database: PostgresDatabase, setting: str
) -> None:
    value, sentence = REFUSED[setting]
    sets(empty_database, {setting: value})

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
def test_a_connection_is_exposed_where_others_may_listen_and_nobody_said_so(
    address: str, sslmode: str, *, exposed: bool
) -> None:
    assert is_exposed(address, sslmode) is exposed
