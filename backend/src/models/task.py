"""A task, and the verbs that are the only way to change one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self, cast
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Table, Text, bindparam, literal_column, select
from sqlalchemy.orm import Mapped, mapped_column

from src.database.base import Base
from src.utils.identifiers import new_id
from src.utils.search import search_text
from src.utils.timestamps import format_timestamp, parse_timestamp
from src.utils.validators import DESCRIPTION_LENGTH, TITLE_LENGTH

Changes = dict[str, tuple[object, object]]
"""Field → (old, new)."""

RECORDED: Final = ("title", "description", "is_completed", "created_at", "updated_at", "completed_at")
"""The fields whose changes the history holds."""

TIMES: Final = ("created_at", "updated_at", "completed_at")


@dataclass(frozen=True, slots=True)
class TaskSnapshot:
    """A task as it stood at one moment; what callers of the writer and the reader get."""

    id: UUID
    title: str
    description: str | None
    is_completed: bool
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """From fields whose ids and times are written out, as canonical JSON has them."""
        times = {name: parse_timestamp(text) for name in TIMES if (text := fields[name]) is not None}
        return cls(**{**fields, "id": UUID(fields["id"]), **times})

    def to_json(self) -> dict[str, Any]:
        """The inverse of `from_json`."""
        times = {name: format_timestamp(time) for name in TIMES if (time := getattr(self, name)) is not None}
        return {**self.fields(), "id": str(self.id), **times}

    def fields(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


class Task(Base):
    """Something to be done.

    Verbs return what they changed; one that changes nothing returns nothing and leaves no trace. `search_text` is made
    of title and description where the row is, and is no part of a snapshot.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(f"length(title) BETWEEN 1 AND {TITLE_LENGTH}", name="title_length"),
        CheckConstraint(f"length(description) <= {DESCRIPTION_LENGTH}", name="description_length"),
        CheckConstraint("is_completed = (completed_at IS NOT NULL)", name="completed_at_agrees"),
        CheckConstraint("version >= 1", name="version_positive"),
        Index("ix_tasks_created_at", "created_at"),
        Index("ix_tasks_completed_at", "completed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    description: Mapped[str | None] = mapped_column(String(DESCRIPTION_LENGTH))
    is_completed: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    version: Mapped[int]
    search_text: Mapped[str] = mapped_column(Text, server_default=literal_column("''"))

    @classmethod
    def create(cls, title: str, description: str | None, now: datetime) -> tuple[Self, Changes]:
        """A new task, and all its fields as changes from nothing."""
        task = cls(
            id=new_id(),
            title=title,
            description=description,
            is_completed=False,
            created_at=now,
            updated_at=now,
            completed_at=None,
            version=1,
        )
        return task, task._appear()

    @classmethod
    def revive(cls, then: TaskSnapshot, version: int, now: datetime) -> tuple[Self, Changes]:
        """A deleted task, back as it was `then` and at its next version."""
        task = cls(**then.fields() | {"updated_at": now, "version": version})
        return task, task._appear()

    @classmethod
    def load(cls, stored: TaskSnapshot) -> Self:
        return cls(**stored.fields())

    def row(self) -> dict[str, object]:
        """All columns, for a multi-row insert or update."""
        columns = {column: getattr(self, column) for column in TaskSnapshot.__slots__}
        return columns | {"search_text": search_text(self.title, self.description)}

    def edit(self, now: datetime, *, title: str | None = None, description: str | None = None) -> Changes:
        """Change what is given; `None` leaves a field as it is."""
        given = {"title": title, "description": description}
        return self._change(now, {field: new for field, new in given.items() if new is not None})

    def complete(self, now: datetime) -> Changes:
        """Mark as done; a task that is done already stays as it is."""
        if self.is_completed:
            return {}
        return self._change(now, {"is_completed": True, "completed_at": now})

    def reopen(self, now: datetime) -> Changes:
        """Mark as not done; a task that is not done stays as it is."""
        return self._change(now, {"is_completed": False, "completed_at": None})

    def restore(self, then: TaskSnapshot, now: datetime) -> Changes:
        """Go back to what the task was `then`; a task that is so already stays as it is."""
        return self._change(now, {field: getattr(then, field) for field in RECORDED if field != "updated_at"})

    def end(self) -> Changes:
        """The last change of a task that is being deleted: all its fields, to nothing."""
        self.version += 1
        return {field: (getattr(self, field), None) for field in RECORDED}

    def snapshot(self) -> TaskSnapshot:
        return TaskSnapshot(
            self.id,
            self.title,
            self.description,
            self.is_completed,
            self.created_at,
            self.updated_at,
            self.completed_at,
            self.version,
        )

    def _appear(self) -> Changes:
        return {field: (None, getattr(self, field)) for field in RECORDED}

    def _change(self, now: datetime, new: dict[str, object]) -> Changes:
        changes: Changes = {
            field: (old, value) for field, value in new.items() if (old := getattr(self, field)) != value
        }
        if not changes:
            return {}
        changes["updated_at"] = (self.updated_at, now)
        for field, value in new.items():
            setattr(self, field, value)
        self.updated_at = now
        self.version += 1
        return changes


Index("ix_tasks_is_completed_created_at", Task.is_completed, Task.created_at.desc())

_STORED = cast("Table", Task.__table__)
SNAPSHOTS: Final = select(*(_STORED.c[name] for name in TaskSnapshot.__slots__))
"""Tasks, with a TaskSnapshot's columns."""

TASKS_BY_IDS: Final = SNAPSHOTS.where(_STORED.c.id.in_(bindparam("ids", expanding=True)))
"""The tasks with these `ids`. Made once: making it costs more than running it."""
