"""Engines made from database URLs."""

from asyncio import gather
from collections.abc import Callable
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Engine, NullPool, QueuePool, event

from config import BACKEND
from src.database.address import hosts_of
from src.database.connection import DatabaseOptions, read_engine, write_engine
from src.exceptions.errors import StartError, UnavailableError
from tests.databases import PostgresDatabase
from tests.house import opened, together
from tests.stored_history import assert_whole

SECRET = "hunter2"  # noqa: S105  # it opens nothing
NEON = (
    f"postgres://tasks_owner:{SECRET}@ep-cool-darkness-a1b2c3d4{{pooler}}.eu-central-1.aws.neon.tech/tasks"
    "?sslmode=require&channel_binding=require"
)


def options(url: str, *, pooler: bool = False) -> DatabaseOptions:
    return DatabaseOptions.parse(url, directory=BACKEND, pooler=pooler)


def test_the_url_of_neon_works_unchanged() -> None:
    url = options(NEON.format(pooler="")).url

    assert url.drivername == "postgresql+psycopg"
    assert (url.username, url.password, url.database) == ("tasks_owner", SECRET, "tasks")
    assert url.query == {"sslmode": "require", "channel_binding": "require"}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+asyncpg"])
def test_every_postgresql_scheme_uses_psycopg(scheme: str) -> None:
    assert options(f"{scheme}://tasks@localhost/tasks").url.drivername == "postgresql+psycopg"


class Stop(Exception):  # noqa: N818  # not an error
    """Raised instead of connecting."""


def driver_options(engine: Engine) -> dict[str, Any]:
    """The arguments with which the driver would be called."""
    called: dict[str, Any] = {}

    def connect(_dialect: object, _record: object, _arguments: object, given: dict[str, Any]) -> None:
        called.update(given)
        raise Stop

    event.listen(engine, "do_connect", connect)
    with pytest.raises(Stop):
        engine.connect()
    return called


@pytest.mark.parametrize("make", [write_engine, lambda given: read_engine(given, 3)], ids=["writing", "reading"])
@pytest.mark.parametrize(
    ("url", "pooler", "pooled"),
    [
        (NEON.format(pooler="-pooler"), False, True),
        (NEON.format(pooler=""), False, False),
        (NEON.format(pooler=""), True, True),
        ("postgresql://tasks@my-pooler.example.org/tasks", False, True),
        ("postgresql://tasks@db.my-pooler.example.org/tasks", False, False),
    ],
)
def test_behind_a_pooler_there_is_no_pool_and_no_prepared_statement(
    make: Callable[[DatabaseOptions], Engine], url: str, *, pooler: bool, pooled: bool
) -> None:
    engine = make(options(url, pooler=pooler))

    given = driver_options(engine)

    assert isinstance(engine.pool, NullPool if pooled else QueuePool)
    assert (given["prepare_threshold"] is None) is pooled
    assert "options" not in given


@pytest.mark.parametrize(
    ("servers", "hosts", "ports"),
    [
        ("one:5433,other:5434", "one,other", "5433,5434"),
        ("one,other:5434", "one,other", ",5434"),
        ("[::1]:5433,[fe80::1],one:5434", "::1,fe80::1,one", "5433,,5434"),
    ],
)
@pytest.mark.parametrize("user", ["", "tasks@", f"tasks:{SECRET}@"])
def test_multiple_hosts_are_accepted_in_the_form_of_libpq(servers: str, hosts: str, ports: str, user: str) -> None:
    given = options(f"postgresql://{user}{servers}/tasks?target_session_attrs=read-write")

    called = driver_options(write_engine(given))

    assert (called["host"], called["port"], called["dbname"]) == (hosts, ports, "tasks")
    assert called["target_session_attrs"] == "read-write"
    assert called.get("password", "") in user


@pytest.mark.parametrize("query", ["host=one:5433&host=other:5434", "host=one,other&port=5433,5434"])
def test_multiple_hosts_are_accepted_in_the_form_of_sqlalchemy(query: str) -> None:
    called = driver_options(write_engine(options(f"postgresql://tasks@/tasks?{query}")))

    assert (called["host"], called["port"]) == ("one,other", "5433,5434")


@pytest.mark.parametrize("password", ["a,b", "a:1,b:2", "a,b/c", "a/b,c"])
def test_a_comma_in_a_password_does_not_separate_hosts(password: str) -> None:
    url = options(f"postgresql://tasks:{password}@one:5433/tasks").url

    assert (url.password, url.host, url.port) == (password, "one", 5433)


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("postgresql://one:5433/tasks", ["one"]),
        ("postgresql://one:5433,[::1]:5434/tasks", ["one", "::1"]),
        ("postgresql:///tasks?host=one:5433&host=other", ["one", "other"]),
        ("postgresql:///tasks?host=/var/run/postgresql", ["/var/run/postgresql"]),
        ("postgresql:///tasks", [""]),
    ],
)
def test_the_hosts_of_a_url_are_found(url: str, hosts: list[str]) -> None:
    assert hosts_of(options(url).url) == hosts


@pytest.mark.parametrize("servers", ["a,b-pooler.example.org:1", "/tasks?host=a-pooler.c:1&host=b:2"])
def test_one_pooler_among_multiple_hosts_is_recognised(servers: str) -> None:
    assert options(f"postgresql://{servers}").pooler


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://tasks:{SECRET}@one:x,other:5432/tasks",
        f"postgresql://tasks:{SECRET}@one:5432,/tasks",
        f"postgresql://tasks:{SECRET}@one:5432,o[ther/tasks",
        f"postgresql://tasks:{SECRET}@/tasks?host=one:x&host=other:5432",
        f"postgresql://tasks:{SECRET}@/tasks?host=one,two,three&port=1,2",
    ],
)
def test_invalid_hosts_are_a_start_error_that_does_not_show_them(url: str) -> None:
    with pytest.raises(StartError) as caught:
        options(url)

    assert str(caught.value).startswith("DATABASE_URL: must be a URL")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_batches_read_committed_whatever_the_role_s_default_isolation(
    database: PostgresDatabase,
) -> None:
    name = str(conninfo_to_dict(database.url)["dbname"])
    database.run(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")

    async with opened(database) as one, opened(database) as other:
        answers = await gather(*(each.tasks.create_task("Milk") for each in [one, other] * 20))

    assert len(answers) == 40
    assert_whole(database)


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_connections_to_a_server_that_became_read_only_are_dropped(database: PostgresDatabase) -> None:
    name = str(conninfo_to_dict(database.url)["dbname"])
    database.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    async with opened(database) as house:
        rejected = await together(house.tasks.create_task("Lost"))
        database.run(f"BEGIN READ WRITE; ALTER DATABASE {name} RESET default_transaction_read_only; COMMIT")
        task = await house.tasks.create_task("Milk")

    assert isinstance(rejected[0], UnavailableError)
    assert task.title == "Milk"
