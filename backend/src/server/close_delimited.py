"""Answers to HTTP/1.0, which knows no chunks."""

from math import inf
from typing import Any, cast

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


def close_delimited(app: ASGI3Application, cycle: RequestResponseCycle) -> ASGI3Application:
    """Have an answer of unknown length end where its connection does; uvicorn would send it in chunks."""

    async def run(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  # uvicorn's own types are private
        async def answer(message: Any) -> None:  # noqa: ANN401  # likewise
            if message["type"] == "http.response.start" and not _has_length(message["headers"]):
                _expect(inf)
            elif not message.get("more_body") and cycle.expected_content_length == inf:
                _expect(len(message["body"]))
            await send(message)

        await app(scope, receive, answer)

    def _expect(size: float) -> None:
        """Let uvicorn take the body for one of so many bytes, though no header says so."""
        cycle.chunked_encoding = False
        cycle.expected_content_length = cast("int", size)

    return run


def _has_length(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name.lower() == b"content-length" for name, _ in headers)
