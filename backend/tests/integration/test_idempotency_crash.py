"""Retries across crashes and processes: one task and one entry for each key."""

from asyncio import Event, Semaphore, gather, sleep, timeout, to_thread
from random import Random
from uuid import uuid4

import pytest
from httpx2 import TransportError

from tests.answer import Answer
from tests.api_client import JSON, Api
from tests.broken_databases import locked
from tests.databases import Database
from tests.served import Server, connected, serving
from tests.stored_history import actions, assert_whole, titles
from tests.tampering import diagnosis

CYCLES, CLIENTS = 15, 8


async def create(api: Api, title: str, key: str) -> Answer:
    return await api.send("POST", "/tasks", f'{{"title": "{title}"}}', JSON | {"idempotency-key": key})


async def create_at_last(api: Api, title: str, key: str) -> Answer:
    """Try until it is acknowledged, however often the server is gone."""
    while True:
        try:
            answer = await create(api, title, key)
        except TransportError:
            await sleep(0.02)
            continue
        if answer.status != 503:
            return answer


def is_replay(answer: Answer) -> bool:
    return answer.response.headers.get("idempotency-replayed") == "true"


async def test_after_a_kill_at_any_moment_each_key_has_one_task_and_one_entry(database: Database) -> None:
    answers: dict[str, Answer] = {}
    acknowledged, ended = Semaphore(0), Event()
    random = Random(3)

    async def work(api: Api, client: int) -> None:
        while not ended.is_set():
            title = f"Client {client}, task {len(answers)}, {uuid4()}"
            answers[title] = await create_at_last(api, title, key=title.replace(" ", "_"))
            acknowledged.release()

    async def crash(server: Server) -> None:
        for _ in range(CYCLES):
            for _ in range(random.randint(1, 60)):
                await acknowledged.acquire()
            await sleep(random.uniform(0, 0.02))  # the moment is what is random
            server.kill()
            await to_thread(server.start)
        ended.set()

    with serving(database) as server:
        async with connected(server) as api, timeout(240):
            await gather(crash(server), *(work(api, client) for client in range(CLIENTS)))
            replies = [await create(api, title, key=title.replace(" ", "_")) for title in list(answers)[::10]]

    assert {answer.status for answer in answers.values()} == {201}
    assert [answer.task["title"] for answer in answers.values()] == list(answers)
    assert all(is_replay(reply) and reply.data == answers[reply.task["title"]].data for reply in replies)
    assert titles(database) == sorted(answers)
    assert actions(database) == ["CREATED"] * len(answers)
    assert_whole(database)
    assert diagnosis(database) == []


async def test_killed_before_the_commit_the_retry_is_the_first(database: Database) -> None:
    with serving(database) as server:
        async with connected(server) as api, timeout(60):
            await create(api, "Before", "before")
            with locked(database), pytest.raises(TransportError):
                await gather(create(api, "Buy milk", "milk"), kill_once_it_waits(api, server))
            await to_thread(server.start)

            answer = await create(api, "Buy milk", "milk")

    assert (answer.status, is_replay(answer)) == (201, False)
    assert titles(database) == ["Before", "Buy milk"]
    assert_whole(database)


async def kill_once_it_waits(api: Api, server: Server) -> None:
    """Requests of a connection are processed in order, so after these responses the write has arrived too."""
    for _ in range(10):
        await api.tasks()
    server.kill()


async def test_killed_after_the_commit_the_retry_gets_the_first_answer(database: Database) -> None:
    with serving(database) as server:
        async with connected(server) as api, timeout(60):
            first = await create(api, "Buy milk", "milk")
            server.kill()
            await to_thread(server.start)

            again = await create(api, "Buy milk", "milk")
            other = await create(api, "Buy bread", "milk")

    assert (is_replay(first), is_replay(again)) == (False, True)
    assert again.envelope == first.envelope
    assert again.response.headers["etag"] == first.response.headers["etag"]
    assert other.status == 422
    assert titles(database) == ["Buy milk"]


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_one_key_sent_to_two_processes_at_once_makes_one_task(database: Database) -> None:
    keys = [str(uuid4()) for _ in range(50)]

    with serving(database) as one, serving(database) as two:
        async with connected(one) as here, connected(two) as there, timeout(60):
            pairs = [await gather(create(here, key, key), create(there, key, key)) for key in keys]

    assert {answer.status for pair in pairs for answer in pair} == {201}
    assert [first.envelope for first, _ in pairs] == [second.envelope for _, second in pairs]
    assert [sorted(map(is_replay, pair)) for pair in pairs] == [[False, True]] * 50
    assert titles(database) == sorted(keys)
    assert actions(database) == ["CREATED"] * 50
    assert_whole(database)


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_fifty_keys_sent_to_two_processes_in_one_burst_make_fifty_tasks(database: Database) -> None:
    keys = [str(uuid4()) for _ in range(50)]

    with serving(database) as one, serving(database) as two:
        async with connected(one) as here, connected(two) as there, timeout(60):
            answers = await gather(*(create(api, key, key) for key in keys for api in (here, there, here, there)))

    assert {answer.status for answer in answers} == {201}
    assert len({answer.task["id"] for answer in answers}) == 50
    assert sum(map(is_replay, answers)) == 150
    assert titles(database) == sorted(keys)
    assert_whole(database)
