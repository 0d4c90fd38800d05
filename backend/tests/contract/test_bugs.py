"""Bugs and a broken schema: the client gets an envelope without details."""

from collections.abc import AsyncIterator
from typing import NoReturn

import pytest
from fastapi import FastAPI, Request

from tests.api_client import NOBODY, Api, running
from tests.databases import Database


@pytest.fixture
async def broken_api(app: FastAPI) -> AsyncIterator[Api]:
    """An application with a bug on one route."""

    async def broken(_request: Request) -> NoReturn:
        raise RuntimeError("Traceback with a secret in it")

    app.add_route("/api/v1/broken", broken)
    async with running(app) as api:
        yield api


async def test_a_bug_is_an_internal_error_without_details(broken_api: Api) -> None:
    answer = await broken_api.send("GET", "/broken")

    assert answer.refusal == (500, "Internal server error")
    assert "secret" not in answer.response.text


async def test_after_a_bug_the_next_request_is_served(broken_api: Api) -> None:
    await broken_api.send("GET", "/broken")

    assert (await broken_api.create()).status == 201


@pytest.mark.parametrize("path", ["/tasks", f"/tasks/{NOBODY}", "/history", "/stats/weekly"])
async def test_a_broken_schema_is_never_a_success(api: Api, database: Database, path: str) -> None:
    for table in ("tasks", "task_history", "history_head"):
        database.run(f"ALTER TABLE {table} RENAME TO {table}_gone")

    answer = await api.send("GET", path)

    assert answer.status in {500, 503}
    assert "task_history" not in str(answer.error)
    assert "table" not in str(answer.error)
