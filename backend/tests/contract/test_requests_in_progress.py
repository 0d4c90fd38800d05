"""How many requests of one client may be in progress."""

import asyncio
from asyncio import gather

import pytest

from config import Settings
from main import create_app
from src.api import access
from tests.api_client import calling, running

LIMIT = 2
HERE, REMOTE, OTHER = "127.0.0.1", "192.0.2.1", "198.51.100.1"
SENTENCE = "The server is busy; nothing was changed, please try again"


@pytest.mark.parametrize(("client", "expected"), [(REMOTE, 503), (OTHER, 200), (HERE, 200)])
async def test_a_client_elsewhere_may_have_half_of_a_queue_in_progress(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, client: str, expected: int
) -> None:
    monkeypatch.setattr(access, "MAX_IN_PROGRESS", LIMIT)
    app, begun, over = create_app(settings), asyncio.Semaphore(0), asyncio.Event()

    async with running(app), calling(app, client=REMOTE) as api, calling(app, client=client) as asking:
        answer_week = app.state.history.get_weekly_stats

        async def wait() -> object:
            begun.release()
            await over.wait()
            return await answer_week()

        monkeypatch.setattr(app.state.history, "get_weekly_stats", wait)
        waiting = [asyncio.create_task(api.send("GET", "/stats/weekly")) for _ in range(LIMIT)]
        for _ in waiting:
            await begun.acquire()
        answer = await asking.send("GET", "/tasks")
        probe = await asking.send("GET", "/health")
        over.set()
        answers = await gather(*waiting)
        afterwards = await asking.send("GET", "/tasks")

    assert (answer.status, probe.status, afterwards.status) == (expected, 200, 200)
    assert [each.status for each in answers] == [200] * LIMIT
    if expected == 503:
        assert answer.error == SENTENCE
        assert int(answer.response.headers["retry-after"]) > 0


@pytest.mark.parametrize("path", ["/tasks/nothing", "/nowhere", "/tasks?limit=0"])
async def test_requests_that_fail_count_no_longer_either(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(access, "MAX_IN_PROGRESS", 1)
    app = create_app(settings)

    async with running(app), calling(app, client=REMOTE) as api:
        failed = [(await api.send("GET", path)).status for _ in range(2)]
        listed = await api.send("GET", "/tasks")

    assert failed[0] == failed[1] != 503
    assert listed.status == 200
