"""Queries of the feed: the next entries, and whether they belong to the history that is followed."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from src.models.task_history import HistoryHead, TaskHistory
from src.models.workspace import WorkspaceId
from src.schemas.history import HistoryResponse
from src.services.entries import HistoryItem
from src.services.history_queries import EntriesSince

PAGE_BYTES = 64_000
"""Fewer than on a page of `/changes`, since each slow listener may hold another page."""


@dataclass(frozen=True, slots=True)
class Point:
    """An entry. Its hash, if known, distinguishes it from an entry of another history with the same number."""

    seq: int
    hash: str | None = None

    def may_equal(self, other: "Point") -> bool:
        """Whether both can be the same entry, as far as the hashes are known."""
        return self.seq == other.seq and (None in (self.hash, other.hash) or self.hash == other.hash)


@dataclass(frozen=True, slots=True)
class FeedPage:
    """The entries after `first` up to `last` as server-sent events, and the newest `seq` of the same snapshot.

    Listeners that share a query share the bytes.
    """

    events: bytes
    first: Point
    last: Point
    head_seq: int

    def continues(self, last: Point) -> bool:
        """Whether this page follows `last` without a gap. There is no entry 0, where a new reader starts."""
        first_exists = self.first.seq == 0 or self.first.hash is not None
        is_complete = bool(self.events) or self.head_seq == self.first.seq
        return first_exists and is_complete and last.may_equal(self.first)


@dataclass(frozen=True, slots=True)
class EntriesAfter:
    workspace: WorkspaceId
    seq: int
    limit: int

    def __call__(self, connection: Connection) -> FeedPage:
        page = EntriesSince(self.workspace, self.seq, self.limit, PAGE_BYTES)(connection)
        ends = (self.seq, page.next_since)
        of_workspace = select(TaskHistory.seq, TaskHistory.hash).where(TaskHistory.workspace_id == self.workspace)
        of_ends = of_workspace.where(TaskHistory.seq.in_(ends))
        hashes = dict(connection.execute(of_ends).all())
        first, last = (Point(seq, hashes.get(seq)) for seq in ends)
        return FeedPage(b"".join(map(_event, page.items)), first, last, page.head_seq)


def _event(item: HistoryItem) -> bytes:
    """JSON escapes line breaks, so the data is one line."""
    data = HistoryResponse.model_validate(item, from_attributes=True).model_dump_json()
    return f"event: {item.action_type}\ndata: {data}\nid: {item.seq}\n\n".encode()


@dataclass(frozen=True, slots=True)
class HeadPoint:
    """The newest entry."""

    workspace: WorkspaceId

    def __call__(self, connection: Connection) -> Point:
        of_head = select(HistoryHead.seq, HistoryHead.hash).where(HistoryHead.workspace_id == self.workspace)
        return Point(*connection.execute(of_head).one())
