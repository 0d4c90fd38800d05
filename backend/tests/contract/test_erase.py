"""POST /tasks/{id}/erase: texts of a task leave everything that is stored and answered."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from tests.answer import Answer, Task
from tests.api_client import Api
from tests.databases import Database, SqliteDatabase
from tests.stored_history import stored_entries
from tests.tampering import attack, diagnosis, disarm, verdict

SECRET = "4929 1234 5678 9012"  # noqa: S105  # a text
TITLE = f"Call {SECRET}"


async def erase(api: Api, task: Task | str, body: dict[str, object], **terms: str) -> Answer:
    task_id = task if isinstance(task, str) else task["id"]
    return await api.write("POST", f"/tasks/{task_id}/erase", json.dumps(body), **terms)


async def everything(api: Api, task_id: str) -> str:
    """What the API says about a task, present and past."""
    paths = ["/tasks", "/history?limit=100", "/changes", f"/tasks/{task_id}/history?limit=100", f"/tasks/{task_id}"]
    paths += [f"/tasks/{task_id}?version={version}" for version in range(1, 9)]
    moments = [entry["timestamp"] for entry in await api.entries("limit=100")]
    paths += [f"/tasks?as_of={moment}" for moment in moments]
    return "".join([(await api.send("GET", path)).response.text for path in paths])


def stored(database: Database) -> str:
    return repr(database.state()) + repr(database.run("SELECT * FROM idempotency_keys"))


@pytest.fixture
async def told(api: Api) -> Task:
    """A task whose description held a secret in several versions."""
    task = await api.write("POST", "/tasks", json.dumps({"title": "Pay", "description": SECRET}), key="create")
    await api.update(task, description=f"{SECRET} again")
    await api.complete(task)
    await api.update(task, title="Pay now")
    return (await api.update(task, description="With the card")).task


async def test_it_answers_with_the_task(api: Api, told: Task) -> None:
    answer = await erase(api, told, {"fields": ["description"]})

    assert (answer.status, answer.popup, answer.etag) == (200, "TASK_ERASED", '"6"')
    expected = told | {"description": None, "version": 6, "updated_at": answer.task["updated_at"]}
    assert answer.task == expected
    assert answer.task["updated_at"] > told["updated_at"]
    assert await api.tasks() == [answer.task]


async def test_the_text_is_nowhere(api: Api, database: Database, told: Task) -> None:
    assert SECRET in await everything(api, told["id"])
    assert SECRET in stored(database)

    await erase(api, told, {"fields": ["description"]})

    assert SECRET not in await everything(api, told["id"])
    assert "card" not in await everything(api, told["id"])
    assert SECRET not in stored(database)
    assert (await api.send("GET", f"/tasks?q={SECRET}")).tasks == []


async def test_sqlite_s_file_has_no_byte_of_it_either(api: Api, database: Database, told: Task) -> None:
    if not isinstance(database, SqliteDatabase):
        pytest.skip("PostgreSQL's own files are the operator's")

    await erase(api, told, {"fields": ["description", "title"]})
    database.run("PRAGMA wal_checkpoint(TRUNCATE)")

    files = [Path(f"{database.path}{suffix}") for suffix in ("", "-wal")]
    assert [SECRET.encode() in file.read_bytes() for file in files if file.exists()] == [False] * 2


async def test_every_entry_stays_and_says_what_it_has_lost(api: Api, told: Task) -> None:
    before = await api.entries("limit=100")

    await erase(api, told, {"fields": ["description"]})

    newest, *after = await api.entries("limit=100")
    assert [entry["history_id"] for entry in after] == [entry["history_id"] for entry in before]
    assert [entry["task_title"] for entry in after] == [entry["task_title"] for entry in before]
    assert [entry["erased"] for entry in after] == [["description"], [], [], ["description"], ["description"]]
    assert (newest["action_type"], newest["description"]) == ("ERASED", 'Erased the description of "Pay now"')
    assert (newest["erased"], newest["task_title"], set(newest["changes"])) == (
        ["description"],
        "Pay now",
        {"updated_at"},
    )


async def test_the_history_stays_valid_and_the_doctor_content(api: Api, database: Database, told: Task) -> None:
    await erase(api, told, {"fields": ["description"]})
    await erase(api, told, {"fields": ["title"], "title": "Something"})
    await api.update(told["id"], description="New")

    found = cast("dict[str, Any]", (await api.send("GET", "/history/verify")).content)

    assert (found["valid"], found["entries"], found["erased"], found["unproven"]) == (True, 8, 6, 0)
    assert diagnosis(database) == []


async def test_the_past_has_what_stands_for_erased_texts(api: Api, told: Task) -> None:
    await erase(api, told, {"fields": ["title", "description"], "title": "Paid"})

    past = [(await api.send("GET", f"/tasks/{told['id']}?version={version}")).task for version in range(1, 7)]
    assert [(task["title"], task["description"]) for task in past] == [("(erased)", None)] * 5 + [("Paid", None)]
    assert [task["is_completed"] for task in past] == [False, False, True, True, True, True]


@pytest.mark.parametrize(("given", "title"), [({}, "(erased)"), ({"title": "Call"}, "Call")])
async def test_an_erased_title_is_replaced(api: Api, given: dict[str, object], title: str) -> None:
    task = await api.create(TITLE, "At noon")

    answer = await erase(api, task.task, {"fields": ["title"], **given})

    assert (answer.task["title"], answer.task["description"]) == (title, "At noon")
    assert SECRET not in await everything(api, task.task["id"])


async def test_a_deleted_task_is_erased_too_and_comes_back_without_the_text(api: Api, database: Database) -> None:
    task = await api.create(TITLE, SECRET)
    await api.delete(task)

    answer = await erase(api, task.task, {"fields": ["title", "description"]})
    text = await everything(api, task.task["id"])
    back = await api.restore(task)

    assert (answer.status, answer.popup, answer.data) == (200, "TASK_ERASED", None)
    assert SECRET not in text
    assert (back.task["title"], back.task["description"], back.task["version"]) == ("(erased)", None, 4)
    assert verdict(database).valid
    assert diagnosis(database) == []


async def test_a_restore_brings_nothing_back(api: Api, told: Task) -> None:
    await erase(api, told, {"fields": ["description"]})

    restored = await api.restore(told["id"], version=1)

    assert (restored.task["title"], restored.task["description"]) == ("Pay", None)


async def test_a_late_retry_changes_nothing_and_tells_nothing(api: Api, told: Task) -> None:
    await erase(api, told, {"fields": ["description"]})

    body = json.dumps({"title": "Pay", "description": SECRET})
    again = await api.write("POST", "/tasks", body, key="create")

    assert (again.status, again.replayed, again.task["id"]) == (201, "true", told["id"])
    assert SECRET not in again.response.text
    assert len(await api.tasks()) == 1


async def test_other_tasks_keep_their_texts(api: Api, told: Task) -> None:
    other = await api.create("Other", SECRET)

    await erase(api, told, {"fields": ["description"]})

    assert (await api.get(other)).task == other.task
    assert (await api.entries(f"task_id={other.task['id']}"))[0]["changes"]["description"] == [None, SECRET]


async def test_if_match_protects_it(api: Api, told: Task) -> None:
    refused = await erase(api, told, {"fields": ["description"]}, if_match='"1"')

    assert refused.status == 412
    assert SECRET in await everything(api, told["id"])


async def test_a_task_that_never_was_is_not_found(api: Api) -> None:
    answer = await erase(api, "01a20470-0000-7000-8000-000000000001", {"fields": ["title"]})

    assert answer.refusal == (404, "Task not found")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "fields: "),
        ({"fields": []}, "fields: "),
        ({"fields": ["title", "title"]}, "fields: must not name a field twice"),
        ({"fields": ["is_completed"]}, "fields"),
        ({"fields": ["description"], "title": "x"}, "title: can be given only where the title is erased"),
        ({"fields": ["title"], "title": ""}, "title: must not be empty"),
        ({"fields": ["title"], "reason": "x"}, "body: has an unknown field"),
    ],
)
async def test_a_bad_request_is_refused(api: Api, database: Database, body: dict[str, object], sentence: str) -> None:
    task = await api.create()

    with database.unchanged():
        answer = await erase(api, task.task, body)

    assert answer.status == 400
    assert str(answer.error).startswith(sentence)


async def test_a_text_that_was_removed_by_hand_is_found(api: Api, database: Database) -> None:
    await api.create("One")
    await api.create("Two", SECRET)
    disarm(database)

    attack(database, "UPDATE task_history SET texts = %s WHERE seq = 2", "{}")

    found = verdict(database)
    assert (found.valid, found.first_invalid_seq) == (False, 2)


async def test_a_text_that_was_removed_with_more_than_was_said_is_found(api: Api, database: Database) -> None:
    task = await api.create("One", SECRET)
    await erase(api, task.task, {"fields": ["description"]})
    assert verdict(database).valid
    disarm(database)

    attack(database, "UPDATE task_history SET texts = %s WHERE seq = 1", "{}")

    assert verdict(database).first_invalid_seq == 1


async def test_the_database_lets_only_texts_be_lost(api: Api, database: Database) -> None:
    await api.create("One", SECRET)
    texts = json.loads(stored_entries(database)[0]["texts"])
    del texts["description"]

    database.run('UPDATE task_history SET texts = \'{"title":[' + json.dumps(texts["title"])[1:] + "}'")

    with pytest.raises(Exception, match="append-only"):
        database.run('UPDATE task_history SET texts = \'{"title":["",[null,"Two"]]}\'')
