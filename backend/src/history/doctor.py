"""Checks the hash chain, and that all derived data agrees with the history."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from src.history.head_lead import END_OF_TIME
from src.history.projections import Comparable, Counters, projections
from src.history.replay import replay_all
from src.history.verification import verify_chain
from src.models.task_history import HistoryHead, TaskHistory
from src.utils.timestamps import LATEST

_NEWEST = select(func.max(TaskHistory.timestamp)).scalar_subquery()
_IS_BEHIND = select(HistoryHead.timestamp < _NEWEST)


def examine(connection: Connection) -> Iterator[str]:
    """A sentence for each problem. Keeps all tasks in memory, but not the history.

    The chain is verified in short transactions. The data is compared in the last one, which stays open.
    """
    verdict = verify_chain(connection)
    if not verdict.valid:
        yield f"The chain of hashes breaks at entry {verdict.first_invalid_seq}."
    try:
        yield from _compare(connection)
    except Exception:  # noqa: BLE001  # stored values may be anything
        yield "Something that is stored can't be read, so that not all could be compared."


def _compare(connection: Connection) -> Iterator[str]:
    compared: list[Comparable] = [*projections(), Counters.zero()]
    for change in replay_all(connection):
        for each in compared:
            each.add(change)
    for each in compared:
        yield from each.differences(connection)
    if connection.scalar(_IS_BEHIND):
        yield "The head's time is before that of its newest entry."
    if connection.scalar(select(HistoryHead.timestamp)) == LATEST:
        yield END_OF_TIME
