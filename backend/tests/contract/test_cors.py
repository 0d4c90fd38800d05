"""What a page of another origin may do and read; and the request id of every answer."""

from collections.abc import AsyncIterator

import pytest
from httpx2 import Response

from config import Settings
from main import create_app
from tests.answer import Answer
from tests.api_client import Api, running
from tests.conftest import settings_for
from tests.contract.answers import ANSWERS, broken_app
from tests.databases import Database
from tests.log import Line, Log

PAGE = "http://localhost:3000"
EXPOSED = {"etag", "retry-after", "x-request-id", "allow", "link", "idempotency-replayed"}
OURS = ["authorization", "x-request-id", "if-match", "if-none-match", "idempotency-key", "last-event-id"]
THEIRS = [
    "traceparent",
    "tracestate",
    "baggage",
    "sentry-trace",
    "X-Requested-With",
    "Cache-Control",
    "Pragma",
    "x-b3-traceid",
]
"""What libraries add: for tracing, for old proxies, against caches."""
LOOKALIKES = [
    "https://evil.example",
    "http://localhost:3001",
    "https://localhost:3000",
    "http://localhost",
    f"{PAGE}.evil.example",
    f"{PAGE}/",
    "null",
    "",
]
INSANE_IDS = {
    "empty": "",
    "with a space": "a b",
    "with a quote": 'a"b',
    "with markup": "<script>",
    "with a tab": "a\tb",
    "long": "x" * 5000,
    "with a slash": "a/b",
}


@pytest.fixture(scope="module")
async def api(shared_database: Database) -> AsyncIterator[Api]:
    """An application with a bug on one route, for the whole file."""
    async with running(broken_app(settings_for(shared_database))) as client:
        yield client


def cors_of(response: Response) -> dict[str, str]:
    """The headers by which a browser decides what a page may do and read."""
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


async def refusals(log: Log) -> list[Line]:
    """The log lines about refused origins."""
    return [line for line in await log.lines() if line["event"].startswith("origin refused")]


def exposed(response: Response) -> set[str]:
    """The headers that a script on the page may read."""
    return {name.strip().lower() for name in response.headers["access-control-expose-headers"].split(",")}


async def preflight(api: Api, origin: str, method: str, headers: str = "content-type") -> Response:
    """Send the preflight that precedes any but a simple request."""
    asked = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": headers,
    }
    return await api.raw("OPTIONS", "/tasks", None, asked)


