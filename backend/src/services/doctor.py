"""Whether the tasks and the counters are what the history says."""

from collections import Counter
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, func, select

from src.models.fold import PastChange, state_at
from src.models.task import Task, TaskSnapshot
from src.models.task_history import ActionType, HistoryHead, TaskHistory
from src.services.verification import ROWS_AT_ONCE, verify_chain


def examine(connection: Connection) -> Iterator[str]:
    """Each thing that is wrong, in a sentence. Holds the tasks in memory, not the history."""
    verdict = verify_chain(connection)
    if not verdict.valid:
        yield f"The chain of hashes breaks at entry {verdict.first_invalid_seq}."
    try:
        yield from _compare(connection)
    except Exception:  # noqa: BLE001  # what is stored may be anything
        yield "Something that is stored can't be read, so that not all could be compared."


def _compare(connection: Connection) -> Iterator[str]:
    folded = {task.id: task for task in _fold_all(connection)}
    stored = {row.id: TaskSnapshot(*row) for row in connection.execute(select(Task.__table__))}
    for task_id in sorted(folded.keys() | stored.keys()):
        if folded.get(task_id) != stored.get(task_id):
            yield f"Task {task_id} is not what its history says."
    expected, counted = _count(connection, folded.values()), _head_counters(connection)
    for name in expected:
        if expected[name] != counted[name]:
            yield f"The counter {name} is {counted[name]}, the history says {expected[name]}."


def _fold_all(connection: Connection) -> Iterator[TaskSnapshot]:
    """What the history says of each living task."""
    columns = select(TaskHistory.task_id, TaskHistory.version, TaskHistory.action_type, TaskHistory.changes)
    ordered = columns.order_by(TaskHistory.task_id, TaskHistory.version)
    with connection.execution_options(yield_per=ROWS_AT_ONCE).execute(ordered) as rows:
        for task_id, entries in groupby(rows, key=lambda row: row[0]):
            past = [PastChange.read(*entry[1:]) for entry in entries]
            if task := state_at(task_id, past, past[-1].version):
                yield task


def _count(connection: Connection, living: Collection[TaskSnapshot]) -> dict[str, int]:
    grouped = select(TaskHistory.action_type, func.count()).group_by(TaskHistory.action_type)
    actions = Counter(dict(connection.execute(grouped).all()))
    completed = sum(task.is_completed for task in living)
    counters = {action.lower(): actions[action] for action in ActionType}
    return counters | {"living": len(living), "living_completed": completed}


def _head_counters(connection: Connection) -> dict[str, Any]:
    return dict(connection.execute(select(HistoryHead.__table__)).mappings().one())
