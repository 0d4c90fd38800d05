"""Replaying the history: past states of a task from its entries alone, forward and backward."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.history.chain import FIRST_PREVIOUS_HASH
from src.history.change import Change
from src.history.entry_format import seal
from src.history.replay import NEW, OLD, PastEntry, Replay, Tasks
from src.models.task import TaskRecord, TaskSnapshot
from src.models.task_history import ActionType
from tests.house import WORKSPACE

START = datetime(2026, 11, 22, 10, tzinfo=UTC)


class Story:
    """A task that is changed by its verbs, and the entries of these changes."""

    def __init__(self) -> None:
        """Create the task."""
        self.time = START
        self.task = TaskSnapshot.create("Milk", None, START)
        self.past: list[PastEntry] = []
        self.states: list[TaskSnapshot | None] = []
        self._record(ActionType.CREATED, None, self.task)

    def now(self) -> datetime:
        """One second later than the last time."""
        self.time += timedelta(seconds=1)
        return self.time

    def edit(self, title: str) -> None:
        self._change(ActionType.UPDATED, self.task.edit(self.now(), title=title))

    def complete(self) -> None:
        self._change(ActionType.COMPLETED, self.task.complete(self.now()))

    def delete(self) -> None:
        self._record(ActionType.DELETED, self.task, None)

    def revive(self, version: int) -> None:
        """Restore it after its deletion."""
        then = self.states[version - 1]
        assert then
        self.task = then.revive(len(self.past) + 1, self.now())
        self._record(ActionType.RESTORED, None, self.task)

    def restore(self, version: int) -> None:
        """Restore an earlier version while it exists."""
        then = self.states[version - 1]
        assert then
        self._change(ActionType.RESTORED, self.task.restore(then, self.now()))

    def _change(self, action: ActionType, task: TaskSnapshot) -> None:
        before, self.task = self.task, task
        self._record(action, before, task)

    def _record(self, action: ActionType, before: TaskSnapshot | None, after: TaskSnapshot | None) -> None:
        change = Change(WORKSPACE, action, before, after, self.time)
        entry = json.loads(seal(*change.entry(), FIRST_PREVIOUS_HASH)[0])
        self.past.append(PastEntry(*(entry[name] for name in PastEntry._fields)))
        self.states.append(after)


@pytest.fixture
def story() -> Story:
    """A task with nine versions, two of them deletions."""
    story = Story()
    story.edit("Oat milk")
    story.complete()
    story.delete()
    story.revive(2)
    story.edit("Rice milk")
    story.restore(3)
    story.delete()
    story.revive(7)
    return story


def after(story: Story, number: int) -> Tasks:
    """The tasks after the first `number` entries."""
    state = story.states[number - 1] if number else None
    return {str(state.id): TaskRecord.of(state)} if state else {}


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("size", [1, 2, 9])
def test_replaying_forward_from_nothing_gives_each_state(story: Story, number: int, size: int) -> None:
    replay = Replay()

    for start in range(0, number, size):
        replay.apply(story.past[start : min(start + size, number)])

    assert replay.tasks() == after(story, number)


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("size", [1, 2, 9])
def test_replaying_backward_from_now_gives_each_state(story: Story, number: int, size: int) -> None:
    replay = Replay(after(story, 9), OLD)

    backward = story.past[number:][::-1]
    for start in range(0, len(backward), size):
        replay.apply(backward[start : start + size])

    assert replay.tasks() == after(story, number)


def test_replaying_backward_over_a_deletion_brings_the_task_back() -> None:
    gone = Story()
    gone.delete()
    replay = Replay(side=OLD)

    replay.apply(gone.past[1:])

    assert replay.tasks() == after(gone, 1)


@pytest.mark.parametrize("side", [OLD, NEW])
def test_tasks_without_entries_are_unchanged(story: Story, side: int) -> None:
    others = after(Story(), 1)
    replay = Replay({**others, **(after(story, 9) if side == OLD else {})}, side)

    replay.apply(story.past[::-1] if side == OLD else story.past)

    assert replay.tasks() == {**others, **(after(story, 9) if side == NEW else {})}


def test_no_entries_change_nothing() -> None:
    tasks = after(Story(), 1)
    replay = Replay(tasks)

    replay.apply([])

    assert replay.tasks() == tasks


TIMES = st.datetimes(timezones=st.just(UTC))


@settings(max_examples=50, deadline=None)
@given(
    snapshot=st.builds(
        TaskSnapshot,
        id=st.uuids(),
        title=st.text(max_size=20),
        description=st.none() | st.text(max_size=20),
        is_completed=st.booleans(),
        created_at=TIMES,
        updated_at=TIMES,
        completed_at=st.none() | TIMES,
        version=st.integers(1),
    )
)
def test_a_snapshot_survives_a_round_trip_through_json(snapshot: TaskSnapshot) -> None:
    written = snapshot.to_json()

    assert isinstance(written["id"], str)
    assert UUID(written["id"]) == snapshot.id
    assert TaskSnapshot.from_json(written) == snapshot
    assert TaskRecord.of(snapshot).snapshot() == snapshot
