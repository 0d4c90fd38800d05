"""The write queue: all queued commands are committed in one transaction, and their callers resumed after the commit."""

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar, cast

import structlog
from sqlalchemy import Connection, Engine, RowMapping, Table, bindparam, func, select
from sqlalchemy.exc import DBAPIError

from src.batching.batch import Command
from src.batching.idempotency import IdempotencyKeys
from src.batching.loading import TaskKey, tasks_by_keys
from src.batching.queue import BatchQueue, Limits, PutBackError
from src.batching.transaction import Transaction
from src.batching.worker import Worker
from src.database.checkpoints import Checkpoints
from src.database.clock import MAX_LEAD, WriteClock
from src.database.connection import in_transaction
from src.database.driver_errors import StatementRefusedError, describe, stored_nothing
from src.database.migrations import schema_is_current
from src.database.session import limit_transaction
from src.database.sqlite_engine import files_of
from src.exceptions.errors import (
    DatabaseMovedError,
    OutcomeUnknownError,
    OverloadedError,
    SchemaChangedError,
    UnavailableError,
)
from src.history.chain import Head
from src.models.task import TaskSnapshot
from src.models.task_history import HistoryHead
from src.models.workspace import WorkspaceId

R = TypeVar("R", bound=TaskSnapshot | None)

_log = structlog.get_logger(__name__)

_HEADS = cast("Table", HistoryHead.__table__)
_READ_HEADS = select(_HEADS).where(_HEADS.c.workspace_id.in_(bindparam("workspaces", expanding=True)))
_LOCK = _READ_HEADS.add_columns(func.clock_timestamp().label("database_time"))
_LOCK_HEADS, _LOCK_FREE_HEADS = _LOCK.with_for_update(), _LOCK.with_for_update(skip_locked=True)
_PUT_BACK = PutBackError()


