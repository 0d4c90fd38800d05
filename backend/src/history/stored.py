"""Reads rows exactly as stored, since different bytes could otherwise be read as equal values."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    String,
    Table,
    case,
    func,
    literal_column,
    select,
    type_coerce,
)

from src.database.base import UtcDateTime
from src.models.workspace import WorkspaceId

YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)
_NUMBERS = frozenset({"seq", "version", "format"})


def stored_rows(connection: Connection, table: Table, workspace: WorkspaceId) -> Iterator[dict[str, Any]]:
    """Those of a workspace. Consume it within `exact`."""
    of_row: ColumnElement[Any] = table.c.workspace_id
    if connection.dialect.name == "sqlite":  # an expression, or the key would be read from its index
        of_row = literal_column(f"+{table.name}.workspace_id", table.c.workspace_id.type)
    query = select(*written_columns(table, connection.dialect.name)).where(of_row == workspace)
    return read_rows(connection, table, query)


def read_rows(connection: Connection, table: Table, query: Select[Any]) -> Iterator[dict[str, Any]]:
    """The rows of a query that selects `written_columns`. Consume it within `exact`."""
    names = [column.name for column in table.c]
    return (dict(zip(names, row, strict=True)) for row in connection.execute(query))


def written_columns(table: Table, dialect: str) -> list[ColumnElement[Any]]:
    return [_as_written(column, dialect) for column in table.c]


def _as_written(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    """SQLite's values without conversion; PostgreSQL's times as text, since not all of them fit into a datetime."""
    if dialect == "sqlite":
        return type_coerce(column, column.type if column.name in _NUMBERS else String)
    if isinstance(column.type, UtcDateTime):
        written = func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        return written.concat(case((column < YEAR_ONE, " BC"), else_=""))
    return column


@contextmanager
def exact(connection: Connection) -> Iterator[None]:
    """Make SQLite return text even if it is not valid UTF-8."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        yield
        return
    usual, driver.text_factory = driver.text_factory, lambda stored: stored.decode(errors="surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = usual
