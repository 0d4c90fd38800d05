"""When the log warns of a history that is ahead of the clock."""

from datetime import UTC, datetime

import time_machine

from src.database.clock import MAX_LEAD
from src.history.head_lead import warning_of
from src.utils.timestamps import TICK

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_lead_is_reported_beyond_its_maximum() -> None:
    with time_machine.travel(NOON, tick=False):
        assert warning_of(NOON + MAX_LEAD) is None
        assert warning_of(NOON + MAX_LEAD + TICK)
