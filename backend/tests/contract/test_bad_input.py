"""Whatever is wrong with a request is refused with a sentence, and nothing is stored.

Nothing in this file changes a task, so that one database serves all of it. The bad input stands in `refusals.py`.
"""

import pytest

from tests.api_client import JSON, Api
from tests.contract import refusals
from tests.contract.refusals import MARK
from tests.databases import Database

TASK_ROUTES = [
    ("GET", "/tasks/{id}"),
    ("PUT", "/tasks/{id}"),
    ("DELETE", "/tasks/{id}"),
    ("PATCH", "/tasks/{id}/complete"),
    ("PATCH", "/tasks/{id}/incomplete"),
]
ROUTES = [
    *TASK_ROUTES,
    ("GET", "/tasks"),
    ("POST", "/tasks"),
    ("GET", "/history"),
    ("GET", "/stats/weekly"),
    ("GET", "/health"),
    ("GET", "/health/ready"),
]
GOOD_BODY = '{"title": "Buy milk"}'


@pytest.fixture(scope="module")
def database(shared_database: Database) -> Database:
    """Take one database for the whole file."""
    return shared_database


@pytest.fixture(scope="module")
async def api(shared_api: Api) -> Api:
    """Take one application for the whole file."""
    return shared_api


@pytest.fixture(scope="module")
async def task_id(api: Api) -> str:
    """Give a task that a bad change would hit."""
    return (await api.create("Buy bread", "Two loaves")).task["id"]


async def refuse(
    api: Api,
    database: Database,
    method: str,
    path: str,
    body: bytes | str | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, str | None]:
    """Send bad input, see that nothing is stored or echoed, and give status and sentence."""
    with database.unchanged():
        answer = await api.send(method, path, body, headers)
    assert MARK not in answer.response.text
    return answer.refusal


@pytest.mark.parametrize(("body", "sentence"), refusals.BODIES.values(), ids=refusals.BODIES)
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_bad_body_is_refused(
    api: Api, database: Database, task_id: str, method: str, body: bytes | str, sentence: str
) -> None:
    path = "/tasks" if method == "POST" else f"/tasks/{task_id}"

    refusal = await refuse(api, database, method, path, body)

    assert refusal == (400, sentence)


@pytest.mark.parametrize(("body", "sentence"), refusals.MISSING_TITLE.values(), ids=refusals.MISSING_TITLE)
async def test_a_new_task_needs_a_title(api: Api, database: Database, body: str, sentence: str) -> None:
    refusal = await refuse(api, database, "POST", "/tasks", body)

    assert refusal == (400, sentence)


@pytest.mark.parametrize("headers", refusals.CONTENT_TYPES.values(), ids=refusals.CONTENT_TYPES)
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_body_that_is_not_announced_as_json_is_refused(
    api: Api, database: Database, task_id: str, method: str, headers: dict[str, str]
) -> None:
    path = "/tasks" if method == "POST" else f"/tasks/{task_id}"

    refusal = await refuse(api, database, method, path, GOOD_BODY, headers)

    assert refusal == (415, "Content type must be application/json")


@pytest.mark.parametrize("bad_id", refusals.IDS.values(), ids=refusals.IDS)
@pytest.mark.parametrize(("method", "path"), TASK_ROUTES)
async def test_a_bad_id_in_a_path_is_refused(api: Api, database: Database, method: str, path: str, bad_id: str) -> None:
    body = GOOD_BODY if method == "PUT" else None

    refusal = await refuse(api, database, method, path.replace("{id}", bad_id), body)

    assert refusal == (400, "id: must be a UUID of 8-4-4-4-12 hexadecimal digits")


@pytest.mark.parametrize("bad_id", ["", *refusals.IDS.values()], ids=["empty", *refusals.IDS])
async def test_a_bad_id_in_a_query_is_refused(api: Api, database: Database, bad_id: str) -> None:
    refusal = await refuse(api, database, "GET", f"/history?task_id={bad_id}")

    assert refusal == (400, "task_id: must be a UUID of 8-4-4-4-12 hexadecimal digits")


@pytest.mark.parametrize("number", refusals.WRONG_NUMBERS.values(), ids=refusals.WRONG_NUMBERS)
@pytest.mark.parametrize("name", ["page", "limit", "offset"])
async def test_what_is_no_whole_number_is_refused(api: Api, database: Database, name: str, number: str) -> None:
    refusal = await refuse(api, database, "GET", f"/history?{name}={number}")

    assert refusal == (400, f"{name}: must be a whole number")


@pytest.mark.parametrize(
    ("query", "sentence"),
    refusals.OUT_OF_BOUNDS.items(),
    ids=[query[:30] for query in refusals.OUT_OF_BOUNDS],
)
async def test_a_number_out_of_its_bounds_is_refused(api: Api, database: Database, query: str, sentence: str) -> None:
    refusal = await refuse(api, database, "GET", f"/history?{query}")

    assert refusal == (400, sentence)


@pytest.mark.parametrize("action", refusals.ACTIONS)
async def test_an_unknown_action_type_is_refused(api: Api, database: Database, action: str) -> None:
    status, sentence = await refuse(api, database, "GET", f"/history?action_type={action}")

    assert status == 400
    assert str(sentence).startswith("action_type: must be one of 'CREATED', 'UPDATED', ")


@pytest.mark.parametrize("query", refusals.REPEATED)
async def test_a_repeated_parameter_is_refused(api: Api, database: Database, query: str) -> None:
    refusal = await refuse(api, database, "GET", f"/history?{query}")

    assert refusal == (400, "query: must not have the same parameter twice")


@pytest.mark.parametrize("query", refusals.UNKNOWN)
async def test_an_unknown_parameter_is_refused(api: Api, database: Database, query: str) -> None:
    refusal = await refuse(api, database, "GET", f"/history?{query}")

    assert refusal == (400, "query: has an unknown parameter")


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_every_route_refuses_an_unknown_parameter(
    api: Api, database: Database, task_id: str, method: str, path: str
) -> None:
    body = GOOD_BODY if method in {"POST", "PUT"} else None

    refusal = await refuse(api, database, method, f"{path.replace('{id}', task_id)}?{MARK}=1", body)

    assert refusal == (400, "query: has an unknown parameter")


async def test_faults_in_several_parameters_are_all_named(api: Api, database: Database) -> None:
    _, sentence = await refuse(api, database, "GET", f"/history?page=0&limit=101&task_id={MARK}")

    assert {part.split(": ")[0] for part in str(sentence).split("; ")} == {"page", "limit", "task_id"}


async def test_a_fault_in_the_path_and_one_in_the_body_are_both_named(api: Api, database: Database) -> None:
    _, sentence = await refuse(api, database, "PUT", f"/tasks/{MARK}", '{"title": ""}', JSON)

    assert sentence == "id: must be a UUID of 8-4-4-4-12 hexadecimal digits; title: must not be empty"