class Writer:
    """All writes of the process, one batch at a time, which may hold commands for many workspaces.

    The lock on a workspace's head serializes the batches of all processes. A batch waits for one head at most, and only
    before it holds another; further heads it takes if they are free. Commands whose head is not free go back to the
    front of the queue, and the next batch waits for it.
    """

    def __init__(
        self,
        engine: Engine,
        limits: Limits | None = None,
        committed: Callable[[WorkspaceId, int], None] = lambda _workspace, _seq: None,
        checkpoints: Checkpoints | None = None,
        clock: WriteClock | None = None,
    ) -> None:
        """`committed` is called with a workspace's newest `seq` after each commit, on the worker's thread."""
        self._clock = clock or WriteClock()
        self._limits = limits or Limits()
        self._committed = committed
        self._checkpoints = checkpoints or Checkpoints()
        self._queue = BatchQueue[Command[Any], Any](
            engine, self._serve, _timeout_error, self._limits, share_of=lambda command: command.workspace
        )
        self._waited_for: WorkspaceId | None = None
        """The workspace of commands that were put back."""

    def submit(self, command: Command[R]) -> Coroutine[None, None, R]:
        """The command's result, after the commit.

        Raises the command's error, OverloadedError or UnavailableError if nothing was changed, and OutcomeUnknownError
        if that is not known.
        """
        return cast("Coroutine[None, None, R]", self._queue.submit(command))

    async def close(self) -> None:
        """Accept no more commands, and finish the accepted ones."""
        await self._queue.close()

    def _serve(self, worker: Worker[Command[Any], Any], commands: Sequence[Command[Any]]) -> Sequence[Any]:
        try:
            with worker.connect() as connection:
                return self._attempt(worker, connection, commands)
        except UnavailableError as error:
            return [error] * len(commands)  # not raised: when commands run one by one, others may be committed
        except Exception as error:  # noqa: BLE001  # a constraint or a bug: find out which command it is
            if isinstance(error, StatementRefusedError) and self._schema_has_changed(worker):
                return [SchemaChangedError()] * len(commands)
            if len(commands) == 1:
                return [error]
            _log.warning("batch refused, each command runs alone", commands=len(commands), cause=type(error).__name__)
            return [self._serve(worker, [command])[0] for command in commands]

    def _attempt(
        self, worker: Worker[Command[Any], Any], connection: Connection, commands: Sequence[Command[Any]]
    ) -> Sequence[Any]:
        self._checkpoints.run_if_due(connection)
        limit_transaction(connection, self._limits.batch_timeout)
        heads, now = self._lock_heads(connection, list(dict.fromkeys(command.workspace for command in commands)))
        begun = [command for command in commands if command.workspace in heads]
        wanted = {TaskKey(command.workspace, task_id) for command in begun for task_id in command.task_ids}
        tasks = tasks_by_keys(connection, wanted) if wanted else {}
        named = {key for command in begun if (key := command.key)}
        head_leads = any(head.timestamp - now > MAX_LEAD for head in heads.values())
        keys = IdempotencyKeys(connection, heads, named, now, head_leads=head_leads)
        transaction = Transaction(connection, heads, tasks, keys, now)
        outcomes = [transaction.run(command) if command.workspace in heads else _PUT_BACK for command in commands]
        if changed := transaction.write():
            self._commit(worker, connection)
            for workspace, seq in changed.items():
                self._committed(workspace, seq)
        return outcomes

    def _lock_heads(
        self, connection: Connection, wanted: Sequence[WorkspaceId]
    ) -> tuple[Mapping[WorkspaceId, Head], datetime]:
        """Those of the heads that could be locked, at least one, and the time read since.

        Raises ClockAheadError, ClockJumpedError, and UnavailableError if a head is missing.
        """
        rows = [*self._lock(connection, wanted)]
        if not rows:
            raise UnavailableError
        heads = {WorkspaceId(row["workspace_id"]): Head.read(row) for row in rows}
        self._waited_for = next((workspace for workspace in wanted if workspace not in heads), None)
        return heads, self._clock.now(rows[-1].get("database_time"))

    def _lock(self, connection: Connection, wanted: Sequence[WorkspaceId]) -> Iterator[RowMapping]:
        """Wait for the head that was not free before, or is the only one wanted, or if no other is free."""
        if connection.dialect.name == "sqlite":
            yield from connection.execute(_READ_HEADS, {"workspaces": wanted}).mappings()
            return
        first, rest = [wanted[0]], [*wanted[1:]]
        if rest and self._waited_for not in wanted:
            free = connection.execute(_LOCK_FREE_HEADS, {"workspaces": wanted}).mappings().all()
            if free:
                yield from free
                return
        elif rest:
            first = [cast("WorkspaceId", self._waited_for)]
            rest = [workspace for workspace in wanted if workspace not in first]
        yield from connection.execute(_LOCK_HEADS, {"workspaces": first}).mappings()
        if rest:
            yield from connection.execute(_LOCK_FREE_HEADS, {"workspaces": rest}).mappings()

    def _schema_has_changed(self, worker: Worker[Command[Any], Any]) -> bool:
        """Whether another version has migrated the database, whose tables may then refuse valid statements."""
        with suppress(Exception), worker.connect() as connection:
            limit_transaction(connection, self._limits.batch_timeout)
            return not connection.scalar(select(schema_is_current()))
        return False

    def _commit(self, worker: Worker[Command[Any], Any], connection: Connection) -> None:
        if worker.abandoned or not in_transaction(connection):
            raise UnavailableError
        if files := files_of(connection):
            files.require_in_place()
        try:
            connection.commit()
            if files:
                files.require_in_place()  # otherwise the commit went to a deleted file
        except DatabaseMovedError:
            raise OutcomeUnknownError from None
        except DBAPIError as error:
            _log.error("commit failed", cause=describe(error))
            connection.invalidate()
            raise (UnavailableError if stored_nothing(error) else OutcomeUnknownError) from None


def _timeout_error(begun: bool) -> Exception:  # noqa: FBT001  # a callback's only argument
    return OutcomeUnknownError() if begun else OverloadedError()
