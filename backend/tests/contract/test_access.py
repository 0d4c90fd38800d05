"""Which clients are allowed: by token and by address."""

from asyncio import timeout
from collections.abc import AsyncIterator
from socket import AF_INET, SOCK_DGRAM, socket

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response
from pydantic import SecretStr

from config import Settings
from main import create_app
from tests.answer import Answer
from tests.api_client import JSON, Api, bearer, calling, running
from tests.contract.test_every_route import BODIES
from tests.databases import Database
from tests.log import Log
from tests.openapi_document import DOCUMENT, operations
from tests.served import UVICORN, connected, serving

TOKEN = "t0ken-" + "full" * 10
READ_TOKEN = "t0ken-" + "read" * 10
BAD_TOKEN = "t0ken-" + "evil" * 10
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "BREW")
PATHS = sorted({operation.path for operation in operations()})
READS = {operation.path for operation in operations() if operation.method == "GET"}
OPEN = {"/health", "/health/ready"}
PAGE = "http://localhost:3000"
ASKED = (401, "A token is needed: Authorization: Bearer <token>")
WRONG = (401, "The token is wrong")
ONLY_READS = (403, "This token may only read")
ONLY_HERE = (403, "This server is for its own machine only; see API_TOKEN and ALLOW_UNAUTHENTICATED")
LOCAL = ["127.0.0.1", "127.8.8.8", "[::1]", "[::ffff:127.0.0.1]", "localhost", "testserver"]
ELSEWHERE = ["192.0.2.1", "10.0.0.1", "0.0.0.0", "[2001:db8::1]", "[::ffff:192.0.2.1]", "example.org"]  # noqa: S104  # it is what must not be


def settings_with_tokens(database: Database) -> Settings:
    """The defaults with both tokens."""
    token, read_token = SecretStr(TOKEN), SecretStr(READ_TOKEN)
    return Settings(_env_file=None, database_url=database.url, api_token=token, api_token_read=read_token)


@pytest.fixture(scope="module")
async def guarded(shared_database: Database) -> AsyncIterator[FastAPI]:
    """One application that requires a token, for the whole file."""
    app = create_app(settings_with_tokens(shared_database))
    async with running(app):
        yield app


@pytest.fixture(scope="module")
async def task_id(guarded: FastAPI) -> str:
    """The id of a task."""
    async with calling(guarded, token=TOKEN) as api:
        return (await api.create()).task["id"]


async def ask(app: FastAPI, method: str, path: str, token: str | None) -> Response:
    """Send a request that is valid but for its token; HEAD where the answer would be endless."""
    body = BODIES.get(f"{method} {path}")
    if (method, path) == ("GET", "/events") and token in {READ_TOKEN, TOKEN}:
        method = "HEAD"
    async with timeout(60), calling(app) as api:
        return await api.raw(method, path, body, bearer(token) | (JSON if body else {}))


def is_read(method: str, path: str) -> bool:
    """Whether the read-only token is sufficient, by method and route."""
    return method == "OPTIONS" or (method in {"GET", "HEAD"} and path in READS)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
async def test_every_method_of_every_route_requires_the_right_token(
    guarded: FastAPI, shared_database: Database, task_id: str, method: str, path: str
) -> None:
    expected = {None: ASKED, BAD_TOKEN: WRONG} | ({} if is_read(method, path) else {READ_TOKEN: ONLY_READS})
    refused = {} if path in OPEN else expected

    with shared_database.unchanged():
        answers = {token: await ask(guarded, method, path.replace("{id}", task_id), token) for token in refused}
    others = [await ask(guarded, method, path, token) for token in {None, BAD_TOKEN, READ_TOKEN, TOKEN} - set(refused)]

    for token, (status, sentence) in refused.items():
        assert answers[token].status_code == status
        assert method == "HEAD" or Answer(answers[token]).error == sentence
        assert answers[token].headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    assert not {401, 403} & {answer.status_code for answer in others}
    assert others


