"""Idempotency keys within a batch: looked up once, remembered with the changes, forgotten after a day."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from src.batching.preconditions import WritePreconditions
from src.database.bulk import BulkInsert
from src.database.clock import MAX_LEAD
from src.exceptions.errors import KeyReusedError
from src.models.idempotency import KEPT, IdempotencyKey
from src.models.task import TaskSnapshot
from src.utils import canonical_json

FORGOTTEN_AT_ONCE = 500
"""More than a batch can add, so that old keys never pile up, and few enough for one transaction."""


_INSERT_KEYS = BulkInsert(IdempotencyKey)


class IdempotencyKeys:
    """The keys that a batch's commands may replay, and those they add."""

    def __init__(
        self, connection: Connection, keys: Collection[str], now: datetime, *, head_leads: bool = False
    ) -> None:
        """`now` is the clock's, whatever the head's; where the head is far ahead of it, stored keys may be too."""
        self._now = now
        self._head_leads = head_leads
        self._new: list[str] = []
        self._answers: dict[str, tuple[str, str]] = {}
        self._expired: list[str] = []
        if keys:
            self._load(connection, keys)

    def replay(self, key: str, preconditions: WritePreconditions) -> tuple[TaskSnapshot | None] | None:
        """What the first request under this key was answered, if there was one.

        Raises KeyReusedError where that was another request.
        """
        answer = self._answers.get(key)
        preconditions.replayed = answer is not None
        if answer is None:
            return None
        fingerprint, snapshot = answer
        if fingerprint != preconditions.fingerprint:
            preconditions.replayed = False
            raise KeyReusedError
        fields = json.loads(snapshot)
        return (TaskSnapshot.from_json(fields) if fields else None,)

    def remember(self, key: str, fingerprint: str, snapshot: TaskSnapshot | None) -> None:
        text = canonical_json.encode(snapshot.to_json() if snapshot else None)
        self._answers[key] = (fingerprint, text)
        row = {"key": key, "fingerprint": fingerprint, "snapshot": text, "created_at": self._now}
        self._new.append(canonical_json.encode(row))

    def write(self, connection: Connection) -> bool:
        """Store the new keys and forget some old ones; False where there was nothing to store."""
        if not self._new:
            return False
        if self._expired:
            connection.execute(delete(IdempotencyKey).where(IdempotencyKey.key.in_(self._expired)))
        self._forget_oldest(connection)
        if self._head_leads:
            self._bring_back(connection)
        _INSERT_KEYS(connection, self._new)
        return True

    def _forget_oldest(self, connection: Connection) -> None:
        oldest = (
            select(IdempotencyKey.key)
            .where(IdempotencyKey.created_at <= self._now - KEPT)
            .order_by(IdempotencyKey.created_at)
            .limit(FORGOTTEN_AT_ONCE)
        )
        connection.execute(delete(IdempotencyKey).where(IdempotencyKey.key.in_(oldest)))

    def _bring_back(self, connection: Connection) -> None:
        """Keys of a time to come, when the clock was wrong, count from now on; or they would be kept until then."""
        ahead = (
            select(IdempotencyKey.key).where(IdempotencyKey.created_at > self._now + MAX_LEAD).limit(FORGOTTEN_AT_ONCE)
        )
        back = update(IdempotencyKey).where(IdempotencyKey.key.in_(ahead)).values(created_at=self._now)
        connection.execute(back)

    def _load(self, connection: Connection, keys: Collection[str]) -> None:
        stored: Any = select(IdempotencyKey.__table__).where(IdempotencyKey.key.in_(keys))
        for row in connection.execute(stored):
            if row.created_at <= self._now - KEPT:
                self._expired.append(row.key)
            else:
                self._answers[row.key] = (row.fingerprint, row.snapshot)
