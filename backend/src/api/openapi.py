"""The OpenAPI document, made to tell the truth."""

from functools import cache
from typing import Any

from fastapi import FastAPI

from src.api.access import OPEN_PATHS, UNLIMITED_PATHS
from src.api.examples import DATA, bad_input
from src.utils.response import FAILURES, Failure

Schema = dict[str, Any]

EVENTS = "text/event-stream"
TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "Asked for where the server has `API_TOKEN` set; the one of `API_TOKEN_READ` may only read.",
}


def describe_truly(app: FastAPI) -> None:
    """Amend what FastAPI says: bad input is 400, no parameter or body is null, every answer has an example."""
    describe = app.openapi

    @cache
    def openapi() -> Schema:
        document = describe()
        schemas = document["components"]["schemas"]
        document["components"]["securitySchemes"] = {"token": TOKEN}
        for path, operations in document["paths"].items():
            for operation in operations.values():
                _amend(path, operation, schemas)
        for schema in ("HTTPValidationError", "ValidationError"):
            schemas.pop(schema, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def _amend(path: str, operation: Schema, schemas: Schema) -> None:
    responses = operation["responses"] = _with_refusals(path, operation["responses"])
    if path not in OPEN_PATHS:
        operation["security"] = [{"token": []}, {}]
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    body = operation.get("requestBody", {}).get("content", {}).values()
    for part in (*operation.get("parameters", ()), *body):
        part["schema"] = _without_null(part["schema"])
    for status, response in responses.items():
        _announce_as_json(response)
        answer = response.get("content", {}).get("application/json", {})
        if "$ref" in answer.get("schema", {}):
            answer["example"] = _example(path, int(status), answer["schema"], operation, schemas)


def _with_refusals(path: str, responses: Schema) -> Schema:
    """What stands before every route can refuse: who has no token, comes from elsewhere, or comes too often."""
    schema = {"$ref": f"#/components/schemas/{Failure.__name__}"}
    statuses = (403, *(() if path in OPEN_PATHS else (401,)), *(() if path in UNLIMITED_PATHS else (429,)))
    refusals = {
        str(status): {"description": FAILURES[status][0], "content": {"application/json": {"schema": schema}}}
        for status in statuses
    }
    return dict(sorted((responses | refusals).items()))


def _announce_as_json(response: Schema) -> None:
    """A failure is JSON also where the success is a stream of events."""
    content = response.get("content", {})
    if "$ref" in content.get(EVENTS, {}).get("schema", {}):
        content["application/json"] = content.pop(EVENTS)


def _without_null(schema: Schema) -> Schema:
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) != 1:
        return schema
    return {**options[0], **{key: value for key, value in schema.items() if key != "anyOf"}}


def _example(path: str, status: int, schema: Schema, operation: Schema, schemas: Schema) -> Schema:
    name = schema["$ref"].rpartition("/")[2]
    if name in DATA:
        popup = schemas[name]["properties"]["popup"].get("const")
        return {"success": True, "data": DATA[name], "popup": popup, "error": None}
    sentence = FAILURES[status][1]
    if status == 400:  # noqa: PLR2004  # the one whose sentence depends on the route
        sentence = bad_input(path, has_body="requestBody" in operation)
    return {"success": False, "data": None, "popup": None, "error": sentence}
