"""`ETag` names the version of a task; `If-None-Match` saves sending what the client has."""

from uuid import uuid4

import pytest
from httpx2 import Response

from tests.answer import Answer
from tests.api_client import Api
from tests.contract.writes import every_write_answered_with_a_task, prepared

WITHOUT = ["/tasks", "/history", "/tasks/{id}/history", "/stats/weekly", "/health", "/health/ready", "/changes"]


async def unless(api: Api, task: Answer, known: str, query: str = "") -> Response:
    """Read the task with If-None-Match."""
    return await api.raw("GET", f"/tasks/{task.task['id']}{query}", headers={"if-none-match": known})


@every_write_answered_with_a_task
async def test_a_change_returns_the_tag_of_its_version(api: Api, route: str) -> None:
    write = await prepared(api, route)

    answer = await write.send()

    assert answer.etag == f'"{answer.task["version"]}"'
    assert answer.task["version"] == (1 if route == "create" else write.version + 1)


async def test_a_change_without_effect_returns_the_same_tag(api: Api) -> None:
    task = await api.create("Buy milk")

    answers = [await api.update(task, title="Buy milk"), await api.reopen(task), await api.restore(task)]

    assert [answer.etag for answer in answers] == ['"1"'] * 3


async def test_a_read_returns_the_tag_of_the_version(api: Api) -> None:
    task = await api.create()
    await api.complete(task)

    answer = await api.get(task)

    assert (answer.task["version"], answer.etag) == (2, '"2"')


async def test_a_past_version_has_its_own_tag(api: Api) -> None:
    task = await api.create()
    await api.complete(task)

    assert (await api.at(task, 1)).etag == '"1"'


async def test_head_has_the_tag_too(api: Api) -> None:
    task = await api.create()

    head = await api.raw("HEAD", f"/tasks/{task.task['id']}")

    assert (head.headers["etag"], head.content) == ('"1"', b"")


@pytest.mark.parametrize("path", WITHOUT)
async def test_other_resources_have_no_tag(api: Api, path: str) -> None:
    task = await api.create()

    answer = await api.send("GET", path.format(id=task.task["id"]))

    assert (answer.status, answer.etag) == (200, None)


async def test_deletions_and_failures_have_no_tag_unless_a_precondition_failed(api: Api) -> None:
    task = await api.create()
    await api.update(task, title="Buy oat milk")

    answers = [
        await api.update(task, title=""),
        await api.write("DELETE", f"/tasks/{task.task['id']}", if_match='"1"'),
        await api.at(task, 9),
        await api.delete(task),
        await api.get(task),
    ]

    assert [(answer.status, answer.etag) for answer in answers] == [
        (400, None),
        (412, '"2"'),
        (404, None),
        (200, None),
        (404, None),
    ]


@pytest.mark.parametrize("known", ['"2"', 'W/"2"', '"1", "2"', '"x,y" , W/"2"', '"1",,"2",', "*", " * "])
async def test_a_current_version_is_not_sent_again(api: Api, known: str) -> None:
    task = await api.create()
    await api.complete(task)

    response = await unless(api, task, known)

    assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", '"2"')
    assert response.headers["x-request-id"]


@pytest.mark.parametrize("known", ['"1"', 'W/"1"', '"1", "3"', '"02"', '""', '"*"', '"x"', '"W/"'])
async def test_another_version_is_sent(api: Api, known: str) -> None:
    task = await api.create()
    done = await api.complete(task)

    answer = Answer(await unless(api, task, known))

    assert (answer.status, answer.task, answer.etag) == (200, done.task, '"2"')


async def test_tags_in_several_headers_are_one_list(api: Api) -> None:
    task = await api.create()
    headers = [("if-none-match", '"7"'), ("if-none-match", '"1"')]

    response = await api.client.get(f"/tasks/{task.task['id']}", headers=headers)

    assert response.status_code == 304


async def test_head_is_not_modified_either(api: Api) -> None:
    task = await api.create()

    head = await api.raw("HEAD", f"/tasks/{task.task['id']}", headers={"if-none-match": '"1"'})

    assert (head.status_code, head.headers["etag"], head.content) == (304, '"1"', b"")


async def test_a_past_version_is_not_sent_again(api: Api) -> None:
    task = await api.create()
    await api.complete(task)
    await api.delete(task)

    known = await unless(api, task, '"1"', "?version=1")
    unknown = await unless(api, task, '"2"', "?version=1")

    assert (known.status_code, known.headers["etag"]) == (304, '"1"')
    assert (unknown.status_code, unknown.headers["etag"]) == (200, '"1"')


async def test_a_missing_task_is_not_found_with_any_tag(api: Api) -> None:
    answer = await api.send("GET", f"/tasks/{uuid4()}", headers={"if-none-match": "*"})

    assert answer.refusal == (404, "Task not found")
