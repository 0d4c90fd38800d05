"""Requests that are still running when the shutdown timeout ends."""

from asyncio import CancelledError, Event, create_task, timeout
from typing import Any, NoReturn

import pytest
from fastapi import FastAPI, Request
from httpx2 import Response

from tests.answer import Answer
from tests.api_client import request_scope

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


async def dismissed(app: FastAPI, method: str) -> Answer:
    """Call a route that never ends, cancel it as uvicorn does, and return what was sent."""
    reached, sent = Event(), list[Any]()

    async def never(_request: Request) -> NoReturn:
        reached.set()
        await Event().wait()
        raise AssertionError

    app.add_route("/never", never, methods=["GET", "POST"])

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:  # noqa: ANN401  # ASGI's
        sent.append(message)

    scope = request_scope(method, "/never")
    call = create_task(app(scope, receive, send))
    async with timeout(30):
        await reached.wait()
    call.cancel()
    with pytest.raises(CancelledError):
        await call
    return Answer(Response(sent[0]["status"], headers=sent[0]["headers"], content=sent[1]["body"]))


@pytest.mark.parametrize(("method", "known"), [("GET", "nothing was changed"), ("POST", "may or may not")])
async def test_its_client_gets_what_is_known_about_it(app: FastAPI, method: str, known: str) -> None:
    answer = await dismissed(app, method)

    assert answer.status == 503
    assert known in str(answer.error)
    assert int(answer.response.headers["retry-after"]) > 0
