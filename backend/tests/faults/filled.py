"""Databases as after long use, for floods: filled through the services, without a request for each change."""

from asyncio import gather
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from src.batching.queue import Limits
from src.models.task import TaskSnapshot
from src.utils.timestamps import format_timestamp
from tests.databases import Database
from tests.house import opened

AT_ONCE = 1_000
LIMITS = Limits(request_timeout=60, batch_timeout=60, max_batch=AT_ONCE)
DESCRIPTION = "Not too much of it, and in time for dinner"
LARGEST = "🥛" * 4_990
"""20 KB; an entry that replaces one has 40."""


@dataclass(frozen=True)
class Filled:
    """A database, what was created in it, and the time of each entry, in order."""

    database: Database
    tasks: Sequence[TaskSnapshot]
    times: Sequence[datetime]

    @property
    def ids(self) -> list[str]:
        return [str(task.id) for task in self.tasks]

    def moment(self, share: float) -> str:
        """The time after this share of the history, as a query has it."""
        return format_timestamp(self._time(share))

    def living(self, share: float) -> int:
        """How many tasks there were then."""
        return sum(task.created_at <= self._time(share) for task in self.tasks)

    def _time(self, share: float) -> datetime:
        return self.times[int(share * (len(self.times) - 1))]


async def with_many_tasks(database: Database, tasks: int, versions: int) -> Filled:
    """Each task is edited once; one more, the last, has many versions."""
    async with opened(database, LIMITS) as house:
        create, update = house.tasks.create_task, house.tasks.update_task
        created = await _done(create(f"Task {number}", DESCRIPTION) for number in range(tasks))
        edited = await _done(update(task.id, title=f"{task.title}, edited") for task in created)
        often = await create("Edited often")
        versions_of_it = await _done(update(often.id, title=str(number)) for number in range(2, versions + 1))
    return Filled(database, [*created, often], _times(created, edited, [often], versions_of_it))


async def with_large_entries(database: Database, tasks: int, entries: int) -> Filled:
    async with opened(database, LIMITS) as house:
        create, update = house.tasks.create_task, house.tasks.update_task
        created = await _done(create(f"Task {number}", LARGEST) for number in range(tasks))
        edits = range(entries - tasks)
        edited = await _done(update(created[n % tasks].id, description=f"{LARGEST}{n}") for n in edits)
    return Filled(database, created, _times(created, edited))


async def _done(changes: Iterable[Awaitable[TaskSnapshot]]) -> list[TaskSnapshot]:
    """Make them, in portions."""
    left, made = iter(changes), list[TaskSnapshot]()
    while some := list(islice(left, AT_ONCE)):
        made += await gather(*some)
    return made


def _times(*changed: Sequence[TaskSnapshot]) -> list[datetime]:
    return sorted(task.updated_at for some in changed for task in some)
