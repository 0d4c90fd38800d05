"""The append-only history: its entries and its head."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from src.database.base import Base
from src.utils.validators import TITLE_LENGTH

_SEQ = BigInteger().with_variant(Integer, "sqlite")  # on SQLite only INTEGER PRIMARY KEY is the rowid


class ActionType(StrEnum):
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    COMPLETED = "COMPLETED"
    INCOMPLETED = "INCOMPLETED"
    DELETED = "DELETED"
    RESTORED = "RESTORED"


class TaskHistory(Base):
    """One change of one task; `changes` is canonical JSON. No foreign key, since entries outlive tasks."""

    __tablename__ = "task_history"
    __table_args__ = (
        UniqueConstraint("history_id"),
        UniqueConstraint("task_id", "version"),
        CheckConstraint(
            "action_type IN ('CREATED', 'UPDATED', 'COMPLETED', 'INCOMPLETED', 'DELETED', 'RESTORED')",
            name="action_type_known",
        ),
        CheckConstraint("seq >= 1 AND version >= 1", name="numbers_positive"),
        CheckConstraint("length(previous_hash) = 64 AND length(hash) = 64", name="hash_length"),
        Index("ix_task_history_timestamp", "timestamp"),
    )

    seq: Mapped[int] = mapped_column(_SEQ, primary_key=True, autoincrement=False)
    history_id: Mapped[UUID]
    task_id: Mapped[UUID]
    version: Mapped[int]
    action_type: Mapped[str] = mapped_column(String(11))
    task_title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    description: Mapped[str] = mapped_column(Text)
    changes: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(String(64))
    timestamp: Mapped[datetime]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


Index("ix_task_history_action_type_seq", TaskHistory.action_type, TaskHistory.seq.desc())


class HistoryHead(Base):
    """A single row: the newest entry of the history, and exact counters.

    Its row lock serializes all batches, also those of several processes.
    """

    __tablename__ = "history_head"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
    timestamp: Mapped[datetime]
    created: Mapped[int] = mapped_column(BigInteger)
    updated: Mapped[int] = mapped_column(BigInteger)
    completed: Mapped[int] = mapped_column(BigInteger)
    incompleted: Mapped[int] = mapped_column(BigInteger)
    deleted: Mapped[int] = mapped_column(BigInteger)
    restored: Mapped[int] = mapped_column(BigInteger)
    living: Mapped[int] = mapped_column(BigInteger)
    living_completed: Mapped[int] = mapped_column(BigInteger)
