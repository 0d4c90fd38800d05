"""A client of the API, with raw requests for tests of bad input."""

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast
from urllib.parse import urljoin

from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response

from tests.answer import Answer, Entry, Page, Task, Week

BASE_URL = "http://testserver/api/v1"
JSON = {"content-type": "application/json"}
NOBODY = "01a20470-0000-7000-8000-00000000dead"
"""The id of no task."""

Body = bytes | str | AsyncIterable[bytes]


@dataclass(frozen=True)
class Api:
    """Methods for tasks and history; every `Answer` is a checked envelope."""

    client: AsyncClient

    async def raw(
        self, method: str, path: str, body: Body | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Send exactly this; a body without headers is sent as JSON."""
        sent = JSON if body is not None and headers is None else headers
        return await self.client.request(method, path, content=body, headers=sent)

    async def send(
        self, method: str, path: str, body: Body | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send exactly this and check the envelope."""
        return Answer(await self.raw(method, path, body, headers))

    async def create(self, title: str = "Buy milk", description: str | None = None) -> Answer:
        """Create a task; the body has no description if none is given."""
        body = {"title": title} if description is None else {"title": title, "description": description}
        return Answer(await self.client.post("/tasks", json=body))

    async def update(self, task: "Answer | str", **fields: str | None) -> Answer:
        """PUT exactly these fields."""
        return Answer(await self.client.put(f"/tasks/{id_of(task)}", json=fields))

    async def complete(self, task: "Answer | str") -> Answer:
        """Mark as done."""
        return await self.send("PATCH", f"/tasks/{id_of(task)}/complete")

    async def reopen(self, task: "Answer | str") -> Answer:
        """Mark as not done."""
        return await self.send("PATCH", f"/tasks/{id_of(task)}/incomplete")

    async def delete(self, task: "Answer | str") -> Answer:
        """Delete a task."""
        return await self.send("DELETE", f"/tasks/{id_of(task)}")

    async def get(self, task: "Answer | str") -> Answer:
        """Read one task."""
        return await self.send("GET", f"/tasks/{id_of(task)}")

    async def write(
        self,
        method: str,
        path: str,
        body: str | None = None,
        *,
        key: str | None = None,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> Answer:
        """Send a change with an Idempotency-Key and preconditions."""
        headers = {"idempotency-key": key, "if-match": if_match, "if-none-match": if_none_match}
        given = {name: value for name, value in headers.items() if value is not None}
        return await self.send(method, path, body, given | (JSON if body is not None else {}))

    async def restore(self, task: "Answer | str", version: int | None = None) -> Answer:
        """Restore a task; without a version no body is sent."""
        body = None if version is None else f'{{"version": {version}}}'
        return await self.send("POST", f"/tasks/{id_of(task)}/restore", body)

    async def at(self, task: "Answer | str", version: int) -> Answer:
        """Read one task as it was at a version."""
        return await self.send("GET", f"/tasks/{id_of(task)}?version={version}")

    async def as_of(self, moment: str) -> Answer:
        """Read all tasks as they were at a moment."""
        return Answer(await self.client.get("/tasks", params={"as_of": moment}))

    async def story(self, task: "Answer | str", query: str = "limit=100") -> Answer:
        """Read one task's history."""
        return await self.send("GET", f"/tasks/{id_of(task)}/history?{query}")

    async def tasks(self) -> list[Task]:
        """Read all tasks, in the order of the response."""
        return (await self.send("GET", "/tasks")).tasks

    async def titles(self) -> list[str]:
        """Read the titles of all tasks, in the order of the response."""
        return [task["title"] for task in await self.tasks()]

    async def page(self, query: str = "") -> Page:
        """Read one page of the history."""
        return (await self.send("GET", f"/history?{query}")).page

    async def entries(self, query: str = "limit=100") -> list[Entry]:
        """Read entries of the history, newest first."""
        return (await self.page(query))["items"]

    async def history(self, query: str = "limit=100") -> list[str]:
        """Read the action types of the history, newest first."""
        return [entry["action_type"] for entry in await self.entries(query)]

    async def entries_since(self, seq: int = 0) -> list[Entry]:
        """Read all entries after a `seq`, oldest first."""
        entries: list[Entry] = []
        while True:
            growth = (await self.send("GET", f"/changes?since={seq + len(entries)}&limit=1000")).content
            items = cast("dict[str, list[Entry]]", growth)["items"]
            if not items:
                return entries
            entries += items

    async def walk(self, path: str) -> list[Answer]:
        """Read a list page by page, following `Link`; the path may have a query."""
        answers = [await self.send("GET", path)]
        while answers[-1].link is not None:
            answers.append(await self.next(answers[-1]))
        return answers

    async def next(self, answer: Answer) -> Answer:
        """Read the page that `Link` names, a reference relative to the request's URL."""
        return await self.send("GET", urljoin(str(answer.response.url), str(answer.link)))

    async def week(self) -> Week:
        """Read the weekly figures."""
        return (await self.send("GET", "/stats/weekly")).week


def id_of(task: Answer | str) -> str:
    """The id of the task in an answer; an id is returned unchanged."""
    return task if isinstance(task, str) else task.task["id"]


@asynccontextmanager
async def calling(
    app: FastAPI, *, token: str | None = None, address: str = "testserver", client: str = "127.0.0.1"
) -> AsyncIterator[Api]:
    """A client of an application that has been started; `client` is its IP address, `address` the server's."""
    transport = ASGITransport(app=app, client=(client, 50_000))
    headers = {"host": "testserver" if address == "testserver" else "localhost"} | bearer(token)
    url = BASE_URL.replace("testserver", f"{address}:8000")
    async with AsyncClient(transport=transport, base_url=url, headers=headers) as caller:
        yield Api(caller)


def bearer(token: str | None) -> dict[str, str]:
    """The `Authorization` header with this token."""
    return {} if token is None else {"authorization": f"Bearer {token}"}


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[Api]:
    """Start the application, serve it in this process, and stop it at the end."""
    async with app.router.lifespan_context(app), calling(app) as api:
        yield api


def request_scope(method: str, path: str, headers: Mapping[bytes, bytes] | None = None) -> dict[str, object]:
    """An ASGI scope, for tests that call the application without a client."""
    found = [(b"host", b"testserver"), *(headers or {}).items()]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": found,
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
    }
