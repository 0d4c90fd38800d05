"""Routes that parse requests strictly and run without FastAPI's own handler."""

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from inspect import iscoroutinefunction
from typing import Any, get_args
from urllib.parse import parse_qsl

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from starlette.types import Receive, Scope, Send

from src.api.fastapi_internals import AsyncExitStackMiddleware, Dependant, Form, ModelField
from src.api.request_body import StrictRequest
from src.api.request_context import CONTEXT
from src.api.unsent_answers import held
from src.exceptions.errors import BadRequestError
from src.exceptions.handlers import known_names
from src.utils.response import RenderedJson

Found = tuple[dict[str, Any], list[Any]]
"""Arguments, and pydantic's errors."""


class StrictRoute(APIRoute):
    """Rejects unknown and repeated query parameters, and bodies that are not plain JSON in UTF-8.

    FastAPI parses the signature and documents the route, but does not run it: its handler repeats work on each request
    that can be done once (docs/adr/0009-routes-without-fastapis-handler.md). Only event streams use FastAPI's handler.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401  # FastAPI's
        super().__init__(path, endpoint, **options | {"operation_id": endpoint.__name__})
        self._query_names = tuple(_query_parameters(self.dependant))
        if self.response_field:
            _require_simple(self.dependant)
            self._answer = TypeAdapter[Any](self.response_model)
            self._rendered: tuple[object, bytes] = (object(), b"")
            self._dependencies = [(str(each.name), each.call) for each in self.dependant.dependencies if each.call]
            self._query_model = next((field for field in self.dependant.query_params if _model_of(field)), None)
            self._without_query = self._read_query({})
            body = _model_of(self.body_field) if self.body_field else None
            self._known_fields = {"known": tuple(body.model_fields)} if body else {}
            self.app = self._respond
        else:
            self.app = AsyncExitStackMiddleware(self.app)  # required by FastAPI's handler

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            self._parse_query(request.scope["query_string"])
            return await handle(request)

        return handle_strictly

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = StrictRequest(scope, receive)
        arguments = await self._read(request)
        for name, depend in self._dependencies:
            arguments[name] = await depend(request)
        data = await self.endpoint(**arguments)
        parts = self._render(data)
        size = sum(map(len, parts))
        length = (b"content-length", b"%d" % size)
        headers = [(b"content-type", b"application/json"), length, *scope[CONTEXT].success_headers]
        with held(scope, size):
            await send({"type": "http.response.start", "status": self.status_code or 200, "headers": headers})
            for part in parts[:-1]:
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": parts[-1]})

    def _render(self, data: object) -> Sequence[bytes]:
        """Serialize a response. Requests that shared one query get the same object, which is serialized once.

        A handler must therefore never change an object that it has returned.
        """
        if isinstance(data, RenderedJson):
            return data.parts
        rendered, body = self._rendered
        if data is not rendered:
            body = self._answer.dump_json(self._answer.validate_python({"data": data}, from_attributes=True))
            self._rendered = data, body
        return (body,)

    async def _read(self, request: StrictRequest) -> dict[str, Any]:
        """The endpoint's arguments. Raises RequestValidationError, and what `StrictRequest.read_json` raises."""
        query_string, parameters = request.scope["query_string"], request.path_params
        parts = [self._read_path(parameters)] if parameters else []
        parts.append(self._read_query(self._parse_query(query_string)) if query_string else self._without_query)
        if self.body_field:
            parts.append(await self._read_body(request))
        if errors := [error for _, found in parts for error in found]:
            raise RequestValidationError(errors)
        arguments = {name: value for values, _ in parts for name, value in values.items()}
        if self.dependant.request_param_name:
            arguments[self.dependant.request_param_name] = request
        return arguments

    def _read_path(self, parameters: Mapping[str, str]) -> Found:
        values, errors = {}, []
        for field in self.dependant.path_params:
            values[field.name], found = field.validate(parameters[field.alias], loc=("path", field.alias))
            errors += found
        return values, errors

    def _read_query(self, query: Mapping[str, str]) -> Found:
        """Validate the query as one model if the signature has one, otherwise parameter by parameter."""
        if self._query_model:
            model, errors = self._query_model.validate(query, loc=("query",))
            return {self._query_model.name: model}, errors
        values, errors = {}, []
        for field in self.dependant.query_params:
            value, found = field.get_default(), list[Any]()
            if field.alias in query:
                value, found = field.validate(query[field.alias], loc=("query", field.alias))
            elif field.field_info.is_required():
                found = [{"type": "missing", "loc": ("query", field.alias)}]
            values[field.name] = value
            errors += found
        return values, errors

    async def _read_body(self, request: StrictRequest) -> Found:
        field = self.dependant.body_params[0]
        required = field.field_info.is_required()
        value = await request.read_json(required=required)
        if value is None and required:
            return {}, [{"type": "missing", "loc": ("body",)}]
        body, errors = field.validate(value, loc=("body",))
        return {field.name: body}, [error | {"ctx": error.get("ctx", {}) | self._known_fields} for error in errors]

    def _parse_query(self, query: bytes) -> Mapping[str, str]:
        """Raises BadRequestError."""
        pairs = _read_pairs(query)
        values = dict(pairs)
        if not values.keys() <= set(self._query_names):
            raise BadRequestError(f"query: has an unknown parameter, {known_names(self._query_names)}")
        if len(values) < len(pairs):
            raise BadRequestError("query: must not have the same parameter twice")
        return values


def _read_pairs(query: bytes) -> list[tuple[str, str]]:
    """Bytes that are not UTF-8 become lone surrogates, which validation rejects."""
    text = query.decode("ascii", errors="surrogateescape")
    return parse_qsl(text, keep_blank_values=True, errors="surrogateescape")


def _require_simple(dependant: Dependant) -> None:
    """Raises TypeError for a signature with anything that `StrictRoute` does not support."""
    parts = [*_injected(dependant), dependant.header_params, dependant.cookie_params, dependant.body_params[1:]]
    for each in dependant.dependencies:
        parts += [*_injected(each), each.path_params, each.query_params, each.header_params, each.cookie_params]
        parts += [each.body_params, each.dependencies, each.name is None]
    parts += [any(map(_model_of, dependant.query_params)) and dependant.query_params[1:]]
    if any(parts) or any(isinstance(field.field_info, Form) for field in dependant.body_params):
        raise TypeError(f"{dependant.path}: may take path, query, one body, the request and what is made of it alone")


def _injected(dependant: Dependant) -> list[object]:
    """What FastAPI's own handler would inject, and whether it would run the call in a thread."""
    return [
        dependant.response_param_name,
        dependant.background_tasks_param_name,
        dependant.security_scopes_param_name,
        dependant.http_connection_param_name,
        not iscoroutinefunction(dependant.call),
    ]


def _query_parameters(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        model = _model_of(field)
        yield from model.model_fields if model else (field.alias,)
    for part in dependant.dependencies:
        yield from _query_parameters(part)


def _model_of(field: ModelField) -> type[BaseModel] | None:
    annotation = field.field_info.annotation
    options = (annotation, *get_args(annotation))  # an optional body is a union of its model and None
    return next((each for each in options if isinstance(each, type) and issubclass(each, BaseModel)), None)
