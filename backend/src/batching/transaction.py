"""What a batch of commands adds and changes in all workspaces, in one transaction."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import TypeVar, cast

from sqlalchemy import Connection, Table, Update, bindparam, update

from src.batching.batch import Batch, Command
from src.batching.erasing import erase_texts, overwriting
from src.batching.idempotency import IdempotencyKeys
from src.batching.loading import TaskKey
from src.database.bulk import BulkInsert
from src.database.migrations import schema_is_current
from src.exceptions.errors import SchemaChangedError, TasktrailError
from src.history.chain import Head
from src.history.change import Change
from src.history.projections import projections
from src.models.task import TaskSnapshot
from src.models.task_history import HistoryHead, TaskHistory
from src.models.workspace import WorkspaceId

R = TypeVar("R", bound=TaskSnapshot | None)

_HEAD = cast("Table", HistoryHead.__table__)
_INSERT_ENTRIES = BulkInsert(TaskHistory)


@cache
def _update_heads() -> Update:
    """Built at first use, since it reads the migrations' files for the current revision."""
    return update(_HEAD).where(_HEAD.c.workspace_id == bindparam("of_workspace"), schema_is_current())


class Transaction:
    """What the commands of all workspaces add and change, in memory; written once, after the last command.

    Its statements are the same for any number of workspaces.
    """

    def __init__(
        self,
        connection: Connection,
        heads: Mapping[WorkspaceId, Head],
        tasks: Mapping[TaskKey, TaskSnapshot],
        keys: IdempotencyKeys,
        clock: datetime,
    ) -> None:
        """`heads` are locked; `clock` is the time that was read since."""
        self._connection = connection
        self._keys = keys
        self._batches = {
            workspace: Batch(connection, workspace, head, keys, clock, self._add) for workspace, head in heads.items()
        }
        for (workspace, _), task in tasks.items():
            self._batches[workspace].load(task)
        self._changes: list[Change] = []
        self._entries: list[str] = []
        self._projections = projections()

    def run(self, command: Command[R]) -> R | TasktrailError:
        """See `Batch.run`."""
        return self._batches[command.workspace].run(command)

    def _add(self, change: Change, entry: str) -> None:
        self._changes.append(change)
        self._entries.append(entry)
        for projection in self._projections:
            projection.add(change)

    def write(self) -> Mapping[WorkspaceId, int]:
        """Write the entries, the projections, the keys and the heads. The `seq` of each workspace that has changed.

        Raises SchemaChangedError; the transaction must then be rolled back.
        """
        erasures = [change for change in self._changes if change.erasure]
        if erasures:
            with overwriting(self._connection):
                self._write_rows()
                for change in erasures:
                    erase_texts(self._connection, change)
        else:
            self._write_rows()
        return self._write_heads(self._keys.changed_workspaces)

    def _write_rows(self) -> None:
        if self._entries:
            _INSERT_ENTRIES(self._connection, self._entries)
            for projection in self._projections:
                projection.write(self._connection)
        self._keys.write(self._connection)

    def _write_heads(self, with_new_keys: Collection[WorkspaceId]) -> Mapping[WorkspaceId, int]:
        for workspace in with_new_keys:
            self._batches[workspace].pass_clock()  # so that no key is later than the head
        changed = [batch for batch in self._batches.values() if batch.has_moved or batch.workspace in with_new_keys]
        rows = [{"of_workspace": batch.workspace, **batch.head.row()} for batch in changed]
        if rows and self._connection.execute(_update_heads(), rows if rows[1:] else rows[0]).rowcount != len(rows):
            raise SchemaChangedError
        return {batch.workspace: batch.head.seq for batch in changed}
