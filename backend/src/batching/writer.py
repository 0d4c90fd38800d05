"""The write queue: all queued commands are committed in one transaction, and their callers resumed after the commit."""

from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar, cast

import structlog
from sqlalchemy import Connection, Engine, Table, func, select
from sqlalchemy.exc import DBAPIError

from src.batching.idempotency import IdempotencyKeys
from src.batching.loading import tasks_by_ids
from src.batching.queue import BatchQueue, Limits
from src.batching.transaction import Batch, Command
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

R = TypeVar("R", bound=TaskSnapshot | None)

_log = structlog.get_logger(__name__)

_LOCK_HEAD = select(cast("Table", HistoryHead.__table__)).with_for_update()
_LOCK_HEAD_AND_ASK_TIME = _LOCK_HEAD.add_columns(func.clock_timestamp().label("database_time"))


class Writer:
    """All writes of the process, one batch at a time. The lock on the head serializes the batches of all processes."""

    def __init__(
        self,
        engine: Engine,
        limits: Limits | None = None,
        committed: Callable[[int], None] = lambda _seq: None,
        checkpoints: Checkpoints | None = None,
        clock: WriteClock | None = None,
    ) -> None:
        """`committed` is called with the newest `seq` after each commit, on the worker's thread."""
        self._clock = clock or WriteClock()
        self._limits = limits or Limits()
        self._committed = committed
        self._checkpoints = checkpoints or Checkpoints()
        self._queue = BatchQueue[Command[Any], Any](engine, self._serve, _timeout_error, self._limits)

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
        head, now = self._lock_head(connection)
        ids = {task_id for command in commands for task_id in command.task_ids}
        tasks = tasks_by_ids(connection, ids) if ids else []
        named = {key for command in commands if (key := command.context.preconditions.key)}
        keys = IdempotencyKeys(connection, named, now, head_leads=head.timestamp - now > MAX_LEAD)
        batch = Batch(connection, head, tasks, keys, now)
        outcomes = [batch.run(command) for command in commands]
        if batch.write():
            self._commit(worker, connection)
            self._committed(head.seq)
        return outcomes

    def _lock_head(self, connection: Connection) -> tuple[Head, datetime]:
        """The head, and the time read while it is locked. Raises ClockAheadError and ClockJumpedError."""
        lock = _LOCK_HEAD if connection.dialect.name == "sqlite" else _LOCK_HEAD_AND_ASK_TIME
        row = connection.execute(lock).mappings().one()
        return Head.read(row), self._clock.now(row.get("database_time"))

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
