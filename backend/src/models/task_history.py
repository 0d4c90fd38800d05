"""The append-only histories: their entries and their heads."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from src.database.base import Base
from src.utils.validators import TITLE_LENGTH


class ActionType(StrEnum):
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    COMPLETED = "COMPLETED"
    INCOMPLETED = "INCOMPLETED"
    DELETED = "DELETED"
    RESTORED = "RESTORED"
    ERASED = "ERASED"


class TaskHistory(Base):
    """One change of one task, in one of the two formats that `docs/history.md` specifies.

    `changes`, `meta`, `commitments` and `texts` are canonical JSON. `task_title` and `description`, a sentence, are of
    format 1; actor, client, run, `meta`, `commitments` and `texts` of format 2. No foreign key, since entries outlive
    tasks.
    """

    __tablename__ = "task_history"
    __table_args__ = (
        UniqueConstraint("workspace_id", "history_id"),
        UniqueConstraint("workspace_id", "task_id", "version"),
        CheckConstraint(
            "action_type IN ('CREATED', 'UPDATED', 'COMPLETED', 'INCOMPLETED', 'DELETED', 'RESTORED', 'ERASED')",
            name="action_type_known",
        ),
        CheckConstraint("format IN (1, 2)", name="format_known"),
        CheckConstraint("seq >= 1 AND version >= 1", name="numbers_positive"),
        CheckConstraint("length(previous_hash) = 64 AND length(hash) = 64", name="hash_length"),
        Index("ix_task_history_workspace_id_timestamp", "workspace_id", "timestamp"),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    history_id: Mapped[UUID]
    task_id: Mapped[UUID]
    version: Mapped[int]
    format: Mapped[int] = mapped_column(SmallInteger)
    action_type: Mapped[str] = mapped_column(String(11))
    task_title: Mapped[str | None] = mapped_column(String(TITLE_LENGTH))
    description: Mapped[str | None] = mapped_column(Text)
    changes: Mapped[str] = mapped_column(Text)
    actor_kind: Mapped[str | None] = mapped_column(String(7))
    actor_id: Mapped[UUID | None]
    credential_id: Mapped[UUID | None]
    client: Mapped[str | None] = mapped_column(String(64))
    run_id: Mapped[UUID | None]
    request_id: Mapped[str | None] = mapped_column(String(64))
    meta: Mapped[str | None] = mapped_column(Text)
    timestamp: Mapped[datetime]
    commitments: Mapped[str | None] = mapped_column(Text)
    texts: Mapped[str | None] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


Index(
    "ix_task_history_workspace_id_action_type_seq",
    TaskHistory.workspace_id,
    TaskHistory.action_type,
    TaskHistory.seq.desc(),
)
_OF_A_RUN = TaskHistory.run_id.is_not(None)
Index(
    "ix_task_history_workspace_id_run_id_seq",
    TaskHistory.workspace_id,
    TaskHistory.run_id,
    TaskHistory.seq.desc(),
    postgresql_where=_OF_A_RUN,
    sqlite_where=_OF_A_RUN,
)


class HistoryHead(Base):
    """The newest entry of a workspace's history, and exact counters.

    The row's lock serializes all batches that write to the workspace, also those of several processes.
    """

    __tablename__ = "history_head"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
    timestamp: Mapped[datetime]
    created: Mapped[int] = mapped_column(BigInteger)
    updated: Mapped[int] = mapped_column(BigInteger)
    completed: Mapped[int] = mapped_column(BigInteger)
    incompleted: Mapped[int] = mapped_column(BigInteger)
    deleted: Mapped[int] = mapped_column(BigInteger)
    restored: Mapped[int] = mapped_column(BigInteger)
    erased: Mapped[int] = mapped_column(BigInteger)
    living: Mapped[int] = mapped_column(BigInteger)
    living_completed: Mapped[int] = mapped_column(BigInteger)


FORMAT_1: Final = (
    "seq",
    "history_id",
    "task_id",
    "version",
    "action_type",
    "task_title",
    "description",
    "changes",
    "timestamp",
    "request_id",
)
"""The columns that the hash of an entry of format 1 covers."""
