"""The chain of entries and its head, which gives them their order."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Self

from sqlalchemy import RowMapping

from src.exceptions.errors import EndOfTimeError
from src.history.change import Change
from src.history.projections import Counters
from src.utils import canonical_json
from src.utils.identifiers import new_id
from src.utils.timestamps import LATEST, TICK

FIRST_PREVIOUS_HASH = "0" * 64


def chain_hash(previous_hash: str, columns: str) -> str:
    """SHA-256 over the hash before and the canonical JSON of an entry's other columns.

    `docs/history.md` fixes the format and gives a test vector.
    """
    return sha256((previous_hash + columns).encode()).hexdigest()


@dataclass(slots=True)
class Head:
    """Number, hash and time of the newest entry, and the counters that make totals cheap.

    `timestamp` may be later than the newest entry: no later entry is ever of an earlier time.
    """

    seq: int
    hash: str
    timestamp: datetime
    counters: Counters

    @classmethod
    def read(cls, row: RowMapping) -> Self:
        """From the row of `history_head`."""
        return cls(row["seq"], row["hash"], row["timestamp"], Counters.read(row))

    def row(self) -> dict[str, object]:
        """All columns but the key, for an update."""
        return {"seq": self.seq, "hash": self.hash, "timestamp": self.timestamp, **self.counters}

    def next_timestamp(self, clock: datetime) -> datetime:
        """The clock's time, or just after the newest entry's where the clock lags: times have the order of `seq`.

        Raises EndOfTimeError.
        """
        if self.timestamp == LATEST:
            raise EndOfTimeError
        return max(clock, self.timestamp + TICK)

    def append(self, change: Change) -> str:
        """Give a change the next place in the chain; its entry's row, as JSON."""
        self.counters.add(change)
        self.seq, self.timestamp = self.seq + 1, change.at
        columns = canonical_json.encode({"seq": self.seq, "history_id": str(new_id())} | change.entry())
        previous_hash, self.hash = self.hash, chain_hash(self.hash, columns)
        return f'{columns[:-1]},"previous_hash":"{previous_hash}","hash":"{self.hash}"}}'
