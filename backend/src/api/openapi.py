"""Corrections to the OpenAPI document that FastAPI generates."""

from functools import cache

from fastapi import FastAPI

from src.api.examples import DATA, EVENT, PARAMETERS, bad_input
from src.api.path_policy import policy_of
from src.api.response_headers import ALL_OF_THEM, Schema, headers_of
from src.utils.response import FAILURES, Failure

EVENTS = "text/event-stream"
TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "Asked for where the server has `API_TOKEN` set, which it has not by default; the one of "
    "`API_TOKEN_READ` may only read.",
}
FRAME: Schema = {
    "servers": [{"url": ".", "description": "Where this document is"}],
    "tags": [
        {"name": "tasks", "description": "Create, read, change, complete, reopen, delete and restore tasks."},
        {"name": "history", "description": "Every change of every task: read, verified, followed."},
        {"name": "stats", "description": "Figures for a dashboard."},
        {"name": "health", "description": "Probes for load balancers and supervisors."},
    ],
    "security": [{}, {"token": []}],
}
"""The document's top level. A relative server URL works behind any prefix that a proxy adds."""
LICENSE = {"name": "MIT", "identifier": "MIT"}


def customize_openapi(app: FastAPI) -> None:
    """Correct FastAPI's document: bad input is 400, parameters and bodies are never null, responses have examples."""
    describe = app.openapi

    @cache
    def openapi() -> Schema:
        document = describe() | FRAME
        document["info"]["license"] = LICENSE
        schemas = document["components"]["schemas"]
        document["components"] |= {"headers": ALL_OF_THEM, "securitySchemes": {"token": TOKEN}}
        for path, operations in document["paths"].items():
            for operation in operations.values():
                _amend(path, operation, schemas)
        for schema in ("HTTPValidationError", "ValidationError"):
            schemas.pop(schema, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def _amend(path: str, operation: Schema, schemas: Schema) -> None:
    responses = operation["responses"] = _with_refusals(path, operation["responses"])
    if policy_of(path).is_open:
        operation["security"] = []
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    parameters = operation.get("parameters", ())
    for parameter in parameters:
        _describe_parameter(parameter)
    for body in operation.get("requestBody", {}).get("content", {}).values():
        body["schema"] = _without_null(body["schema"])
        body["example"] = schemas[_name(body["schema"])]["examples"][0]
    takes_key = any(parameter["name"] == "Idempotency-Key" for parameter in parameters)
    for status, response in responses.items():
        response["headers"] = response.get("headers", {}) | headers_of(int(status), takes_key=takes_key)
        _describe_content(response)
        answer = response.get("content", {}).get("application/json", {})
        if "$ref" in answer.get("schema", {}):
            answer["example"] = _example(path, int(status), answer["schema"], operation, schemas)


def _describe_parameter(parameter: Schema) -> None:
    """Add examples. Tools only display those inside the schema, but send the one beside it: only if it is required."""
    schema = parameter["schema"] = _without_null(parameter["schema"])
    if "examples" not in schema:
        schema["examples"] = [PARAMETERS[parameter["name"]]]
    if parameter["required"]:
        parameter["example"] = schema["examples"][0]


def _name(reference: Schema) -> str:
    """The name of the referenced schema."""
    return str(reference["$ref"]).rpartition("/")[2]


def _with_refusals(path: str, responses: Schema) -> Schema:
    """Add the errors that the middleware can return for every route: 401, 403 and 429."""
    schema = {"$ref": f"#/components/schemas/{Failure.__name__}"}
    policy = policy_of(path)
    statuses = (403, *(() if policy.is_open else (401,)), *((429,) if policy.is_limited else ()))
    refusals = {
        str(status): {"description": FAILURES[status][0], "content": {"application/json": {"schema": schema}}}
        for status in statuses
    }
    return dict(sorted((responses | refusals).items()))


def _describe_content(response: Schema) -> None:
    """Describe the failures of a stream as JSON, and the stream as a string: OpenAPI 3.1 has no better type."""
    content = response.get("content", {})
    if "$ref" in content.get(EVENTS, {}).get("schema", {}):
        content["application/json"] = content.pop(EVENTS)
    elif EVENTS in content:
        content[EVENTS] = {"schema": {"type": "string"}, "example": EVENT}


def _without_null(schema: Schema) -> Schema:
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) != 1:
        return schema
    return {**options[0], **{key: value for key, value in schema.items() if key != "anyOf"}}


def _example(path: str, status: int, schema: Schema, operation: Schema, schemas: Schema) -> Schema:
    name = _name(schema)
    if name in DATA:
        popup = schemas[name]["properties"]["popup"].get("const")
        return {"success": True, "data": DATA[name], "popup": popup, "error": None}
    sentence = FAILURES[status][1]
    if status == 400:  # noqa: PLR2004  # the one whose sentence depends on the route
        names = [part["name"] for part in operation.get("parameters", ()) if part["in"] == "query"]
        sentence = bad_input(path, names, has_body="requestBody" in operation)
    return {"success": False, "data": None, "popup": None, "error": sentence}
