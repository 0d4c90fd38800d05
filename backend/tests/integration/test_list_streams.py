"""Answers in portions: who waits for whom, and what happens when something ends in the middle."""

import gc
import json
import weakref
from asyncio import CancelledError, create_task, gather, sleep
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, select

from src.database.batching import Limits
from src.database.portions import Portioned, Portions
from src.database.reader import QUERY_LANES
from src.exceptions.errors import BrokenOffError, TasktrailError, UnavailableError
from src.models.task_history import HistoryHead
from src.services.task_lists import Selection
from src.services.task_stream import FIRST, LATER
from tests.api_client import calling, request_scope
from tests.databases import Database, PostgresDatabase
from tests.house import Gate, House, Watch, opened, opening, started, stop_first, together
from tests.integration.breaking_list import PATH, add_to, breaks_off
from tests.many_tasks import fill
from tests.served import connected, serving
from tests.wire import wired

MANY = 2 * FIRST + LATER + 1


async def read(portions: Portions) -> bytes:
    return b",".join([portion async for portion in portions])


async def test_a_long_list_is_one_statement_in_one_transaction(house: House, database: Database) -> None:
    fill(database, MANY)
    watch = Watch(house.reading)

    await read(await house.tasks.stream_tasks())

    assert len(watch.on_our_tables) == 1
    assert watch.begun == 1


async def test_equal_lists_that_wait_together_are_read_once(house: House, database: Database) -> None:
    fill(database, MANY)
    watch = Watch(house.reading)

    one, other, active = await gather(
        house.tasks.stream_tasks(), house.tasks.stream_tasks(), house.tasks.stream_tasks(Selection(is_completed=False))
    )
    texts = await gather(read(one), read(other), read(active))

    assert one is other
    assert texts[0] == texts[1] != texts[2]
    assert len(watch.on_our_tables) == 2


async def test_a_list_that_comes_later_is_read_anew(house: House) -> None:
    await house.tasks.create_task("Milk")
    with opening(stop_first(house.reading, "after_cursor_execute", lambda sql: "FROM tasks" in sql)) as gate:
        older = await started(house.tasks.stream_tasks())
        await gate.reached()
        await house.tasks.create_task("Bread")
        younger = await read(await house.tasks.stream_tasks())
        gate.open()
        (found,) = await gather(*older)

    assert b"Bread" not in await read(found)
    assert b"Bread" in younger


class Slow:
    """A list of which the third portion waits at a gate."""

    def __init__(self) -> None:
        """Close the gate."""
        self.gate = Gate()

    def __call__(self, connection: Connection) -> Portioned:
        """Read the newest `seq` before each portion."""
        for number in range(4):
            if number == 2:
                self.gate.pass_through()
            seq = connection.execute(select(HistoryHead.seq)).scalar_one()
            yield b"%d" % seq


async def test_the_first_portion_comes_before_the_last_is_read_and_all_are_of_one_snapshot(house: House) -> None:
    await house.tasks.create_task("Milk")
    slow = Slow()

    with opening(slow.gate):
        portions = await house.reader.stream(slow)
        reading = aiter(portions)
        first = [await anext(reading), await anext(reading)]
        await slow.gate.reached()
        await house.tasks.create_task("Bread")
        slow.gate.open()
        rest = [portion async for portion in reading]

    assert (first, rest) == ([b"1", b"1"], [b"1", b"1"])
    assert not portions.is_short


async def test_who_waits_with_a_long_list_is_answered_before_it_ends(house: House) -> None:
    slow = Slow()

    with opening(slow.gate):
        portions, page, nothing = await gather(
            house.reader.stream(slow), house.history.get_history_paginated(), house.tasks.get_all_tasks()
        )
        await slow.gate.reached()
        slow.gate.open()
        await read(portions)

    assert (page.items, nothing) == ((), ())


async def test_readers_that_do_not_read_hold_no_lane(house: House, database: Database) -> None:
    fill(database, MANY)

    unread = [await house.tasks.stream_tasks() for _ in range(QUERY_LANES + 2)]
    week = await house.history.get_weekly_stats()

    assert week.total_tasks == 0
    assert len({len(await read(portions)) for portions in unread}) == 1


async def test_two_readers_each_get_everything_at_their_own_pace(house: House, database: Database) -> None:
    fill(database, MANY)
    portions = await house.tasks.stream_tasks()

    fast = await read(portions)
    slow = await read(portions)

    assert fast == slow
    assert fast.count(b'"id"') == MANY


async def test_a_reader_that_leaves_leaves_nothing_running(house: House) -> None:
    slow = Slow()

    with opening(slow.gate):
        reading = create_task(read(await house.reader.stream(slow)))
        await slow.gate.reached()
        await sleep(0)
        reading.cancel()
        with pytest.raises(CancelledError):
            await reading
        slow.gate.open()
        await house.reader.close()  # which waits for the lanes


