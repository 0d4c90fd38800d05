"""Listeners of a history that is replaced by a shorter one: each stream ends instead of continuing with others."""

from asyncio import create_task, gather, sleep, timeout
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from src.exceptions.errors import HistoryReplacedError
from src.services.feed import Feed, Listener
from tests.databases import Database
from tests.house import House, Watch
from tests.log import Log
from tests.served import seqs_in
from tests.tampering import attack, disarm, set_back

HANG = 60
OFTEN, NEVER = 0.02, 2 * HANG
ENTRIES, LEFT = 5, 2

pytestmark = pytest.mark.usefixtures("_hang")


@pytest.fixture
async def _hang() -> AsyncIterator[None]:
    async with timeout(HANG):
        yield


@pytest.fixture
def log() -> Log:
    log = Log()
    log.configure("warning")
    return log


@pytest.fixture
async def feed(house: House, request: pytest.FixtureRequest) -> AsyncIterator[Feed]:
    """Follow a history of some entries; its head is looked at often unless a test says never again."""
    await write(house, ENTRIES)
    feed = Feed(house.reader, house.workspace, getattr(request, "param", OFTEN))
    yield feed
    feed.close()


looked_at_once = pytest.mark.parametrize("feed", [NEVER], indirect=True)


async def write(house: House, count: int) -> None:
    for number in range(count):
        await house.tasks.create_task(f"Task {number}")


async def next_seqs(listener: Listener) -> list[int]:
    return seqs_in(await listener.next_events())


async def until_ended(listener: Listener) -> list[int]:
    """Read on until the stream ends, and give what came before."""
    seqs: list[int] = []
    with suppress(HistoryReplacedError):
        while True:
            seqs += await next_seqs(listener)
    return seqs


@pytest.mark.parametrize("written", [0, ENTRIES - LEFT, 2 * ENTRIES], ids=["shorter", "as long", "longer"])
async def test_a_listener_that_waits_is_ended_and_given_nothing(
    house: House, database: Database, feed: Feed, log: Log, written: int
) -> None:
    async with feed.listening(ENTRIES) as listener:
        given = create_task(until_ended(listener))
        await feed.wait_beyond(ENTRIES - 1)
        set_back(database, LEFT)
        await write(house, written)

        assert await given == []

    assert [line["event"].partition(":")[0] for line in await log.lines()] == ["history replaced"]


@looked_at_once
async def test_entries_of_another_history_are_not_given_even_if_nobody_saw_it_get_shorter(
    house: House, database: Database, feed: Feed
) -> None:
    async with feed.listening() as listener:
        assert await next_seqs(listener) == [1, 2, 3, 4, 5]
        set_back(database, LEFT)
        await write(house, ENTRIES)
        feed.announce(house.workspace, LEFT + ENTRIES)

        assert await until_ended(listener) == []


@looked_at_once
async def test_another_history_of_the_same_length_is_detected_by_its_hash(
    house: House, database: Database, feed: Feed
) -> None:
    async with feed.listening() as listener:
        assert await next_seqs(listener) == [1, 2, 3, 4, 5]
        set_back(database, LEFT)
        await write(house, ENTRIES - LEFT)

        await feed._check_head()

        assert feed.generation == 1
        assert await until_ended(listener) == []


async def test_all_listeners_end_and_it_is_logged_once(house: House, database: Database, feed: Feed, log: Log) -> None:
    async with feed.listening() as one, feed.listening(LEFT) as other, feed.listening(ENTRIES) as third:
        given = [create_task(until_ended(listener)) for listener in (one, other, third)]
        await feed.wait_beyond(ENTRIES - 1)
        set_back(database, LEFT)

        assert await gather(*given) == [[1, 2, 3, 4, 5], [3, 4, 5], []]

    async with feed.listening(LEFT) as listener:
        await write(house, 1)
        assert await next_seqs(listener) == [LEFT + 1]
    assert len(await log.lines()) == 1


async def test_a_new_listener_waits_in_peace(house: House, database: Database, feed: Feed) -> None:
    async with feed.listening(ENTRIES) as listener:
        given = create_task(until_ended(listener))
        await feed.wait_beyond(ENTRIES - 1)
        set_back(database, LEFT)
        await given

        async with feed.listening(LEFT) as late:
            watch = Watch(house.reading)
            waiting = create_task(next_seqs(late))
            while len([text for text in watch.statements if "history_head.hash" in text]) < 3:  # noqa: ASYNC110  # looks
                await sleep(OFTEN)
            reads = [text for text in watch.statements if "task_history.description" in text]
            await write(house, 1)

            assert len(reads) == 1
            assert await waiting == [LEFT + 1]


@looked_at_once
async def test_a_listener_that_connects_before_the_detection_does_not_poll_forever(
    house: House, database: Database, feed: Feed
) -> None:
    async with feed.listening() as listener:
        await listener.next_events()
        set_back(database, LEFT)
        watch = Watch(house.reading)

        async with feed.listening(LEFT) as late:
            assert await until_ended(late) == []

    assert len([text for text in watch.statements if "task_history.description" in text]) == 1


async def test_a_listener_after_a_time_without_any_is_not_ended(
    house: House, database: Database, feed: Feed, log: Log
) -> None:
    async with feed.listening() as listener:
        await listener.next_events()
    if feed._poller:
        await feed._poller
    set_back(database, LEFT)

    async with feed.listening(LEFT) as listener:
        waiting = create_task(next_seqs(listener))
        await write(house, 1)

        assert await waiting == [LEFT + 1]

    assert await log.text() == ""


async def test_entries_that_are_missing_end_a_stream_too(database: Database, feed: Feed) -> None:
    disarm(database)
    attack(database, "DELETE FROM task_history WHERE seq > %s", LEFT)

    async with feed.listening() as listener:
        given = await until_ended(listener)

    assert given == [1, 2]


async def test_an_empty_history_is_followed_from_its_first_entry(house: House, log: Log) -> None:
    feed = Feed(house.reader, house.workspace, OFTEN)

    async with feed.listening() as listener:
        waiting = create_task(next_seqs(listener))
        while feed._known.hash is None:  # noqa: ASYNC110  # it has looked then
            await sleep(OFTEN)
        await write(house, 1)

        assert await waiting == [1]

    feed.close()
    assert await log.text() == ""
