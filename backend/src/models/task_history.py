"""The append-only history: its entries, and the head that gives them their order."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import cast
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, Select, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from src.database.base import Base
from src.exceptions.errors import EndOfTimeError
from src.models.task import TaskSnapshot
from src.utils import canonical_json
from src.utils.identifiers import new_id
from src.utils.timestamps import LATEST, TICK
from src.utils.validators import TITLE_LENGTH

FIRST_PREVIOUS_HASH = "0" * 64
_SEQ = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts its rows by an INTEGER primary key only


class ActionType(StrEnum):
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    COMPLETED = "COMPLETED"
    INCOMPLETED = "INCOMPLETED"
    DELETED = "DELETED"
    RESTORED = "RESTORED"


Entry = dict[str, object]
"""What an entry says; its place in the history is not known yet."""


def chain_hash(previous_hash: str, columns: str) -> str:
    """SHA-256 over the hash before and the canonical JSON of an entry's other columns.

    `docs/history.md` fixes the format and gives a test vector.
    """
    return sha256((previous_hash + columns).encode()).hexdigest()


class TaskHistory(Base):
    """An entry: one change of one task. `changes` is canonical JSON; no foreign key, for entries outlive tasks."""

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

    @classmethod
    def of_task(cls, task_id: UUID) -> Select[int, str, str]:
        """What `fold` needs of a task's entries, oldest first."""
        return select(cls.version, cls.action_type, cls.changes).where(cls.task_id == task_id).order_by(cls.version)


Index("ix_task_history_action_type_seq", TaskHistory.action_type, TaskHistory.seq.desc())


class HistoryHead(Base):
    """Where the history has got to, a single row; `Head` says what stands in it.

    Who holds its lock writes the history: batches, of several processes too, follow one another by it.
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


@dataclass(slots=True)
class Head:
    """The newest entry's `seq`, `hash` and `timestamp`, and counters that make totals cheap.

    Counted are the entries of each action type, the tasks that there are, and those of them that are completed.
    """

    id: int
    seq: int
    hash: str
    timestamp: datetime
    created: int
    updated: int
    completed: int
    incompleted: int
    deleted: int
    restored: int
    living: int
    living_completed: int

    def row(self) -> dict[str, object]:
        """All columns but the key, for an update."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "id"}

    def count(self, before: TaskSnapshot | None, after: TaskSnapshot | None) -> None:
        """Keep the numbers of tasks, given one as it was and as it is; `None`: there is none."""
        self.living += (after is not None) - (before is not None)
        self.living_completed += bool(after and after.is_completed) - bool(before and before.is_completed)

    def next_timestamp(self, clock: datetime) -> datetime:
        """The clock's time, or just after the newest entry's where the clock lags: times have the order of `seq`.

        Raises EndOfTimeError.
        """
        if self.timestamp == LATEST:
            raise EndOfTimeError
        return max(clock, self.timestamp + TICK)

    def append(self, entry: Entry) -> str:
        """Place the entry after the newest, which it becomes; its row, as JSON."""
        self.seq, self.timestamp = self.seq + 1, cast("datetime", entry["timestamp"])
        columns = canonical_json.encode({"seq": self.seq, "history_id": new_id()} | entry)
        previous_hash, self.hash = self.hash, chain_hash(self.hash, columns)
        counter = str(entry["action_type"]).lower()
        setattr(self, counter, getattr(self, counter) + 1)
        return f'{columns[:-1]},"previous_hash":"{previous_hash}","hash":"{self.hash}"}}'
