"""Example parameters and responses of the OpenAPI document."""

import json
from collections.abc import Sequence
from typing import Any

from src.exceptions.handlers import known_names
from src.models.workspace import SHARED_PRINCIPAL

TASK: dict[str, Any] = {
    "id": "01a20577-8b3f-7e72-9fca-d34e8db788e8",
    "title": "Buy milk",
    "description": "Semi-skimmed, two litres",
    "is_completed": False,
    "created_at": "2026-11-22T10:00:00.000000Z",
    "updated_at": "2026-11-22T10:00:00.000000Z",
    "completed_at": None,
    "version": 1,
}
LATER = "2026-11-22T10:05:00.000000Z"
ENTRY = {
    "history_id": "01a20577-9b18-7340-a6d9-4bf24cb09200",
    "task_id": TASK["id"],
    "action_type": "UPDATED",
    "description": 'Changed the title from "Buy milk" to "Buy oat milk"',
    "timestamp": LATER,
    "task_title": "Buy oat milk",
    "seq": 2,
    "version": 2,
    "changes": {"title": ["Buy milk", "Buy oat milk"], "updated_at": [TASK["updated_at"], LATER]},
    "actor": {"id": str(SHARED_PRINCIPAL), "kind": "shared", "name": None},
    "client": "curl/8.14.1",
    "run": None,
    "erased": [],
}
PAGINATION = {
    "total_count": 2,
    "total_pages": 2,
    "current_page": 1,
    "page_size": 1,
    "has_next": True,
    "has_prev": False,
}
COMPLETED = TASK | {"is_completed": True, "updated_at": LATER, "completed_at": LATER, "version": 2}

DATA: dict[str, Any] = {
    "TaskAnswer": TASK,
    "TaskList": [TASK],
    "TaskCreated": TASK,
    "TaskUpdated": TASK | {"title": "Buy oat milk", "updated_at": LATER, "version": 2},
    "TaskCompleted": COMPLETED,
    "TaskIncomplete": TASK | {"updated_at": LATER, "version": 3},
    "TaskRestored": TASK | {"updated_at": LATER, "version": 4},
    "TaskErased": TASK | {"description": None, "updated_at": LATER, "version": 2},
    "TaskDeleted": None,
    "HistoryAnswer": {"items": [ENTRY], "pagination": PAGINATION},
    "ChangesAnswer": {"items": [ENTRY], "next_since": 2},
    "VerdictAnswer": {
        "valid": True,
        "entries": 2,
        "head_seq": 2,
        "head_hash": "0273e000c7f4b6f0a8f1b8a5a0b2c7d9e1f3a5b7c9d1e3f5a7b9c1d3e5f798f0",
        "first_invalid_seq": None,
        "erased": 0,
        "unproven": 0,
    },
    "WeeklyStatsAnswer": {
        "tasks_created_this_week": 3,
        "tasks_completed_this_week": 1,
        "total_completed": 1,
        "total_incomplete": 2,
        "total_tasks": 3,
        "week_start": "2026-11-16T00:00:00Z",
        "week_end": "2026-11-22T23:59:59Z",
    },
    "DailyStatsAnswer": [
        {"date": "2026-11-21", "created": 2, "completed": 0},
        {"date": "2026-11-22", "created": 1, "completed": 1},
    ],
    "HealthAnswer": {"status": "healthy", "service": "tasktrail", "version": "0.1.0"},
}
"""Example `data` by the name of the response's schema."""
EVENT = f"event: UPDATED\ndata: {json.dumps(ENTRY)}\nid: 2\n\n"

PARAMETERS: dict[str, Any] = {
    "id": TASK["id"],
    "task_id": TASK["id"],
    "status": "active",
    "action_type": "UPDATED",
    "page": 1,
    "offset": 0,
    "limit": 10,
    "cursor": "mgmJQ7pm0Ido0T0QAAAAAAAAAAQAAAAAAAAAAg",
    "since": 0,
    "Last-Event-ID": 0,
    "lastEventId": 0,
}
"""Examples by parameter name, for parameters that declare none themselves."""


BAD_BODIES = {"restore": "version: must be a whole number", "erase": "fields: must not name a field twice"}


def bad_input(path: str, query_names: Sequence[str], *, has_body: bool) -> str:
    """An example error message of a 400 from this route."""
    if has_body:
        return BAD_BODIES.get(path.rpartition("/")[2], "title: must not be empty")
    if "{id}" in path:
        return "id: must be a UUID of 8-4-4-4-12 hexadecimal digits"
    return f"query: has an unknown parameter, {known_names(query_names)}"
