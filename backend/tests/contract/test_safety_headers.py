"""Security headers of every answer."""

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256

import pytest

from tests.api_client import Api, running
from tests.conftest import settings_for
from tests.contract.answers import ANSWERS, broken_app
from tests.databases import Database

SAFETY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
}
DATA = SAFETY | {"content-security-policy": "default-src 'none'; frame-ancestors 'none'"}


@pytest.fixture(scope="module")
async def api(shared_database: Database) -> AsyncIterator[Api]:
    """An application with a bug on one route, for the whole file."""
    async with running(broken_app(settings_for(shared_database))) as client:
        yield client


@pytest.mark.parametrize(("method", "path", "body", "headers", "status"), ANSWERS.values(), ids=ANSWERS)
async def test_every_kind_of_answer_is_safe(
    api: Api, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    response = await api.raw(method, path, body, headers)

    assert response.status_code == status
    assert {name: response.headers.get_list(name) for name in DATA} == {name: [value] for name, value in DATA.items()}


async def test_browsers_must_revalidate_what_they_cached(api: Api) -> None:
    task = await api.create()
    path = f"/tasks/{task.task['id']}"

    read = await api.raw("GET", path)
    again = await api.raw("GET", path, None, {"if-none-match": str(task.etag)})
    changed = await api.complete(task)

    assert [read.headers["cache-control"], again.headers["cache-control"]] == ["private, no-cache"] * 2
    assert again.status_code == 304
    assert changed.response.headers["cache-control"] == "no-store"


async def test_a_preflight_is_safe_too(api: Api) -> None:
    asked = {"origin": "http://localhost:3000", "access-control-request-method": "POST"}

    response = await api.raw("OPTIONS", "/tasks", None, asked)

    assert DATA.items() <= dict(response.headers).items()


async def test_the_docs_page_runs_its_own_scripts_and_no_other(api: Api) -> None:
    page = await api.raw("GET", "http://testserver/docs")

    (script,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert SAFETY.items() <= dict(page.headers).items()
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == f"'self' 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


async def test_an_event_stream_is_safe_and_has_one_cache_control(api: Api) -> None:
    response = await api.raw("HEAD", "/events")

    assert DATA.items() <= dict(response.headers).items()
    assert response.headers.get_list("cache-control") == ["no-cache"]
