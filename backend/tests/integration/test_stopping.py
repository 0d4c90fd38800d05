"""Stopping the server with open event streams."""

import signal
from asyncio import create_task, gather, timeout, to_thread
from contextlib import AsyncExitStack

import pytest

from tests.databases import Database
from tests.integration.test_slow_listeners import stalled
from tests.served import COMMANDS, connected, following, seqs, serving
from tests.stored_history import assert_whole, titles

LISTENERS = 20
SIGNALS = [signal.SIGTERM, signal.SIGINT]
CLEAN_EXIT_CODES = {0, -signal.SIGTERM, -signal.SIGINT, 128 + signal.SIGINT}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("number", SIGNALS)
async def test_a_signal_ends_event_streams_and_the_process_cleanly(
    database: Database, command: str, number: signal.Signals
) -> None:
    with serving(database, COMMANDS[command]) as server:
        async with connected(server) as api, AsyncExitStack() as stack, timeout(60):
            await api.create()
            streams = [await stack.enter_async_context(following(api, "since=0")) for _ in range(LISTENERS)]
            before = [seqs(await stream.take(1)) for stream in streams]

            server.send_signal(number)
            after = await gather(*(stream.rest() for stream in streams))
            code = await to_thread(server.wait)
        log = server.log

    assert before == [[1]] * LISTENERS
    assert after == [[]] * LISTENERS
    assert code in CLEAN_EXIT_CODES
    assert "Traceback" not in log
    assert '"error"' not in log


@pytest.mark.parametrize("command", COMMANDS)
async def test_writes_acknowledged_before_the_shutdown_are_stored(database: Database, command: str) -> None:
    kept: list[str] = []

    with serving(database, COMMANDS[command]) as server:
        async with connected(server) as api, timeout(60):

            async def write(writer: int) -> None:
                while (await api.create(f"{writer}.{len(kept)}")).success:
                    kept.append("")

            async with following(api) as stream:
                writers = [create_task(write(number)) for number in range(8)]
                await stream.take(50)
                server.send_signal(signal.SIGTERM)
                await stream.rest()
            await gather(*writers, return_exceptions=True)
            await to_thread(server.wait)

    assert len(titles(database)) >= len(kept) >= 1
    assert_whole(database)


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_shutdown_aborts_listeners_that_do_not_read(database: Database) -> None:
    with serving(database, COMMANDS["main"]) as server, stalled(server):
        async with connected(server) as api, timeout(60):
            for _ in range(20):
                await gather(*(api.create("x", "x" * 5_000) for _ in range(50)))

        server.send_signal(signal.SIGTERM)
        code = await to_thread(server.wait)

    assert code in CLEAN_EXIT_CODES
