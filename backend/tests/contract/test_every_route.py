"""What holds for every route of the OpenAPI document."""

from uuid import uuid4

import pytest

from tests.answer import Entry
from tests.api_client import Api, id_of
from tests.databases import Database
from tests.openapi_document import DOCUMENT, Operation, operations

OPERATIONS = list(operations())
READING = [operation for operation in OPERATIONS if operation.method == "GET" and operation.path != "/events"]
WRITING = [operation for operation in OPERATIONS if operation.method != "GET"]
BODIES = {
    "POST /tasks": '{"title": "Buy bread"}',
    "PUT /tasks/{id}": '{"title": "Buy oat milk"}',
    "POST /tasks/{id}/erase": '{"fields": ["description"]}',
}


async def path_to_a_task(api: Api, operation: Operation) -> str:
    """The operation's path, with the id of a task that it can change."""
    task = await api.create("Buy milk")
    if operation.path.endswith("/incomplete"):
        await api.complete(task)
    if operation.path.endswith("/restore"):
        await api.delete(task)
    return operation.path.replace("{id}", id_of(task))


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_bad_requests_get_a_documented_envelope(api: Api, database: Database, operation: Operation) -> None:
    path, body = await path_to_a_task(api, operation), BODIES.get(str(operation))
    requests = [(f"{path}?surprise=1", body)]
    if "{id}" in operation.path:
        requests += [(operation.path.replace("{id}", "1"), body), (operation.path.replace("{id}", str(uuid4())), body)]
    if operation.body:
        requests += [(path, "{"), (path, " " * 200_000)]
    if body:
        requests += [(path, "{}"), (path, None)]

    with database.unchanged():
        answers = [await api.send(operation.method, *request) for request in requests]

    assert not any(answer.success for answer in answers)
    assert {answer.status for answer in answers} <= set(operation.responses)


@pytest.mark.parametrize("path", sorted({operation.path for operation in OPERATIONS}))
async def test_a_wrong_method_gets_an_envelope_with_the_documented_ones(api: Api, path: str) -> None:
    documented = {operation.method for operation in OPERATIONS if operation.path == path}

    answer = await api.send("BREW", path.replace("{id}", str(uuid4())))

    assert answer.refusal == (405, "Method not allowed")
    assert answer.allow - {"HEAD", "OPTIONS"} == documented
    assert ("HEAD" in answer.allow) is ("GET" in documented)


@pytest.mark.parametrize("operation", WRITING, ids=str)
async def test_each_write_leaves_exactly_one_entry(api: Api, operation: Operation) -> None:
    path = await path_to_a_task(api, operation)
    before = await api.entries()

    answer = await api.send(operation.method, path, BODIES.get(str(operation)))

    after = await api.entries()
    assert answer.status == operation.success
    erased = ["description"] if operation.path.endswith("/erase") else []
    assert after[1:] == [_without(entry, erased) for entry in before]


def _without(entry: Entry, erased: list[str]) -> Entry:
    changes = {name: values for name, values in entry["changes"].items() if name not in erased}
    return entry | {"changes": changes, "erased": erased}


@pytest.mark.parametrize("operation", [each for each in WRITING if each.method != "POST"], ids=str)
async def test_a_repeated_write_leaves_none(api: Api, database: Database, operation: Operation) -> None:
    path = await path_to_a_task(api, operation)
    await api.send(operation.method, path, BODIES.get(str(operation)))

    with database.unchanged():
        again = await api.send(operation.method, path, BODIES.get(str(operation)))

    assert again.status == (404 if operation.method == "DELETE" else operation.success)


@pytest.mark.parametrize("operation", READING, ids=str)
async def test_a_read_leaves_none(api: Api, database: Database, operation: Operation) -> None:
    path = await path_to_a_task(api, operation)

    with database.unchanged():
        answer = await api.send("GET", path)
        await api.raw("HEAD", path)
        await api.raw("OPTIONS", path)

    assert answer.status == 200


def test_every_path_lies_under_the_base_path() -> None:
    assert all(path.startswith("/api/v1/") for path in DOCUMENT["paths"])
