"""Requirements of validators, client generators and other tools on the OpenAPI document."""

import json
from datetime import datetime
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from openapi_spec_validator import validate
from starlette.applications import Starlette
from starlette.routing import Mount

from src.api.v1 import routes
from tests.api_client import Api, id_of, running
from tests.openapi_document import DOCUMENT, Operation, Schema, fits, operations, resolve

OPERATIONS = list(operations())
PARAMETERS = [
    (operation, parameter) for operation in OPERATIONS for parameter in operation.described.get("parameters", [])
]
TAGS = {
    "*": True,
    '"3"': True,
    '"3", W/"4"': True,
    ' ,"3",, "x,y" ,': True,
    "": False,
    "3": False,
    '"3" "4"': False,
    '*, "3"': False,
    "W/3": False,
}
KEYS = {"a": True, "~!": True, "k" * 255: True, "": False, "k" * 256: False, "a b": False, "ä": False}
on_one_database = pytest.mark.parametrize("server", ["sqlite"], indirect=True)
of_every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


def schema_of(name: str) -> Schema:
    return resolve({"$ref": f"#/components/schemas/{name}"})


def parameter_of(operation: str, name: str) -> Schema:
    (found,) = (parameter for each, parameter in PARAMETERS if (str(each), parameter["name"]) == (operation, name))
    schema: Schema = found["schema"]
    return schema


def headers_of(operation: Operation, status: int) -> dict[str, Schema]:
    """The headers that the document has for an answer, by name."""
    known = DOCUMENT["components"]["headers"]
    declared = operation.responses[status]["headers"]
    return {name: known[reference["$ref"].rpartition("/")[2]] for name, reference in declared.items()}


def test_the_document_is_valid_openapi_3_1() -> None:
    validate(DOCUMENT)

    assert DOCUMENT["openapi"].startswith("3.1.")
    assert "itemSchema" not in json.dumps(DOCUMENT)


def test_each_operation_has_the_name_of_its_route() -> None:
    names = [operation.described["operationId"] for operation in OPERATIONS]

    assert sorted(names) == sorted(route.name for route in routes)
    assert len(set(names)) == len(names)
    assert {"create_task", "get_weekly_stats", "follow_history"} <= set(names)


def test_each_tag_is_described_and_used() -> None:
    described = {tag["name"]: tag["description"] for tag in DOCUMENT["tags"]}

    assert set(described) == {tag for operation in OPERATIONS for tag in operation.described["tags"]}
    assert all(text.endswith(".") for text in described.values())


@on_one_database
@pytest.mark.parametrize("place", ["", "/outer", "/a/b"])
async def test_the_server_is_where_the_document_is(app: FastAPI, place: str) -> None:
    mounted = Starlette(routes=[Mount(place, app)]) if place else app
    transport = ASGITransport(app=mounted, client=("127.0.0.1", 50_000))
    async with running(app), AsyncClient(transport=transport, base_url="http://testserver") as client:
        document = await client.get(f"{place}/openapi.json")
        servers = [urljoin(str(document.url), server["url"]).rstrip("/") for server in document.json()["servers"]]
        answers = [await client.get(f"{server}/api/v1/health") for server in servers]

    assert servers
    assert {answer.status_code for answer in answers} == {200}
    validate(document.json())


def test_the_servers_stay_right_behind_a_prefix_that_a_proxy_takes_away() -> None:
    assert [urljoin("https://example.com/tasks/openapi.json", server["url"]) for server in DOCUMENT["servers"]] == [
        "https://example.com/tasks/"
    ]


def test_no_token_is_needed_by_default() -> None:
    assert DOCUMENT["security"] == [{}, {"token": []}]
    assert {str(operation) for operation in OPERATIONS if "security" in operation.described} == {
        "GET /health",
        "GET /health/ready",
    }


@of_every_operation
def test_each_answer_names_its_headers(operation: Operation) -> None:
    is_write = operation.method != "GET"
    for status in operation.responses:
        required = {name for name, header in headers_of(operation, status).items() if header.get("required")}
        optional = set(headers_of(operation, status)) - required

        assert ("Retry-After" in required) is (status in {429, 503})
        assert ("WWW-Authenticate" in required) is (status == 401)
        assert ("Idempotency-Replayed" in optional) is (is_write and status < 300)
        assert "X-Request-ID" in required


