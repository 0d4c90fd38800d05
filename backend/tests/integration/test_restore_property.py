"""Restoring a version yields exactly the task of that version, after any sequence of changes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.answer import Answer, Task
from tests.api_client import Api

SAME = ("id", "title", "description", "is_completed", "created_at", "completed_at")

ACTIONS = st.sampled_from(["title", "description", "complete", "reopen", "delete", "restore"])
TEXTS = st.sampled_from(["Milk", "Bread", "Käse 🧀", '"\\', "0"])
VERSIONS = st.integers(1, 12)
STEPS = st.lists(st.tuples(ACTIONS, TEXTS, VERSIONS), min_size=1, max_size=12)


async def take(api: Api, task_id: str, action: str, text: str, version: int) -> Answer:
    """Apply a step to the task, which need not exist."""
    match action:
        case "title" | "description":
            return await api.update(task_id, **{action: text})
        case "complete":
            return await api.complete(task_id)
        case "reopen":
            return await api.reopen(task_id)
        case "delete":
            return await api.delete(task_id)
    return await api.restore(task_id, version)


async def live(api: Api, steps: list[tuple[str, str, int]]) -> dict[int, Task | None]:
    """Create a task, apply all these steps, and return its state at each version, as in the responses."""
    task = (await api.create("Milk")).task
    versions: dict[int, Task | None] = {1: task}
    for action, text, version in steps:
        answer = await take(api, task["id"], action, text, version)
        if not answer.success:
            assert answer.status == 404
        elif action == "delete":
            versions[max(versions) + 1] = None
        else:
            assert versions.setdefault(answer.task["version"], answer.task) == answer.task
    return versions


def fields(task: Task) -> dict[str, object]:
    """The fields that a restore brings back."""
    return {name: value for name, value in task.items() if name in SAME}


@settings(max_examples=20, deadline=None)
@given(steps=STEPS, deleted_before=st.sets(VERSIONS))
async def test_restoring_a_version_gives_the_state_of_that_version(
    shared_api: Api, steps: list[tuple[str, str, int]], deleted_before: set[int]
) -> None:
    versions = await live(shared_api, steps)
    task_id = next(task["id"] for task in versions.values() if task)
    assert list(versions) == list(range(1, len(versions) + 1))

    for version, then in versions.items():
        if version in deleted_before:
            await shared_api.delete(task_id)
        answer = await shared_api.restore(task_id, version)

        if then is None:
            assert answer.refusal == (404, "Task has no such version")
            continue
        assert fields(answer.task) == fields(then)
        assert (await shared_api.get(task_id)).task == answer.task
        assert (await shared_api.at(task_id, version)).task == then


@settings(max_examples=15, deadline=None)
@given(steps=STEPS)
async def test_a_deletion_undone_is_as_if_it_had_not_been(shared_api: Api, steps: list[tuple[str, str, int]]) -> None:
    versions = await live(shared_api, steps)
    task_id = next(task["id"] for task in versions.values() if task)
    await shared_api.restore(task_id)
    before = (await shared_api.get(task_id)).task
    await shared_api.delete(task_id)

    answer = await shared_api.restore(task_id)

    assert fields(answer.task) == fields(before)
    assert answer.task["version"] == before["version"] + 2
