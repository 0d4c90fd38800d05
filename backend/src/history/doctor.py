"""Checks the hash chain of each workspace, and that all derived data agrees with the history."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Connection, Row, func, select

from src.history.head_lead import END_OF_TIME
from src.history.projections import Comparable, Counters, projections
from src.history.replay import replay_all
from src.history.verification import verify_chain
from src.models.task_history import HistoryHead, TaskHistory
from src.models.workspace import Workspace, WorkspaceId, all_workspaces
from src.utils import canonical_json
from src.utils.timestamps import LATEST


@dataclass(slots=True)
class Findings:
    """The problems of all workspaces, a sentence each, and their heads."""

    problems: list[str] = field(default_factory=list)
    heads: list[Row[UUID, int, str, datetime]] = field(default_factory=list)

    @property
    def entries(self) -> int:
        return sum(head.seq for head in self.heads)

    @property
    def times(self) -> list[datetime]:
        return [head.timestamp for head in self.heads]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of canonical JSON of each workspace's id, `seq` and hash, by id: it stands for all histories."""
        heads = sorted([str(head.workspace_id), head.seq, head.hash] for head in self.heads)
        return sha256(canonical_json.encode(heads).encode()).hexdigest()


def examine_all(connection: Connection) -> Findings:
    """Where there are several workspaces, a sentence begins with the slug of its own."""
    found = Findings()
    workspaces = all_workspaces(connection)
    for workspace in workspaces:
        name = f"{_slug_of(connection, workspace)}: " if workspaces[1:] else ""
        found.problems += [f"{name}{problem}" for problem in examine(connection, workspace)]
        of_head = select(HistoryHead).where(HistoryHead.workspace_id == workspace)
        columns = (HistoryHead.workspace_id, HistoryHead.seq, HistoryHead.hash, HistoryHead.timestamp)
        head = connection.execute(of_head.with_only_columns(*columns)).one_or_none()
        if head is None:
            found.problems.append(f"{name}The head of the history is missing.")
        else:
            found.heads.append(head)
    return found


def examine(connection: Connection, workspace: WorkspaceId) -> Iterator[str]:
    """A sentence for each problem of a workspace. Keeps all its tasks in memory, but not the history.

    The chain is verified in short transactions. The data is compared in the last one, which stays open.
    """
    verdict = verify_chain(connection, workspace)
    if not verdict.valid:
        yield f"The chain of hashes breaks at entry {verdict.first_invalid_seq}."
    try:
        yield from _compare(connection, workspace)
    except Exception:  # noqa: BLE001  # stored values may be anything
        yield "Something that is stored can't be read, so that not all could be compared."


def _compare(connection: Connection, workspace: WorkspaceId) -> Iterator[str]:
    compared: list[Comparable] = [*projections(), Counters.zero()]
    for change in replay_all(connection, workspace):
        for each in compared:
            each.add(change)
    for each in compared:
        yield from each.differences(connection, workspace)
    newest = select(func.max(TaskHistory.timestamp)).where(TaskHistory.workspace_id == workspace).scalar_subquery()
    of_head = select(HistoryHead.timestamp, HistoryHead.timestamp < newest)
    timestamp, is_behind = connection.execute(of_head.where(HistoryHead.workspace_id == workspace)).one()
    if is_behind:
        yield "The head's time is before that of its newest entry."
    if timestamp == LATEST:
        yield END_OF_TIME


def _slug_of(connection: Connection, workspace: WorkspaceId) -> str:
    return connection.execute(select(Workspace.slug).where(Workspace.id == workspace)).scalar_one()
