"""The drivers' errors as ours, and what may be told of them: never their texts, which may hold titles."""

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


class RefusedByDatabaseError(Exception):
    """A constraint or a value was refused; the message is what may be logged of it."""


class StatementRefusedError(RefusedByDatabaseError):
    """Whatever its values: a table or a column is not there, or a right is missing."""


@contextlib.contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the driver's errors into ours: refused, or else unavailable; their text stays here, it may hold titles.

    Raises RefusedByDatabaseError and UnavailableError.
    """
    try:
        yield
    except (IntegrityError, InvalidDataError) as error:
        raise RefusedByDatabaseError(describe(error)) from None
    except ProgrammingError as error:
        raise StatementRefusedError(describe(error)) from None
    except DBAPIError as error:
        _log.warning("database unavailable", cause=describe(error))
        raise UnavailableError from None
    except PoolTimeoutError:
        _log.warning("database unavailable", cause="no free connection")
        raise UnavailableError from None


def stored_nothing(error: DBAPIError) -> bool:
    """Whether a commit that raised is known to have changed nothing.

    SQLite calls a disk full when a page does not fit in the log. The page that makes a transaction count is the last.
    """
    return getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


def describe(error: DBAPIError) -> str:
    """What may be logged of an error: its class, SQLSTATE or SQLite code and constraint, never the driver's text."""
    driver_error = error.orig
    parts = [type(driver_error).__name__]
    if isinstance(driver_error, psycopg.Error):
        parts += [driver_error.sqlstate or "", driver_error.diag.constraint_name or ""]
    elif isinstance(driver_error, sqlite3.Error):
        parts.append(getattr(driver_error, "sqlite_errorname", ""))
    return " ".join(part for part in parts if part)
