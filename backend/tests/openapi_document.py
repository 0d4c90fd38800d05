"""The OpenAPI document, operation by operation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jsonschema_rs import is_valid

from main import app

Schema = dict[str, Any]

DOCUMENT: Schema = app.openapi()
BASE_PATH = "/api/v1"


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    described: Schema

    def __str__(self) -> str:
        """As the contract names it."""
        return f"{self.method} {self.path}"

    @property
    def responses(self) -> dict[int, Schema]:
        """The documented responses, by status."""
        return {int(status): response for status, response in self.described["responses"].items()}

    @property
    def enveloped(self) -> dict[int, Schema]:
        """The responses with an envelope: all but 304, which has no body, and event streams."""
        return {
            status: response
            for status, response in self.responses.items()
            if status != 304 and "text/event-stream" not in response["content"]
        }

    @property
    def success(self) -> int:
        """The only 2xx status."""
        (status,) = (status for status in self.responses if status < 300)
        return status

    @property
    def body(self) -> Schema | None:
        """The request body, if there is one."""
        request: Schema | None = self.described.get("requestBody")
        return request and request["content"]["application/json"]

    def envelope(self, status: int) -> Schema:
        """The schema of the response with this status."""
        return resolve(self.responses[status]["content"]["application/json"]["schema"])


def operations() -> Iterator[Operation]:
    """All operations."""
    for path, methods in DOCUMENT["paths"].items():
        for method, described in methods.items():
            yield Operation(method.upper(), path.removeprefix(BASE_PATH), described)


def resolve(schema: Schema) -> Schema:
    """Follow a reference into the document."""
    if "$ref" not in schema:
        return schema
    target: Schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return target


def fits(schema: Schema, value: object) -> bool:
    """Whether a value is valid against a schema."""
    return is_valid({**schema, "components": DOCUMENT["components"]}, value, validate_formats=True)


def examples_of(content: Schema) -> list[object]:
    """The examples beside a schema and those within it."""
    beside = [content["example"]] if "example" in content else []
    named = [named["value"] for named in content.get("examples", {}).values()]
    within: list[object] = resolve(content["schema"]).get("examples", [])
    return beside + named + [example for example in within if example not in beside]
