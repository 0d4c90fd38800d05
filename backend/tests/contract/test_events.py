"""GET /events: the history as server-sent events, from a real server to a real client."""

from asyncio import timeout
from collections.abc import AsyncIterator, Iterator
from json import loads
from pathlib import Path
from signal import SIGTERM

import pytest

from tests.api_client import Api
from tests.databases import Database, PostgresDatabase
from tests.served import Server, connected, following, refusal, seqs, serving
from tests.tampering import set_back

HANG, SOON = 60, 20
"""Only a hang reaches it."""


@pytest.fixture(scope="module")
def served(shared_database: Database) -> Iterator[Server]:
    """One process for the whole file."""
    with serving(shared_database) as server:
        yield server


@pytest.fixture
async def api(served: Server) -> AsyncIterator[Api]:
    """A client of it; three entries are stored."""
    async with connected(served) as client:
        task = await client.create("Buy milk – 牛乳", "two\nlitres\r\n")
        await client.complete(task)
        await client.delete(task)
        yield client


async def head(api: Api) -> int:
    return (await api.entries("limit=1"))[0]["seq"]


async def test_an_event_is_an_entry_with_its_number_and_action(api: Api) -> None:
    newest = await head(api)

    async with timeout(SOON), following(api, f"since={newest - 3}") as stream:
        events = await stream.take(3)

    entries = (await api.entries("limit=3"))[::-1]
    assert [event.id for event in events] == [str(entry["seq"]) for entry in entries]
    assert [event.event for event in events] == ["CREATED", "COMPLETED", "DELETED"]
    assert [loads(event.data) for event in events] == entries


async def test_each_event_is_three_lines_and_an_empty_one(api: Api) -> None:
    newest = await head(api)

    async with timeout(SOON), api.client.stream("GET", f"/events?since={newest - 1}") as response:
        lines = aiter(response.aiter_lines())
        first = [await anext(lines) for _ in range(4)]

    assert sorted(line.partition(":")[0] for line in first) == ["", "data", "event", "id"]
    assert first[3] == ""
    assert f"id: {newest}" in first


async def test_its_headers_prevent_buffering_and_caching(api: Api) -> None:
    async with timeout(SOON), following(api) as stream:
        headers = stream.headers

    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-cache"
    assert headers["x-accel-buffering"] == "no"
    assert headers["x-request-id"]


async def test_since_is_exclusive(api: Api) -> None:
    async with timeout(SOON), following(api, "since=1") as stream:
        events = await stream.take(2)

    assert seqs(events) == [2, 3]


async def test_last_event_id_works_like_since(api: Api) -> None:
    async with timeout(SOON), following(api, last_event_id=1) as stream:
        events = await stream.take(2)

    assert seqs(events) == [2, 3]


@pytest.mark.parametrize(("query", "last_event_id"), [("since=0", 2), ("since=2", 0), ("since=999999", 1)])
async def test_last_event_id_wins_over_since(api: Api, query: str, last_event_id: int) -> None:
    async with timeout(SOON), following(api, query, last_event_id) as stream:
        events = await stream.take(1)

    assert seqs(events) == [last_event_id + 1]


async def test_without_a_start_only_new_entries_are_sent(api: Api) -> None:
    newest = await head(api)

    async with timeout(SOON), following(api) as stream:
        await api.create("New")
        events = await stream.take(1)

    assert seqs(events) == [newest + 1]


async def test_from_the_newest_entry_only_new_ones_are_sent(api: Api) -> None:
    newest = await head(api)

    async with timeout(SOON), following(api, f"since={newest}") as stream:
        await api.create("New")
        events = await stream.take(1)

    assert seqs(events) == [newest + 1]


async def test_new_entries_follow_old_ones_without_a_gap(api: Api) -> None:
    newest = await head(api)

    async with timeout(SOON), following(api, "since=0") as stream:
        old = await stream.take(newest)
        for _ in range(5):
            await api.create()
        new = await stream.take(5)

    assert seqs(old + new) == list(range(1, newest + 6))


async def test_hundreds_of_old_entries_are_sent_in_order(api: Api) -> None:
    for _ in range(3):
        task = await api.create()
        for _ in range(50):
            await api.complete(task)
            await api.reopen(task)
    newest = await head(api)

    async with timeout(SOON), following(api, "since=0") as stream:
        events = await stream.take(newest)

    assert seqs(events) == list(range(1, newest + 1))


async def test_requests_that_change_nothing_are_no_events(api: Api) -> None:
    task = await api.create("Buy tea")

    async with timeout(SOON), following(api) as stream:
        await api.update(task, title="Buy tea")
        await api.reopen(task)
        await api.complete(task)
        events = await stream.take(1)

    assert [event.event for event in events] == ["COMPLETED"]


async def test_without_a_start_the_first_event_has_only_the_newest_number(api: Api) -> None:
    newest = await head(api)

    async with timeout(SOON), following(api) as stream:
        first = await stream.take_any()

    assert (first.event, first.id, first.data) == ("start", str(newest), "")


