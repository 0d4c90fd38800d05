"""The response with the whole list, rendered from the rows on the worker's thread, without the cost of models."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from pydantic_core import to_json
from sqlalchemy import Column, ColumnElement, Connection, CursorResult, String, Table, Text, func, select, type_coerce
from sqlalchemy import cast as cast_in_sql

from src.database.base import Identifier, UtcDateTime
from src.models.task import Task, TaskSnapshot
from src.services.task_lists import AllTasks, Selection
from src.utils.response import Read, RenderedJson

TASKS_AT_ONCE = 1_000
"""Few enough that no call holds the GIL for long."""

_TASKS = cast("Table", Task.__table__)
_NAMES = TaskSnapshot.__slots__
_BEGINNING, _END = Read[list[Any]](data=[]).model_dump_json().encode().split(b"[]")


@dataclass(frozen=True, slots=True)
class RenderedTasks:
    """All tasks of a selection, in the list's order, in the envelope."""

    selection: Selection

    def cost(self, connection: Connection) -> int:
        return self.selection.cost(connection)

    def __call__(self, connection: Connection) -> RenderedJson:
        if self.selection.as_of is None:
            with self._open(connection) as rows:
                return _join(lambda: [dict(zip(_NAMES, row, strict=True)) for row in rows.fetchmany(TASKS_AT_ONCE)])
        tasks = iter(AllTasks(self.selection)(connection))
        return _join(lambda: [task.to_json() for task in islice(tasks, TASKS_AT_ONCE)])

    def _open(self, connection: Connection) -> CursorResult[Any]:
        dialect = connection.dialect.name
        query = self.selection.ordered(select(*(_as_text(_TASKS.c[name], dialect) for name in _NAMES)), dialect)
        return connection.execute(query, execution_options={"stream_results": True, "max_row_buffer": TASKS_AT_ONCE})


def _join(take: Callable[[], Sequence[Mapping[str, Any]]]) -> RenderedJson:
    """`take` returns the next tasks, or none at the end. It is joined once, for it may have megabytes."""
    parts = [part for tasks in iter(take, []) for part in (b",", to_json(tasks)[1:-1])]
    return RenderedJson(b"".join([_BEGINNING, b"[", *parts[1:], b"]", _END]))


def _as_text(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    """Ids and times in the format of the API, in which SQLite stores them."""
    if not isinstance(column.type, (Identifier, UtcDateTime)):
        return column
    if dialect == "sqlite":
        return type_coerce(column, String)
    if isinstance(column.type, Identifier):
        return cast_in_sql(column, Text)
    return func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
