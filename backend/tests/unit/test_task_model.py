"""A task's verbs: each says what it changed, and one that changes nothing leaves no trace."""

from datetime import UTC, datetime, timedelta

from src.models.task import RECORDED, Changes, Task, TaskSnapshot

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def new_task(description: str | None = "Two litres") -> Task:
    return Task.create("Milk", description, NOON)[0]


def after(task: Task, changes: Changes) -> dict[str, object]:
    """What the task is where a change says that it is so."""
    return {field: getattr(task, field) for field in changes}


def test_a_new_task_is_not_completed_and_has_one_time() -> None:
    task = new_task()

    assert (task.title, task.description, task.is_completed, task.completed_at) == ("Milk", "Two litres", False, None)
    assert task.created_at == task.updated_at == NOON
    assert (task.version, task.id.version) == (1, 7)


def test_two_tasks_have_different_ids() -> None:
    assert len({new_task().id for _ in range(100)}) == 100


def test_a_new_task_changes_all_recorded_fields_from_nothing() -> None:
    task, changes = Task.create("Milk", None, NOON)

    assert tuple(changes) == RECORDED
    assert changes == {field: (None, value) for field, value in after(task, changes).items()}


def test_editing_changes_what_is_given_and_nothing_else() -> None:
    task = new_task()

    changes = task.edit(LATER, title="Oat milk")

    assert changes == {"title": ("Milk", "Oat milk"), "updated_at": (NOON, LATER)}
    assert (task.title, task.description, task.updated_at, task.version) == ("Oat milk", "Two litres", LATER, 2)
    assert task.created_at == NOON


def test_editing_both_is_one_change() -> None:
    task = new_task()

    changes = task.edit(LATER, title="Oat milk", description="One litre")

    assert set(changes) == {"title", "description", "updated_at"}
    assert task.version == 2


def test_editing_to_the_same_is_no_change() -> None:
    task = new_task()
    before = task.snapshot()

    changes = task.edit(LATER, title="Milk", description="Two litres")

    assert changes == {}
    assert task.snapshot() == before


def test_editing_nothing_is_no_change() -> None:
    task = new_task()

    assert task.edit(LATER) == {}
    assert task.version == 1


def test_editing_records_only_what_differs() -> None:
    task = new_task()

    changes = task.edit(LATER, title="Milk", description="One litre")

    assert set(changes) == {"description", "updated_at"}


def test_an_empty_description_is_another_than_none() -> None:
    task = new_task(description=None)

    changes = task.edit(LATER, description="")

    assert changes["description"] == (None, "")


def test_completing_sets_the_time_of_completion() -> None:
    task = new_task()

    changes = task.complete(LATER)

    assert changes == {"is_completed": (False, True), "completed_at": (None, LATER), "updated_at": (NOON, LATER)}
    assert (task.is_completed, task.completed_at, task.updated_at, task.version) == (True, LATER, LATER, 2)


def test_completing_twice_changes_nothing_the_second_time() -> None:
    task = new_task()
    task.complete(NOON)
    before = task.snapshot()

    assert task.complete(LATER) == {}
    assert task.snapshot() == before


def test_reopening_takes_the_time_of_completion_away() -> None:
    task = new_task()
    task.complete(NOON)

    changes = task.reopen(LATER)

    assert changes == {"is_completed": (True, False), "completed_at": (NOON, None), "updated_at": (NOON, LATER)}
    assert (task.is_completed, task.completed_at, task.version) == (False, None, 3)


def test_reopening_what_is_open_changes_nothing() -> None:
    task = new_task()

    assert task.reopen(LATER) == {}
    assert (task.updated_at, task.version) == (NOON, 1)


def test_the_end_changes_all_recorded_fields_to_nothing() -> None:
    task = new_task()
    task.complete(LATER)

    changes = task.end()

    assert changes == {field: (value, None) for field, value in after(task, changes).items()}
    assert tuple(changes) == RECORDED
    assert task.version == 3


def test_every_changed_field_is_a_recorded_one() -> None:
    task = new_task()

    fields = {*task.edit(LATER, title="x", description="y"), *task.complete(LATER), *task.reopen(LATER)}

    assert fields <= set(RECORDED)


def test_a_snapshot_stays_as_it_was() -> None:
    task = new_task()
    snapshot = task.snapshot()

    task.complete(LATER)

    assert (snapshot.is_completed, snapshot.version) == (False, 1)


def test_a_task_loaded_from_its_snapshot_is_the_same() -> None:
    snapshot = new_task().snapshot()

    assert Task.load(snapshot).snapshot() == snapshot


def test_a_row_has_every_column() -> None:
    assert list(new_task().row()) == list(Task.__table__.columns.keys()) == [*TaskSnapshot.__slots__, "search_text"]
