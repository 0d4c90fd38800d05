"""The OpenAPI document is accurate, and does not change by accident."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.answer import Task
from tests.api_client import Api
from tests.openapi_document import DOCUMENT, Operation, examples_of, fits, operations, resolve

BACKEND = Path(__file__).parents[2]
KEYS = {"success", "data", "popup", "error"}
POPUPS = {
    "POST /tasks": "TASK_CREATED",
    "PUT /tasks/{id}": "TASK_UPDATED",
    "PATCH /tasks/{id}/complete": "TASK_COMPLETED",
    "PATCH /tasks/{id}/incomplete": "TASK_INCOMPLETE",
    "DELETE /tasks/{id}": "TASK_DELETED",
    "POST /tasks/{id}/restore": "TASK_RESTORED",
    "POST /tasks/{id}/erase": "TASK_ERASED",
}
READS = {
    "GET /tasks",
    "GET /tasks/{id}",
    "GET /tasks/{id}/history",
    "GET /history",
    "GET /history/verify",
    "GET /changes",
    "GET /stats/weekly",
    "GET /stats/daily",
    "GET /health",
    "GET /health/ready",
}
STREAM = "GET /events"
OPERATIONS = list(operations())
of_every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=str)
of_every_enveloped_operation = pytest.mark.parametrize(
    "operation", [operation for operation in OPERATIONS if str(operation) != STREAM], ids=str
)


def test_the_document_has_every_endpoint_and_no_other() -> None:
    named = {str(operation) for operation in OPERATIONS}

    assert named == READS | set(POPUPS) | {STREAM}


def test_the_committed_document_is_up_to_date() -> None:
    command = [sys.executable, "main.py", "openapi"]

    made = subprocess.run(command, cwd=BACKEND, check=True, capture_output=True).stdout

    assert json.loads(made) == DOCUMENT
    assert (BACKEND / "openapi.json").read_bytes() == made, "run: python main.py openapi > openapi.json"


async def test_the_document_is_served(api: Api) -> None:
    response = await api.raw("GET", "http://testserver/openapi.json")

    assert response.json() == DOCUMENT


@of_every_operation
def test_each_answer_is_an_envelope_of_four_required_keys(operation: Operation) -> None:
    for status, response in operation.enveloped.items():
        assert set(response["content"]) == {"application/json"}
        assert set(operation.envelope(status)["properties"]) == KEYS
        assert set(operation.envelope(status)["required"]) == KEYS


@of_every_enveloped_operation
def test_each_popup_of_a_success_is_a_constant(operation: Operation) -> None:
    popup = operation.envelope(operation.success)["properties"]["popup"]

    expected = POPUPS.get(str(operation))
    assert popup.get("const") == expected
    assert (popup["type"] == "null") is (expected is None)


@of_every_enveloped_operation
def test_each_success_has_the_envelope_of_a_success(operation: Operation) -> None:
    properties = operation.envelope(operation.success)["properties"]

    assert properties["success"]["const"] is True
    assert properties["error"]["type"] == "null"


@of_every_operation
def test_each_failure_has_the_envelope_of_a_failure(operation: Operation) -> None:
    for status in set(operation.enveloped) - {operation.success}:
        properties = operation.envelope(status)["properties"]

        assert properties["success"]["const"] is False
        assert properties["data"]["type"] == properties["popup"]["type"] == "null"
        assert properties["error"]["type"] == "string"


@of_every_operation
def test_each_operation_names_the_failures_that_it_can_have(operation: Operation) -> None:
    expected = {400, 500}
    expected |= {404} if "{id}" in operation.path else set()
    expected |= {413, 415} if operation.body else set()
    expected |= {503} if operation.path != "/health" else set()

    assert expected <= set(operation.responses)


@of_every_operation
def test_422_is_for_reused_keys_and_never_for_validation(operation: Operation) -> None:
    takes_a_key = "Idempotency-Key" in {parameter["name"] for parameter in operation.described.get("parameters", [])}

    assert (422 in operation.responses) is takes_a_key
    assert takes_a_key is (operation.method != "GET")
    assert "ValidationError" not in json.dumps(DOCUMENT)


@of_every_operation
def test_each_answer_has_an_example_that_fits_its_schema(operation: Operation) -> None:
    for status, response in operation.enveloped.items():
        content = response["content"]["application/json"]

        assert examples_of(content), status
        assert all(fits(content["schema"], example) for example in examples_of(content)), status


@pytest.mark.parametrize("operation", [operation for operation in OPERATIONS if operation.body], ids=str)
async def test_the_examples_of_a_body_are_accepted(api: Api, operation: Operation) -> None:
    task = await api.create("Something else")
    await api.complete(task)
    await api.reopen(task)
    examples = examples_of(operation.body or {})

    for example in examples:
        path = operation.path.replace("{id}", task.task["id"])
        answer = await api.send(operation.method, path, json.dumps(example))

        assert answer.status == operation.success
    assert examples


@of_every_operation
def test_no_parameter_claims_to_take_null(operation: Operation) -> None:
    for parameter in operation.described.get("parameters", []):
        assert not fits(parameter["schema"], None), parameter["name"]


@of_every_operation
def test_each_operation_is_described(operation: Operation) -> None:
    assert operation.described["summary"]
    assert operation.described["description"].endswith(".")


@pytest.mark.parametrize(
    ("name", "fields"), [("TaskCreate", {"title", "description"}), ("TaskUpdate", set(Task.__annotations__))]
)
def test_a_body_has_no_room_for_unknown_fields(name: str, fields: set[str]) -> None:
    schema = resolve({"$ref": f"#/components/schemas/{name}"})

    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == fields


async def test_the_docs_page_needs_no_other_server(api: Api) -> None:
    page = await api.raw("GET", "http://testserver/docs")

    links = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page.text)
    assert page.status_code == 200
    assert links
    assert not [link for link in links if link.startswith("/") or "//" in link]
    for link in links:
        assert (await api.raw("GET", f"http://testserver/{link}")).status_code == 200
