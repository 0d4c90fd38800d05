"""Records successful responses, to compare them with what is stored."""

from asyncio import Semaphore
from collections import Counter

from tests.answer import Answer, Entry, Task
from tests.databases import Database
from tests.stored_history import Record, assert_whole, replay, replay_states, stored_entries, stored_tasks
from tests.tampering import diagnosis

State = tuple[str, int]
"""A task's id and version."""


class Ledger:
    """All successes: tasks by id and version, and deletions, whose responses have no version."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.states: dict[State, Task] = {}
        self.deletions: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.without_answer = 0
        self._news: set[State] = set()
        self._successes = Semaphore(0)

    @property
    def acknowledged(self) -> int:
        """The number of changes; repeated responses count once."""
        return len(self.states) + self.deletions.total()

    def take(self, task_id: str | None, answer: Answer) -> None:
        """Record the response to a write. Two responses about one version must be equal."""
        self.statuses[answer.status] += 1
        if not answer.success:
            self.without_answer += "may or may not have been stored" in str(answer.error)
            return
        if answer.data is None:
            assert task_id is not None
            self.deletions[task_id] += 1
        else:
            self._take_task(answer.task)
        self._successes.release()

    async def wait_for(self, successes: int) -> None:
        """Wait for so many more changes."""
        for _ in range(successes):
            await self._successes.acquire()

    def news(self) -> set[State]:
        """The versions acknowledged since the last call."""
        news, self._news = self._news, set()
        return news

    def _take_task(self, task: Task) -> None:
        state = task["id"], task["version"]
        if state not in self.states:
            self._news.add(state)
            if task["version"] == 1:
                self.ids.append(task["id"])
        assert self.states.setdefault(state, task) == task


class Audit:
    """Compares a ledger with the database, read without the application."""

    def __init__(self, ledger: Ledger, database: Database) -> None:
        entries, tasks = stored_entries(database), stored_tasks(database)
        self._database = database
        self._entries = len(entries)
        self._ledger = ledger
        self.lost = [*_states_lost(ledger, entries), *_deletions_lost(ledger, entries)]
        replayed = replay(entries)
        self.half_pairs = [task_id for task_id in replayed | tasks if replayed.get(task_id) != tasks.get(task_id)]

    def __str__(self) -> str:
        return (
            f"{self._ledger.acknowledged:,} changes acknowledged, {self._entries:,} stored, "
            f"{self._unacknowledged:,} of them not acknowledged, "
            f"{len(self.lost)} lost, {len(self.half_pairs)} half pairs"
        )

    @property
    def _unacknowledged(self) -> int:
        """The number of stored changes whose response was lost."""
        return self._entries - self._ledger.acknowledged

    def assert_clean(self) -> None:
        """Assert that everything acknowledged is stored, nothing else is, and the history is intact."""
        assert self.lost == []
        assert self.half_pairs == []
        assert 0 <= self._unacknowledged <= self._ledger.without_answer
        assert_whole(self._database)
        assert diagnosis(self._database) == []


def _states_lost(ledger: Ledger, entries: list[Record]) -> list[State]:
    stored = {(task_id, version): task for task_id, version, task in replay_states(entries)}
    return [state for state, task in ledger.states.items() if stored.get(state) != without_id(task)]


def _deletions_lost(ledger: Ledger, entries: list[Record]) -> list[str]:
    stored = Counter(entry["task_id"] for entry in entries if entry["action_type"] == "DELETED")
    return list((ledger.deletions - stored).elements())


def without_id(task: Task) -> Record:
    return {name: value for name, value in task.items() if name != "id"}


def states_in(entries: list[Entry]) -> set[State]:
    return {(entry["task_id"], entry["version"]) for entry in entries}
