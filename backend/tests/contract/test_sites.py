"""Pages of other sites may use no route, unless `FRONTEND_URL` names their origin."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from pydantic import SecretStr

from config import Settings
from main import create_app
from tests.answer import Answer
from tests.api_client import JSON, Api, calling, running
from tests.conftest import settings_for
from tests.contract.test_every_route import BODIES, path_to_a_task
from tests.databases import Database
from tests.log import Log
from tests.openapi_document import Operation, operations

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # it is decided before any database is asked

NAMED = "http://localhost:3000"
FOREIGN = "https://evil.example"
REFUSED = (403, "Pages of this site may not use this server; see FRONTEND_URL")
OPEN = {"/health", "/health/ready"}
OPERATIONS = [operation for operation in operations() if operation.path not in OPEN]
READS = [operation for operation in OPERATIONS if operation.method == "GET"]
WRITES = [operation for operation in OPERATIONS if operation.method != "GET"]
PAGES = ["/", "/docs", "/docs-assets/swagger-ui.css", "/openapi.json", "/api/v1/health", "/api/v1/health/ready"]

Headers = dict[str, str]


def fetched(site: str, mode: str = "no-cors", destination: str = "empty", **more: str) -> Headers:
    """The headers by which a browser describes a request."""
    return {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": destination, **more}


ALLOWED: dict[str, Headers] = {
    "a program": {},
    "our own page": fetched("same-origin", "cors"),
    "our own page, with its origin": fetched("same-origin", "cors", origin="http://testserver"),
    "a page behind a development server's proxy": fetched("same-origin", "cors", origin="http://localhost:4200"),
    "a person who typed the address": fetched("none", "navigate", "document"),
    "a named page": fetched("cross-site", "cors", origin=NAMED),
    "a named page of this site": fetched("same-site", "cors", origin=NAMED),
    "a named page's request that nobody is asked about first": fetched("cross-site", origin=NAMED),
    "a named page over plain http": {"origin": NAMED},
    "our own page over plain http": {"origin": "http://testserver"},
    "our own page behind TLS": {"origin": "https://testserver"},
    "our own page on a port": {"origin": "http://localhost:8000", "host": "localhost:8000"},
    "our own page, the default port written out": {"origin": "https://localhost", "host": "localhost:443"},
    "our own page at a number": {"origin": "http://[::1]:8000", "host": "[::1]:8000"},
    "our own page, a host in capitals": {"origin": "http://localhost", "host": "LocalHost"},
}
"""Requests that every route answers."""

REFUSALS: dict[str, Headers] = {
    "a fetch": fetched("cross-site", "cors", origin=FOREIGN),
    "a fetch of the same site": fetched("same-site", "cors", origin="http://localhost:5174"),
    "a fetch without cors": fetched("cross-site", origin=FOREIGN),
    "a beacon": fetched("same-site", origin="http://testserver:81"),
    "an image": fetched("cross-site", "no-cors", "image"),
    "an image of the same site": fetched("same-site", "no-cors", "image"),
    "a script": fetched("cross-site", "no-cors", "script"),
    "a frame": fetched("cross-site", "navigate", "iframe"),
    "an embedded object": fetched("cross-site", "navigate", "object"),
    "a frame of the same site": fetched("same-site", "navigate", "frame"),
    "a page without an address": fetched("cross-site", "cors", origin="null"),
    "a site of a kind that is not known": fetched("cross-planet", "cors", origin=FOREIGN),
    "no site": fetched("", "cors"),
    "a navigation without a destination": {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
    "a document that is not navigated to": fetched("cross-site", "no-cors", "document"),
    "plain http": {"origin": FOREIGN},
    "plain http, without an address": {"origin": "null"},
    "plain http, an empty origin": {"origin": ""},
    "plain http, another port": {"origin": "http://testserver:8001"},
    "plain http, the other default port": {"origin": "https://localhost", "host": "localhost:80"},
    "plain http, no port at the proxy": {"origin": "http://localhost:8080", "host": "localhost"},
    "plain http, a name that begins alike": {"origin": "http://testserver.evil.example"},
    "plain http, a name that ends alike": {"origin": "http://eviltestserver"},
    "plain http, a user in the name": {"origin": "http://testserver@evil.example"},
    "another scheme": {"origin": "ftp://testserver"},
    "a list": {"origin": f"{NAMED}, {FOREIGN}"},
    "a path": {"origin": "http://testserver/"},
}
"""Requests that every route refuses."""

NAVIGATIONS: dict[str, Headers] = {
    "a link on a foreign page": fetched("cross-site", "navigate", "document"),
    "a link on a page of the same site": fetched("same-site", "navigate", "document"),
    "a form on a foreign page": fetched("cross-site", "navigate", "document", origin=FOREIGN),
    "a link on a page without an address": fetched("cross-site", "navigate", "document", origin="null"),
}
"""Requests of a person who navigates to the address: reads are allowed."""


@pytest.fixture(scope="module")
async def api(shared_database: Database) -> AsyncIterator[Api]:
    """An application with the defaults, for the whole file."""
    async with running(create_app(settings_for(shared_database))) as client:
        yield client


def answered(operation: Operation) -> int:
    """The status by which `ask` recognizes an answer of the route itself."""
    return 400 if operation.path == "/events" else operation.success


async def ask(api: Api, operation: Operation, headers: Headers, *, path: str) -> Answer:
    """Send a valid request; one with an invalid parameter where the answer would be endless."""
    body = BODIES.get(str(operation))
    asked = f"{path}?since=x" if operation.path == "/events" else path
    return await api.send(operation.method, asked, body, headers | (JSON if body else {}))


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_no_route_answers_a_page_of_another_site(
    api: Api, shared_database: Database, operation: Operation
) -> None:
    path = await path_to_a_task(api, operation)

    with shared_database.unchanged():
        answers = {name: await ask(api, operation, headers, path=path) for name, headers in REFUSALS.items()}

    assert {name: answer.refusal for name, answer in answers.items()} == dict.fromkeys(REFUSALS, REFUSED)
    for answer in answers.values():
        assert not any(name.startswith("access-control-") for name in answer.response.headers)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_every_route_answers_programs_named_pages_and_our_own(api: Api, operation: Operation) -> None:
    statuses = {}

    for name, headers in ALLOWED.items():
        path = await path_to_a_task(api, operation)
        statuses[name] = (await ask(api, operation, headers, path=path)).status

    assert statuses == dict.fromkeys(ALLOWED, answered(operation))


@pytest.mark.parametrize("operation", READS, ids=str)
async def test_a_person_who_follows_a_link_may_read(api: Api, operation: Operation) -> None:
    path = await path_to_a_task(api, operation)

    answers = {name: await ask(api, operation, headers, path=path) for name, headers in NAVIGATIONS.items()}
    heads = {name: await api.raw("HEAD", path, None, headers) for name, headers in NAVIGATIONS.items()}

    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(NAVIGATIONS, answered(operation))
    assert {name: head.status_code for name, head in heads.items()} == dict.fromkeys(NAVIGATIONS, 200)


@pytest.mark.parametrize("operation", WRITES, ids=str)
async def test_a_form_on_a_foreign_page_changes_nothing(
    api: Api, shared_database: Database, operation: Operation
) -> None:
    path = await path_to_a_task(api, operation)

    with shared_database.unchanged():
        answers = {name: await ask(api, operation, headers, path=path) for name, headers in NAVIGATIONS.items()}

    assert {name: answer.refusal for name, answer in answers.items()} == dict.fromkeys(NAVIGATIONS, REFUSED)


@pytest.mark.parametrize("path", PAGES)
async def test_pages_and_probes_are_open_to_all_sites(api: Api, path: str) -> None:
    responses = {
        name: await api.raw("GET", f"http://testserver{path}", None, headers) for name, headers in REFUSALS.items()
    }

    assert {name: response.status_code for name, response in responses.items()} == dict.fromkeys(REFUSALS, 200)


async def test_every_site_may_ask_for_the_methods(api: Api) -> None:
    responses = {name: await api.raw("OPTIONS", "/tasks", None, headers) for name, headers in REFUSALS.items()}

    assert {name: response.status_code for name, response in responses.items()} == dict.fromkeys(REFUSALS, 204)


@pytest.mark.parametrize("path", ["/nowhere", "", "/tasks/", "/mcp", "http://testserver/mcp"])
async def test_unknown_paths_are_refused_too(api: Api, path: str) -> None:
    answer = await api.send("GET", path, None, {"origin": FOREIGN})

    assert answer.refusal == REFUSED


@pytest.mark.parametrize(
    "headers",
    [
        [("origin", NAMED), ("origin", FOREIGN)],
        [("origin", "http://testserver"), ("origin", "http://testserver")],
        [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")],
    ],
)
async def test_a_repeated_header_is_not_trusted(api: Api, headers: list[tuple[str, str]]) -> None:
    answer = Answer(await api.client.get("/tasks", headers=headers))

    assert answer.refusal == REFUSED


async def test_the_host_is_checked_first_and_the_token_after(database: Database) -> None:
    settings = settings_for(database).model_copy(update={"api_token": SecretStr("t0ken-" + "full" * 10)})
    foreign = {"origin": FOREIGN}

    async with running(create_app(settings)) as api:
        nowhere = await api.send("POST", "/tasks", None, foreign | {"host": "evil.example"})
        without_token = await api.send("POST", "/tasks", None, foreign)

    assert nowhere.status == 400
    assert without_token.refusal == REFUSED


async def test_a_refusal_reads_no_body_and_is_not_rate_limited(database: Database) -> None:
    settings = settings_for(database).model_copy(update={"allow_unauthenticated": True, "rate_limit": 2})
    app = create_app(settings)

    async with running(app), calling(app, address="192.0.2.1", client="198.51.100.7") as api:
        refused = [await api.send("POST", "/tasks", Untouchable(), {"origin": FOREIGN}) for _ in range(5)]
        allowed = await api.send("GET", "/tasks")

    assert [answer.refusal for answer in refused] == [REFUSED] * 5
    assert allowed.status == 200


class Untouchable(AsyncIterator[bytes]):
    """A body that must not be read."""

    async def __anext__(self) -> bytes:
        raise AssertionError("it was read")


async def test_a_refusal_is_logged(database: Database) -> None:
    log = Log()
    log.configure("info")

    async with log.of(create_app(settings_for(database))) as api:
        await api.send("GET", "/tasks", None, fetched("cross-site", "no-cors", "image"))
        lines = await log.requests()

    assert [line["status"] for line in lines] == [403]


@pytest.mark.parametrize("named", ["https://tasks.example.org", "http://tasks.example.org:8080"])
async def test_the_public_origin_can_be_named_where_a_proxy_does_not_pass_the_host_on(
    database: Database, named: str
) -> None:
    settings = Settings(_env_file=None, database_url=database.url, frontend_url=f"{NAMED},{named}")  # type: ignore[arg-type]  # as from outside

    async with behind_a_proxy(create_app(settings)) as api:
        known = await api.send("POST", "/tasks", BODIES["POST /tasks"], JSON | {"origin": named})
        unknown = await api.send("POST", "/tasks", BODIES["POST /tasks"], JSON | {"origin": f"{named}1"})

    assert known.status == 201
    assert unknown.refusal == REFUSED


@asynccontextmanager
async def behind_a_proxy(app: FastAPI) -> AsyncIterator[Api]:
    """A client like a proxy that sends the server's address as `Host`."""
    transport = ASGITransport(app=app, client=("127.0.0.1", 50_000))
    async with running(app), AsyncClient(transport=transport, base_url="http://127.0.0.1:8000/api/v1") as client:
        yield Api(client)
