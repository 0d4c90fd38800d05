"""Whether the database can be read and written by this version of Tasktrail."""

from sqlalchemy import Connection, select

from src.database.driver_errors import StatementRefusedError, translated_errors
from src.database.migrations import schema_is_current
from src.database.session import is_read_only
from src.exceptions.errors import ReadOnlyDatabaseError, SchemaChangedError


def require_ready(connection: Connection) -> None:
    """One statement. Raises SchemaChangedError, ReadOnlyDatabaseError and UnavailableError."""
    try:
        with translated_errors():
            is_current, takes_no_writes = connection.execute(
                select(schema_is_current(), is_read_only(connection.dialect.name))
            ).one()
    except StatementRefusedError:  # the table that holds the schema's version is missing
        raise SchemaChangedError from None
    if not is_current:
        raise SchemaChangedError
    if takes_no_writes:
        connection.invalidate()  # the next probe may reach a server that takes writes
        raise ReadOnlyDatabaseError
