"""Entries of the history as clients read them, in pages that are bounded by bytes as well as by number."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Connection, Row, Select, select

from src.history.entry_format import missing_texts
from src.history.sentences import sentence
from src.models.task import ERASED
from src.models.task_history import ActionType, TaskHistory
from src.models.workspace import Principal

PAGE_BYTES = 1_250_000
"""About the largest page as JSON. A hundred entries of long texts in ASCII fit; of others an entry can have 45 KB."""

ROWS_AT_ONCE = 100
_BYTES_WITHOUT_TEXT = 300


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` is null once it is erased, and for `shared`."""

    id: UUID
    kind: str
    name: str | None


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """An entry of either format; one of format 1 has no actor, client and run."""

    history_id: UUID
    task_id: UUID
    action_type: str
    description: str
    timestamp: datetime
    task_title: str
    seq: int
    version: int
    changes: dict[str, Any]
    actor: Actor | None
    client: str | None
    run: UUID | None
    erased: list[str]

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        changes, texts = json.loads(row.changes), json.loads(row.texts or "{}")
        changes |= {name: value for name, (_, value) in texts.items() if isinstance(value, list)}
        title = row.task_title or _title_in(texts)
        named = json.loads(row.meta)["erased"] if row.meta and row.action_type == ActionType.ERASED else ()
        return cls(
            history_id=row.history_id,
            task_id=row.task_id,
            action_type=row.action_type,
            description=row.description or sentence(row.action_type, title, changes, named),
            timestamp=row.timestamp,
            task_title=title,
            seq=row.seq,
            version=row.version,
            changes=dict(sorted(changes.items())),
            actor=Actor(row.actor_id, row.actor_kind, row.actor_name) if row.actor_id else None,
            client=row.client,
            run=row.run_id,
            erased=sorted({*named, *_lost(row, changes)}),
        )


def _title_in(texts: dict[str, Any]) -> str:
    """The title after the change, or before a deletion."""
    _, title = texts.get("title", (None, ERASED["title"]))
    return str(title if isinstance(title, str) else title[1] or title[0])


def _lost(row: Row[Any], changes: dict[str, Any]) -> list[str]:
    """The names of the texts that the entry has lost. Format 1 shows it of a description only where it needs one."""
    if row.commitments is not None:
        return missing_texts(row.commitments, row.texts)
    is_whole = row.action_type in {ActionType.CREATED, ActionType.DELETED}
    has_lost_description = "description" not in changes and (
        is_whole or (row.action_type == ActionType.UPDATED and row.task_title and "title" not in changes)
    )
    lost = {"title": row.task_title is None, "description": has_lost_description}
    return [name for name, is_lost in sorted(lost.items()) if is_lost]


_COLUMNS = (
    "history_id",
    "task_id",
    "action_type",
    "description",
    "timestamp",
    "task_title",
    "seq",
    "version",
    "changes",
    "texts",
    "commitments",
    "meta",
    "actor_id",
    "actor_kind",
    "client",
    "run_id",
)
ITEMS = select(*(getattr(TaskHistory, name) for name in _COLUMNS), Principal.name.label("actor_name")).outerjoin_from(
    TaskHistory, Principal, Principal.id == TaskHistory.actor_id
)


def read_items(
    connection: Connection, query: Select[Any], limit: int, max_bytes: int | None = None
) -> tuple[tuple[HistoryItem, ...], bool]:
    """At most `limit` items and `max_bytes`, by default `PAGE_BYTES`, but at least one; and whether more follow."""
    limited = query.limit(limit + 1)
    options = {"yield_per": ROWS_AT_ONCE} if limit > ROWS_AT_ONCE else {}
    with connection.execute(limited, execution_options=options) as rows:
        return _take(rows, limit, max_bytes or PAGE_BYTES)


def _take(rows: Iterable[Row[Any]], limit: int, max_bytes: int) -> tuple[tuple[HistoryItem, ...], bool]:
    items: list[HistoryItem] = []
    size = 0
    for row in rows:
        size += _bytes_of(row)
        if items and (len(items) == limit or size > max_bytes):
            return tuple(items), True
        items.append(HistoryItem.of(row))
    return tuple(items), False


def _bytes_of(row: Row[Any]) -> int:
    texts = (row.changes, row.description, row.task_title, row.texts)
    return _BYTES_WITHOUT_TEXT + sum(len(text) if text.isascii() else len(text.encode()) for text in texts if text)
