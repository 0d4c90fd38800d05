"""Whether this version of Tasktrail can read and write the database."""

from datetime import datetime
from typing import cast

from sqlalchemy import Connection, select
from sqlalchemy.exc import ProgrammingError

from src.database.migrations import schema_is_current
from src.database.session import is_read_only
from src.exceptions.errors import ReadOnlyDatabaseError, SchemaChangedError
from src.models.task_history import HistoryHead

_HEAD_TIME = select(HistoryHead.timestamp).scalar_subquery()


def require_ready(connection: Connection) -> datetime | None:
    """The head's time, or None if there is no head, by one statement.

    Raises SchemaChangedError and ReadOnlyDatabaseError.
    """
    status = select(schema_is_current(), is_read_only(connection.dialect.name), _HEAD_TIME)
    try:
        is_current, is_unwritable, head_time = connection.execute(status).one()
    except ProgrammingError:  # a table is missing, such as `alembic_version`
        raise SchemaChangedError from None
    if not is_current:
        raise SchemaChangedError
    if is_unwritable:
        connection.invalidate()  # the next connection may reach a writable server
        raise ReadOnlyDatabaseError
    return cast("datetime | None", head_time)
