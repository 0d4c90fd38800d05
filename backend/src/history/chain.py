"""The head of a history, which assigns the order of its entries and chains them by their hashes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import RowMapping

from src.exceptions.errors import EndOfTimeError
from src.history.change import Change
from src.history.entry_format import seal
from src.history.projections import Counters
from src.utils.identifiers import new_id
from src.utils.timestamps import LATEST, TICK

FIRST_PREVIOUS_HASH = "0" * 64


@dataclass(slots=True)
class Head:
    """Number and hash of the newest entry, the watermark, and counters that make totals cheap.

    `timestamp` is the watermark, the newest entry's time or later: every entry to come is later than it.
    """

    seq: int
    hash: str
    timestamp: datetime
    counters: Counters

    @classmethod
    def read(cls, row: RowMapping) -> Self:
        counters = Counters((name, row[name]) for name in Counters.NAMES)
        return cls(row["seq"], row["hash"], row["timestamp"], counters)

    def row(self) -> dict[str, object]:
        """All columns except the key."""
        return {"seq": self.seq, "hash": self.hash, "timestamp": self.timestamp, **self.counters}

    def next_timestamp(self, clock: datetime) -> datetime:
        """The clock's time, or just after the watermark if the clock is behind: times have the order of `seq`.

        Raises EndOfTimeError.
        """
        if self.timestamp == LATEST:
            raise EndOfTimeError
        return max(clock, self.timestamp + TICK)

    def append(self, change: Change) -> str:
        """Append a change to the chain, and return its entry as a row in JSON."""
        self.counters.add(change)
        self.seq, self.timestamp = self.seq + 1, change.at
        facts, texts = change.entry()
        row, self.hash = seal({"seq": self.seq, "history_id": str(new_id())} | facts, texts, self.hash)
        return row