@pytest.mark.parametrize(("method", "path", "body", "headers", "status"), ANSWERS.values(), ids=ANSWERS)
async def test_a_page_can_read_every_kind_of_answer(
    api: Api, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    response = await api.raw(method, path, body, {"origin": PAGE, **headers})

    assert response.status_code == status
    assert response.headers["access-control-allow-origin"] == PAGE
    assert response.headers["access-control-allow-credentials"] == "true"
    assert exposed(response) == EXPOSED
    assert "origin" in response.headers["vary"].lower()


@pytest.mark.parametrize(("method", "path", "body", "headers", "status"), ANSWERS.values(), ids=ANSWERS)
async def test_a_page_of_another_origin_can_read_none(
    api: Api, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    response = await api.raw(method, path, body, {"origin": "https://evil.example", **headers})

    assert response.status_code == (204 if method == "OPTIONS" else 400 if "host" in headers else 403), status
    assert cors_of(response) == {}
    assert "origin" in response.headers["vary"].lower()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_page_may_use_every_method(api: Api, method: str) -> None:
    response = await preflight(api, PAGE, method)

    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == PAGE
    assert method in response.headers["access-control-allow-methods"].split(", ")


@pytest.mark.parametrize("name", [*OURS, *THEIRS])
async def test_a_preflight_allows_every_requested_header(api: Api, name: str) -> None:
    response = await preflight(api, PAGE, "POST", f"content-type,{name}")

    assert response.status_code == 200
    assert response.headers["access-control-allow-credentials"] == "true"
    assert name in response.headers["access-control-allow-headers"].split(",")


async def test_a_page_on_the_internet_may_reach_a_server_in_a_private_network(api: Api) -> None:
    asked = {
        "origin": PAGE,
        "access-control-request-method": "GET",
        "access-control-request-private-network": "true",
    }

    response = await api.raw("OPTIONS", "/tasks", None, asked)

    assert response.status_code == 200
    assert response.headers["access-control-allow-private-network"] == "true"


async def test_the_origins_of_two_development_servers_are_allowed_by_default(api: Api) -> None:
    for origin in ("http://localhost:3000", "http://localhost:5173"):
        asked, read = await preflight(api, origin, "POST"), await api.raw("GET", "/tasks", None, {"origin": origin})

        for response in (asked, read):
            assert response.headers["access-control-allow-origin"] == origin
            assert response.headers["access-control-allow-credentials"] == "true"


async def test_no_cookies_are_set(api: Api) -> None:
    responses = [await preflight(api, PAGE, "POST"), await api.raw("GET", "/tasks", None, {"origin": PAGE})]

    assert not any("set-cookie" in response.headers for response in responses)


@pytest.mark.parametrize("origin", LOOKALIKES)
async def test_other_origins_are_not_allowed(api: Api, origin: str) -> None:
    response = await preflight(api, origin, "POST")

    assert response.status_code == 400
    assert str(Answer(response).error).startswith("Origin: ")
    assert "FRONTEND_URL" in str(Answer(response).error)
    assert cors_of(response) == {}


async def test_a_refused_origin_is_logged_once_with_the_setting_that_would_allow_it(database: Database) -> None:
    log, origin = Log(), "http://localhost:5174"
    log.configure("info")

    async with log.of(create_app(settings_for(database))) as api:
        for _ in range(2):
            await preflight(api, origin, "POST")
            await api.send("GET", "/tasks", None, {"origin": origin})
            await api.send("GET", "/health", None, {"origin": origin})
        told = await refusals(log)
        await api.send("GET", "/tasks", None, {"origin": "http://localhost:5175"})
        await api.send("GET", "/tasks", None, {"origin": PAGE})
        await api.send("GET", "/tasks", None, {"origin": origin, "sec-fetch-site": "same-origin"})
        others = await refusals(log)

    assert [line["origin"] for line in told] == [origin]
    assert "FRONTEND_URL" in told[0]["event"]
    assert told[0]["level"] == "warning"
    assert [line["origin"] for line in others] == ["http://localhost:5175"]


@pytest.mark.parametrize(
    ("origin", "logged"),
    {
        "null": "null",
        "HTTPS://Evil.Example:443": "https://evil.example",
        "qwxz": "of an unusual form",
        "http://qwxz.example/\x1b[31m": "of an unusual form",
        "http://q\u00fcxz.example": "of an unusual form",
        f"http://{'qwxz' * 1000}": "of an unusual form",
        "http://one.example, http://two.example": "of an unusual form",
    }.items(),
)
async def test_an_origin_is_logged_in_a_safe_form(database: Database, origin: str, logged: str) -> None:
    log = Log()
    log.configure("info")

    async with log.of(create_app(settings_for(database))) as api:
        await api.client.get("/tasks", headers=[(b"origin", origin.encode("latin-1"))])
        told = await refusals(log)

    assert [line["origin"] for line in told] == [logged]


async def test_invented_origins_fill_neither_log_nor_memory(database: Database) -> None:
    log = Log()
    log.configure("info")

    async with log.of(create_app(settings_for(database))) as api:
        for number in range(150):
            await api.send("GET", "/tasks", None, {"origin": f"http://made-up-{number}.example"})
        told = await refusals(log)

    assert len(told) == 100


async def test_a_preflight_to_a_foreign_host_is_refused(api: Api) -> None:
    asked = {"origin": PAGE, "access-control-request-method": "POST", "host": "evil.example"}

    answer = await api.send("OPTIONS", "/tasks", None, asked)

    assert answer.status == 400
    assert str(answer.error).startswith("host: ")


async def test_several_origins_can_be_allowed(settings: Settings) -> None:
    origins = ["https://tasks.example", "http://localhost:5173"]
    several = settings.model_copy(update={"frontend_url": tuple(origins)})

    async with running(create_app(several)) as api:
        responses = [await api.raw("GET", "/tasks", None, {"origin": origin}) for origin in [*origins, PAGE]]

    allowed = [response.headers.get("access-control-allow-origin") for response in responses]
    assert allowed == [*origins, None]


@pytest.mark.parametrize(("method", "path", "body", "headers", "status"), ANSWERS.values(), ids=ANSWERS)
async def test_every_answer_has_the_id_of_its_request(
    api: Api, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    response = await api.raw(method, path, body, {"x-request-id": "page-42.a_B", **headers})

    assert response.status_code == status
    assert response.headers["x-request-id"] == "page-42.a_B"


@pytest.mark.parametrize("offered", INSANE_IDS.values(), ids=INSANE_IDS)
async def test_an_invalid_request_id_is_replaced(api: Api, offered: str) -> None:
    response = await api.raw("GET", "/tasks", None, {"x-request-id": offered})

    assert response.headers["x-request-id"] not in {"", offered}
    assert response.headers["x-request-id"].isascii()


async def test_requests_without_an_id_get_one_each(api: Api) -> None:
    first, second = await api.raw("GET", "/tasks"), await api.raw("GET", "/tasks")

    assert first.headers["x-request-id"] != second.headers["x-request-id"]
