"""A task's verbs: each returns the next version, or the same task if nothing changes."""

from datetime import UTC, datetime, timedelta

from src.history.change import diff
from src.models.task import RECORDED, Task, TaskSnapshot

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def new_task(description: str | None = "Two litres") -> TaskSnapshot:
    return TaskSnapshot.create("Milk", description, NOON)


def recorded(task: TaskSnapshot) -> dict[str, object]:
    """The fields that the history records."""
    return {field: getattr(task, field) for field in RECORDED}


def test_a_new_task_is_incomplete_and_has_one_timestamp() -> None:
    task = new_task()

    assert (task.title, task.description, task.is_completed, task.completed_at) == ("Milk", "Two litres", False, None)
    assert task.created_at == task.updated_at == NOON
    assert (task.version, task.id.version) == (1, 7)


def test_two_tasks_have_different_ids() -> None:
    assert len({new_task().id for _ in range(100)}) == 100


def test_creation_changes_all_recorded_fields_from_none() -> None:
    task = new_task(description=None)

    changes = diff(None, task)

    assert tuple(changes) == RECORDED
    assert changes == {field: (None, value) for field, value in recorded(task).items()}


def test_editing_changes_only_the_given_fields() -> None:
    task = new_task()

    edited = task.edit(LATER, title="Oat milk")

    assert diff(task, edited) == {"title": ("Milk", "Oat milk"), "updated_at": (NOON, LATER)}
    assert (edited.title, edited.description, edited.updated_at) == ("Oat milk", "Two litres", LATER)
    assert (edited.id, edited.created_at, edited.version) == (task.id, NOON, 2)


def test_editing_both_is_one_change() -> None:
    task = new_task()

    edited = task.edit(LATER, title="Oat milk", description="One litre")

    assert set(diff(task, edited)) == {"title", "description", "updated_at"}
    assert edited.version == 2


def test_editing_to_equal_values_is_no_change() -> None:
    task = new_task()

    assert task.edit(LATER, title="Milk", description="Two litres") is task


def test_editing_nothing_is_no_change() -> None:
    task = new_task()

    assert task.edit(LATER) is task


def test_editing_records_only_what_differs() -> None:
    task = new_task()

    edited = task.edit(LATER, title="Milk", description="One litre")

    assert set(diff(task, edited)) == {"description", "updated_at"}


def test_an_empty_description_differs_from_none() -> None:
    task = new_task(description=None)

    edited = task.edit(LATER, description="")

    assert diff(task, edited)["description"] == (None, "")


def test_completing_sets_the_time_of_completion() -> None:
    task = new_task()

    done = task.complete(LATER)

    assert diff(task, done) == {
        "is_completed": (False, True),
        "completed_at": (None, LATER),
        "updated_at": (NOON, LATER),
    }
    assert done.version == 2


def test_completing_twice_changes_nothing_the_second_time() -> None:
    done = new_task().complete(NOON)

    assert done.complete(LATER) is done


def test_reopening_clears_the_time_of_completion() -> None:
    done = new_task().complete(NOON)

    task = done.reopen(LATER)

    assert diff(done, task) == {
        "is_completed": (True, False),
        "completed_at": (NOON, None),
        "updated_at": (NOON, LATER),
    }
    assert task.version == 3


def test_reopening_an_incomplete_task_changes_nothing() -> None:
    task = new_task()

    assert task.reopen(LATER) is task


def test_restoring_brings_back_the_fields_under_a_new_version() -> None:
    first = new_task()
    edited = first.edit(NOON, title="Oat milk", description="").complete(NOON)

    restored = edited.restore(first, LATER)

    assert recorded(restored) == recorded(first) | {"updated_at": LATER}
    assert restored.version == 4
    assert restored.restore(first, LATER) is restored


def test_reviving_brings_back_every_field() -> None:
    first = new_task()

    revived = first.revive(7, LATER)

    assert recorded(revived) == recorded(first) | {"updated_at": LATER}
    assert (revived.id, revived.version) == (first.id, 7)


def test_deletion_changes_all_recorded_fields_to_none() -> None:
    task = new_task().complete(LATER)

    changes = diff(task, None)

    assert tuple(changes) == RECORDED
    assert changes == {field: (value, None) for field, value in recorded(task).items()}


def test_a_verb_does_not_modify_its_task() -> None:
    task = new_task()

    task.complete(LATER)

    assert (task.is_completed, task.version) == (False, 1)


def test_a_row_has_every_column() -> None:
    assert list(new_task().row()) == [*TaskSnapshot.__slots__, "search_text"]
    assert list(Task.__table__.columns.keys()) == ["workspace_id", *new_task().row()]