async def test_what_breaks_before_the_second_portion_is_an_error_as_any_other(house: House) -> None:
    def refuse(connection: Connection) -> Portioned:  # noqa: ARG001  # a query's only argument
        yield b"1"
        raise TasktrailError

    def fail(connection: Connection) -> Portioned:  # noqa: ARG001  # a query's only argument
        yield b"1"
        raise ZeroDivisionError

    answers = await together(house.reader.stream(refuse), house.reader.stream(fail), house.tasks.get_all_tasks())

    assert [type(answer) for answer in answers] == [TasktrailError, ZeroDivisionError, tuple]


async def test_what_breaks_later_breaks_off_and_leaves_those_that_wait_with_it_alone(
    house: House, database: Database
) -> None:
    fill(database, MANY)

    broken, whole, week = await gather(
        house.reader.stream(breaks_off), house.tasks.stream_tasks(), house.history.get_weekly_stats()
    )

    with pytest.raises(BrokenOffError):
        await read(broken)
    assert (await read(whole)).count(b'"id"') == MANY
    assert week.total_tasks == 0


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_a_database_that_dies_in_the_middle_breaks_the_list_off(house: House, database: Database) -> None:
    assert isinstance(database, PostgresDatabase)
    slow = Slow()

    with opening(slow.gate):
        portions = await house.reader.stream(slow)
        await slow.gate.reached()
        database.shut()
        slow.gate.open()
        with pytest.raises(BrokenOffError):
            await read(portions)
    refused = await together(house.tasks.stream_tasks())
    database.open()

    assert isinstance(refused[0], UnavailableError)
    assert await read(await house.tasks.stream_tasks()) == b""


async def test_a_list_that_takes_too_long_breaks_off_and_the_next_is_served(database: Database) -> None:
    slow = Slow()

    async with opened(database, reads=Limits(batch=0.5)) as house:
        with opening(slow.gate):
            portions = await house.reader.stream(slow)
            with pytest.raises(BrokenOffError):
                await read(portions)
            served = await read(await house.tasks.stream_tasks())

    assert served == b""


async def ask_for_what_breaks(app: FastAPI, version: str, sent: list[dict[str, Any]]) -> None:
    """Ask by this version of HTTP, and note what is sent."""

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = request_scope("GET", PATH) | {"http_version": version, "raw_path": PATH.encode()}
    await app(scope, _nothing, send)  # type: ignore[arg-type]  # ASGI's types are wider


async def test_an_answer_that_breaks_off_never_ends_as_if_it_were_whole(app: FastAPI) -> None:
    add_to(app)
    sent: list[dict[str, Any]] = []

    async with app.router.lifespan_context(app):
        with pytest.raises(BrokenOffError):
            await ask_for_what_breaks(app, "1.1", sent)
        async with calling(app) as api:
            healthy = await api.send("GET", "/tasks")

    assert sent[0]["status"] == 200
    assert [message["more_body"] for message in sent[1:]] == [True, True]
    assert healthy.data == []


async def test_to_a_client_that_takes_no_chunks_it_is_an_answer_as_any_other(app: FastAPI) -> None:
    add_to(app)
    sent: list[dict[str, Any]] = []

    async with app.router.lifespan_context(app):
        await ask_for_what_breaks(app, "1.0", sent)

    assert (sent[0]["status"], json.loads(sent[1]["body"])["success"]) == (503, False)
    assert {b"retry-after", b"x-request-id"} <= {name for name, _ in sent[0]["headers"]}


async def test_who_has_read_a_list_leaves_nothing_of_it(house: House, database: Database) -> None:
    fill(database, MANY)

    portions = await house.tasks.stream_tasks()
    await read(portions)
    await house.tasks.get_all_tasks()  # so that the first lane is idle again
    remembered = weakref.ref(portions)
    del portions
    gc.collect()

    assert remembered() is None


async def _nothing() -> dict[str, object]:
    return {"type": "http.request", "body": b"", "more_body": False}


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_over_a_real_connection_it_is_closed_before_the_last_chunk(database: Database) -> None:
    code = "import cli, main; from tests.integration.breaking_list import add_to; add_to(main.app); "
    command = ("-c", code + "cli.run(main.app, main.load_settings(), [])")

    with serving(database, command) as served:
        with wired(served.port) as wire:
            wire.send(f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            answer = wire.rest()
        async with connected(served) as api:
            healthy = await api.send("GET", "/tasks")
        log = served.log

    assert answer.startswith(b"HTTP/1.1 200")
    assert b'{"portion":2}' in answer
    assert not answer.endswith(b"0\r\n\r\n")
    assert healthy.data == []
    assert "Traceback" not in log
