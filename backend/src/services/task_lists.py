"""Lists of tasks: which of them, whole or page by page, as they are or as they were."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from struct import Struct
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func

from src.models.task import SNAPSHOTS, Task, TaskSnapshot
from src.services.cursors import Cursors, foreign_cursor
from src.services.time_travel import TasksAsOf
from src.utils.search import search_text
from src.utils.timestamps import TICK

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = Struct(">?q")


@dataclass(frozen=True, slots=True)
class Selection:
    """Tasks of one state or of both, in which all of these folded words are; as they were at a settled moment."""

    is_completed: bool | None = None
    words: tuple[str, ...] = ()
    as_of: datetime | None = None

    @property
    def states(self) -> tuple[bool, ...]:
        """In the order of the list."""
        return (False, True) if self.is_completed is None else (self.is_completed,)

    def __contains__(self, task: TaskSnapshot) -> bool:
        """In Python what `states` and `conditions` say to the database."""
        if task.is_completed not in self.states:
            return False
        text = search_text(task.title, task.description) if self.words else ""
        return all(word in text for word in self.words)

    def conditions(self, dialect: str) -> list[ColumnElement[bool]]:
        """Neither function knows of wildcards; LIKE would, and of case, in ways of its own on each database."""
        find = func.instr if dialect == "sqlite" else func.strpos
        return [find(Task.search_text, word) > 0 for word in self.words]


EVERY_TASK = Selection()


@dataclass(frozen=True, slots=True)
class AllTasks:
    """The whole list: incomplete first, then completed; newest `created_at` first in each group."""

    selection: Selection

    def __call__(self, connection: Connection) -> tuple[TaskSnapshot, ...]:
        if self.selection.as_of is not None:
            return tuple(task for task in TasksAsOf(self.selection.as_of)(connection) if task in self.selection)
        chosen = SNAPSHOTS.where(*self.selection.conditions(connection.dialect.name))
        if self.selection.is_completed is not None:
            chosen = chosen.where(Task.is_completed == self.selection.is_completed)
        rows = connection.execute(chosen.order_by(Task.is_completed, Task.created_at.desc()))
        return tuple(TaskSnapshot(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class Place:
    """Behind a task in the list; no two were created at one time, and a restore changes none."""

    is_completed: bool
    created_at: datetime

    def precedes(self, task: TaskSnapshot) -> bool:
        if self.is_completed != task.is_completed:
            return task.is_completed
        return task.created_at < self.created_at


@dataclass(frozen=True, slots=True)
class TaskPage:
    items: tuple[TaskSnapshot, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class PageOfTasks:
    """So many tasks of a list, from its beginning or from a place in it."""

    selection: Selection
    limit: int
    place: Place | None = None

    def after(self, cursor: str) -> "PageOfTasks":
        """The page behind the one that gave this cursor. Raises BadRequestError."""
        is_completed, ticks = self._cursors.read(cursor)
        try:
            return replace(self, place=Place(is_completed, _EPOCH + timedelta(microseconds=ticks)))
        except OverflowError:
            raise foreign_cursor() from None

    def __call__(self, connection: Connection) -> TaskPage:
        past = self.selection.as_of is not None
        found = self._past(connection) if past else self._present(connection)
        tasks = tuple(islice(found, self.limit + 1))
        items = tasks[: self.limit]
        return TaskPage(items, self._cursor_behind(items[-1]) if len(tasks) > self.limit else None)

    def _past(self, connection: Connection) -> Iterable[TaskSnapshot]:
        tasks = AllTasks(self.selection)(connection)
        return (task for task in tasks if not self.place or self.place.precedes(task))

    def _present(self, connection: Connection) -> Iterator[TaskSnapshot]:
        """The groups one after the other, for an index leads to a place in one; the second only where it is needed."""
        for group in self._groups(connection.dialect.name):
            yield from (TaskSnapshot(*row) for row in connection.execute(group))

    def _groups(self, dialect: str) -> Iterator[Select[Any]]:
        newest_first = SNAPSHOTS.where(*self.selection.conditions(dialect)).order_by(Task.created_at.desc())
        for is_completed in self.selection.states:
            group = newest_first.where(Task.is_completed == is_completed).limit(self.limit + 1)
            if self.place is None or is_completed > self.place.is_completed:
                yield group
            elif is_completed == self.place.is_completed:
                yield group.where(Task.created_at < self.place.created_at)

    def _cursor_behind(self, task: TaskSnapshot) -> str:
        return self._cursors.write(task.is_completed, (task.created_at - _EPOCH) // TICK)

    @property
    def _cursors(self) -> Cursors:
        return Cursors(_PLACE, ("tasks", self.selection.is_completed, self.selection.words, self.selection.as_of))
