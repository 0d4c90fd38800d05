"""PostgreSQL session settings that must not depend on the role, the database or our environment.

Settings of how values are formatted and parsed are sent as startup parameters: a transaction-mode pooler tracks exactly
these, rejects others, and would leak a session's SET to other clients. Timeouts are set in each writing transaction,
and for reads in the session if there is no pooler, otherwise together with each statement.
"""

import os
from collections.abc import Mapping, Sequence
from functools import partial

import psycopg
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    Function,
    Text,
    bindparam,
    event,
    false,
    func,
    literal,
    select,
)

from src.exceptions.errors import StartError
from src.utils.addresses import is_loopback

CLIENT_ENCODING = "UTF8"
_STARTUP = {"PGDATESTYLE": "ISO, MDY", "PGTZ": "UTC"}
"""libpq reads these from the environment only, and sends them as `DateStyle` and `TimeZone`."""
_TRANSACTION_TIMEOUT_SINCE = (17,)

_Parameters = Sequence[object] | Mapping[str, object]


def pin_startup() -> None:
    """Set DateStyle and TimeZone for every connection of this process."""
    for name, value in _STARTUP.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def check_session(connection: Connection) -> None:
    """Raises StartError if text or times would not be read as they were written."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        return
    if driver.info.parameter_status("server_encoding") != "UTF8":
        raise StartError(
            "DATABASE_URL: the database's encoding is not UTF8, so it can't hold every text; make another one with "
            "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )
    is_iso = (driver.info.parameter_status("DateStyle") or "").startswith("ISO")
    if not is_iso or driver.info.parameter_status("client_encoding") != CLIENT_ENCODING:
        raise StartError(
            "DATABASE_URL: the server does not take client_encoding=UTF8 and DateStyle=ISO from a new connection; "
            "configure the pooler before PostgreSQL to pass them on"
        )


def limit_transaction(connection: Connection, seconds: float) -> None:
    """Set PostgreSQL's timeouts for this transaction; 0 means no limit. The role's other timeouts are disabled."""
    if connection.dialect.name == "postgresql":
        has_timeout = (connection.dialect.server_version_info or ()) >= _TRANSACTION_TIMEOUT_SINCE
        statement = _WITH_TRANSACTION_TIMEOUT if has_timeout else _LIMITS
        connection.execute(statement, {"limit": str(int(seconds * 1000))})


def limit_statements(engine: Engine, seconds: float, *, pooler: bool) -> None:
    """Set PostgreSQL's timeout for each statement, without a round trip of its own. A shorter one of the role stays."""
    limit = f"{int(seconds * 1000)}ms"
    if pooler:
        event.listen(engine, "do_execute", partial(_execute_limited, limit))
    else:
        event.listen(engine, "connect", partial(_limit_session, limit))


def _limit_session(limit: str, driver: psycopg.Connection, _record: object) -> None:
    """Do nothing behind an undeclared pooler, which shows by its own process id: the setting would leak."""
    driver.autocommit = True
    driver.execute(_LIMIT_SESSION, {"limit": limit, "pid": driver.info.backend_pid})
    driver.autocommit = False


def _execute_limited(
    limit: str, cursor: psycopg.Cursor, statement: str, parameters: _Parameters, _context: object
) -> bool:
    """Listens for `do_execute`; False lets SQLAlchemy execute the statement."""
    if isinstance(cursor, psycopg.ServerCursor):  # it always has a transaction, and can't be pipelined
        cursor.connection.execute(_LIMIT_TRANSACTION, {"limit": limit})
        return False
    with cursor.connection.pipeline():  # one transaction, also in autocommit
        cursor.connection.execute(_LIMIT_TRANSACTION, {"limit": limit})
        cursor.execute(statement.encode(), parameters)
    return True


_LIMIT_TRANSACTION = (
    "SELECT set_config('statement_timeout', %(limit)s::text, true)"
    " WHERE current_setting('statement_timeout')::interval NOT BETWEEN '1ms' AND %(limit)s::text::interval"
)
_LIMIT_SESSION = f"{_LIMIT_TRANSACTION.replace('true', 'false')} AND pg_backend_pid() = %(pid)s"


def _set_local(name: str, value: BindParameter[str]) -> Function[str]:
    return func.set_config(name, value, True)  # noqa: FBT003  # is_local, by position only


_LIMIT, _NONE = bindparam("limit", type_=Text), literal("0")
_LIMITS = select(
    _set_local("statement_timeout", _LIMIT),
    _set_local("idle_in_transaction_session_timeout", _LIMIT),
    _set_local("lock_timeout", _NONE),
)
_WITH_TRANSACTION_TIMEOUT = _LIMITS.add_columns(_set_local("transaction_timeout", _NONE))


def is_read_only(dialect: str) -> ColumnElement[bool]:
    """Whether the transaction is read-only: on a standby, or by default of the role or database."""
    return false() if dialect == "sqlite" else func.current_setting("transaction_read_only") == "on"


def is_unencrypted(connection: Connection) -> bool:
    """Whether the connection may be unencrypted, over a network, without `sslmode=disable`."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        return False
    options = {option.keyword: option.val for option in driver.pgconn.info}
    return is_exposed(driver.info.hostaddr, (options[b"sslmode"] or b"").decode())


def is_exposed(address: str, sslmode: str) -> bool:
    """A Unix socket has no address. `prefer`, libpq's default, falls back to no encryption."""
    return bool(address) and not is_loopback(address) and sslmode in {"allow", "prefer"}
