"""Whether the database can be read and written by this version of Tasktrail."""

from datetime import datetime
from typing import cast

from sqlalchemy import Connection, select

from src.database.driver_errors import StatementRefusedError, translated_errors
from src.database.migrations import schema_is_current
from src.database.session import is_read_only
from src.exceptions.errors import ReadOnlyDatabaseError, SchemaChangedError
from src.models.task_history import HistoryHead

_HEAD_TIME = select(HistoryHead.timestamp).scalar_subquery()


def require_ready(connection: Connection) -> datetime | None:
    """The head's time, where there is a head, by one statement.

    Raises SchemaChangedError, ReadOnlyDatabaseError and UnavailableError.
    """
    try:
        with translated_errors():
            is_current, takes_no_writes, head_time = connection.execute(
                select(schema_is_current(), is_read_only(connection.dialect.name), _HEAD_TIME)
            ).one()
    except StatementRefusedError:  # a table is missing, such as that which holds the schema's version
        raise SchemaChangedError from None
    if not is_current:
        raise SchemaChangedError
    if takes_no_writes:
        connection.invalidate()  # the next probe may reach a server that takes writes
        raise ReadOnlyDatabaseError
    return cast("datetime | None", head_time)
