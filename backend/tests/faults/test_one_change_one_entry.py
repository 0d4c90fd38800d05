"""Concurrent changes of one task: each is made once and recorded once, and none is lost."""

from asyncio import TaskGroup, gather
from collections import Counter
from collections.abc import Sequence
from itertools import cycle, islice
from random import Random

import pytest

from tests.answer import Answer
from tests.api_client import Api
from tests.databases import Database
from tests.faults.ledger import Audit, Ledger
from tests.faults.proof import Proof, promise
from tests.served import connected, serving
from tests.stored_history import actions, assert_whole, stored_tasks

SEED = 5
AT_ONCE = 50
COUNTERS, CLIENTS_EACH = 4, 4
PROMISE = "one change, one entry; no lost update"


async def complete_together(apis: Sequence[Api], rounds: int, database: Database, proof: Proof) -> None:
    """Complete one task after the other, each many times in parallel, through each of the servers in turn."""
    popups, times = Counter[str | None](), list[int]()
    for number in range(rounds):
        task = await apis[0].create(f"Task {number}")
        answers = await gather(*(api.complete(task) for api in islice(cycle(apis), AT_ONCE)))
        popups.update(answer.popup for answer in answers)
        times.append(len({answer.task["completed_at"] for answer in answers}))

    recorded = Counter(actions(database))
    proof.figure(f"{rounds:,} rounds, {popups.total():,} answers, {recorded['COMPLETED']:,} entries")
    assert popups == {"TASK_COMPLETED": rounds * AT_ONCE}
    assert times == [1] * rounds
    assert actions(database) == ["CREATED", "COMPLETED"] * rounds
    assert_whole(database)


@promise(PROMISE, "50 parallel completions of one task, again and again")
async def test_a_task_completed_concurrently_is_completed_once(api: Api, database: Database, proof: Proof) -> None:
    await complete_together([api], proof.size(8, 1_000), database, proof)


@promise(PROMISE, "50 parallel completions of one task, every other one through another server process")
@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_a_task_completed_through_two_processes_is_completed_once(database: Database, proof: Proof) -> None:
    with serving(database) as one, serving(database) as other:
        async with connected(one) as first, connected(other) as second:
            await complete_together([first, second], proof.size(5, 500), database, proof)


@promise(PROMISE, "16 clients counting in 4 titles: read, add one, write with If-Match, again after 412")
async def test_concurrent_increments_lose_no_update(api: Api, database: Database, proof: Proof) -> None:
    wanted, statuses = proof.size(96, 10_000), Counter[int]()
    tasks = [await api.create("0") for _ in range(COUNTERS)]

    async def count(task: Answer, steps: int) -> None:
        while steps:
            status = await add_one(api, task)
            statuses[status] += 1
            steps -= status == 200

    async with TaskGroup() as group:
        for client in range(COUNTERS * CLIENTS_EACH):
            group.create_task(count(tasks[client % COUNTERS], wanted // COUNTERS // CLIENTS_EACH))

    counted = [int(task["title"]) for task in stored_tasks(database).values()]
    lost = statuses[200] - sum(counted)
    proof.figure(f"{statuses[200]:,} acknowledged, {statuses[412]:,} refused and tried again, {lost} lost")
    assert counted == [wanted // COUNTERS] * COUNTERS
    assert set(statuses) == {200, 412}
    assert actions(database) == ["CREATED"] * COUNTERS + ["UPDATED"] * wanted
    assert_whole(database)


async def add_one(api: Api, task: Answer) -> int:
    """Read, add, write if nobody has written since; return how that went."""
    read = await api.get(task)
    body = f'{{"title": "{int(read.task["title"]) + 1}"}}'
    return (await api.write("PUT", f"/tasks/{read.task['id']}", body, if_match=read.etag)).status


@promise(PROMISE, "12 completions, 12 reopenings and 2 deletions of one task in parallel, in random order")
async def test_responses_to_opposite_changes_agree_with_the_history(api: Api, database: Database, proof: Proof) -> None:
    rounds, random, ledger = proof.size(15, 1_000), Random(SEED), Ledger()

    for number in range(rounds):
        task = await api.create(f"Task {number}")
        ledger.take(None, task)
        calls = [call for call in (api.complete, api.reopen) for _ in range(12)] + [api.delete] * 2
        random.shuffle(calls)
        answers = await gather(*(call(task) for call in calls))
        for call, answer in zip(calls, answers, strict=True):
            ledger.take(task.task["id"], answer)
            check(call.__name__, answer)

    audit, recorded = Audit(ledger, database), Counter(actions(database))
    proof.figure(f"{rounds:,} rounds, {audit}")
    assert ledger.deletions == dict.fromkeys(ledger.ids, 1)
    assert recorded["CREATED"] == recorded["DELETED"] == len(ledger.ids) == rounds
    assert 0 <= recorded["COMPLETED"] - recorded["INCOMPLETED"] <= rounds
    assert ledger.acknowledged == recorded.total()
    audit.assert_clean()


def check(call: str, answer: Answer) -> None:
    """Check that an answer says what was asked for, or that the task was gone by then."""
    if answer.success and answer.data is not None:
        assert answer.task["is_completed"] is (call == "complete")
    elif not answer.success:
        assert answer.refusal == (404, "Task not found")
