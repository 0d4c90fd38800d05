"""Entries of the history as clients read them, in pages that are bounded by bytes as well as by number."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, select

from src.models.task_history import TaskHistory

PAGE_BYTES = 1_250_000
"""About the largest page as JSON. A hundred entries of long texts in ASCII fit; of others an entry can have 45 KB."""

ROWS_AT_ONCE = 100
_BYTES_WITHOUT_TEXT = 300


@dataclass(frozen=True, slots=True)
class HistoryItem:
    history_id: UUID
    task_id: UUID
    action_type: str
    description: str
    timestamp: datetime
    task_title: str
    seq: int
    version: int
    changes: dict[str, Any]


ITEMS = select(*(getattr(TaskHistory, name) for name in HistoryItem.__slots__))


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
        items.append(HistoryItem(**row._asdict() | {"changes": json.loads(row.changes)}))
    return tuple(items), False


def _bytes_of(row: Row[Any]) -> int:
    texts = (row.changes, row.description, row.task_title)
    return _BYTES_WITHOUT_TEXT + sum(len(text) if text.isascii() else len(text.encode()) for text in texts)