AUTHORIZATIONS = {
    "nothing": ("", ASKED),
    "no scheme": (TOKEN, ASKED),
    "the scheme alone": ("Bearer", ASKED),
    "the scheme and a space": ("Bearer ", ASKED),
    "another scheme": (f"Basic {TOKEN}", ASKED),
    "a scheme that begins alike": (f"Bearers {TOKEN}", ASKED),
    "in quotes": (f'Bearer "{TOKEN}"', WRONG),
    "a beginning of it": (f"Bearer {TOKEN[:-1]}", WRONG),
    "more than it": (f"Bearer {TOKEN}x", WRONG),
    "in another case": (f"Bearer {TOKEN.upper()}", WRONG),
    "two tokens": (f"Bearer {TOKEN} {TOKEN}", ASKED),
    "two tokens and a comma": (f"Bearer {TOKEN},Bearer {TOKEN}", ASKED),
    "no ASCII": ("Bearer tökèn", ASKED),
}


@pytest.mark.parametrize(("value", "refusal"), AUTHORIZATIONS.values(), ids=AUTHORIZATIONS)
async def test_a_wrong_token_is_refused(
    guarded: FastAPI, shared_database: Database, value: str, refusal: tuple[int, str]
) -> None:
    async with calling(guarded) as api:
        with shared_database.unchanged():
            response = await api.client.post(
                "/tasks", json={"title": "Buy milk"}, headers=[(b"authorization", value.encode())]
            )

    assert Answer(response).refusal == refusal
    assert response.headers["www-authenticate"] == "Bearer"
    assert "t0ken" not in response.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
async def test_the_scheme_is_read_in_any_case(guarded: FastAPI, scheme: str) -> None:
    async with calling(guarded) as api:
        answer = await api.send("GET", "/history", None, {"authorization": f"{scheme} {TOKEN}"})

    assert answer.status == 200


@pytest.mark.parametrize("second", [TOKEN, READ_TOKEN, BAD_TOKEN])
async def test_two_tokens_are_refused(guarded: FastAPI, second: str) -> None:
    headers = [("authorization", f"Bearer {TOKEN}"), ("authorization", f"Bearer {second}")]

    async with calling(guarded) as api:
        answer = Answer(await api.client.get("/tasks", headers=headers))

    assert answer.refusal == (400, "Authorization: must be sent once")


async def test_the_previous_token_is_accepted_during_rotation(settings: Settings) -> None:
    tokens = {"api_token": SecretStr(TOKEN), "api_token_previous": SecretStr(BAD_TOKEN)}
    async with running(app := create_app(settings.model_copy(update=tokens))):
        statuses = []
        for token in (TOKEN, BAD_TOKEN, TOKEN + BAD_TOKEN, READ_TOKEN):
            async with calling(app, token=token) as api:
                statuses.append((await api.raw("POST", "/tasks", '{"title": "x"}', bearer(token) | JSON)).status_code)

    assert statuses == [201, 201, 401, 401]


@pytest.mark.parametrize("name", ["token", "access_token", "api_token", "authorization"])
async def test_a_token_in_the_query_is_ignored(guarded: FastAPI, name: str) -> None:
    async with calling(guarded) as stranger, calling(guarded, token=TOKEN) as known:
        without = await stranger.send("GET", f"/tasks?{name}={TOKEN}")
        beside = await known.send("GET", f"/tasks?{name}={TOKEN}")

    assert without.refusal == ASKED
    assert beside.refusal == (400, "query: has an unknown parameter, known are status, q, as_of, limit and cursor")


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/docs-assets/swagger-ui.css", "/api/v1/health"])
async def test_the_docs_and_the_probe_are_open(guarded: FastAPI, path: str) -> None:
    async with calling(guarded) as api:
        response = await api.raw("GET", f"http://testserver{path}")

    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/nowhere", "/docs/", "/docs-assets", "/api/v1/health/", "/api/v1/nowhere", "//docs"])
async def test_unknown_paths_require_a_token_too(guarded: FastAPI, path: str) -> None:
    async with calling(guarded) as stranger, calling(guarded, token=READ_TOKEN) as known:
        asked = await stranger.send("GET", f"http://testserver{path}")
        missed = await known.send("GET", f"http://testserver{path}")

    assert [asked.status, missed.status] == [401, 404]


async def test_the_document_says_which_operations_require_a_token() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]

    asking = {each.path for each in operations() if each.described.get("security", DOCUMENT["security"])}
    answering = {operation.path for operation in operations() if 401 in operation.responses}
    assert (schemes["token"]["type"], schemes["token"]["scheme"]) == ("http", "bearer")
    assert asking == answering == set(PATHS) - OPEN


