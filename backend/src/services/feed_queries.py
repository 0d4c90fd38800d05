"""What listeners ask: the next entries, and whether they belong to the history that was followed."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from src.models.task_history import HistoryHead, TaskHistory
from src.services.history_queries import EntriesSince, HistoryItem


@dataclass(frozen=True, slots=True)
class Point:
    """An entry, by its number; by its hash it is told from another that got the number later."""

    seq: int
    hash: str | None = None

    def is_same(self, other: "Point") -> bool:
        """As far as is known: a hash may not be."""
        return self.seq == other.seq and (None in (self.hash, other.hash) or self.hash == other.hash)


@dataclass(frozen=True, slots=True)
class FeedPage:
    """The entries between two points, and the newest number of that moment."""

    items: tuple[HistoryItem, ...]
    first: Point
    last: Point
    head_seq: int

    def follows(self, last: Point) -> bool:
        """Whether this goes on where a reader stopped, who may not know the hash yet; before entry 1 there is none."""
        is_there = self.first.seq == 0 or self.first.hash is not None
        is_whole = bool(self.items) or self.head_seq == self.first.seq
        return is_there and is_whole and last.is_same(self.first)


@dataclass(frozen=True, slots=True)
class EntriesAfter:
    seq: int
    limit: int

    def __call__(self, connection: Connection) -> FeedPage:
        growth = EntriesSince(self.seq, self.limit)(connection)
        ends = (self.seq, growth.next_since)
        numbered = select(TaskHistory.seq, TaskHistory.hash).where(TaskHistory.seq.in_(ends))
        hashes = dict(connection.execute(numbered).all())
        first, last = (Point(seq, hashes.get(seq)) for seq in ends)
        return FeedPage(growth.items, first, last, growth.head_seq)


@dataclass(frozen=True, slots=True)
class HeadPoint:
    """The newest entry."""

    def __call__(self, connection: Connection) -> Point:
        return Point(*connection.execute(select(HistoryHead.seq, HistoryHead.hash)).one())
