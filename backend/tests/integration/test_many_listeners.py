"""Many listeners: their limit, and the cost of an entry for all of them."""

import asyncio
from asyncio import gather, timeout
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from httpx2 import Response

from main import create_app
from src.exceptions.errors import HistoryReplacedError, OverloadedError
from src.services import feed_queries
from src.services.entries import HistoryItem
from src.services.feed import PING, Feed, Listener
from tests.api_client import Api, calling, running
from tests.conftest import settings_for
from tests.databases import Database
from tests.house import House, Watch
from tests.served import Server, connected, following, seqs, seqs_in, serving

HANG = 60
MANY = 50
LISTENERS = 4

pytestmark = pytest.mark.usefixtures("_hang")


@pytest.fixture
async def _hang() -> AsyncIterator[None]:
    async with timeout(HANG):
        yield


async def listeners_of(feed: Feed, stack: AsyncExitStack, count: int) -> list[Listener]:
    return [await stack.enter_async_context(feed.listening()) for _ in range(count)]


async def next_seqs(listener: Listener) -> list[int]:
    return seqs_in(await listener.next_events())


async def test_an_entry_is_read_and_rendered_once_for_all_listeners(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, rendered = Feed(house.reader, house.workspace, 2 * HANG), []
    render = feed_queries._event

    def count(item: HistoryItem) -> bytes:
        rendered.append(item.seq)
        return render(item)

    monkeypatch.setattr(feed_queries, "_event", count)
    await house.tasks.create_task("Before")

    async with AsyncExitStack() as stack:
        listeners = await listeners_of(feed, stack, MANY)
        assert await gather(*map(next_seqs, listeners)) == [[1]] * MANY
        watch = Watch(house.reading)
        waiting = [asyncio.create_task(listener.next_events()) for listener in listeners]
        await asyncio.sleep(0)
        await house.tasks.create_task("After")
        feed.announce(house.workspace, 2)
        given = await gather(*waiting)

    feed.close()
    assert rendered == [1, 2]
    assert [seqs_in(events) for events in given] == [[2]] * MANY
    assert len(set(map(id, given))) == 1
    assert len([text for text in watch.statements if "task_history.description" in text]) == 1


async def test_a_stream_outlives_a_server_that_is_too_busy(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    feed, ask, refusals = Feed(house.reader, house.workspace, 0.01), house.reader.ask, iter(range(3))
    await house.tasks.create_task("Buy milk")

    async def refuse_at_first(query: object) -> object:
        if isinstance(query, feed_queries.EntriesAfter) and next(refusals, None) is not None:
            raise OverloadedError
        return await ask(query)  # type: ignore[arg-type]  # any query

    monkeypatch.setattr(house.reader, "ask", refuse_at_first)

    async with feed.listening() as listener:
        assert await next_seqs(listener) == [1]

    feed.close()
    assert next(refusals, None) is None


async def test_silence_is_broken_by_comments_that_cost_no_query(house: House) -> None:
    feed = Feed(house.reader, house.workspace, 2 * HANG)
    await house.tasks.create_task("Buy milk")

    async with feed.listening() as listener:
        await listener.next_events()
        watch = Watch(house.reading)

        assert [await listener.next_events(silence=0) for _ in range(3)] == [PING] * 3

    feed.close()
    assert watch.statements == []


async def test_a_history_that_is_replaced_during_a_comment_ends_the_stream(house: House) -> None:
    feed = Feed(house.reader, house.workspace, 2 * HANG)
    await house.tasks.create_task("Buy milk")

    async with feed.listening() as listener:
        await listener.next_events()
        assert await listener.next_events(silence=0) == PING
        feed.replace(feed.generation)

        with pytest.raises(HistoryReplacedError):
            await listener.next_events()

    feed.close()


@pytest.fixture
async def served(database: Database) -> AsyncIterator[Server]:
    with serving(database, MAX_LISTENERS=str(LISTENERS)) as server:
        yield server


async def test_beyond_the_bound_a_stream_is_refused_and_one_that_ends_makes_room(served: Server) -> None:
    async with connected(served) as api:
        async with AsyncExitStack() as stack:
            streams = [await stack.enter_async_context(following(api)) for _ in range(LISTENERS)]
            refused = await api.send("GET", "/events")
            await api.create("Buy milk")
            given = [seqs(await stream.take(1)) for stream in streams]

        assert refused.refusal == (503, "Too many event streams are open; please try again when Retry-After says")
        assert refused.response.headers["retry-after"] == "10"
        assert given == [[1]] * LISTENERS
        assert (await until_admitted(api)).status_code == 200


async def until_admitted(api: Api) -> Response:
    """The server notices a moment later that a stream has ended."""
    while True:
        async with api.client.stream("GET", "/events?since=0") as response:
            if response.status_code != 503:
                return response
        await asyncio.sleep(0.05)


async def test_head_and_what_is_refused_take_no_place(served: Server) -> None:
    async with connected(served) as api:
        for _ in range(3 * LISTENERS):
            assert (await api.client.head("/events")).status_code == 200
            assert (await api.send("GET", "/events?since=9")).status == 400


async def test_a_client_on_another_machine_has_a_quarter_of_the_places(database: Database) -> None:
    settings = settings_for(database).model_copy(update={"allow_unauthenticated": True, "max_listeners": LISTENERS})
    app = create_app(settings)

    async with running(app), calling(app, client="192.0.2.1") as api, calling(app, client="192.0.2.2") as other:
        with app.state.listeners.hold("192.0.2.1", OverloadedError):
            answers = [await api.client.head("/events"), await other.client.head("/events")]

    assert [answer.status_code for answer in answers] == [503, 200]
