"""How the database of a URL is connected to."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, NullPool, QueuePool, event

from config import BACKEND
from src.database.connection import DatabaseOptions, read_engine, write_engine

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
