"""Translates the drivers' errors into ours. Their messages are never logged, since they may contain titles."""

import contextlib
import sqlite3
from collections.abc import Iterator

import psycopg
import structlog
from sqlalchemy.exc import DataError as InvalidDataError
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from src.exceptions.errors import UnavailableError

_log = structlog.get_logger(__name__)


DRIVER_ERRORS = (DBAPIError, PoolTimeoutError)


class RefusedByDatabaseError(Exception):
    """The database rejected a value, or a constraint was violated. The message is safe to log."""


class StatementRefusedError(RefusedByDatabaseError):
    """The database rejected the statement itself: a table, a column or a privilege is missing."""


@contextlib.contextmanager
def translated_errors() -> Iterator[None]:
    """Raises RefusedByDatabaseError and UnavailableError instead of the driver's errors."""
    try:
        yield
    except DRIVER_ERRORS as error:
        raise translated(error) from None


def translated(error: DBAPIError | PoolTimeoutError) -> RefusedByDatabaseError | UnavailableError:
    if isinstance(error, IntegrityError | InvalidDataError):
        return RefusedByDatabaseError(describe(error))
    if isinstance(error, ProgrammingError):
        return StatementRefusedError(describe(error))
    cause = describe(error) if isinstance(error, DBAPIError) else "no free connection"
    _log.warning("database unavailable", cause=cause)
    return UnavailableError()


def stored_nothing(error: DBAPIError) -> bool:
    """Whether a failed commit is known to have changed nothing.

    SQLite reports a full disk when a page does not fit into the WAL, and the commit record is the last page.
    """
    return getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


def describe(error: DBAPIError) -> str:
    """What is safe to log: the error's class, its SQLSTATE or SQLite code, and the constraint."""
    driver_error = error.orig
    parts = [type(driver_error).__name__]
    if isinstance(driver_error, psycopg.Error):
        parts += [driver_error.sqlstate or "", driver_error.diag.constraint_name or ""]
    elif isinstance(driver_error, sqlite3.Error):
        parts.append(getattr(driver_error, "sqlite_errorname", ""))
    return " ".join(part for part in parts if part)
