"""Whether the tasks and the counters are what the history says."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import Any, cast

from sqlalchemy import Connection, Table, func, select

from src.history.daily_counts import DailyDeltas
from src.history.head_lead import END_OF_TIME
from src.history.replay import PastChange, state_at
from src.history.verification import ROWS_AT_ONCE, as_written, exact, verify_chain
from src.models.daily_count import DailyCount
from src.models.task import Task, TaskSnapshot
from src.models.task_history import ActionType, HistoryHead, TaskHistory
from src.utils.search import search_text
from src.utils.timestamps import LATEST

_NEWEST = select(func.max(TaskHistory.timestamp)).scalar_subquery()
_IS_BEHIND = select(HistoryHead.timestamp < _NEWEST)
_TASKS = cast("Table", Task.__table__)
_NAMES = [column.name for column in _TASKS.c]


def examine(connection: Connection) -> Iterator[str]:
    """Each thing that is wrong, in a sentence. Holds the tasks in memory, not the history.

    The chain is read in short transactions; what is compared is of the last one, which is left open.
    """
    verdict = verify_chain(connection)
    if not verdict.valid:
        yield f"The chain of hashes breaks at entry {verdict.first_invalid_seq}."
    try:
        yield from _compare(connection)
    except Exception:  # noqa: BLE001  # what is stored may be anything
        yield "Something that is stored can't be read, so that not all could be compared."


def _compare(connection: Connection) -> Iterator[str]:
    living = list(_fold_all(connection))
    folded = {str(task.id): _as_row(task) for task in living}
    stored = {str(row["id"]): row for row in _stored_tasks(connection)}
    for task_id in sorted(folded.keys() | stored.keys()):
        if folded.get(task_id) != stored.get(task_id):
            yield f"Task {ascii(task_id)[1:-1]} is not what its history says."
    expected, counted = _count(connection, living), _head_counters(connection)
    for name in expected:
        if expected[name] != counted[name]:
            yield f"The counter {name} is {counted[name]}, the history says {expected[name]}."
    yield from _compare_days(connection, living)
    if connection.scalar(_IS_BEHIND):
        yield "The head's time is before that of its newest entry."
    if connection.scalar(select(HistoryHead.timestamp)) == LATEST:
        yield END_OF_TIME


def _as_row(task: TaskSnapshot) -> dict[str, Any]:
    return task.to_json() | {"search_text": search_text(task.title, task.description)}


def _compare_days(connection: Connection, living: Iterable[TaskSnapshot]) -> Iterator[str]:
    told = DailyDeltas()
    for task in living:
        told.count(None, task)
    expected = told.by_day()
    counted = {day: (more, done) for day, more, done in connection.execute(select(DailyCount.__table__))}
    for day in sorted(counted.keys() | expected.keys()):
        found, right = counted.get(day, (0, 0)), expected.get(day, (0, 0))
        if found != right:
            yield f"The counts of {day} are {found[0]} and {found[1]}, the history says {right[0]} and {right[1]}."


def _stored_tasks(connection: Connection) -> Iterator[dict[str, Any]]:
    """Each task as it is stored: what only reads like the right value is not found, or sorted, as that is."""
    columns = [as_written(column, connection.dialect.name) for column in _TASKS.c]
    with exact(connection):
        for row in connection.execute(select(*columns)):
            yield {**dict(zip(_NAMES, row, strict=True)), "id": str(row[0])}


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
