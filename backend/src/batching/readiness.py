"""Whether this version of Tasktrail can read and write the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, select
from sqlalchemy.exc import ProgrammingError

from src.database.migrations import schema_is_current
from src.database.session import is_read_only
from src.exceptions.errors import ReadOnlyDatabaseError, SchemaChangedError
from src.models.task_history import HistoryHead
from src.models.workspace import WorkspaceId


@dataclass(frozen=True, slots=True)
class Readiness:
    """The time of a workspace's head, or None if there is no head, by one statement.

    Raises SchemaChangedError and ReadOnlyDatabaseError.
    """

    workspace: WorkspaceId

    def __call__(self, connection: Connection) -> datetime | None:
        head_time = select(HistoryHead.timestamp).where(HistoryHead.workspace_id == self.workspace).scalar_subquery()
        status = select(schema_is_current(), is_read_only(connection.dialect.name), head_time)
        try:
            is_current, is_unwritable, found = connection.execute(status).one()
        except ProgrammingError:  # a table is missing, such as `alembic_version`
            raise SchemaChangedError from None
        if not is_current:
            raise SchemaChangedError
        if is_unwritable:
            connection.invalidate()  # the next connection may reach a writable server
            raise ReadOnlyDatabaseError
        return cast("datetime | None", found)
