"""The rate limit of each client if remote clients are allowed."""

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from time_machine import travel

from config import Settings
from main import create_app
from src.api.rate_limit import RateLimit
from src.exceptions.errors import TooManyRequestsError
from src.utils.addresses import client_of
from tests.api_client import Api, bearer, calling, running
from tests.databases import Database

LIMIT = 5
HERE = "192.0.2.1"
PAGE = "http://localhost:3000"
SENTENCE = "Too many requests; please try again when Retry-After says"


@pytest.fixture
def exposed(settings: Settings) -> FastAPI:
    """An application for remote clients, five requests a minute each."""
    return create_app(settings.model_copy(update={"allow_unauthenticated": True, "rate_limit": LIMIT}))


async def statuses(api: Api, count: int, path: str = "/tasks") -> list[int]:
    """Send some requests."""
    return [(await api.send("GET", path)).status for _ in range(count)]


async def test_beyond_the_limit_retry_after_says_when_to_return(exposed: FastAPI, database: Database) -> None:
    async with running(exposed), calling(exposed, address=HERE) as api:
        with travel("2026-11-23T10:00:00Z", tick=False):
            let_in = await statuses(api, LIMIT)
        with travel("2026-11-23T10:00:42.5Z", tick=False), database.unchanged():
            refused = await api.create()
            page = await api.raw("GET", "/history", None, {"origin": PAGE})
        with travel("2026-11-23T10:01:00Z", tick=False):
            later = await statuses(api, LIMIT + 1)

    assert let_in == [200] * LIMIT
    assert refused.refusal == (429, SENTENCE)
    assert refused.response.headers["retry-after"] == "18"
    assert page.status_code == 429
    assert page.headers["access-control-allow-origin"] == PAGE
    assert later == [*[200] * LIMIT, 429]


async def test_each_client_is_counted_by_itself(exposed: FastAPI) -> None:
    async with (
        running(exposed),
        calling(exposed, address=HERE, client="198.51.100.1") as one,
        calling(exposed, address=HERE, client="198.51.100.2") as other,
    ):
        often, once = await statuses(one, LIMIT + 1), await statuses(other, 1)

    assert (often[-1], once) == (429, [200])


async def test_an_ipv6_network_is_one_client(exposed: FastAPI) -> None:
    async with running(exposed):
        answers = []
        for number in range(LIMIT + 1):
            async with calling(exposed, address=HERE, client=f"2001:db8::{number:x}") as api:
                answers += await statuses(api, 1)

    assert answers == [*[200] * LIMIT, 429]


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("x" * 1000, "x" * 64),
    ],
)
def test_an_address_belongs_to_a_client(host: str, client: str) -> None:
    assert client_of(host) == client


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]", "testserver"])
async def test_this_machine_is_not_counted(exposed: FastAPI, address: str) -> None:
    async with running(exposed), calling(exposed, address=address) as api:
        answers = await statuses(api, 3 * LIMIT)

    assert set(answers) == {200}


@pytest.mark.parametrize("probe", ["/health", "/health/ready"])
async def test_probes_are_not_counted(exposed: FastAPI, probe: str) -> None:
    async with running(exposed), calling(exposed, address=HERE) as api:
        probed = await statuses(api, 3 * LIMIT, probe)
        let_in = await statuses(api, LIMIT)

    assert set(probed) == set(let_in) == {200}


async def test_guessing_tokens_is_counted(settings: Settings) -> None:
    token = "t0ken-" + "full" * 10
    app = create_app(
        Settings(_env_file=None, database_url=settings.database_url, api_token=SecretStr(token), rate_limit=LIMIT)
    )

    async with running(app), calling(app, address=HERE) as api:
        answers = [await api.send("GET", "/tasks", None, bearer("guess")) for _ in range(LIMIT + 1)]

    assert [answer.status for answer in answers] == [*[401] * LIMIT, 429]


async def test_zero_means_no_limit(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"allow_unauthenticated": True, "rate_limit": 0}))

    async with running(app), calling(app, address=HERE) as api:
        answers = await statuses(api, 3 * LIMIT)

    assert set(answers) == {200}


def lets_in(limit: RateLimit, client: str) -> bool:
    """Whether one more request of this client is within the limit."""
    try:
        limit.count((client, 50_000))
    except TooManyRequestsError:
        return False
    return True


def test_the_least_recently_seen_client_is_forgotten_beyond_the_bound() -> None:
    limit = RateLimit(per_minute=1, max_clients=3)

    let_in = [lets_in(limit, client) for client in ("a", "b", "a", "c", "d", "a", "b")]

    assert let_in == [True, True, False, True, True, False, True]  # b was forgotten when d came


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    limit = RateLimit(per_minute=1)

    with travel("2026-11-23T10:00:00Z", tick=False):
        let_in = [lets_in(limit, "a"), lets_in(limit, "a")]
    with travel("2026-11-23T09:00:00Z", tick=False):
        let_in.append(lets_in(limit, "a"))

    assert let_in == [True, False, True]
