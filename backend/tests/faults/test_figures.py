"""The weekly statistics and the totals are exact at any instant, whatever the clock, time zone and other writes."""

from asyncio import Event, TaskGroup
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import psycopg
import pytest
import time_machine
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier, Literal

from tests.answer import Week
from tests.api_client import Api
from tests.databases import Database, PostgresDatabase
from tests.faults.oracle import Oracle
from tests.faults.proof import Proof, promise
from tests.house import opened
from tests.served import connected, serving
from tests.stored_history import assert_whole, stored_entries

pytestmark = pytest.mark.travels

PROMISE = "figures exact at any instant"
SEED = 4
WRITERS = 8
KEPT = 5
ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "America/St_Johns", "UTC")
DAYS = ("2026-11-23", "2027-01-01", "2027-01-04", "2028-02-29", "2028-03-06", "2029-03-26", "2030-12-30", "2031-01-01")
"""Mondays, the ends of years, a leap day, and days on which clocks are changed."""
WEEKS = 10
"""So many meet at five Mondays; the other days lie within them."""
TICK = timedelta(microseconds=1)
NEAR = [sign * distance for distance in (TICK, timedelta(seconds=1), timedelta(hours=14)) for sign in (1, -1)]
NEAR += [timedelta(), timedelta(days=3), timedelta(days=7), -timedelta(days=7), -timedelta(days=7) - TICK]


@dataclass(frozen=True)
class Poll:
    """Figures, and between which entries and which moments they were asked for."""

    first: int
    last: int
    began: datetime
    ended: datetime
    week: Week
    completions: int

    def is_right(self, oracle: Oracle) -> bool:
        """Whether they are those of one instant in that time."""
        total = self.week["total_completed"] + self.week["total_incomplete"]
        weeks = [oracle.week(seq, now) for seq in range(self.first, self.last + 1) for now in {self.began, self.ended}]
        is_counted = self.completions in oracle.completions(self.first, self.last)
        return is_counted and total == self.week["total_tasks"] and self.week in weeks


@promise(PROMISE, "clocks moved to the edges of weeks and years, forward and back, with changes between")
async def test_figures_are_exact_when_the_clock_is_moved(proof: Proof, api: Api, database: Database) -> None:
    chance, writer = Random(SEED), Writer(api, Random(SEED))
    edges = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in DAYS]
    count = proof.size(10, 250)

    polls = []
    for edge in edges:
        for moment in sorted(edge + chance.choice(NEAR) for _ in range(count)):
            with time_machine.travel(moment, tick=False):
                await writer.write()
            with time_machine.travel(moment + chance.choice(NEAR), tick=False):
                polls.append(await poll(api))

    judge(proof, database, polls)


@promise(PROMISE, "8 writers across the edges of weeks and years, while polling")
async def test_figures_are_exact_while_others_write(proof: Proof, api: Api, database: Database) -> None:
    polls: list[Poll] = []
    for number, day in enumerate(DAYS):
        edge, seeds = datetime.fromisoformat(day).replace(tzinfo=UTC), range(number * WRITERS, (number + 1) * WRITERS)
        just_before = edge - timedelta(milliseconds=100)
        with time_machine.travel(just_before, tick=False):
            asked = [await poll(api)]
        with time_machine.travel(just_before):
            async with writing(api, seeds):
                while len(asked) < proof.size(8, 400) or asked[-1].began < edge:
                    asked.append(await poll(api))
        assert asked[0].ended < edge <= asked[-1].began
        polls += asked

    judge(proof, database, polls)
    assert len({poll.week["week_start"] for poll in polls}) == WEEKS
    assert_whole(database)


@asynccontextmanager
async def writing(api: Api, seeds: range) -> AsyncIterator[None]:
    """Write from all sides until the block ends."""
    stop = Event()
    async with TaskGroup() as group:
        for seed in seeds:
            group.create_task(Writer(api, Random(seed)).write_until(stop))
        yield
        stop.set()


@promise(PROMISE, "server processes in five time zones, the database's own zone another")
async def test_figures_are_exact_in_every_zone(
    proof: Proof, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write_at_the_edges_of_this_week(database)
    polls = []

    for number in range(proof.size(1, len(ZONES))):
        monkeypatch.setenv("TZ", ZONES[number])
        set_zone(database, ZONES[(number + 1) % len(ZONES)])
        with serving(database) as server:
            async with connected(server) as api:
                writer = Writer(api, Random(SEED))
                for _ in range(proof.size(10, 200)):
                    await writer.write()
                    polls.append(await poll(api))

    judge(proof, database, polls)


def judge(proof: Proof, database: Database, polls: list[Poll]) -> None:
    """Compare with the oracle."""
    entries = stored_entries(database)
    oracle = Oracle(entries)
    wrong = [poll for poll in polls if not poll.is_right(oracle)]
    proof.figure(f"{len(polls):,} polls over {len(entries):,} entries, {len(wrong)} mismatches")
    assert wrong == []


async def poll(api: Api) -> Poll:
    """Ask for the figures between two looks at the newest entry."""
    began, before = datetime.now(UTC), await api.page("limit=1")
    week = await api.week()
    completions = (await api.page("limit=1&action_type=COMPLETED"))["pagination"]["total_count"]
    after, ended = await api.page("limit=1"), datetime.now(UTC)
    first, last = (page["items"][0]["seq"] if page["items"] else 0 for page in (before, after))
    assert (first, last) == (before["pagination"]["total_count"], after["pagination"]["total_count"])
    return Poll(first, last, began, ended, week, completions)


class Writer:
    """Does this and that with a few tasks of its own."""

    def __init__(self, api: Api, chance: Random) -> None:
        self.api = api
        self.chance = chance
        self.living: list[str] = []
        self.deleted: list[str] = []

    async def write_until(self, stop: Event) -> None:
        while not stop.is_set():
            await self.write()

    async def write(self) -> None:
        """Change one task."""
        if len(self.living) < KEPT and self.chance.random() < 0.5:
            await self._make()
        elif self.living:
            await self._change(self.chance.choice(self.living))

    async def _make(self) -> None:
        if self.deleted and self.chance.random() < 0.3:
            answer = await self.api.restore(self.deleted.pop())
        else:
            answer = await self.api.create()
        self.living.append(answer.task["id"])

    async def _change(self, task_id: str) -> None:
        if self.chance.random() < 0.15:
            assert (await self.api.delete(task_id)).success
            self.living.remove(task_id)
            self.deleted.append(task_id)
        else:
            verb = self.chance.choice([self.api.complete, self.api.reopen])
            assert (await verb(task_id)).success


async def write_at_the_edges_of_this_week(database: Database) -> None:
    """Leave tasks on both sides of Monday, as UTC has it and as the zones have it."""
    now = datetime.now(UTC)
    monday = datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=now.weekday())
    before = sorted(
        timedelta(hours=hours) + tick for hours in (-168, -14, -11, 0, 11, 14) for tick in (-TICK, timedelta())
    )
    async with opened(database) as house:
        for moment in (monday + distance for distance in before if monday + distance < now):
            with time_machine.travel(moment, tick=False):
                task = await house.tasks.create_task("Milk")
                await house.tasks.mark_complete(task.id)


def set_zone(database: Database, zone: str) -> None:
    """Of all sessions to come."""
    if isinstance(database, PostgresDatabase):
        name = str(conninfo_to_dict(database.url)["dbname"])
        alter = SQL("ALTER DATABASE {} SET timezone TO {}").format(Identifier(name), Literal(zone))
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute(alter)
