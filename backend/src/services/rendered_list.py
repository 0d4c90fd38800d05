"""The response with the whole list, rendered from the rows on the worker's thread, without the cost of models."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection

from src.models.task import FIELDS, select_records
from src.models.workspace import WorkspaceId
from src.services.task_lists import Selection
from src.utils.response import Read, RenderedJson

TASKS_AT_ONCE = 1_000
"""Few enough that no call holds the GIL for long."""

_BEGINNING, _END = Read[list[Any]](data=[]).model_dump_json().encode().split(b"[]")


@dataclass(frozen=True, slots=True)
class RenderedTasks:
    """All tasks of a selection, in the list's order, in the envelope."""

    workspace: WorkspaceId
    selection: Selection

    def cost(self, connection: Connection) -> int:
        return self.selection.cost(self.workspace, connection)

    def __call__(self, connection: Connection) -> RenderedJson:
        return RenderedJson(tuple(self._render(connection)))

    def _render(self, connection: Connection) -> Iterator[bytes]:
        yield _BEGINNING + b"["
        separator = b""
        for tasks in self._portions(connection):
            yield separator + to_json([dict(zip(FIELDS, task, strict=True)) for task in tasks])[1:-1]
            separator = b","
        yield b"]" + _END

    def _portions(self, connection: Connection) -> Iterator[Sequence[Any]]:
        """Tasks as TaskRecord has them."""
        if moment := self.selection.as_of:
            tasks = iter(self.selection.as_it_was(self.workspace, moment, connection))
            yield from iter(lambda: list(islice(tasks, TASKS_AT_ONCE)), [])
            return
        dialect = connection.dialect.name
        query = self.selection.ordered(self.workspace, select_records(dialect), dialect)
        with closing(connection.execute(query, execution_options={"yield_per": TASKS_AT_ONCE})) as rows:
            yield from rows.partitions()
