"""Lists of tasks: filtered, whole or in pages, now or at a past time."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from operator import attrgetter
from struct import Struct
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from src.models.task import SNAPSHOTS, Task, TaskRecord, TaskSnapshot
from src.models.task_history import HistoryHead
from src.models.workspace import WorkspaceId
from src.services.cursors import Cursors, foreign_cursor
from src.services.time_travel import TasksAsOf
from src.utils.search import search_text
from src.utils.timestamps import TICK

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAYOUT = Struct(">?q")
SEARCHED_FOR_ONE_READ = 10
"""Rows that the database searches in the time in which one is read."""
IN_ORDER = (Task.is_completed, Task.created_at.desc())
"""Incomplete first; newest `created_at` first in each group."""


Position = tuple[bool, timedelta]


def position(task: TaskRecord) -> Position:
    """A task's place in that order. It is unique: no two tasks have the same `created_at`."""
    return task.is_completed, _EPOCH - datetime.fromisoformat(task.created_at)


def _in_order(tasks: Iterable[TaskRecord]) -> list[TaskRecord]:
    """Sorted like `IN_ORDER`, without calculating each position."""
    newest_first = sorted(tasks, key=attrgetter("created_at"), reverse=True)
    newest_first.sort(key=attrgetter("is_completed"))
    return newest_first


@dataclass(frozen=True, slots=True)
class Selection:
    """Tasks of one state or both that contain all of these normalized words, now or at a past time."""

    is_completed: bool | None = None
    words: tuple[str, ...] = ()
    as_of: datetime | None = None

    @property
    def states(self) -> tuple[bool, ...]:
        """In the list's order."""
        return (False, True) if self.is_completed is None else (self.is_completed,)

    def __contains__(self, task: TaskRecord) -> bool:
        """The equivalent of `ordered`'s conditions in Python."""
        if task.is_completed not in self.states:
            return False
        text = search_text(task.title, task.description) if self.words else ""
        return all(word in text for word in self.words)

    def conditions(self, dialect: str) -> list[ColumnElement[bool]]:
        """Not LIKE, which has wildcards, and whose case sensitivity differs between the databases."""
        find = func.instr if dialect == "sqlite" else func.strpos
        return [find(Task.search_text, word) > 0 for word in self.words]

    def cost(self, workspace: WorkspaceId, connection: Connection) -> int:
        """About the rows that are read for the whole list."""
        living = select(HistoryHead.living).where(HistoryHead.workspace_id == workspace)
        rows = connection.execute(living).scalar_one()
        return rows + TasksAsOf(workspace, self.as_of).cost(connection) if self.as_of else rows

    def as_it_was(self, workspace: WorkspaceId, moment: datetime, connection: Connection) -> list[TaskRecord]:
        """The whole list at a past time, in order."""
        return _in_order(task for task in TasksAsOf(workspace, moment)(connection) if task in self)

    def ordered(self, workspace: WorkspaceId, query: Select[Any], dialect: str) -> Select[Any]:
        """Filter and order a query of tasks."""
        chosen = query.where(Task.workspace_id == workspace, *self.conditions(dialect)).order_by(*IN_ORDER)
        return chosen if self.is_completed is None else chosen.where(Task.is_completed == self.is_completed)


EVERY_TASK = Selection()


@dataclass(frozen=True, slots=True)
class AllTasks:
    workspace: WorkspaceId
    selection: Selection

    def cost(self, connection: Connection) -> int:
        return self.selection.cost(self.workspace, connection)

    def __call__(self, connection: Connection) -> tuple[TaskSnapshot, ...]:
        if moment := self.selection.as_of:
            return tuple(task.snapshot() for task in self.selection.as_it_was(self.workspace, moment, connection))
        rows = connection.execute(self.selection.ordered(self.workspace, SNAPSHOTS, connection.dialect.name))
        return tuple(TaskSnapshot(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class TaskPage:
    items: tuple[TaskSnapshot, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class TaskPageQuery:
    """At most `limit` tasks of a list, from its beginning or after a position in it."""

    workspace: WorkspaceId
    selection: Selection
    limit: int
    start_after: Position | None = None

    def after(self, cursor: str) -> "TaskPageQuery":
        """The page that follows the cursor. Raises BadRequestError."""
        is_completed, ticks = self._cursors.read(cursor)
        try:
            created_at = _EPOCH + timedelta(microseconds=ticks)
        except OverflowError:
            raise foreign_cursor() from None
        return replace(self, start_after=(is_completed, _EPOCH - created_at))

    def cost(self, connection: Connection) -> int:
        """A page of the past is cut out of the whole list; rare words are searched in all tasks."""
        if self.selection.as_of:
            return self.selection.cost(self.workspace, connection)
        if self.selection.words:
            return self.selection.cost(self.workspace, connection) // SEARCHED_FOR_ONE_READ
        return self.limit

    def __call__(self, connection: Connection) -> TaskPage:
        moment = self.selection.as_of
        found = self._past(moment, connection) if moment else self._present(connection)
        tasks = tuple(islice(found, self.limit + 1))
        items = tasks[: self.limit]
        return TaskPage(items, self._cursor_after(items[-1]) if len(tasks) > self.limit else None)

    def _past(self, moment: datetime, connection: Connection) -> Iterator[TaskSnapshot]:
        tasks = self.selection.as_it_was(self.workspace, moment, connection)
        start = bisect_right(tasks, self.start_after, key=position) if self.start_after else 0
        return (task.snapshot() for task in islice(tasks, start, None))

    def _present(self, connection: Connection) -> Iterator[TaskSnapshot]:
        """One query for each state, so that the index finds the position; the second only if it is needed."""
        for group in self._groups(connection.dialect.name):
            yield from (TaskSnapshot(*row) for row in connection.execute(group))

    def _groups(self, dialect: str) -> Iterator[Select[Any]]:
        chosen = SNAPSHOTS.where(Task.workspace_id == self.workspace, *self.selection.conditions(dialect))
        in_order = chosen.order_by(*IN_ORDER).limit(self.limit + 1)
        for is_completed in self.selection.states:
            group = in_order.where(Task.is_completed == is_completed)
            if self.start_after is None or is_completed > self.start_after[0]:
                yield group
            elif is_completed == self.start_after[0]:
                yield group.where(Task.created_at < _EPOCH - self.start_after[1])

    def _cursor_after(self, task: TaskSnapshot) -> str:
        return self._cursors.write(task.is_completed, (task.created_at - _EPOCH) // TICK)

    @property
    def _cursors(self) -> Cursors:
        selection = self.selection
        scope = (self.workspace, "tasks", selection.is_completed, selection.words, selection.as_of)
        return Cursors(_LAYOUT, scope)
