"""A task and its history."""

from datetime import datetime
from uuid import UUID

from advanced_alchemy.base import DefaultBase, UUIDv7AuditBase
from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

SEQ = BigInteger().with_variant(Integer, "sqlite")


class Task(UUIDv7AuditBase):
    __tablename__ = "tasks"
    __table_args__ = (CheckConstraint("length(title) BETWEEN 1 AND 255", name="title_length"),)

    title: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(String(5000))
    is_completed: Mapped[bool] = mapped_column(default=False)
    completed_at: Mapped[datetime | None] = mapped_column(DateTimeUTC(timezone=True), index=True)
    version: Mapped[int] = mapped_column(default=1)


Index("task_order", Task.is_completed, Task.created_at.desc())
Index("task_created", Task.created_at)


class Entry(DefaultBase):
    __tablename__ = "task_history"
    __table_args__ = (UniqueConstraint("task_id", "version"),)

    seq: Mapped[int] = mapped_column(SEQ, primary_key=True)
    history_id: Mapped[UUID] = mapped_column(unique=True)
    task_id: Mapped[UUID]
    version: Mapped[int]
    action_type: Mapped[str] = mapped_column(String(11))
    task_title: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(Text)
    changes: Mapped[dict[str, list[str | bool | None]]] = mapped_column(JSON().with_variant(JSONB(), "postgresql"))
    timestamp: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True), index=True)


Index("entry_task", Entry.task_id, Entry.seq.desc())
Index("entry_action", Entry.action_type, Entry.seq.desc())
