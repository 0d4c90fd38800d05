"""The clock, and the format of times: UTC, ISO 8601, six decimals, ending in `Z`."""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache

WEEK = timedelta(days=7)
TICK = timedelta(microseconds=1)
LATEST = datetime.max.replace(tzinfo=UTC)


def utc_now() -> datetime:
    return datetime.now(UTC)


@lru_cache(maxsize=4096)  # a write formats the same time up to eight times
def format_timestamp(moment: datetime) -> str:
    """`2026-11-22T10:00:00.000000Z`; `moment` must be aware. The inverse is `datetime.fromisoformat`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat("T", "microseconds")[: -len("+00:00")] + "Z"


def week_start(moment: datetime) -> datetime:
    """Monday 00:00:00 UTC of the week of `moment`."""
    day = moment.astimezone(UTC).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(), UTC)
