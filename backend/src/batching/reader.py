"""The read queue: reads that wait at the same time share one query, and its snapshot.

None joins a query that had begun before it came, so everybody reads what was acknowledged to them.
"""

import sys
from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

from sqlalchemy import Connection, Engine

from src.batching.loading import tasks_by_ids
from src.batching.queue import BatchQueue, Limits, Worker
from src.batching.readiness import require_ready
from src.database.connection import single_statements, snapshots
from src.database.driver_errors import translated_errors
from src.exceptions.errors import TasktrailError, UnavailableError
from src.models.task import TaskSnapshot

R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")

QUERY_WORKERS = 2
CONNECTIONS = QUERY_WORKERS + 2


class Query(Hashable, Protocol[R_co]):
    """A question to the database; equal ones that wait together are asked once, so the answer must be immutable."""

    def __call__(self, connection: Connection) -> R_co: ...


class Reader:
    """All reads of the process: single tasks by their ids, and queries, on read-only connections."""

    def __init__(self, engine: Engine, probing: Engine, limits: Limits | None = None) -> None:
        """`probing` keeps a connection for readiness, which no slow read can take."""
        limits = limits or Limits()
        points, whole = single_statements(engine), snapshots(engine)
        self._points = BatchQueue[UUID, TaskSnapshot | None](points, _find, _timeout_error, limits)
        self._queries = BatchQueue[Query[Any], Any](whole, _answer, _timeout_error, limits, workers=QUERY_WORKERS)
        self._slices = BatchQueue[Query[Any], Any](whole, _answer, _timeout_error, limits)
        everybody = replace(limits, max_queued=sys.maxsize, max_batch=sys.maxsize)
        self._probes = BatchQueue[Query[Any], Any](single_statements(probing), _answer, _timeout_error, everybody)

    async def task(self, task_id: UUID) -> TaskSnapshot | None:
        """Raises UnavailableError."""
        return await self._points.submit(task_id)

    async def ask(self, query: Query[R]) -> R:
        """Raises UnavailableError, and what the query raises."""
        return cast("R", await self._queries.submit(query))

    async def ask_slice(self, query: Query[R]) -> R:
        """As `ask`, for one of many that read the whole history slice by slice: in nobody's way."""
        return cast("R", await self._slices.submit(query))

    async def require_ready(self) -> datetime | None:
        """The head's time. Behind no other read, and one statement for all who wait, however many they are.

        Raises UnavailableError, and what `readiness.require_ready` raises.
        """
        return cast("datetime | None", await self._probes.submit(require_ready))

    async def close(self) -> None:
        await self._points.close()
        await self._queries.close()
        await self._slices.close()
        await self._probes.close(patient=False)


def _find(worker: Worker[UUID, TaskSnapshot | None], ids: Sequence[UUID]) -> Sequence[TaskSnapshot | None]:
    with translated_errors(), worker.connect() as connection:
        found = {task.id: task for task in tasks_by_ids(connection, set(ids))}
    return [found.get(task_id) for task_id in ids]


def _answer(worker: Worker[Query[Any], Any], queries: Sequence[Query[Any]]) -> Sequence[Any]:
    """Each distinct query once, all of one snapshot; where one fails badly, each on its own."""
    distinct = list(dict.fromkeys(queries))
    try:
        with translated_errors(), worker.connect() as connection:
            answers = {query: _outcome(query, connection) for query in distinct}
    except UnavailableError:
        raise
    except Exception as error:  # noqa: BLE001  # a bug or a refusal: find whose it is
        answers = {query: _answer(worker, [query])[0] for query in distinct} if distinct[1:] else {distinct[0]: error}
    return [answers[query] for query in queries]


def _outcome(query: Query[Any], connection: Connection) -> object:
    """What the query returns, or the error of ours that it raises, which concerns no other."""
    try:
        return query(connection)
    except TasktrailError as error:
        return error


def _timeout_error(_begun: bool) -> Exception:  # noqa: FBT001  # a callback's only argument
    return UnavailableError("The database did not answer in time, please try again")
