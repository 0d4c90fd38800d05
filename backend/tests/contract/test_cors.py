"""What a page on another origin may do and read; and the id that every answer carries."""

from collections.abc import AsyncIterator

import pytest
from httpx2 import Response

from config import Settings
from main import create_app
from tests.api_client import Api, running
from tests.conftest import settings_for
from tests.contract.answers import ANSWERS, broken_app
from tests.databases import Database

PAGE = "http://localhost:3000"
EXPOSED = {"etag", "retry-after", "x-request-id", "allow", "link", "idempotency-replayed"}
SENT = ["authorization", "x-request-id", "if-match", "if-none-match", "idempotency-key", "last-event-id"]
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
    """Serve, to the whole file, an application that has a bug on one route."""
    async with running(broken_app(settings_for(shared_database))) as client:
        yield client


def exposed(response: Response) -> set[str]:
    """Give the headers that a script on the page may read."""
    return {name.strip().lower() for name in response.headers["access-control-expose-headers"].split(",")}


async def preflight(api: Api, origin: str, method: str, headers: str = "content-type") -> Response:
    """Ask what a browser asks before it sends anything but a simple request."""
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
    assert exposed(response) == EXPOSED
    assert "origin" in response.headers["vary"].lower()


@pytest.mark.parametrize(("method", "path", "body", "headers", "status"), ANSWERS.values(), ids=ANSWERS)
async def test_a_page_of_another_origin_can_read_none(
    api: Api, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    response = await api.raw(method, path, body, {"origin": "https://evil.example", **headers})

    assert response.status_code == status
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_page_may_use_every_method(api: Api, method: str) -> None:
    response = await preflight(api, PAGE, method)

    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == PAGE
    assert method in response.headers["access-control-allow-methods"].split(", ")


@pytest.mark.parametrize("name", SENT)
async def test_a_page_may_send_the_headers_that_the_api_knows(api: Api, name: str) -> None:
    response = await preflight(api, PAGE, "POST", f"content-type,{name}")

    assert response.status_code == 200
    assert name in response.headers["access-control-allow-headers"].lower()


async def test_no_cookies_are_asked_for_and_no_origin_is_let_in_unnamed(api: Api) -> None:
    asked, read = await preflight(api, PAGE, "POST"), await api.raw("GET", "/tasks", None, {"origin": PAGE})

    for response in (asked, read):
        assert response.headers["access-control-allow-origin"] == PAGE
        assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost:3001",
        "https://localhost:3000",
        f"{PAGE}.evil.example",
        "null",
    ],
)
async def test_other_origins_are_not_let_in(api: Api, origin: str) -> None:
    response = await preflight(api, origin, "POST")

    assert response.status_code == 400
    assert "access-control-allow-origin" not in response.headers


async def test_asking_at_a_foreign_host_is_refused_too(api: Api) -> None:
    asked = {"origin": PAGE, "access-control-request-method": "POST", "host": "evil.example"}

    answer = await api.send("OPTIONS", "/tasks", None, asked)

    assert answer.status == 400
    assert str(answer.error).startswith("host: ")


async def test_several_origins_can_be_let_in(settings: Settings) -> None:
    origins = ["https://tasks.example", "http://localhost:5173"]
    several = settings.model_copy(update={"frontend_url": ",".join(origins)})

    async with running(create_app(several)) as api:
        responses = [await api.raw("GET", "/tasks", None, {"origin": origin}) for origin in [*origins, PAGE]]

    allowed = [response.headers.get("access-control-allow-origin") for response in responses]
    assert allowed == [*origins, None]


@pytest.mark.parametrize(("method", "path", "body", "headers", "status"), ANSWERS.values(), ids=ANSWERS)
async def test_every_answer_has_the_id_that_came_with_the_request(
    api: Api, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    response = await api.raw(method, path, body, {"x-request-id": "page-42.a_B", **headers})

    assert response.status_code == status
    assert response.headers["x-request-id"] == "page-42.a_B"


@pytest.mark.parametrize("offered", INSANE_IDS.values(), ids=INSANE_IDS)
async def test_an_id_that_is_not_sane_is_replaced(api: Api, offered: str) -> None:
    response = await api.raw("GET", "/tasks", None, {"x-request-id": offered})

    assert response.headers["x-request-id"] not in {"", offered}
    assert response.headers["x-request-id"].isascii()


async def test_requests_without_an_id_get_one_each(api: Api) -> None:
    first, second = await api.raw("GET", "/tasks"), await api.raw("GET", "/tasks")

    assert first.headers["x-request-id"] != second.headers["x-request-id"]
