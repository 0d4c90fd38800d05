"""Mounted in another application, it gives the same answers and allows the same clients."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.routing import Mount

from main import create_app
from tests.api_client import Api, bearer, running
from tests.contract.test_access import ASKED, TOKEN, settings_with_tokens
from tests.databases import Database

PLACES = ["/outer", "/web", "/docs-assets", "/api/v1/health", "/docs"]


@pytest.fixture
def guarded(database: Database) -> FastAPI:
    """An application that requires a token."""
    return create_app(settings_with_tokens(database))


@asynccontextmanager
async def mounted(app: FastAPI, place: str, token: str | None) -> AsyncIterator[Api]:
    """A client of the application that mounts it."""
    transport = ASGITransport(app=Starlette(routes=[Mount(place, app)]), client=("127.0.0.1", 50_000))
    headers = {"host": "testserver"} | bearer(token)
    async with (
        running(app),
        AsyncClient(transport=transport, base_url=f"http://testserver:8000{place}/api/v1", headers=headers) as caller,
    ):
        yield Api(caller)


@pytest.mark.parametrize("place", PLACES)
async def test_requests_without_a_token_are_refused(guarded: FastAPI, place: str) -> None:
    async with mounted(guarded, place, None) as api:
        refused = [await api.create(), await api.send("GET", "/tasks"), await api.send("GET", "/history")]
        open_to_all = await api.send("GET", "/health")

    assert [answer.refusal for answer in refused] == [ASKED] * 3
    assert open_to_all.status == 200


@pytest.mark.parametrize("place", PLACES)
async def test_every_path_is_found(guarded: FastAPI, place: str) -> None:
    async with mounted(guarded, place, TOKEN) as api:
        created = await api.create()
        options = await api.raw("OPTIONS", "/tasks")
        wrong = await api.send("DELETE", "/tasks")
        pages = [await api.raw("GET", f"http://testserver:8000{place}{path}") for path in ("/", "/docs")]

    assert created.status == 201
    assert options.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert (wrong.status, wrong.allow) == (405, {"GET", "HEAD", "OPTIONS", "POST"})
    assert [page.status_code for page in pages] == [200, 200]
