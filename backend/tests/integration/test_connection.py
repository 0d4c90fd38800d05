"""How the database of a URL is connected to."""

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


def test_the_url_of_neon_works_as_pasted() -> None:
    url = options(NEON.format(pooler="")).url

    assert url.drivername == "postgresql+psycopg"
    assert (url.username, url.password, url.database) == ("tasks_owner", SECRET, "tasks")
    assert url.query == {"sslmode": "require", "channel_binding": "require"}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+asyncpg"])
def test_each_way_to_write_postgresql_gets_the_one_driver(scheme: str) -> None:
    assert options(f"{scheme}://tasks@localhost/tasks").url.drivername == "postgresql+psycopg"


class NoConnection(Exception):  # noqa: N818  # it is no error
    """What a connection would be made with is enough."""


def driver_options(engine: Engine) -> dict[str, Any]:
    """Give what the driver would be called with."""
    called: dict[str, Any] = {}

    def connect(_dialect: object, _record: object, _arguments: object, given: dict[str, Any]) -> None:
        called.update(given)
        raise NoConnection

    event.listen(engine, "do_connect", connect)
    with pytest.raises(NoConnection):
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
def test_behind_a_pooler_no_connection_is_kept_and_nothing_prepared(
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
def test_several_servers_may_be_named_as_libpq_does(servers: str, hosts: str, ports: str, user: str) -> None:
    given = options(f"postgresql://{user}{servers}/tasks?target_session_attrs=read-write")

    called = driver_options(write_engine(given))

    assert (called["host"], called["port"], called["dbname"]) == (hosts, ports, "tasks")
    assert called["target_session_attrs"] == "read-write"
    assert called.get("password", "") in user


@pytest.mark.parametrize("query", ["host=one:5433&host=other:5434", "host=one,other&port=5433,5434"])
def test_several_servers_may_be_named_as_sqlalchemy_does(query: str) -> None:
    called = driver_options(write_engine(options(f"postgresql://tasks@/tasks?{query}")))

    assert (called["host"], called["port"]) == ("one,other", "5433,5434")


@pytest.mark.parametrize("password", ["a,b", "a:1,b:2", "a,b/c", "a/b,c"])
def test_a_comma_in_a_password_parts_no_servers(password: str) -> None:
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
def test_servers_can_be_named_to_people(url: str, hosts: list[str]) -> None:
    assert hosts_of(options(url).url) == hosts


@pytest.mark.parametrize("servers", ["a,b-pooler.example.org:1", "/tasks?host=a-pooler.c:1&host=b:2"])
def test_one_pooler_among_several_servers_is_enough(servers: str) -> None:
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
def test_servers_that_can_not_be_called_stop_the_start_and_are_not_shown(url: str) -> None:
    with pytest.raises(StartError) as caught:
        options(url)

    assert str(caught.value).startswith("DATABASE_URL: must be a URL")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_each_batch_reads_what_was_committed_before_it_whatever_the_role_s_default(
    database: PostgresDatabase,
) -> None:
    name = str(conninfo_to_dict(database.url)["dbname"])
    database.run(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")

    async with opened(database) as one, opened(database) as other:
        answers = await gather(*(each.tasks.create_task("Milk") for each in [one, other] * 20))

    assert len(answers) == 40
    assert_whole(database)


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_a_server_that_takes_no_writes_is_left_for_one_that_does(database: PostgresDatabase) -> None:
    name = str(conninfo_to_dict(database.url)["dbname"])
    database.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    async with opened(database) as house:
        refused = await together(house.tasks.create_task("Lost"))
        database.run(f"BEGIN READ WRITE; ALTER DATABASE {name} RESET default_transaction_read_only; COMMIT")
        task = await house.tasks.create_task("Milk")

    assert isinstance(refused[0], UnavailableError)
    assert task.title == "Milk"
