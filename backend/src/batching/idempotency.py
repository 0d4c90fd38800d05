"""Idempotency keys of a batch: read in one query, stored with the changes, deleted after a day."""

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

MAX_DELETED = 500
"""More than a batch can add, so that expired keys do not accumulate, and few enough for one transaction."""

_INSERT_KEYS = BulkInsert(IdempotencyKey)


class IdempotencyKeys:
    """The stored keys that commands of a batch repeat, and those they add."""

    def __init__(
        self, connection: Connection, keys: Collection[str], now: datetime, *, head_leads: bool = False
    ) -> None:
        """`now` is the clock's time; if `head_leads`, the head is far ahead of it, and stored keys may be too."""
        self._now = now
        self._head_leads = head_leads
        self._new: list[str] = []
        self._results: dict[str, tuple[str, str]] = {}
        self._expired: list[str] = []
        if keys:
            self._load(connection, keys)

    def replay(self, key: str, preconditions: WritePreconditions) -> tuple[TaskSnapshot | None] | None:
        """The result of the first request with this key, in a tuple, or None if this is the first.

        Raises KeyReusedError if it was another request.
        """
        result = self._results.get(key)
        if result is None:
            preconditions.replayed = False
            return None
        fingerprint, snapshot = result
        preconditions.replayed = fingerprint == preconditions.fingerprint
        if not preconditions.replayed:
            raise KeyReusedError
        fields = json.loads(snapshot)
        return (TaskSnapshot.from_json(fields) if fields else None,)

    def remember(self, key: str, fingerprint: str, snapshot: TaskSnapshot | None) -> None:
        text = canonical_json.encode(snapshot.to_json() if snapshot else None)
        self._results[key] = (fingerprint, text)
        row = {"key": key, "fingerprint": fingerprint, "snapshot": text, "created_at": self._now}
        self._new.append(canonical_json.encode(row))

    def write(self, connection: Connection) -> bool:
        """Store the new keys and delete some expired ones; False if there is no new key."""
        if not self._new:
            return False
        if self._expired:
            connection.execute(delete(IdempotencyKey).where(IdempotencyKey.key.in_(self._expired)))
        self._delete_oldest(connection)
        if self._head_leads:
            self._correct_future_keys(connection)
        _INSERT_KEYS(connection, self._new)
        return True

    def _delete_oldest(self, connection: Connection) -> None:
        oldest = (
            select(IdempotencyKey.key)
            .where(IdempotencyKey.created_at <= self._now - KEPT)
            .order_by(IdempotencyKey.created_at)
            .limit(MAX_DELETED)
        )
        connection.execute(delete(IdempotencyKey).where(IdempotencyKey.key.in_(oldest)))

    def _correct_future_keys(self, connection: Connection) -> None:
        """Set keys stored while the clock was ahead to now; otherwise they would not expire until a day after then."""
        ahead = select(IdempotencyKey.key).where(IdempotencyKey.created_at > self._now + MAX_LEAD).limit(MAX_DELETED)
        connection.execute(update(IdempotencyKey).where(IdempotencyKey.key.in_(ahead)).values(created_at=self._now))

    def _load(self, connection: Connection, keys: Collection[str]) -> None:
        stored: Any = select(IdempotencyKey.__table__).where(IdempotencyKey.key.in_(keys))
        for row in connection.execute(stored):
            if row.created_at <= self._now - KEPT:
                self._expired.append(row.key)
            else:
                self._results[row.key] = (row.fingerprint, row.snapshot)
