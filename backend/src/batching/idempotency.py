"""Idempotency keys of a batch: read in one query, stored with the changes, deleted after a day."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, delete, select, tuple_, update

from src.batching.preconditions import WritePreconditions
from src.database.bulk import BulkInsert
from src.database.clock import MAX_LEAD
from src.exceptions.errors import KeyReusedError
from src.models.idempotency import KEPT, IdempotencyKey
from src.models.task import TaskSnapshot
from src.models.workspace import WorkspaceId
from src.utils import canonical_json

MAX_DELETED = 500
"""More than a batch can add, so that expired keys do not accumulate, and few enough for one transaction."""

_INSERT_KEYS = BulkInsert(IdempotencyKey)


class Key(NamedTuple):
    """A principal's keys are its own."""

    workspace: WorkspaceId
    actor_id: UUID
    text: str


class IdempotencyKeys:
    """The stored keys that commands of a batch repeat, and those they add."""

    def __init__(
        self,
        connection: Connection,
        workspaces: Collection[WorkspaceId],
        keys: Collection[Key],
        now: datetime,
        *,
        head_leads: bool = False,
    ) -> None:
        """`workspaces` are those whose heads are locked, `now` is the clock's time.

        If `head_leads`, a head is far ahead of it, and stored keys may be too.
        """
        self._workspaces = workspaces
        self._now = now
        self._head_leads = head_leads
        self._new: list[str] = []
        self._results: dict[Key, tuple[str, str]] = {}
        self._expired: list[Key] = []
        self.changed_workspaces: set[WorkspaceId] = set()
        """Those with new keys."""
        if keys:
            self._load(connection, keys)

    def replay(self, key: Key, preconditions: WritePreconditions) -> tuple[TaskSnapshot | None] | None:
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

    def remember(self, key: Key, fingerprint: str, snapshot: TaskSnapshot | None) -> None:
        text = canonical_json.encode(snapshot.to_json() if snapshot else None)
        self._results[key] = (fingerprint, text)
        self.changed_workspaces.add(key.workspace)
        of_key = {"workspace_id": key.workspace, "actor_id": key.actor_id, "key": key.text}
        row = of_key | {"fingerprint": fingerprint, "snapshot": text, "created_at": self._now}
        self._new.append(canonical_json.encode(row))

    def write(self, connection: Connection) -> None:
        """Store the new keys and delete some expired ones, if there is a new key."""
        if not self._new:
            return
        if self._expired:
            connection.execute(delete(IdempotencyKey).where(_OF_ROW.in_(self._expired), *self._held()))
        self._delete_oldest(connection)
        if self._head_leads:
            self._correct_future_keys(connection)
        _INSERT_KEYS(connection, self._new)

    def _delete_oldest(self, connection: Connection) -> None:
        expired = self._some_of(IdempotencyKey.created_at <= self._now - KEPT)
        oldest = expired.order_by(IdempotencyKey.created_at)
        connection.execute(delete(IdempotencyKey).where(_OF_ROW.in_(oldest)))

    def _correct_future_keys(self, connection: Connection) -> None:
        """Set keys stored while the clock was ahead to now; otherwise they would not expire until a day after then."""
        ahead = self._some_of(IdempotencyKey.created_at > self._now + MAX_LEAD)
        connection.execute(update(IdempotencyKey).where(_OF_ROW.in_(ahead)).values(created_at=self._now))

    def _some_of(self, condition: ColumnElement[bool]) -> Select[Any]:
        """Nothing outside of the locked heads' workspaces may be written."""
        columns: tuple[Any, ...] = _ROW
        return select(*columns).where(*self._held(), condition).limit(MAX_DELETED)

    def _held(self) -> list[ColumnElement[bool]]:
        return [IdempotencyKey.workspace_id.in_(self._workspaces)]

    def _load(self, connection: Connection, keys: Collection[Key]) -> None:
        texts = {key.text for key in keys}
        stored: Any = select(IdempotencyKey.__table__).where(*self._held(), IdempotencyKey.key.in_(texts))
        for row in connection.execute(stored):
            key = Key(WorkspaceId(row.workspace_id), row.actor_id, row.key)
            if key not in keys:
                continue
            if row.created_at <= self._now - KEPT:
                self._expired.append(key)
            else:
                self._results[key] = (row.fingerprint, row.snapshot)


_ROW = (IdempotencyKey.workspace_id, IdempotencyKey.actor_id, IdempotencyKey.key)
_OF_ROW = tuple_(*_ROW)
