"""Tasks, and the verbs that change them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple, Self, cast
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Select, String, Table, Text, literal_column, select
from sqlalchemy.orm import Mapped, mapped_column

from src.database.base import Base, as_text
from src.utils.identifiers import new_id
from src.utils.search import search_text
from src.utils.timestamps import format_timestamp
from src.utils.validators import DESCRIPTION_LENGTH, TITLE_LENGTH


@dataclass(frozen=True, slots=True)
class TaskSnapshot:
    """An immutable state of a task.

    A verb returns the next state, with the next version, or the same object if nothing changes.
    """

    id: UUID
    title: str
    description: str | None
    is_completed: bool
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int

    @classmethod
    def create(cls, title: str, description: str | None, now: datetime) -> Self:
        return cls(
            id=new_id(),
            title=title,
            description=description,
            is_completed=False,
            created_at=now,
            updated_at=now,
            completed_at=None,
            version=1,
        )

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """From fields with ids and times as text, as in canonical JSON."""
        times = {name: datetime.fromisoformat(text) for name in TIMES if (text := fields[name]) is not None}
        return cls(**{**fields, "id": UUID(fields["id"]), **times})

    def to_json(self) -> dict[str, Any]:
        """The inverse of `from_json`."""
        times = {name: format_timestamp(time) for name in TIMES if (time := getattr(self, name)) is not None}
        return {name: getattr(self, name) for name in FIELDS} | {"id": str(self.id)} | times

    def row(self) -> dict[str, Any]:
        """All columns, as canonical JSON has them, for a multi-row insert or update."""
        return self.to_json() | {"search_text": search_text(self.title, self.description)}

    def edit(self, now: datetime, *, title: str | None = None, description: str | None = None) -> Self:
        """Change what is given; `None` leaves a field as it is."""
        given = {"title": title, "description": description}
        return self._change(now, {field: new for field, new in given.items() if new is not None})

    def complete(self, now: datetime) -> Self:
        """Mark as completed; no change if it is already."""
        return self if self.is_completed else self._change(now, {"is_completed": True, "completed_at": now})

    def reopen(self, now: datetime) -> Self:
        """Mark as not completed; no change if it is not."""
        return self._change(now, {"is_completed": False, "completed_at": None})

    def restore(self, then: "TaskSnapshot", now: datetime) -> Self:
        """Take over the fields of an earlier state; no change if they are equal."""
        return self._change(now, {field: getattr(then, field) for field in RECORDED if field != "updated_at"})

    def without(self, fields: Collection[str]) -> Self:
        """The same state with the values that stand for erased texts."""
        new: dict[str, Any] = {field: ERASED[field] for field in fields}
        return replace(self, **new)

    def erase(self, fields: Collection[str], title: str, now: datetime) -> Self:
        """Without these texts; `title` takes the place of an erased one."""
        erased = self.without(fields)
        title = title if "title" in fields else self.title
        return replace(erased, title=title, updated_at=now, version=self.version + 1)

    def revive(self, version: int, now: datetime) -> Self:
        """Recreate a deleted task at this version."""
        return replace(self, updated_at=now, version=version)

    def _change(self, now: datetime, new: Mapping[str, Any]) -> Self:
        if all(getattr(self, field) == value for field, value in new.items()):
            return self
        return replace(self, **new, updated_at=now, version=self.version + 1)


class TaskRecord(NamedTuple):
    """A state of a task with ids and times as text, as canonical JSON has them.

    Replaying and rendering thousands of tasks is several times as fast without the conversions to a snapshot.
    """

    id: str
    title: str
    description: str | None
    is_completed: bool
    created_at: str
    updated_at: str
    completed_at: str | None
    version: int

    @classmethod
    def of(cls, task: TaskSnapshot) -> Self:
        return cls(**task.to_json())

    def snapshot(self) -> TaskSnapshot:
        return TaskSnapshot.from_json(self._asdict())


FIELDS: Final = tuple(field.name for field in fields(TaskSnapshot))
RECORDED: Final = tuple(name for name in FIELDS if name not in {"id", "version"})
"""The fields whose changes the history records."""
TEXTS: Final = ("title", "description")
"""The fields that people write freely, and that can be erased."""
ERASED: Final = {"title": "(erased)", "description": None}
"""What stands for a text that has been erased."""
TIMES: Final = tuple(name for name in FIELDS if name.endswith("_at"))


class Task(Base):
    """The row of a task; the behaviour is in TaskSnapshot.

    `search_text` is derived from title and description, and is not part of a snapshot.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(f"length(title) BETWEEN 1 AND {TITLE_LENGTH}", name="title_length"),
        CheckConstraint(f"length(description) <= {DESCRIPTION_LENGTH}", name="description_length"),
        CheckConstraint("is_completed = (completed_at IS NOT NULL)", name="completed_at_agrees"),
        CheckConstraint("version >= 1", name="version_positive"),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    description: Mapped[str | None] = mapped_column(String(DESCRIPTION_LENGTH))
    is_completed: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    version: Mapped[int]
    search_text: Mapped[str] = mapped_column(Text, server_default=literal_column("''"))


Index("ix_tasks_workspace_id_is_completed_created_at", Task.workspace_id, Task.is_completed, Task.created_at.desc())

_STORED = cast("Table", Task.__table__)
SNAPSHOTS: Final = select(*(_STORED.c[name] for name in FIELDS))
"""Selects the columns of TaskSnapshot."""


@cache
def select_records(dialect: str) -> Select[Any]:
    """Selects the columns of TaskRecord."""
    return select(*(as_text(_STORED.c[name], dialect) for name in FIELDS))
