"""POST /tasks."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.api_client import Api
from tests.databases import Database

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


async def test_a_task_is_created_with_title_and_description(api: Api) -> None:
    answer = await api.create("Buy milk", "Two litres")

    assert (answer.status, answer.popup) == (201, "TASK_CREATED")
    assert (answer.task["title"], answer.task["description"]) == ("Buy milk", "Two litres")


async def test_a_title_alone_is_enough(api: Api) -> None:
    answer = await api.create("Buy milk")

    assert (answer.status, answer.popup) == (201, "TASK_CREATED")
    assert answer.task["description"] is None


async def test_a_new_task_is_incomplete_and_at_version_one(api: Api) -> None:
    task = (await api.create()).task

    assert set(task) == {
        "id",
        "title",
        "description",
        "is_completed",
        "created_at",
        "updated_at",
        "completed_at",
        "version",
    }
    assert (task["is_completed"], task["completed_at"], task["version"]) == (False, None, 1)


async def test_a_new_task_has_the_time_of_its_creation(api: Api) -> None:
    task = (await api.create()).task

    age = datetime.now(UTC) - datetime.fromisoformat(task["created_at"])
    assert timedelta(0) <= age < timedelta(minutes=1)
    assert task["updated_at"] == task["created_at"]


async def test_times_are_utc_with_six_decimals_and_a_z(api: Api) -> None:
    task = await api.create()

    done = (await api.complete(task)).task

    assert TIME.fullmatch(done["created_at"])
    assert TIME.fullmatch(done["updated_at"])
    assert TIME.fullmatch(done["completed_at"] or "")


async def test_each_task_gets_an_id_of_its_own(api: Api) -> None:
    first, second = await api.create("Buy milk"), await api.create("Buy milk")

    assert first.task["id"] != second.task["id"]
    assert str(UUID(first.task["id"])) == first.task["id"]


async def test_a_null_description_is_none(api: Api) -> None:
    answer = await api.send("POST", "/tasks", '{"title": "Buy milk", "description": null}')

    assert answer.status == 201
    assert answer.task["description"] is None


async def test_an_empty_description_stays_empty(api: Api) -> None:
    created = await api.create("Buy milk", "")

    assert created.task["description"] == ""
    assert (await api.get(created)).task["description"] == ""


async def test_an_error_in_each_field_is_reported(api: Api, database: Database) -> None:
    with database.unchanged():
        answer = await api.create("", "x" * 5001)

    assert answer.refusal == (
        400,
        "title: must not be empty; description: must be at most 5000 characters long",
    )


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/JSON",
    ],
)
async def test_every_content_type_of_utf_8_json_is_accepted(api: Api, content_type: str) -> None:
    answer = await api.send("POST", "/tasks", '{"title": "Käse"}'.encode(), {"content-type": content_type})

    assert answer.status == 201
    assert answer.task["title"] == "Käse"


@pytest.mark.parametrize("coding", ["identity", "Identity", "identity, identity", ""])
async def test_the_identity_encoding_is_accepted(api: Api, coding: str) -> None:
    headers = {"content-type": "application/json", "content-encoding": coding}

    answer = await api.send("POST", "/tasks", '{"title": "Buy milk"}', headers)

    assert answer.status == 201


@pytest.mark.parametrize("action", ["complete", "incomplete"])
async def test_the_encoding_of_an_ignored_body_is_ignored(api: Api, action: str) -> None:
    task = await api.create()

    answer = await api.send("PATCH", f"/tasks/{task.task['id']}/{action}", b"\x1f\x8b", {"content-encoding": "gzip"})

    assert answer.status == 200


async def test_a_body_of_exactly_128_kib_is_read(api: Api) -> None:
    body = b'{"title": "Buy milk"}'.ljust(128 * 1024)

    answer = await api.send("POST", "/tasks", body)

    assert answer.status == 201


async def test_escaped_characters_are_decoded(api: Api) -> None:
    answer = await api.send("POST", "/tasks", r'{"title": "\u004dilk \ud83e\udd5b", "description": "a\tb\nc"}')

    assert (answer.task["title"], answer.task["description"]) == ("Milk 🥛", "a\tb\nc")
