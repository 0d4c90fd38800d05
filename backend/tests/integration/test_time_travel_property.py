"""The list at any instant equals the replay of the history up to it, and does not change later."""

from asyncio import gather
from datetime import datetime, timedelta
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.answer import Entry, Task
from tests.api_client import Api
from tests.integration.test_restore_property import ACTIONS, TEXTS, VERSIONS, take

TASKS = 3
STEPS = st.lists(st.tuples(st.integers(0, TASKS - 1), ACTIONS, TEXTS, VERSIONS), min_size=1, max_size=12)
INSTANTS = st.lists(st.tuples(st.floats(0, 1), st.sampled_from([-1, 0, 0, 1])), min_size=1, max_size=6)

Steps = list[tuple[int, str, str, int]]


async def write(api: Api, ids: list[str], steps: Steps, *, at_once: bool) -> None:
    """Apply all these steps to these tasks, in sequence or concurrently."""
    calls = [take(api, ids[number], action, text, version) for number, action, text, version in steps]
    if at_once:
        await gather(*calls)
        return
    for call in calls:
        await call


def moment_at(entries: list[Entry], share: float, shift: int) -> str:
    """Give the time of an entry, so far into the history, or a microsecond off; never later than the newest."""
    timestamps = [entry["timestamp"] for entry in entries]
    time = datetime.fromisoformat(timestamps[int(share * (len(entries) - 1))]) + timedelta(microseconds=shift)
    return min(time.isoformat(timespec="microseconds").replace("+00:00", "Z"), timestamps[-1])


def replay(entries: list[Entry], moment: str) -> list[Task]:
    """Compute the list of that moment from the history alone."""
    tasks: dict[str, dict[str, object]] = {}
    for entry in entries:
        if entry["timestamp"] > moment:
            break
        if entry["action_type"] == "DELETED":
            del tasks[entry["task_id"]]
            continue
        task = tasks.setdefault(entry["task_id"], {"id": entry["task_id"]})
        task |= {name: new for name, (_, new) in entry["changes"].items()} | {"version": entry["version"]}
    newest_first = sorted(tasks.values(), key=lambda task: str(task["created_at"]), reverse=True)
    return cast("list[Task]", sorted(newest_first, key=lambda task: bool(task["is_completed"])))


@settings(max_examples=20, deadline=None)
@given(steps=STEPS, more=STEPS, instants=INSTANTS, at_once=st.booleans())
async def test_the_list_at_any_instant_is_a_replay_of_the_history_and_stays_so(
    shared_api: Api, steps: Steps, more: Steps, instants: list[tuple[float, int]], at_once: bool
) -> None:
    ids = [(await shared_api.create(f"Task {number}")).task["id"] for number in range(TASKS)]
    await write(shared_api, ids, steps, at_once=at_once)
    entries = await shared_api.entries_since()
    moments = [moment_at(entries, share, shift) for share, shift in instants] + [entries[-1]["timestamp"]]

    answers = [(await shared_api.as_of(moment)).tasks for moment in moments]
    now = await shared_api.tasks()
    again, _ = await gather(
        gather(*(shared_api.as_of(moment) for moment in moments)),
        write(shared_api, ids, more, at_once=at_once),
    )
    later = [(await shared_api.as_of(moment)).tasks for moment in moments]

    assert answers == [replay(entries, moment) for moment in moments]
    assert answers[-1] == now
    assert [answer.tasks for answer in again] == answers
    assert later == answers
