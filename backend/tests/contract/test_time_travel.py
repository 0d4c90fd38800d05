"""`?version=` and `as_of`: a task, and all tasks, as they were."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from tests.answer import Answer
from tests.api_client import Api

pytestmark = pytest.mark.travels

MONDAY = "2026-11-16T10:00:00+00:00"
ZONE = (400, "as_of: must be a time with its zone, such as 2026-11-22T10:00:00Z")
UNKNOWN = "query: has an unknown parameter, known are status, q, as_of, limit and cursor"
NOT_YET = (400, "as_of: must not be later than now")
BAD_MOMENTS = {
    "nothing": "",
    "a word": "now",
    "a date": "2026-11-16",
    "no zone": "2026-11-16T10:00:00",
    "no seconds": "2026-11-16T10:00Z",
    "a space for T": "2026-11-16 10:00:00Z",
    "a small t": "2026-11-16t10:00:00Z",
    "a small z": "2026-11-16T10:00:00z",
    "a named zone": "2026-11-16T10:00:00[Europe/Berlin]",
    "an offset without a colon": "2026-11-16T10:00:00+0100",
    "an offset of hours": "2026-11-16T10:00:00+01",
    "an offset of a day": "2026-11-16T10:00:00+24:00",
    "an offset of 60 minutes": "2026-11-16T10:00:00+01:60",
    "ten decimals": "2026-11-16T10:00:00.1234567890Z",
    "no decimals after the point": "2026-11-16T10:00:00.Z",
    "a comma for the point": "2026-11-16T10:00:00,5Z",
    "a day that is not": "2026-02-30T10:00:00Z",
    "an hour that is not": "2026-11-16T25:00:00Z",
    "a leap second": "2026-11-16T10:00:60Z",
    "seconds since 1970": "1763287200",
    "a year of two digits": "26-11-16T10:00:00Z",
    "before the first year": "0001-01-01T00:00:00+01:00",
    "full-width digits": "２026-11-16T10:00:00Z",
    "a line feed": "2026-11-16T10:00:00Z\n",
}


async def live(api: Api, title: str = "Milk") -> list[Answer]:
    """Create a task and return its first four versions."""
    task = await api.create(title, "Two litres")
    return [task, await api.update(task, title="Oat milk"), await api.complete(task), await api.reopen(task)]


def shifted(moment: str, microseconds: int) -> str:
    """A later moment."""
    return (datetime.fromisoformat(moment) + timedelta(microseconds=microseconds)).isoformat()


async def test_each_version_can_be_read(api: Api) -> None:
    versions = await live(api)

    answers = [await api.at(versions[0], number) for number in (1, 2, 3, 4)]

    assert [(answer.status, answer.popup) for answer in answers] == [(200, None)] * 4
    assert [answer.task for answer in answers] == [answer.task for answer in versions]


async def test_each_version_can_be_read_after_deletion_and_restore(api: Api) -> None:
    versions = await live(api)
    await api.delete(versions[0])
    deleted = [await api.at(versions[0], number) for number in (1, 2, 3, 4, 5)]
    back = await api.restore(versions[0], 2)

    again = [await api.at(versions[0], number) for number in (1, 2, 3, 4, 5, 6)]

    assert [answer.task for answer in deleted[:4]] == [answer.task for answer in versions]
    assert deleted[4].refusal == (404, "Task has no such version")
    assert [answer.envelope for answer in again[:5]] == [answer.envelope for answer in deleted]
    assert again[5].task == back.task


async def test_a_version_that_a_task_never_had_is_not_found(api: Api) -> None:
    task = await api.create()

    answers = [await api.at(task, number) for number in (2, 1_000_000_000)]

    assert [answer.refusal for answer in answers] == [(404, "Task has no such version")] * 2


async def test_an_unknown_task_has_no_versions(api: Api) -> None:
    await api.create()

    assert (await api.at(str(uuid4()), 1)).refusal == (404, "Task not found")


@pytest.mark.parametrize("version", ["", "0", "-1", "01", "1.0", "+1", "%201", "1000000001", "x", "1&version=1", "１"])
async def test_a_bad_version_is_refused(shared_api: Api, version: str) -> None:
    task = await shared_api.create()

    answer = await shared_api.send("GET", f"/tasks/{task.task['id']}?version={version}")

    assert answer.status == 400


async def test_as_of_includes_the_entry_at_that_moment(api: Api) -> None:
    lists = [await api.tasks()]
    task = (await live(api))[0]
    for step in (api.delete, api.restore):
        await step(task)
    entries = (await api.entries())[::-1]

    at = [(await api.as_of(entry["timestamp"])).tasks for entry in entries]
    before = [(await api.as_of(shifted(entry["timestamp"], -1))).tasks for entry in entries]

    lists += [[(await api.at(task, number)).task] if number != 5 else [] for number in range(1, 7)]
    assert at == lists[1:]
    assert before == lists[:-1]


async def test_before_the_first_entry_there_was_nothing(api: Api) -> None:
    await live(api)

    answers = [await api.as_of(moment) for moment in ("2020-01-01T00:00:00Z", "0001-01-01T00:00:00Z")]

    assert [(answer.status, answer.popup, answer.data) for answer in answers] == [(200, None, [])] * 2


async def test_a_past_list_has_the_order_of_the_current_one(api: Api) -> None:
    tasks = [await api.create(title) for title in ("One", "Two", "Three", "Four")]
    await api.complete(tasks[0])
    await api.complete(tasks[2])
    titles, seen = await api.titles(), (await api.entries("limit=1"))[0]["timestamp"]
    await api.reopen(tasks[2])
    for task in tasks:
        await api.delete(task)

    past = (await api.as_of(seen)).tasks

    assert titles == ["Four", "Two", "Three", "One"]
    assert [task["title"] for task in past] == titles


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-16T10:00:00Z",
        "2026-11-16T10:00:00.0Z",
        "2026-11-16T10:00:00.000000+00:00",
        "2026-11-16T10:00:00-00:00",
        "2026-11-16T11:00:00+01:00",
        "2026-11-16T15:45:00+05:45",
        "2026-11-16T02:00:00-08:00",
        "2026-11-17T09:59:00+23:59",
    ],
)
async def test_a_moment_is_the_same_in_every_zone(api: Api, moment: str) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        task = await api.create("Milk")
        clock.shift(1)
        await api.update(task, title="Oat milk")
        clock.shift(1)

        answers = [await api.as_of(moment), await api.as_of(shifted(moment, -1))]

    assert [answer.tasks for answer in answers] == [[task.task], []]


@pytest.mark.parametrize("decimals", ["000000999", "000000000", "0000009", "00000099"])
async def test_decimals_beyond_six_are_ignored(api: Api, decimals: str) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        task = await api.create("Milk")
        await api.update(task, title="Oat milk")
        clock.shift(1)

        answer = await api.as_of(f"2026-11-16T10:00:00.{decimals}Z")

    assert answer.tasks == [task.task]


@pytest.mark.parametrize("moment", BAD_MOMENTS.values(), ids=BAD_MOMENTS)
async def test_a_moment_needs_date_time_and_zone(shared_api: Api, moment: str) -> None:
    answer = await shared_api.as_of(moment)

    assert answer.refusal == ZONE


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("as_of=2026-11-16T10:00:00+01:00", ZONE[1]),
        ("as_of=2020-01-01T00:00:00Z&as_of=2020-01-01T00:00:00Z", "query: must not have the same parameter twice"),
        ("as_of=2020-01-01T00:00:00Z&version=1", UNKNOWN),
        ("As_Of=2020-01-01T00:00:00Z", UNKNOWN),
    ],
    ids=["a plus for a space", "twice", "with another", "in capitals"],
)
async def test_a_bad_query_is_refused(shared_api: Api, query: str, sentence: str) -> None:
    answer = await shared_api.send("GET", f"/tasks?{query}")

    assert answer.refusal == (400, sentence)


async def test_a_future_moment_is_refused(api: Api) -> None:
    with time_machine.travel(MONDAY, tick=False):
        moments = ["2026-11-16T10:00:00.000001Z", "2026-11-16T10:00:00+00:00", "2026-11-16T10:00:01Z"]
        answers = [await api.as_of(moment) for moment in [*moments, "9999-12-31T23:59:59.999999Z"]]

    assert [answer.status for answer in answers] == [400, 200, 400, 400]
    assert {answer.refusal for answer in answers if not answer.success} == {NOT_YET}
