"""Listeners: each gets every entry once and in order, and none delays another."""

import asyncio
import signal
from asyncio import create_task, gather, timeout
from random import Random

import pytest

from src.batching.writer import Writer
from src.models.workspace import WorkspaceId
from src.services.feed import Feed
from src.services.history_queries import HeadSeq
from src.services.task_service import TaskService
from tests.api_client import Api
from tests.databases import Database, PostgresDatabase
from tests.house import House, Watch, opened
from tests.served import connected, following, seqs, serving

LISTENERS, WRITERS, WRITES = 100, 8, 15
SOON = 20
"""Seconds that keep a test from hanging."""


async def test_a_hundred_listeners_reconnecting_at_random_see_each_entry_once_and_in_order(database: Database) -> None:
    total = WRITERS * WRITES

    async def listen(api: Api, random: Random) -> list[int]:
        seen: list[int] = []
        while len(seen) < total:
            async with following(api, last_event_id=seen[-1] if seen else 0) as stream:
                seen += seqs(await stream.take(random.randint(1, total - len(seen))))
        return seen

    async def write(api: Api, writer: int) -> None:
        for number in range(WRITES):
            await api.create(f"Writer {writer}, task {number}")

    with serving(database) as server:
        async with connected(server) as api, timeout(120):
            listeners = [create_task(listen(api, Random(number))) for number in range(LISTENERS)]
            await gather(*(write(api, writer) for writer in range(WRITERS)))
            seen = await gather(*listeners)

    assert seen == [list(range(1, total + 1))] * LISTENERS


async def test_the_writer_announces_each_commit_and_nothing_else(house: House) -> None:
    announced: list[tuple[WorkspaceId, int]] = []
    writer = Writer(house.writing, committed=lambda *newest: announced.append(newest))
    tasks = TaskService(writer, house.reader, house.workspace)
    try:
        task = await tasks.create_task("Milk")
        await tasks.mark_incomplete(task.id)
        await tasks.mark_complete(task.id)
    finally:
        await writer.close()

    assert announced == [(house.workspace, 1), (house.workspace, 2)]


async def test_a_client_that_disconnects_during_a_long_response_is_no_error(database: Database) -> None:
    with serving(database) as server:
        async with connected(server) as api, timeout(60):
            for _ in range(10):
                await gather(*(api.create("x", "x" * 5_000) for _ in range(50)))
            for _ in range(20):
                async with following(api, "since=0") as stream:
                    await stream.take(1)
        server.send_signal(signal.SIGTERM)
        server.wait()
        log = server.log

    assert "Traceback" not in log
    assert '"error"' not in log


async def test_a_listener_is_woken_by_the_announcement(house: House) -> None:
    feed = Feed(house.reader, house.workspace)

    async with feed.listening(), timeout(SOON):
        (waiting,) = [create_task(feed.wait_beyond(0))]
        await asyncio.sleep(0)
        assert not waiting.done()
        feed.announce(house.workspace, 1)
        await waiting

    feed.close()


async def test_an_announcement_that_came_before_the_wait_is_not_lost(house: House) -> None:
    feed = Feed(house.reader, house.workspace)

    async with feed.listening(), timeout(SOON):
        await asyncio.to_thread(feed.announce, house.workspace, 5)
        await feed.wait_beyond(4)

    feed.close()


async def test_announcements_out_of_order_do_no_harm(house: House) -> None:
    feed = Feed(house.reader, house.workspace)

    async with feed.listening(), timeout(SOON):
        feed.announce(house.workspace, 7)
        feed.announce(house.workspace, 3)
        await feed.wait_beyond(6)

    feed.close()


async def test_entries_of_another_process_are_found_without_an_announcement(house: House, database: Database) -> None:
    feed = Feed(house.reader, house.workspace)

    async with opened(database) as elsewhere, feed.listening(), timeout(SOON):
        waiting = create_task(feed.wait_beyond(0))
        await elsewhere.tasks.create_task("From elsewhere")
        await waiting

    feed.close()


async def test_while_nobody_listens_the_database_is_left_alone(house: House) -> None:
    feed = Feed(house.reader, house.workspace)
    async with feed.listening():
        poller = feed._poller
    assert poller is not None
    watch = Watch(house.reading)

    async with timeout(SOON):
        await poller

    assert (feed._poller, watch.statements) == (None, [])


async def test_a_listener_after_the_last_one_has_left_is_woken_too(house: House, database: Database) -> None:
    feed = Feed(house.reader, house.workspace)
    async with timeout(SOON):
        for number in range(3):
            async with opened(database) as elsewhere, feed.listening():
                waiting = create_task(feed.wait_beyond(number))
                await elsewhere.tasks.create_task("From elsewhere")
                await waiting
            if number == 1 and feed._poller:
                await feed._poller

    feed.close()


async def test_closing_ends_every_wait_now_and_later(house: House) -> None:
    feed = Feed(house.reader, house.workspace)

    async with feed.listening(), timeout(SOON):
        waiting = [create_task(feed.wait_beyond(number)) for number in range(3)]
        await asyncio.sleep(0)
        feed.close()
        await gather(*waiting)
        await feed.wait_beyond(0)

    assert feed.closed


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_a_database_that_is_away_for_a_while_is_looked_at_again(house: House, database: PostgresDatabase) -> None:
    feed = Feed(house.reader, house.workspace)
    database.shut()

    async with feed.listening(), timeout(SOON):
        waiting = create_task(feed.wait_beyond(0))
        async with asyncio.TaskGroup() as group:
            group.create_task(until_refused(house))
        database.open()
        async with opened(database) as elsewhere:
            await elsewhere.tasks.create_task("After")
        await waiting

    feed.close()


async def until_refused(house: House) -> None:
    """Ask as the poller does, so that it has been refused as well."""
    with pytest.raises(Exception, match="not available"):
        await house.reader.ask(HeadSeq(house.workspace))
