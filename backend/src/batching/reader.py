"""The read queues: reads that are queued at the same time share a query and its snapshot.

A read never joins a query that has already begun, so every client reads its own acknowledged writes.
"""

import sys
import time
from collections.abc import Callable, Coroutine, Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from math import inf
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine

from src.batching.loading import TaskKey, tasks_by_keys
from src.batching.queue import BatchQueue, Limits
from src.batching.readiness import Readiness
from src.batching.worker import Serve, Worker
from src.database.connection import single_statements, snapshots
from src.exceptions.errors import TasktrailError, UnavailableError
from src.models.task import TaskSnapshot
from src.models.workspace import WorkspaceId

R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")

QUERY_WORKERS = 2
CONNECTIONS = QUERY_WORKERS + 3
STATEMENT_TIMEOUT = Limits().batch_timeout + 5
"""PostgreSQL's, in seconds: longer than ours, and used only if cancelling a read fails."""

CHEAP = 5_000
"""The most rows that a query may read without waiting in the queue of the expensive ones."""
MAX_EXPENSIVE = 8
"""Expensive queries that may wait; they run one at a time."""


class Query(Hashable, Protocol[R_co]):
    """Equal queries that wait at the same time are run once and share the result, which must be immutable.

    One that reads a workspace has it as its first field, `workspace`, so that equal questions about two workspaces
    differ. One that may read many rows has a method `cost`, which says quickly about how many.
    """

    def __call__(self, connection: Connection) -> R_co: ...


class Reader:
    """All reads of the process, on read-only connections."""

    def __init__(self, engine: Engine, probing: Engine, limits: Limits | None = None) -> None:
        """`probing` has a connection of its own, so that slow reads can't delay readiness checks."""
        limits = limits or Limits()
        several = replace(limits, workers=QUERY_WORKERS)
        points, whole = single_statements(engine), snapshots(engine)
        self._points = BatchQueue[TaskKey, TaskSnapshot | None](
            points, _find_tasks, _timeout_error, limits, share_of=_workspace_of
        )
        one_by_one = replace(limits, max_queued=min(limits.max_queued, MAX_EXPENSIVE), max_batch=1)
        unbounded = replace(limits, max_queued=sys.maxsize, max_batch=sys.maxsize)
        self._queries = _queries(whole, _run_cheap, several)
        self._expensive = _queries(whole, _run, one_by_one)
        self._slices = _queries(whole, _run, limits)
        self._probes = _queries(single_statements(probing), _run, unbounded)
        self._head_time: datetime | None = None
        self._ready_since = -inf

    def task(self, workspace: WorkspaceId, task_id: UUID) -> Coroutine[None, None, TaskSnapshot | None]:
        """Raises UnavailableError."""
        return self._points.submit(TaskKey(workspace, task_id))

    async def ask(self, query: Query[R]) -> R:
        """Raises UnavailableError, and what the query raises."""
        try:
            result: R = await self._queries.submit(query)
        except ExpensiveQueryError:
            result = await self._expensive.submit(query)
        return result

    def ask_slice(self, query: Query[R]) -> Coroutine[None, None, R]:
        """Like `ask`, for a part of a long read: slices have a worker of their own and delay no other read."""
        return self._slices.submit(query)

    def require_ready(self, workspace: WorkspaceId) -> Coroutine[None, None, datetime | None]:
        """The time of a workspace's head, without waiting for other reads. All waiting callers share one statement.

        Raises UnavailableError, and what `Readiness` raises.
        """
        return self._probes.submit(Readiness(workspace))

    async def require_ready_lately(self, workspace: WorkspaceId, max_age: float) -> datetime | None:
        """The same, but an answer of this method that is less than `max_age` seconds old is given again."""
        asked_at = time.monotonic()
        if asked_at - self._ready_since >= max_age:
            self._head_time, self._ready_since = await self.require_ready(workspace), asked_at
        return self._head_time

    async def close(self) -> None:
        await self._points.close()
        await self._queries.close()
        await self._expensive.close()
        await self._slices.close()
        await self._probes.close(patient=False)


def _queries(engine: Engine, run: Serve[Query[Any], Any], limits: Limits) -> BatchQueue[Query[Any], Any]:
    return BatchQueue(engine, run, _timeout_error, limits, merge=True, share_of=_workspace_of)


def _workspace_of(job: TaskKey | Query[Any]) -> WorkspaceId | None:
    return getattr(job, "workspace", None)


def _find_tasks(worker: Worker[TaskKey, TaskSnapshot | None], keys: Sequence[TaskKey]) -> Sequence[TaskSnapshot | None]:
    with worker.connect() as connection:
        found = tasks_by_keys(connection, set(keys))
    return [found.get(key) for key in keys]


class ExpensiveQueryError(TasktrailError):
    """A query would delay the others of its queue."""


def _run_cheap(worker: Worker[Query[Any], Any], queries: Sequence[Query[Any]]) -> Sequence[Any]:
    """Only find out the costs of those that turn out to be expensive."""
    return _run(worker, queries, max_cost=CHEAP)


def _run(worker: Worker[Query[Any], Any], queries: Sequence[Query[Any]], max_cost: float = inf) -> Sequence[Any]:
    """Run all in one snapshot, each answered when it is done; if an unexpected error occurs, the rest each in its own.

    The last is answered with the batch.
    """
    answered: list[Any] = []
    try:
        with worker.connect() as connection:
            for query in queries[:-1]:
                outcome = _outcome(query, connection, max_cost)
                worker.answer(len(answered), outcome)
                answered.append(outcome)
            last = _outcome(queries[-1], connection, max_cost)
    except UnavailableError:
        raise
    except Exception as error:  # noqa: BLE001  # a bug or a refusal: find out which query it is
        rest = queries[len(answered) :]
        return [*answered, *(_run(worker, [query], max_cost)[0] for query in rest)] if queries[1:] else [error]
    return [*answered, last]


def _outcome(query: Query[Any], connection: Connection, max_cost: float) -> object:
    """The query's result, or its TasktrailError, which does not affect the other queries."""
    cost: Callable[[Connection], int] | None = getattr(query, "cost", None)
    try:
        if cost and max_cost < cost(connection):
            return ExpensiveQueryError()
        return query(connection)
    except TasktrailError as error:
        return error


def _timeout_error(_begun: bool) -> Exception:  # noqa: FBT001  # a callback's only argument
    return UnavailableError("The database did not answer in time, please try again")
