"""Erases texts of a task from what is stored: the only update of entries, which the database's triggers allow."""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import cast
from uuid import UUID

from sqlalchemy import Connection, Table, bindparam, select, update

from src.history.change import Change, Entry
from src.history.entry_format import Remains, is_sealed, without_texts
from src.history.states import CHECKPOINTS as STATES
from src.history.stored import exact, read_rows, written_columns
from src.history.versions import CHECKPOINTS as VERSIONS
from src.models.idempotency import IdempotencyKey
from src.models.task import ERASED
from src.models.task_history import TaskHistory
from src.models.workspace import WorkspaceId
from src.utils import canonical_json

_ENTRIES = cast("Table", TaskHistory.__table__)
_KEYS = cast("Table", IdempotencyKey.__table__)
_COLUMNS = ("texts", "changes", "task_title", "description")
"""Those that may lose texts; a role needs the right to update them."""
_UPDATE_ENTRY = update(_ENTRIES).where(
    _ENTRIES.c.workspace_id == bindparam("of_workspace"), _ENTRIES.c.seq == bindparam("of_seq")
)
_UPDATE_RESULT = update(_KEYS).where(
    _KEYS.c.workspace_id == bindparam("of_workspace"),
    _KEYS.c.actor_id == bindparam("of_actor"),
    _KEYS.c.key == bindparam("of_key"),
)


def remains_after(connection: Connection, workspace: WorkspaceId, task_id: UUID, fields: Collection[str]) -> str | None:
    """The proof of the task's entries of format 1 as they will be; None if the hash of each proves it itself."""
    remains: Remains | None = None
    for entry in _entries(connection, workspace, task_id):
        left = entry | without_texts(entry, fields)
        if entry["format"] == 1 and not is_sealed(left, str(entry["previous_hash"])):
            remains = (remains or Remains()).including(left)
    return remains.hexdigest() if remains else None


@contextmanager
def overwriting(connection: Connection) -> Iterator[None]:
    """Make SQLite overwrite what it deletes, which it otherwise leaves in its pages."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA secure_delete = OFF")


def erase_texts(connection: Connection, change: Change) -> None:
    """From all entries before this erasure, from stored results, and from kept states."""
    if not change.erasure:
        return
    lost = []
    for entry in _entries(connection, change.workspace, change.task_id, before=change.version):
        if columns := without_texts(entry, change.erasure.fields):
            of_entry = {"of_workspace": change.workspace, "of_seq": entry["seq"]}
            lost.append(of_entry | {name: (entry | columns)[name] for name in _COLUMNS})
    if lost:
        connection.execute(_UPDATE_ENTRY, lost)
    _erase_from_results(connection, change, change.erasure.fields)
    STATES.clear()
    VERSIONS.clear()


def _entries(
    connection: Connection, workspace: WorkspaceId, task_id: UUID, before: int | None = None
) -> Iterator[Entry]:
    """Those of a task, exactly as stored, oldest first."""
    columns = written_columns(_ENTRIES, connection.dialect.name)
    of_task = select(*columns).where(_ENTRIES.c.workspace_id == workspace, _ENTRIES.c.task_id == task_id)
    if before is not None:
        of_task = of_task.where(_ENTRIES.c.version < before)
    with exact(connection):
        yield from read_rows(connection, _ENTRIES, of_task.order_by(_ENTRIES.c.version))


def _erase_from_results(connection: Connection, change: Change, fields: Collection[str]) -> None:
    """Keys and fingerprints stay, since a late retry must not repeat the change."""
    stored = select(_KEYS.c.actor_id, _KEYS.c.key, _KEYS.c.snapshot).where(_KEYS.c.workspace_id == change.workspace)
    erased = []
    for actor, key, snapshot in connection.execute(stored.where(_KEYS.c.snapshot.contains(str(change.task_id)))):
        task = json.loads(snapshot)
        if task and task["id"] == str(change.task_id):
            text = canonical_json.encode(task | {name: ERASED[name] for name in fields})
            of_result = {"of_workspace": change.workspace, "of_actor": actor, "of_key": key}
            erased.append(of_result | {"snapshot": text})
    if erased:
        connection.execute(_UPDATE_RESULT, erased)