async def test_the_first_event_has_a_line_of_data_that_polyfills_need(api: Api) -> None:
    newest = await head(api)

    async with timeout(SOON), api.client.stream("GET", "/events") as response:
        lines = aiter(response.aiter_lines())
        first = [await anext(lines) for _ in range(4)]

    assert sorted(first) == ["", "data: ", "event: start", f"id: {newest}"]


@pytest.mark.parametrize("start", ["since={}", "lastEventId={}", "since=0&lastEventId={}"])
async def test_with_a_start_the_first_event_is_an_entry(api: Api, start: str) -> None:
    newest = await head(api)

    async with timeout(SOON), following(api, start.format(newest - 1)) as stream:
        first = await stream.take_any()

    assert (first.event, first.id) == ("DELETED", str(newest))


async def test_a_stream_cut_before_its_first_entry_misses_nothing(api: Api) -> None:
    async with timeout(SOON), following(api) as stream:
        first = await stream.take_any()
    task = await api.create("Written while nobody listened")

    async with timeout(SOON), following(api, last_event_id=int(str(first.id))) as again:
        events = await again.take(1)

    assert loads(events[0].data)["task_id"] == task.task["id"]


@pytest.mark.parametrize(
    ("query", "last_event_id", "first"),
    [("lastEventId=1", None, 2), ("since=999999&lastEventId=1", None, 2), ("since=0&lastEventId=2", 0, 1)],
)
async def test_polyfills_send_the_last_number_in_the_query(
    api: Api, query: str, last_event_id: int | None, first: int
) -> None:
    async with timeout(SOON), following(api, query, last_event_id) as stream:
        events = await stream.take(1)

    assert seqs(events) == [first]


async def test_a_start_beyond_the_newest_entry_is_refused(api: Api) -> None:
    beyond = await head(api) + 1

    refusals = [await refusal(api, f"since={beyond}"), await refusal(api, last_event_id=str(beyond))]
    refusals.append(await refusal(api, "since=0", last_event_id=str(beyond)))

    sentences = [f"{name}: is beyond the newest entry" for name in ("since", "Last-Event-ID", "Last-Event-ID")]
    assert refusals == [(400, sentence) for sentence in sentences]


@pytest.mark.parametrize("query", ["limit=1", "since=0&since=0", "last_event_id=0", "lasteventid=0", "Since=0"])
async def test_unknown_and_repeated_parameters_are_refused(api: Api, query: str) -> None:
    status, sentence = await refusal(api, query)

    assert (status, str(sentence).partition(":")[0]) == (400, "query")


async def test_head_answers_with_the_headers_and_ends(api: Api) -> None:
    async with timeout(SOON):
        answer = await api.client.head("/events?since=0")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")


async def test_head_is_refused_as_get_is(api: Api) -> None:
    async with timeout(SOON):
        answer = await api.client.head(f"/events?since={await head(api) + 1}")

    assert (answer.status_code, answer.content) == (400, b"")


async def test_a_connection_stays_usable_after_a_head(api: Api) -> None:
    async with timeout(SOON):
        await api.client.head("/events")
        titles = await api.titles()

    assert isinstance(titles, list)


async def test_a_page_of_an_allowed_origin_may_listen_and_no_other(api: Api) -> None:
    origins = {}
    for origin in ("http://localhost:3000", "http://elsewhere.example"):
        async with timeout(SOON), api.client.stream("GET", "/events", headers={"origin": origin}) as response:
            origins[origin] = response.headers.get("access-control-allow-origin")

    assert origins == {"http://localhost:3000": "http://localhost:3000", "http://elsewhere.example": None}


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_a_stream_includes_entries_of_other_processes(api: Api, shared_database: PostgresDatabase) -> None:
    newest = await head(api)

    with serving(shared_database) as elsewhere:
        async with connected(elsewhere) as other, timeout(SOON), following(api) as stream:
            task = await other.create("From elsewhere")
            await api.complete(task)
            await other.delete(task)
            events = await stream.take(3)

    assert seqs(events) == [newest + 1, newest + 2, newest + 3]
    assert [event.event for event in events] == ["CREATED", "COMPLETED", "DELETED"]


async def test_streams_end_with_a_comment_if_the_history_gets_shorter(database: Database, tmp_path: Path) -> None:
    with serving(database, log=tmp_path / "log") as server:
        async with connected(server) as api, timeout(HANG):
            for _ in range(3):
                await api.create()
            streams = [api.client.stream("GET", f"/events?since={since}") for since in (2, 3)]
            async with streams[0] as one, streams[1] as other:
                lines = aiter(one.aiter_lines())
                while not (await anext(lines)).startswith("id: 3"):
                    pass
                set_back(database, 1)
                texts = ["\n".join([line async for line in lines]), (await other.aread()).decode()]
            beyond = await refusal(api, last_event_id="3")
            async with following(api, last_event_id=1) as stream:
                await api.create("Again")
                again = await stream.take(1)
        server.send_signal(SIGTERM)
        server.wait()  # its log is complete then

    assert all(text.strip().endswith(": another history has taken this one's place; connect again") for text in texts)
    assert beyond == (400, "Last-Event-ID: is beyond the newest entry")
    assert seqs(again) == [2]
    assert server.log.count("history replaced") == 1
