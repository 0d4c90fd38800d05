"""A clock far ahead of the database is not used for writes; a history that has such times is reported."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from fastapi import FastAPI

from main import create_app
from src.history.head_lead import SECONDS_BETWEEN_WARNINGS, HeadLead
from src.utils.timestamps import LATEST, utc_now
from tests.api_client import Api, running
from tests.conftest import settings_for
from tests.contract.writes import every_write, prepared
from tests.databases import Database
from tests.integration.test_doctor_command import doctor
from tests.log import Log
from tests.stored_history import assert_whole, stored_entries
from tests.tampering import attack

REFUSALS = {
    "sqlite": "The server's clock has jumped ahead by more than 5 minutes; nothing was changed. "
    "Set it right, or restart the server to accept it",
    "postgresql": "The server's clock is more than 5 minutes ahead of the database's; nothing was changed. "
    "Set the clocks right, or set TRUST_CLOCK=true to accept it",
}
AT_THE_END = "The history has reached the end of the year 9999 and takes no more entries; nothing was changed"
SIX_MINUTES, YEARS = timedelta(minutes=6), timedelta(days=73 * 365)
AHEAD = "The history is ahead of the clock"


@pytest.fixture
def refusal(request: pytest.FixtureRequest) -> str:
    return REFUSALS[request.node.callspec.params["server"]]


@pytest.fixture
def log() -> Log:
    return Log()


def in_a_time(lead: timedelta) -> time_machine.travel:
    """Set the clock, which continues from there."""
    return time_machine.travel(datetime.now(UTC) + lead)


def move_head_to_the_end(database: Database) -> None:
    attack(database, "UPDATE history_head SET timestamp = '9999-12-31T23:59:59.999999Z'")


@every_write
async def test_a_clock_that_is_far_ahead_writes_nothing(api: Api, database: Database, refusal: str, route: str) -> None:
    write = await prepared(api, route)

    with in_a_time(YEARS), database.unchanged():
        answer = await write.send(key="k")

    assert answer.refusal == (503, refusal)
    assert int(answer.response.headers["retry-after"]) > 0
    assert (await write.send(key="k")).replayed is None
    assert_whole(database)


@pytest.mark.parametrize("lead", [SIX_MINUTES, timedelta(days=1), LATEST - utc_now() - timedelta(hours=1)])
async def test_more_than_five_minutes_are_far(api: Api, database: Database, refusal: str, lead: timedelta) -> None:
    with in_a_time(lead):
        answer = await api.create()

    assert answer.refusal == (503, refusal)
    assert stored_entries(database) == []


@pytest.mark.parametrize("lead", [timedelta(minutes=4), -YEARS / 2, timedelta()])
async def test_a_little_ahead_or_far_behind_is_served(api: Api, lead: timedelta) -> None:
    with in_a_time(lead):
        answer = await api.create()

    assert answer.status == 201


async def test_a_moment_of_a_clock_that_is_far_ahead_does_not_move_the_history(
    api: Api, database: Database, refusal: str
) -> None:
    await api.create()

    with in_a_time(SIX_MINUTES), database.unchanged():
        answer = await api.as_of(utc_now().isoformat())

    assert answer.refusal == (503, refusal)


async def test_reads_and_probes_work_whatever_the_clock(api: Api) -> None:
    await api.create()
    paths = ("/tasks", "/history", "/stats/weekly", "/stats/daily", "/health", "/health/ready", "/changes")

    with in_a_time(LATEST - utc_now() - timedelta(hours=1)):
        statuses = {path: (await api.send("GET", path)).status for path in paths}

    assert statuses == dict.fromkeys(paths, 200)


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_a_restart_accepts_the_clock_where_there_is_no_other(app: FastAPI) -> None:
    with in_a_time(YEARS):
        async with running(app) as api:
            answer = await api.create()

    assert answer.status == 201


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_a_restart_does_not_accept_what_the_database_contradicts(app: FastAPI, refusal: str) -> None:
    with in_a_time(SIX_MINUTES):
        async with running(app) as api:
            answer = await api.create()

    assert answer.refusal == (503, refusal)


@pytest.mark.travels
async def test_a_clock_that_is_confirmed_is_taken(api: Api) -> None:
    with in_a_time(YEARS):
        answer = await api.create()

    assert answer.status == 201


@pytest.mark.travels
async def test_a_history_that_is_ahead_is_named_at_start_by_readiness_and_by_doctor(
    app: FastAPI, database: Database, log: Log
) -> None:
    async with running(app) as api:
        with in_a_time(YEARS):
            await api.create()

    async with log.of(create_app(settings_for(database))) as api:
        at_start = [line["event"] for line in await log.lines()]
        api_ready = await api.send("GET", "/health/ready")
        created = await api.create()
    code, output, _ = doctor(database)

    assert [event for event in at_start if event.startswith(AHEAD)] == at_start[-1:]
    assert (api_ready.status, created.status) == (200, 201)
    assert code == 0
    assert f"Warning: {AHEAD}" in output
    assert_whole(database)


async def test_a_history_that_is_right_is_not_warned_of(api: Api, database: Database, log: Log) -> None:
    log.configure("warning")
    with in_a_time(timedelta(minutes=4)):
        await api.create()

    await api.send("GET", "/health/ready")

    assert await log.text() == ""
    assert AHEAD not in doctor(database)[1]


async def test_the_warning_comes_once_an_hour_as_long_as_somebody_looks(log: Log) -> None:
    log.configure("warning")
    seconds, counts = [0.0], []
    lead, ahead = HeadLead(lambda: seconds[-1]), utc_now() + SIX_MINUTES

    for now in (0, SECONDS_BETWEEN_WARNINGS - 1, SECONDS_BETWEEN_WARNINGS, SECONDS_BETWEEN_WARNINGS + 1):
        seconds.append(now)
        lead.note(ahead)
        lead.note(utc_now())
        counts.append(len(await log.lines()))

    assert counts == [1, 0, 1, 0]


@every_write
async def test_at_the_end_of_time_writes_are_rejected_with_the_reason(api: Api, database: Database, route: str) -> None:
    write = await prepared(api, route)
    move_head_to_the_end(database)

    with database.unchanged():
        answer = await write.send(key="k")

    assert answer.refusal == (503, AT_THE_END)


async def test_at_the_end_of_time_all_can_be_read_and_doctor_names_the_reason(api: Api, database: Database) -> None:
    task = await api.create()
    move_head_to_the_end(database)

    reads = [await api.get(task), await api.as_of(utc_now().isoformat()), await api.send("GET", "/health/ready")]
    code, output, _ = doctor(database)

    assert [answer.status for answer in reads] == [200, 200, 200]
    assert code == 1
    assert output.count("The history has reached the end of the year 9999") == 1


@pytest.mark.travels
@pytest.mark.parametrize("last", ["9999-12-31T23:59:59.999000+00:00", "9999-12-27T00:00:00+00:00"])
async def test_in_the_last_week_of_time_writes_and_figures_are_right(api: Api, last: str) -> None:
    with time_machine.travel(last, tick=False):
        created, week = await api.create(), await api.week()

    assert created.status == 201
    assert week["tasks_created_this_week"] == 1
    assert (week["week_start"], week["week_end"]) == ("9999-12-27T00:00:00Z", "9999-12-31T23:59:59Z")
