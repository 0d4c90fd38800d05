"""Many requests that arrive together begin in portions, and the clients take turns."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from src.server.fair_turns import ITERATION_SECONDS, FairTurns
from tests.databases import Database
from tests.served import Server, changed, serving
from tests.wire import WireAnswer, talk, wired

ONE_AT_ONCE = changed("import src.server.protocol as protocol; protocol.AT_ONCE = 1")
MANY = 200
FEW = 5
FLOODER, OTHER = "192.0.2.1", "198.51.100.1"
PROBE = b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def one_at_once(shared_database: Database) -> Iterator[Server]:
    """It begins one request in each iteration of its event loop."""
    with serving(shared_database, ONE_AT_ONCE) as server:
        yield server


def create(title: str, client: str = FLOODER) -> bytes:
    body = json.dumps({"title": title})
    head = (
        f"POST /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {client}\r\nContent-Type: application/json"
    )
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def together(server: Server, requests: list[bytes]) -> list[WireAnswer]:
    """Send each on a connection of its own while the server is stopped, so that it finds all at once."""
    with ExitStack() as stack:
        wires = [stack.enter_context(wired(server.port)) for _ in requests]
        talk(server.port, PROBE)  # all connections before it have been accepted
        server.send_signal(signal.SIGSTOP)
        for wire, request in zip(wires, requests, strict=True):
            wire.send(request)
        server.send_signal(signal.SIGCONT)
        return [wire.answer() for wire in wires]


async def test_clients_take_turns_in_portions() -> None:
    turns, begun, left = FairTurns(at_once=2), list[str](), {"a2", "c1"}
    portions = list[list[str]]()

    def begin(name: str) -> None:
        """Some have closed their connections meanwhile, and take no turn."""
        if name not in left:
            assert turns.take()
            begun.append(name)

    took = [turns.take() for _ in range(3)]
    for name in ("a1", "a2", "a3", "a4", "b1", "c1", "a5"):
        turns.wait(name[0], partial(begin, name))
    while len(begun) < 5:
        await asyncio.sleep(0)
        portions.append(begun[sum(map(len, portions)) :])
    await asyncio.sleep(0)

    assert took == [True, True, False]
    assert portions == [["a1", "b1"], ["a3", "a4"], ["a5"]]
    assert [turns.take() for _ in range(3)] == took


async def test_a_long_iteration_is_followed_by_a_smaller_portion() -> None:
    turns, portions = FairTurns(at_once=64), list[int]()

    def begin() -> None:
        assert turns.take()
        portions[-1] += 1
        until = time.monotonic() + ITERATION_SECONDS / 16
        while time.monotonic() < until:
            pass

    while turns.take():
        pass
    for _ in range(200):
        turns.wait("a", begin)
    while sum(portions) < 200:
        portions.append(0)
        await asyncio.sleep(0)

    assert portions[0] == 64
    assert max(portions[1:]) < 32


def test_a_client_is_served_before_the_rest_of_anothers_flood(one_at_once: Server) -> None:
    answers = together(one_at_once, [*(create("Flood") for _ in range(MANY)), create("Other", OTHER)])

    created = sorted(answer.envelope["data"]["created_at"] for answer in answers)  # type: ignore[index]
    assert [answer.status for answer in answers] == [201] * (MANY + 1)
    assert created.index(answers[-1].envelope["data"]["created_at"]) < FEW  # type: ignore[index]


def test_a_probe_waits_for_no_flood(shared_database: Database) -> None:
    probe = PROBE[:-2] + b"X-Request-ID: probe\r\nX-Forwarded-For: %s\r\n\r\n" % FLOODER.encode()

    with serving(shared_database, ONE_AT_ONCE, LOG_LEVEL="info") as server:
        together(server, [*(create("Flood") for _ in range(MANY)), probe])
        server.send_signal(signal.SIGTERM)
        server.wait()
        lines = [line for line in server.log.splitlines() if "/api/v1/tasks" in line or '"id":"probe"' in line]

    assert len(lines) == MANY + 1
    assert any("probe" in line for line in lines[:FEW])


def test_what_is_pipelined_behind_a_probe_waits_for_its_turn(one_at_once: Server) -> None:
    task_id = talk(one_at_once.port, create("Completed")).envelope["data"]["id"]  # type: ignore[index]
    complete = f"PATCH /api/v1/tasks/{task_id}/complete HTTP/1.1\r\nHost: localhost\r\n\r\n"

    with ExitStack() as stack:
        wires = [stack.enter_context(wired(one_at_once.port)) for _ in range(MANY + 1)]
        talk(one_at_once.port, PROBE)
        one_at_once.send_signal(signal.SIGSTOP)
        for wire in wires[:-1]:
            wire.send(create("Flood"))
        wires[-1].send(PROBE[:-2] + f"X-Forwarded-For: {FLOODER}\r\n\r\n".encode() + complete.encode())
        one_at_once.send_signal(signal.SIGCONT)
        probed = wires[-1].answer()
        answers = [wire.answer() for wire in wires]

    changed_at = [answer.envelope["data"]["updated_at"] for answer in answers]  # type: ignore[index]
    assert probed.status == 200
    assert sorted(changed_at).index(changed_at[-1]) > MANY // 2


def test_requests_in_pieces_and_pipelines_keep_their_order(one_at_once: Server) -> None:
    titles = [f"Pipelined {number}" for number in range(FEW)]
    sent = b"".join(map(create, titles))

    with ExitStack() as stack:
        wires = [stack.enter_context(wired(one_at_once.port)) for _ in range(MANY)]
        for part in (sent[:100], sent[100:700], sent[700:]):
            for wire in wires:
                wire.send(part)
        answers = [[wire.answer() for _ in titles] for wire in wires]

    found = [[answer.envelope["data"]["title"] for answer in some] for some in answers]  # type: ignore[index]
    assert found == [titles] * MANY


def test_a_client_that_leaves_while_it_waits_takes_no_other_with_it(one_at_once: Server) -> None:
    with ExitStack() as stack:
        wires = [stack.enter_context(wired(one_at_once.port)) for _ in range(MANY)]
        talk(one_at_once.port, PROBE)
        one_at_once.send_signal(signal.SIGSTOP)
        for number, wire in enumerate(wires):
            wire.send(create("Maybe"))
            if number % 2:
                wire.reset()
        one_at_once.send_signal(signal.SIGCONT)
        answers = [wire.answer().status for wire in wires[::2]]

    assert answers == [201] * (MANY // 2)
