"""The clock of writes, checked against one that is never set."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import make_url

from src.database.address import is_on_this_machine
from src.database.clock import WriteClock, seconds_since_boot
from src.exceptions.errors import ClockAheadError, ClockJumpedError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Machine:
    """A machine with two clocks: the wall clock, which can be set, and a counter."""

    def __init__(self, wall: time_machine.Traveller) -> None:
        self._wall = wall
        self.elapsed = 1000.0

    def set_clock(self, by: timedelta) -> None:
        self._wall.shift(by)

    def sleep(self, time: timedelta) -> None:
        """Let time pass, awake or suspended."""
        self._wall.shift(time)
        self.elapsed += time.total_seconds()


@pytest.fixture
def machine() -> Iterator[Machine]:
    with time_machine.travel(NOON, tick=False) as wall:
        yield Machine(wall)


@pytest.fixture
def clock(machine: Machine) -> WriteClock:
    return WriteClock(elapsed=lambda: machine.elapsed)


@pytest.mark.parametrize("by", [6 * MINUTE, 24 * HOUR, timedelta(days=73 * 365)])
def test_a_jump_ahead_is_refused_until_it_is_reverted(machine: Machine, clock: WriteClock, by: timedelta) -> None:
    machine.set_clock(by)
    for _ in range(2):
        with pytest.raises(ClockJumpedError):
            clock.now()

    machine.set_clock(-by)

    assert clock.now() == NOON


def test_any_number_of_small_corrections_is_accepted(machine: Machine, clock: WriteClock) -> None:
    for number in range(1, 5):
        machine.set_clock(5 * MINUTE)
        assert clock.now() == NOON + number * 5 * MINUTE


def test_suspension_is_not_a_jump(machine: Machine, clock: WriteClock) -> None:
    machine.sleep(100 * HOUR)

    assert clock.now() == NOON + 100 * HOUR


def test_a_jump_is_detected_after_a_long_pause(machine: Machine, clock: WriteClock) -> None:
    machine.sleep(100 * HOUR)
    machine.set_clock(HOUR)

    with pytest.raises(ClockJumpedError):
        clock.now()


def test_a_clock_that_was_set_back_may_return_but_not_go_ahead(machine: Machine, clock: WriteClock) -> None:
    machine.set_clock(-HOUR)
    assert clock.now() == NOON - HOUR
    machine.set_clock(HOUR)
    assert clock.now() == NOON
    machine.set_clock(HOUR)

    with pytest.raises(ClockJumpedError):
        clock.now()


def test_a_new_start_accepts_the_clock_as_it_is(machine: Machine) -> None:
    machine.set_clock(100 * HOUR)
    clock = WriteClock(elapsed=lambda: machine.elapsed)

    assert clock.now() == NOON + 100 * HOUR


@pytest.mark.parametrize(("lead", "is_refused"), [(-HOUR, False), (5 * MINUTE, False), (6 * MINUTE, True)])
def test_the_clock_must_not_lead_the_databases_clock_but_may_lag(lead: timedelta, *, is_refused: bool) -> None:
    with time_machine.travel(NOON, tick=False):
        clock = WriteClock(measures_jumps=False)

        if is_refused:
            with pytest.raises(ClockAheadError):
                clock.now(NOON - lead)
        else:
            assert clock.now(NOON - lead) == NOON


def test_a_remote_database_can_confirm_a_jump(machine: Machine) -> None:
    elsewhere = WriteClock(measures_jumps=False, elapsed=lambda: machine.elapsed)
    machine.set_clock(HOUR)

    assert elsewhere.now(NOON + HOUR) == NOON + HOUR


def test_a_local_database_confirms_no_jump(machine: Machine, clock: WriteClock) -> None:
    machine.set_clock(HOUR)

    with pytest.raises(ClockJumpedError):
        clock.now(NOON + HOUR)


def test_a_trusted_clock_may_jump_and_lead(machine: Machine) -> None:
    clock = WriteClock(trusted=True, elapsed=lambda: machine.elapsed)
    machine.set_clock(100 * HOUR)

    assert clock.now(NOON) == NOON + 100 * HOUR


def test_elapsed_time_does_not_depend_on_the_wall_clock() -> None:
    before = seconds_since_boot()
    with time_machine.travel(NOON + 100_000 * HOUR):
        assert 0 <= seconds_since_boot() - before < 60 * 60


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("sqlite:////tmp/tasks.db", True),
        ("postgresql://localhost/tasks", True),
        ("postgresql://127.0.0.1:5433/tasks", True),
        ("postgresql:///tasks?host=/run/postgresql", True),
        ("postgresql:///tasks", True),
        ("postgresql://db.example.org/tasks", False),
        ("postgresql:///tasks?host=localhost:5432&host=db.example.org:5432", False),
    ],
)
def test_which_databases_are_on_this_machine(url: str, *, is_here: bool) -> None:
    assert is_on_this_machine(make_url(url)) is is_here
