"""The head: it gives entries their order, and counts."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from src.exceptions.errors import EndOfTimeError
from src.models.task import TaskSnapshot
from src.models.task_history import FIRST_PREVIOUS_HASH, ActionType, Entry, Head, HistoryHead
from src.utils.timestamps import LATEST, TICK

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TASK = TaskSnapshot.create("Milk", None, NOON)


@pytest.fixture
def head() -> Head:
    """Begin a history."""
    return Head(1, 0, FIRST_PREVIOUS_HASH, NOON, *[0] * 8)


def entry(action: ActionType, time: datetime) -> Entry:
    return {"action_type": action, "timestamp": time}


def test_it_holds_every_column_in_the_tables_order(head: Head) -> None:
    columns = list(HistoryHead.__table__.columns.keys())

    assert [field.name for field in fields(Head)] == columns
    assert list(head.row()) == columns[1:]


def test_each_entry_follows_the_one_before(head: Head) -> None:
    first = head.append(entry(ActionType.CREATED, NOON))
    hash_of_first = head.hash
    second = head.append(entry(ActionType.COMPLETED, NOON + timedelta(seconds=1)))

    assert f'"previous_hash":"{FIRST_PREVIOUS_HASH}","hash":"{hash_of_first}"' in first
    assert f'"previous_hash":"{hash_of_first}","hash":"{head.hash}"' in second
    assert (head.seq, head.timestamp) == (2, NOON + timedelta(seconds=1))


def test_entries_are_counted_by_their_action(head: Head) -> None:
    for action in (ActionType.CREATED, ActionType.CREATED, ActionType.DELETED):
        head.append(entry(action, NOON))

    assert (head.created, head.deleted, head.updated) == (2, 1, 0)


@pytest.mark.parametrize(
    ("before", "after", "counted"),
    [
        (None, TASK, (1, 0)),
        (None, TASK.complete(NOON), (1, 1)),
        (TASK, TASK.complete(NOON), (0, 1)),
        (TASK.complete(NOON), TASK, (0, -1)),
        (TASK.complete(NOON), None, (-1, -1)),
        (None, None, (0, 0)),
    ],
)
def test_tasks_are_counted_as_they_come_and_go(
    head: Head, before: TaskSnapshot | None, after: TaskSnapshot | None, counted: tuple[int, int]
) -> None:
    head.count(before, after)

    assert (head.living, head.living_completed) == counted


def test_time_goes_on_where_the_clock_does_not(head: Head) -> None:
    assert head.next_timestamp(NOON - timedelta(days=1)) == NOON + timedelta(microseconds=1)
    assert head.next_timestamp(NOON + timedelta(days=1)) == NOON + timedelta(days=1)


def test_the_last_moment_that_can_be_written_down_is_given_once(head: Head) -> None:
    head.timestamp = LATEST - TICK
    head.append(entry(ActionType.CREATED, head.next_timestamp(NOON)))

    with pytest.raises(EndOfTimeError):
        head.next_timestamp(NOON)

    assert head.timestamp == LATEST
