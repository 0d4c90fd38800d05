"""What holds in each PostgreSQL session, whatever its role, its database and our environment say.

The settings that decide how values are written and read go with the start of a connection. A transaction-mode pooler
keeps track of exactly these, while it refuses others and would hand a session's SET on to somebody else. Limits are set
in the transactions that change something.
"""

import os

import psycopg
from sqlalchemy import BindParameter, ColumnElement, Connection, Function, Text, bindparam, false, func, literal, select

from src.exceptions.errors import StartError
from src.utils.addresses import is_loopback

CLIENT_ENCODING = "UTF8"
_STARTUP = {"PGDATESTYLE": "ISO, MDY", "PGTZ": "UTC"}
"""libpq takes them from the environment only, and sends them as `DateStyle` and `TimeZone`."""
_TRANSACTION_TIMEOUT = (17,)
"""The first version that has this setting."""


def pin_startup() -> None:
    """Have every connection of this process begin with our DateStyle and TimeZone."""
    for name, value in _STARTUP.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def check_session(connection: Connection) -> None:
    """Raises StartError where text would not be stored and read as it is."""
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
            "have the pooler before PostgreSQL pass them on"
        )


def limit_transaction(connection: Connection, seconds: float) -> None:
    """Have PostgreSQL itself end what takes too long, for this transaction only; 0 is no limit.

    Other limits of the role do not count: locks are waited for as long.
    """
    if connection.dialect.name == "postgresql":
        has_timeout = (connection.dialect.server_version_info or ()) >= _TRANSACTION_TIMEOUT
        statement = _WITH_TRANSACTION_TIMEOUT if has_timeout else _LIMITS
        connection.execute(statement, {"limit": str(int(seconds * 1000))})


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
    """Of the transaction that asks: on a standby, and where the role or the database is read-only by default."""
    return false() if dialect == "sqlite" else func.current_setting("transaction_read_only") == "on"


def is_overheard(connection: Connection) -> bool:
    """Whether anybody between us and the server may listen, and nobody has said so on purpose."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        return False
    options = {option.keyword: option.val for option in driver.pgconn.info}
    return is_exposed(driver.info.hostaddr, (options[b"sslmode"] or b"").decode())


def is_exposed(address: str, sslmode: str) -> bool:
    """Sockets have no address. libpq's default is to prefer encryption and to do without it where it is not offered."""
    return bool(address) and not is_loopback(address) and sslmode in {"allow", "prefer"}