@on_one_database
@pytest.mark.parametrize("operation", [each for each in OPERATIONS if str(each) != "GET /events"], ids=str)
async def test_each_header_that_is_sent_is_declared(api: Api, operation: Operation) -> None:
    documented = {name.lower() for name in DOCUMENT["components"]["headers"]}
    task = [await api.create() for _ in range(3)][-1]
    path = operation.path.replace("{id}", id_of(task))
    body = {"POST /tasks": '{"title": "Buy bread"}', "PUT /tasks/{id}": '{"title": "Buy oat milk"}'}.get(str(operation))
    headers = {"content-type": "application/json", "idempotency-key": "a"} if operation.method != "GET" else {}

    answers = [
        await api.raw(operation.method, path, body, headers),
        await api.raw(operation.method, path, body, headers),
        await api.raw(operation.method, f"{path}?limit=1", body, headers),
        await api.raw(operation.method, f"{path}?nothing=1", body, headers),
        await api.raw(operation.method, path, body, headers | {"if-match": '"9"', "idempotency-key": "b"}),
        await api.raw(operation.method, path, body, headers | {"if-none-match": "*"}),
    ]

    for answer in answers:
        declared = {name.lower(): header for name, header in headers_of(operation, answer.status_code).items()}
        assert set(answer.headers) & documented <= set(declared)
        assert {name for name, header in declared.items() if header.get("required")} <= set(answer.headers)


def test_every_field_of_an_answer_is_required() -> None:
    asked = {operation.body["schema"]["$ref"].rpartition("/")[2] for operation in OPERATIONS if operation.body}
    answered = {name: schema for name, schema in DOCUMENT["components"]["schemas"].items() if name not in asked}

    optional = {
        name: set(each.get("properties", ())) - set(each.get("required", ())) for name, each in answered.items()
    }
    assert {"Health", "TaskResponse", "WeeklyStats", "Failure"} <= set(answered)
    assert not any(optional.values()), optional


@pytest.mark.parametrize(("edge", "weekday", "clock"), [("week_start", 0, "00:00:00"), ("week_end", 6, "23:59:59")])
def test_the_weeks_examples_are_of_one_week(edge: str, weekday: int, clock: str) -> None:
    (example,) = schema_of("WeeklyStats")["properties"][edge]["examples"]

    assert datetime.fromisoformat(example).weekday() == weekday
    assert example[:7] == "2026-11"
    assert example.endswith(f"T{clock}Z")


@on_one_database
@pytest.mark.parametrize(("tags", "is_right"), TAGS.items())
@pytest.mark.parametrize(
    ("name", "route"),
    [("If-Match", "PUT /tasks/{id}"), ("If-Match", "DELETE /tasks/{id}"), ("If-None-Match", "GET /tasks/{id}")],
)
async def test_tags_are_described_as_they_are_read(api: Api, name: str, route: str, tags: str, is_right: bool) -> None:
    method, path = route.replace("{id}", id_of(await api.create())).split()
    body = '{"title": "Buy bread"}' if method == "PUT" else None

    answer = await api.raw(method, path, body, {name: tags, "content-type": "application/json"})

    assert (answer.status_code != 400) is is_right
    assert fits(parameter_of(route, name), tags) is is_right


@on_one_database
@pytest.mark.parametrize(("key", "is_right"), KEYS.items())
async def test_keys_are_described_as_they_are_read(api: Api, key: str, is_right: bool) -> None:
    headers = [(b"idempotency-key", key.encode("latin-1")), (b"content-type", b"application/json")]

    answer = await api.client.post("/tasks", content='{"title": "Buy bread"}', headers=headers)

    assert (answer.status_code == 201) is is_right
    for operation, parameter in PARAMETERS:
        if parameter["name"] == "Idempotency-Key":
            assert fits(parameter["schema"], key) is is_right, operation


def test_inputs_that_are_always_rejected_do_not_match_the_schema() -> None:
    cursors = [parameter["schema"] for _, parameter in PARAMETERS if parameter["name"] == "cursor"]

    assert len(cursors) == 3
    assert not any(fits(schema, "") for schema in cursors)
    assert not fits(schema_of("TaskUpdate"), {})


@pytest.mark.parametrize(("values", "is_right"), [([1, None], True), ([1], False), ([1, 2, 3], False), ([], False)])
def test_a_change_is_a_pair_for_every_tool(values: list[object], is_right: bool) -> None:
    changes = schema_of("HistoryResponse")["properties"]["changes"]

    assert fits(changes, {"title": values}) is is_right
    assert "prefixItems" not in json.dumps(DOCUMENT)


@pytest.mark.parametrize(("operation", "parameter"), PARAMETERS, ids=lambda part: str(part)[:40])
def test_each_parameter_has_an_example_that_fits(operation: Operation, parameter: Schema) -> None:
    examples = parameter["schema"]["examples"]

    assert all(fits(parameter["schema"], example) for example in examples), operation
    assert ("example" in parameter) is parameter["required"], "tools send such an example without being asked"


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.body], ids=str)
def test_each_body_has_an_example_for_tools_that_do_not_look_into_schemas(operation: Operation) -> None:
    body = operation.body or {}

    assert fits(body["schema"], body["example"])
