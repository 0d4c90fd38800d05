"""Whole lists of tasks as JSON, made of the rows: times, snapshots and models made of them took most of the time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import Any, cast

from pydantic_core import to_json
from sqlalchemy import Column, ColumnElement, Connection, CursorResult, String, Table, Text, func, select, type_coerce
from sqlalchemy import cast as cast_in_sql

from src.database.base import Identifier, UtcDateTime
from src.database.portions import Portioned
from src.models.task import Task, TaskSnapshot
from src.services.task_lists import AllTasks, Selection

FIRST, LATER = 256, 2_048
"""Tasks a portion: at first few, so that something can be sent; then many, for a database that is far away."""

_TASKS = cast("Table", Task.__table__)
_NAMES = TaskSnapshot.__slots__


@dataclass(frozen=True, slots=True)
class TaskPortions:
    """A list's tasks in JSON, with commas between them; read bit by bit, all of one snapshot."""

    selection: Selection

    def __call__(self, connection: Connection) -> Portioned:
        if self.selection.as_of is None:
            with self._open(connection) as rows:
                yield from _portions(lambda size: [dict(zip(_NAMES, row, strict=True)) for row in rows.fetchmany(size)])
        else:
            tasks = iter(AllTasks(self.selection)(connection))
            yield from _portions(lambda size: [task.to_json() for task in islice(tasks, size)])

    def _open(self, connection: Connection) -> CursorResult[Any]:
        dialect = connection.dialect.name
        query = self.selection.ordered(select(*(_as_text(_TASKS.c[name], dialect) for name in _NAMES)), dialect)
        return connection.execute(query, execution_options={"stream_results": True, "max_row_buffer": LATER})


def _portions(take: Callable[[int], Sequence[Mapping[str, Any]]]) -> Iterator[bytes]:
    """`take` gives the next tasks, so many of them, fewer at the end."""
    for size in chain((FIRST, FIRST), repeat(LATER)):
        tasks = take(size)
        if tasks:
            yield to_json(tasks)[1:-1]
        if len(tasks) < size:
            return


def _as_text(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    """Ids and times as the API writes them, which is how SQLite stores them."""
    if not isinstance(column.type, (Identifier, UtcDateTime)):
        return column
    if dialect == "sqlite":
        return type_coerce(column, String)
    if isinstance(column.type, Identifier):
        return cast_in_sql(column, Text)
    return func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
