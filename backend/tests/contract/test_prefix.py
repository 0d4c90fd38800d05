"""Behind a proxy that serves it under a path prefix."""

import re
from collections.abc import AsyncIterator
from urllib.parse import urljoin, urlsplit

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from pydantic import SecretStr

from main import create_app
from tests.api_client import Api, bearer, id_of, running
from tests.conftest import settings_for
from tests.databases import Database
from tests.openapi_document import DOCUMENT
from tests.prefix import PREFIX, WAYS, Proxy

TOKEN = "t0ken-" + "full" * 10
SITE = f"http://testserver{PREFIX}"
OPEN = ["/", "/docs", "/openapi.json", "/api/v1/health", "/docs-assets/swagger-ui.css"]

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@pytest.fixture(params=WAYS)
async def api(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[Api]:
    """A client of the proxy, with a token."""
    root_path, change = WAYS[request.param]
    settings = settings_for(database).model_copy(update={"root_path": root_path, "api_token": SecretStr(TOKEN)})
    app = create_app(settings)
    transport = ASGITransport(app=Proxy(app, change), client=("127.0.0.1", 50_000))
    async with (
        running(app),
        AsyncClient(transport=transport, base_url=f"{SITE}/api/v1", headers=bearer(TOKEN)) as client,
    ):
        yield Api(client)


async def test_a_list_is_read_page_by_page_to_its_end(api: Api) -> None:
    *_, task = [await api.create(f"Task {number}") for number in range(5)]
    await api.complete(task)

    walks = [
        await api.walk(path) for path in ("/tasks?limit=2", "/history?limit=2", f"/tasks/{id_of(task)}/history?limit=1")
    ]

    assert [len(answers) for answers in walks] == [3, 3, 2]
    for answers in walks:
        assert {urlsplit(str(answer.response.url)).path for answer in answers} == {
            urlsplit(str(answers[0].response.url)).path
        }


async def test_a_link_is_a_query_alone(api: Api) -> None:
    *_, task = [await api.create(f"Task {number}") for number in range(3)]
    await api.complete(task)
    paths = ["/tasks?q=task&limit=1", "/history?page=1&limit=2", f"/tasks/{id_of(task)}/history?limit=1"]

    links = [(await api.send("GET", path)).link for path in paths]

    queries = [re.fullmatch(r"\?(.*)cursor=[\w-]+", str(link)) for link in links]
    assert [query and query[1] for query in queries] == ["q=task&limit=1&", "limit=2&", "limit=1&"]


@pytest.mark.parametrize("place", ["/docs", "/"])
async def test_all_urls_of_a_page_have_the_prefix(api: Api, place: str) -> None:
    page = await api.raw("GET", f"{SITE}{place}")

    found = re.findall(r"""(?:src|href|url)[=:] ?["']([^"']+)["']""", page.text)
    named = [urljoin(f"{SITE}{place}", link) for link in found]
    answers = [await api.raw("GET", url) for url in named]
    assert len(named) > 3
    assert [url for url in named if not url.startswith(f"{SITE}/")] == []
    assert {answer.status_code for answer in (page, *answers)} == {200}


async def test_a_token_is_required_under_the_prefix(api: Api) -> None:
    del api.client.headers["authorization"]

    closed = [await api.send("GET", path) for path in ("/tasks", "/nowhere", f"{SITE}/docs/", f"{SITE}/apis")]
    opened: list[Response] = [await api.raw("GET", f"{SITE}{path}") for path in OPEN]

    assert [answer.status for answer in closed] == [401] * 4
    assert [response.status_code for response in opened] == [200] * len(OPEN)


async def test_allowed_methods_and_repeated_requests_are_recognized(api: Api) -> None:
    options = await api.raw("OPTIONS", "/tasks")
    wrong = await api.send("DELETE", "/tasks")
    first = await api.write("POST", "/tasks", '{"title": "Buy milk"}', key="once")
    again = await api.write("POST", "/tasks", '{"title": "Buy milk"}', key="once")

    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert (wrong.status, wrong.allow) == (405, {"GET", "HEAD", "OPTIONS", "POST"})
    assert (again.data, again.replayed) == (first.data, "true")


async def test_the_document_describes_the_same_paths(api: Api) -> None:
    document = (await api.raw("GET", f"{SITE}/openapi.json")).json()

    assert document["paths"] == DOCUMENT["paths"]


async def test_an_idempotency_key_is_the_same_with_and_without_the_prefix(database: Database) -> None:
    app = create_app(settings_for(database).model_copy(update={"root_path": PREFIX}))
    paths = ["/tasks", f"{SITE}/api/v1/tasks"]

    async with running(app) as api:
        answers = [await api.write("POST", path, '{"title": "Buy milk"}', key="once") for path in paths]

    assert [answer.replayed for answer in answers] == [None, "true"]
    assert answers[0].data == answers[1].data
