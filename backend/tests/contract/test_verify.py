"""GET /history/verify: whether every entry is unaltered."""

from asyncio import create_task
from typing import cast

from fastapi import FastAPI

from tests.answer import Answer
from tests.api_client import Api
from tests.databases import Database
from tests.house import opening, stop_first
from tests.stored_history import stored_entries
from tests.tampering import attack, disarm

VERIFY = "/history/verify"


async def verify(api: Api) -> Answer:
    return await api.send("GET", VERIFY)


def is_valid(answer: Answer) -> bool:
    return cast("dict[str, bool]", answer.content)["valid"]


async def test_an_empty_history_is_valid(api: Api) -> None:
    answer = await verify(api)

    assert (answer.status, answer.popup) == (200, None)
    assert answer.data == {
        "valid": True,
        "entries": 0,
        "head_seq": 0,
        "head_hash": "0" * 64,
        "first_invalid_seq": None,
        "erased": 0,
        "unproven": 0,
    }


async def test_a_history_of_all_actions_and_characters_is_valid(api: Api, database: Database) -> None:
    task = await api.create('Buy "oat" milk – 牛乳 🥛', "two litres\r\n\tC:\\fridge\u2028\ufeff")
    await api.update(task, title="Ünïcödé e\u0301 \U000e0041x")
    await api.complete(task)
    await api.reopen(task)
    await api.delete(task)
    await api.send("POST", f"/tasks/{task.task['id']}/restore")
    await api.update(task, description="")

    answer = await verify(api)

    assert answer.data == {
        "valid": True,
        "entries": 7,
        "head_seq": 7,
        "head_hash": stored_entries(database)[-1]["hash"],
        "first_invalid_seq": None,
        "erased": 0,
        "unproven": 0,
    }


async def test_every_kind_of_request_id_leaves_a_valid_history(api: Api) -> None:
    ids = [None, "tour-1", "0", "00", "1e3", "null", "-", "A" * 64, "not sane", ""]
    for request_id in ids:
        headers = {"content-type": "application/json"} | ({} if request_id is None else {"x-request-id": request_id})
        await api.send("POST", "/tasks", b'{"title": "x"}', headers)

    answer = await verify(api)

    assert (is_valid(answer), len(ids)) == (True, len(await api.entries()))


async def test_an_altered_entry_is_found_and_named(api: Api, database: Database) -> None:
    for title in ("One", "Two", "Three"):
        await api.create(title)
    head_hash = stored_entries(database)[-1]["hash"]
    disarm(database)

    attack(database, "UPDATE task_history SET task_title = 'Twi' WHERE seq = 2")

    answer = await verify(api)
    assert (answer.status, answer.error) == (200, None)
    assert answer.data == {
        "valid": False,
        "entries": 3,
        "head_seq": 3,
        "head_hash": head_hash,
        "first_invalid_seq": 2,
        "erased": 0,
        "unproven": 0,
    }


async def test_a_second_verification_at_the_same_time_is_refused(app: FastAPI, api: Api) -> None:
    await api.create()
    gate = stop_first(app.state.reader._slices._engine, "before_cursor_execute", lambda text: "changes" in text)

    with opening(gate):
        first = create_task(verify(api))
        await gate.reached()
        second = await verify(api)

    assert second.status == 503
    assert int(second.response.headers["retry-after"]) > 0
    assert second.error == "A verification is under way; please try again later"
    assert (await first).status == 200
    assert (await verify(api)).status == 200


async def test_reads_and_writes_continue_during_a_verification(app: FastAPI, api: Api) -> None:
    task = await api.create()
    gate = stop_first(app.state.reader._slices._engine, "before_cursor_execute", lambda text: "changes" in text)

    with opening(gate):
        verification = create_task(verify(api))
        await gate.reached()
        await api.complete(task)
        assert await api.history() == ["COMPLETED", "CREATED"]
        assert (await api.get(task)).task["is_completed"]

    assert is_valid(await verification)
