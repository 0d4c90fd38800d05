"""The head: the order of entries, and counters."""

from datetime import UTC, datetime, timedelta

import pytest

from src.exceptions.errors import EndOfTimeError
from src.history.chain import FIRST_PREVIOUS_HASH, Head
from src.history.change import Change
from src.history.projections import Counters
from src.models.task import TaskSnapshot
from src.models.task_history import ActionType, HistoryHead
from src.utils.timestamps import LATEST, TICK
from tests.house import WORKSPACE

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TASK = TaskSnapshot.create("Milk", None, NOON)
DONE = TASK.complete(NOON)


@pytest.fixture
def head() -> Head:
    """The head of an empty history."""
    return Head(0, FIRST_PREVIOUS_HASH, NOON, Counters.zero())


def created(at: datetime = NOON) -> Change:
    return Change(WORKSPACE, ActionType.CREATED, None, TASK, at)


def test_its_row_has_every_column_but_the_key(head: Head) -> None:
    assert list(head.row()) == list(HistoryHead.__table__.columns.keys())[1:]


def test_each_entry_follows_the_one_before(head: Head) -> None:
    first = head.append(created())
    hash_of_first = head.hash
    second = head.append(Change(WORKSPACE, ActionType.COMPLETED, TASK, DONE, NOON + timedelta(seconds=1)))

    assert f'"previous_hash":"{FIRST_PREVIOUS_HASH}","hash":"{hash_of_first}"' in first
    assert f'"previous_hash":"{hash_of_first}","hash":"{head.hash}"' in second
    assert (head.seq, head.timestamp) == (2, NOON + timedelta(seconds=1))


def test_entries_are_counted_by_their_action(head: Head) -> None:
    for change in (created(), created(), Change(WORKSPACE, ActionType.DELETED, TASK, None, NOON)):
        head.append(change)

    counted = {name: head.counters[name] for name in ("created", "deleted", "updated")}
    assert counted == {"created": 2, "deleted": 1, "updated": 0}


@pytest.mark.parametrize(
    ("before", "after", "counted"),
    [
        (None, TASK, (1, 0)),
        (None, DONE, (1, 1)),
        (TASK, DONE, (0, 1)),
        (DONE, TASK, (0, -1)),
        (DONE, None, (-1, -1)),
        (TASK, None, (-1, 0)),
    ],
)
def test_living_tasks_are_counted(
    head: Head, before: TaskSnapshot | None, after: TaskSnapshot | None, counted: tuple[int, int]
) -> None:
    head.append(Change(WORKSPACE, ActionType.RESTORED, before, after, NOON))

    assert (head.counters["living"], head.counters["living_completed"]) == counted


def test_timestamps_increase_even_if_the_clock_lags(head: Head) -> None:
    assert head.next_timestamp(NOON - timedelta(days=1)) == NOON + timedelta(microseconds=1)
    assert head.next_timestamp(NOON + timedelta(days=1)) == NOON + timedelta(days=1)


def test_the_latest_possible_timestamp_is_used_once(head: Head) -> None:
    head.timestamp = LATEST - TICK
    head.append(created(head.next_timestamp(NOON)))

    with pytest.raises(EndOfTimeError):
        head.next_timestamp(NOON)

    assert head.timestamp == LATEST