async def test_a_preflight_needs_no_token(guarded: FastAPI) -> None:
    asked = {
        "origin": PAGE,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    async with calling(guarded) as api:
        response = await api.raw("OPTIONS", "/tasks", None, asked)

    assert response.status_code == 200
    assert "authorization" in response.headers["access-control-allow-headers"].lower()


async def test_a_page_can_read_the_refusal(guarded: FastAPI) -> None:
    tokens = (None, BAD_TOKEN, READ_TOKEN)

    async with calling(guarded) as api:
        answers = [await api.raw("DELETE", "/tasks", None, {"origin": PAGE} | bearer(token)) for token in tokens]

    assert [answer.status_code for answer in answers] == [401, 401, 403]
    assert {answer.headers.get("access-control-allow-origin") for answer in answers} == {PAGE}


async def test_a_foreign_host_is_refused_before_the_token_is_checked(guarded: FastAPI) -> None:
    async with calling(guarded) as api:
        answer = await api.send("GET", "/tasks", None, {"host": "evil.example"})

    assert answer.status == 400


@pytest.mark.parametrize("address", [*LOCAL, *ELSEWHERE])
async def test_a_token_is_required_on_every_address(guarded: FastAPI, address: str) -> None:
    async with calling(guarded, address=address) as stranger, calling(guarded, address=address, token=TOKEN) as known:
        answers = [await stranger.send("GET", "/history"), await known.send("GET", "/history")]

    assert [answer.status for answer in answers] == [401, 200]


@pytest.fixture
async def unguarded(app: FastAPI) -> AsyncIterator[FastAPI]:
    """An application with the defaults."""
    async with running(app):
        yield app


@pytest.mark.parametrize("address", LOCAL)
async def test_without_a_token_local_clients_are_allowed(unguarded: FastAPI, address: str) -> None:
    async with calling(unguarded, address=address) as api:
        answer = await api.create()

    assert answer.status == 201


@pytest.mark.parametrize("address", ELSEWHERE)
async def test_without_a_token_remote_clients_are_refused(unguarded: FastAPI, database: Database, address: str) -> None:
    async with calling(unguarded, address=address) as api:
        with database.unchanged():
            written = await api.create()
        read, probed = await api.send("GET", "/tasks"), await api.send("GET", "/health")
        answer = await api.raw("GET", "/tasks", None, {"origin": PAGE})

    assert [written.refusal, read.refusal, probed.refusal] == [ONLY_HERE] * 3
    assert answer.headers["access-control-allow-origin"] == PAGE


async def test_under_plain_uvicorn_only_local_clients_are_allowed(database: Database) -> None:
    address = address_of_this_machine()

    with serving(database, (*UVICORN, "--host", "0.0.0.0")) as server:  # noqa: S104  # it is what must do no harm
        url = f"http://{address}:{server.port}/api/v1"
        async with AsyncClient(base_url=url, headers={"host": "localhost"}) as stranger:
            with database.unchanged():
                answers = [await Api(stranger).create(), await Api(stranger).send("GET", "/tasks")]
        async with connected(server) as api:
            known = await api.create()

    assert [answer.refusal for answer in answers] == [ONLY_HERE] * 2
    assert known.status == 201


def address_of_this_machine() -> str:
    """An address of this machine that others could reach, or skip the test; no packet is sent."""
    with socket(AF_INET, SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but its own loopback")
        address = str(probe.getsockname()[0])
    if address.startswith("127."):
        pytest.skip("this machine has no address but its own loopback")
    return address


async def test_remote_clients_can_be_allowed(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"allow_unauthenticated": True}))

    async with running(app), calling(app, address="192.0.2.1") as api:
        answer = await api.create()

    assert answer.status == 201


async def test_a_token_is_never_logged(database: Database) -> None:
    log = Log()
    log.configure("debug")

    async with log.of(create_app(settings_with_tokens(database).model_copy(update={"log_level": "debug"}))) as api:
        for token in (TOKEN, READ_TOKEN, BAD_TOKEN):
            await api.raw("POST", f"/tasks?token={token}", '{"title": "Buy milk"}', JSON | bearer(token))

    lines = await log.text()
    assert lines.count('"event":"request"') == 3
    assert "t0ken" not in lines
    assert "t0ken" not in f"{settings_with_tokens(database)!r}"
