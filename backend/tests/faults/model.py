"""A model of the contract: tasks and their history in a dictionary, written without the application's code.

From the application it gets only what it can't compute: new ids and times.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from src.models.workspace import SHARED_PRINCIPAL
from tests.answer import Answer, Entry, Pagination, Task

FIELDS = ("title", "description", "is_completed", "created_at", "updated_at", "completed_at")

State = dict[str, object]


@dataclass(frozen=True)
class Change:
    """A write as its client means it; `version` is for a restore, `fields` are for the rest."""

    action: str
    task_id: str = ""
    fields: tuple[tuple[str, str | None], ...] = ()
    version: int | None = None
    if_match: str | None = None
    key: str | None = None


@dataclass(frozen=True)
class Expected:
    """All that an answer says."""

    status: int
    data: object = None
    popup: str | None = None
    error: str | None = None
    etag: str | None = None
    replayed: str | None = None

    @classmethod
    def of(cls, answer: Answer) -> "Expected":
        """Take what was answered indeed."""
        return cls(answer.status, answer.data, answer.popup, answer.error, answer.etag, answer.replayed)


WEAK = "weak tags never match (compressing proxies weaken them; the version in data makes a strong one)"
NOT_FOUND = Expected(404, error="Task not found")
NO_SUCH_VERSION = Expected(404, error="Task has no such version")
NOTHING_GIVEN = Expected(400, error="at least one of title and description is required")
KEY_REUSED = Expected(422, error="Idempotency-Key was used before for another request")
NOT_YET = Expected(400, error="as_of: must not be later than now")

VERBS = {
    "create": ("CREATED", "TASK_CREATED"),
    "update": ("UPDATED", "TASK_UPDATED"),
    "complete": ("COMPLETED", "TASK_COMPLETED"),
    "incomplete": ("INCOMPLETED", "TASK_INCOMPLETE"),
    "delete": ("DELETED", "TASK_DELETED"),
    "restore": ("RESTORED", "TASK_RESTORED"),
}


class Model:
    """Each task as it was after each of its versions, `None` where that deleted it; and the history, oldest first."""

    def __init__(self) -> None:
        self.tasks: dict[str, list[State | None]] = {}
        self.entries: list[Entry] = []
        self.settled = ""
        self._answers: dict[str, tuple[Change, Expected]] = {}

    def change(self, change: Change, newest: Entry | None) -> Expected:
        """Make a change and give its answer; where it has an entry, that has the ids and the time of `newest`."""
        given = dict(change.fields)
        if change.action == "update" and set(given.values()) <= {None}:
            return NOTHING_GIVEN
        if known := self._answers.get(change.key or ""):
            first, answer = known
            return replace(answer, replayed="true") if first == change else KEY_REUSED
        answer = self._attempt(change, newest)
        if answer.status < 300 and change.key:
            self._answers[change.key] = change, answer
        return answer

    def get(self, task_id: str, known: str | None = None) -> Expected:
        """GET, with an If-None-Match or without."""
        versions = self.tasks.get(task_id, [None])
        if versions[-1] is None:
            return NOT_FOUND
        if known in {"*", _tag(len(versions))}:
            return Expected(304, etag=_tag(len(versions)))
        return self._shown(task_id, len(versions))

    def at(self, task_id: str, version: int) -> Expected:
        """GET with a version."""
        if task_id not in self.tasks:
            return NOT_FOUND
        return self._shown(task_id, version) if self._state(task_id, version) else NO_SUCH_VERSION

    def living(self, moment: str | None = None) -> list[Task]:
        """GET /tasks, with `as_of` or without."""
        newest: dict[str, int] = {}
        for entry in self.entries:
            if moment is None or entry["timestamp"] <= moment:
                newest[entry["task_id"]] = entry["version"]
        tasks = [self.task(task_id, version) for task_id, version in newest.items() if self._state(task_id, version)]
        newest_first = sorted(tasks, key=lambda task: task["created_at"], reverse=True)
        return sorted(newest_first, key=lambda task: task["is_completed"])

    def listed(self, status: str, words: Sequence[str], moment: str | None = None) -> list[Task]:
        """GET /tasks with `status` and `q`."""
        states = {"all": (False, True), "active": (False,), "completed": (True,)}[status]
        tasks = [task for task in self.living(moment) if task["is_completed"] in states]
        return [task for task in tasks if all(_occurs(word, task) for word in words)]

    def settle(self, moment: str) -> None:
        """Have all later entries be later than this."""
        self.settled = max(self.settled, moment)

    def page(
        self, page: int | None, limit: int, offset: int | None, task_id: str | None = None, action: str | None = None
    ) -> tuple[list[Entry], Pagination]:
        """GET /history."""
        found = [entry for entry in self.entries if task_id in {None, entry["task_id"]}]
        found = [entry for entry in found if action in {None, entry["action_type"]}][::-1]
        first = (page - 1) * limit if page else offset or 0
        return found[first : first + limit], {
            "total_count": len(found),
            "total_pages": (len(found) + limit - 1) // limit,
            "current_page": page or first // limit + 1,
            "page_size": limit,
            "has_next": len(found) > first + limit,
            "has_prev": first > 0 and bool(found),
        }

    def week(self, start: str) -> dict[str, int]:
        """GET /stats/weekly, without start and end; no test is so long that its week begins after a task's making."""
        tasks = self.living()
        completed = [task["completed_at"] for task in tasks if task["completed_at"]]
        return {
            "tasks_created_this_week": sum(task["created_at"] >= start for task in tasks),
            "tasks_completed_this_week": sum(time >= start for time in completed),
            "total_completed": len(completed),
            "total_incomplete": len(tasks) - len(completed),
            "total_tasks": len(tasks),
        }

    def task(self, task_id: str, version: int) -> Task:
        """Show a task as it was at a version."""
        return cast("Task", {"id": task_id, **(self._state(task_id, version) or {}), "version": version})

    def _attempt(self, change: Change, newest: Entry | None) -> Expected:
        if change.action == "create":
            return self._create(change, newest)
        versions = self.tasks.get(change.task_id, [])
        if not versions or (versions[-1] is None and change.action != "restore"):
            return NOT_FOUND
        if change.if_match is not None and not _holds(change.if_match, len(versions)):
            return self._stale(change.task_id, change.if_match)
        if change.action == "delete":
            self._record("delete", change.task_id, None, newest)
            return Expected(200, popup="TASK_DELETED")
        target = self._target(change, versions)
        return self._become(change, target, newest) if target else NO_SUCH_VERSION

    def _create(self, change: Change, newest: Entry | None) -> Expected:
        assert newest
        state: State = {"description": None, **dict(change.fields), "is_completed": False, "completed_at": None}
        state |= {"title": str(state["title"]).strip(), "created_at": newest["timestamp"]}
        self._record("create", newest["task_id"], state, newest)
        return replace(self._shown(newest["task_id"], 1), status=201, popup="TASK_CREATED")

    def _target(self, change: Change, versions: list[State | None]) -> State | None:
        """What the task is to be, but for the times that the change itself sets."""
        if change.action == "restore":
            last = len(versions) if versions[-1] else len(versions) - 1
            return self._state(change.task_id, change.version or last)
        assert versions[-1]
        match change.action:
            case "update":
                given = {name: value for name, value in change.fields if value is not None}
                given |= {name: value.strip() for name, value in given.items() if name == "title"}
                return versions[-1] | given
            case "complete":
                return versions[-1] | {"is_completed": True}
            case _:
                return versions[-1] | {"is_completed": False, "completed_at": None}

    def _become(self, change: Change, target: State, newest: Entry | None) -> Expected:
        now = self.tasks[change.task_id][-1]
        if now is None or any(now[name] != target[name] for name in FIELDS if name != "updated_at"):
            assert newest
            if change.action == "complete":
                target |= {"completed_at": newest["timestamp"]}
            self._record(change.action, change.task_id, target, newest)
        shown = self._shown(change.task_id, len(self.tasks[change.task_id]))
        return replace(shown, popup=VERBS[change.action][1])

    def _record(self, action: str, task_id: str, state: State | None, newest: Entry | None) -> None:
        assert newest
        assert newest["timestamp"] > self.settled
        self.settled = newest["timestamp"]
        versions = self.tasks.setdefault(task_id, [])
        old = versions[-1] if versions else None
        if state is not None:
            state = {name: state.get(name) for name in FIELDS} | {"updated_at": newest["timestamp"]}
        versions.append(state)
        entry = {
            "history_id": newest["history_id"],
            "task_id": task_id,
            "action_type": VERBS[action][0],
            "description": newest["description"],
            "timestamp": newest["timestamp"],
            "task_title": (state or old or {})["title"],
            "seq": len(self.entries) + 1,
            "version": len(versions),
            "changes": _changes(old, state),
            "actor": {"id": str(SHARED_PRINCIPAL), "kind": "shared", "name": None},
            "client": newest["client"],
            "run": None,
            "erased": [],
        }
        self.entries.append(cast("Entry", entry))

    def _stale(self, task_id: str, if_match: str) -> Expected:
        versions = self.tasks[task_id]
        error = f"The task is at version {len(versions)} now"
        known = max((number for number in _numbers(if_match) if 0 < number < len(versions)), default=None)
        if known is not None:
            then, now = versions[known - 1] or {}, versions[-1] or {}
            changed = [name for name in FIELDS if name != "updated_at" and then.get(name) != now.get(name)]
            error += f"; changed since version {known}: {', '.join(changed)}" if changed else ""
        error += f"; {WEAK}" if "W/" in if_match else ""
        return Expected(412, error=error, etag=_tag(len(versions)))

    def _state(self, task_id: str, version: int) -> State | None:
        versions = self.tasks[task_id]
        return versions[version - 1] if version <= len(versions) else None

    def _shown(self, task_id: str, version: int) -> Expected:
        return Expected(200, self.task(task_id, version), etag=_tag(version))


def _occurs(word: str, task: Task) -> bool:
    """Whether a word is in a task; of the tests' own titles none has another spelling but for its case."""
    return any(word.casefold() in text.casefold() for text in (task["title"], task["description"] or ""))


def _changes(old: State | None, new: State | None) -> dict[str, list[object]]:
    pairs = {name: [(old or {}).get(name), (new or {}).get(name)] for name in FIELDS}
    return {name: pair for name, pair in pairs.items() if old is None or new is None or pair[0] != pair[1]}


def _tag(version: int) -> str:
    return f'"{version}"'


def _holds(if_match: str, version: int) -> bool:
    return if_match == "*" or _tag(version) in if_match.split(", ")


def _numbers(if_match: str) -> list[int]:
    """The versions that it names, by weak tags too."""
    tags = (tag.removeprefix("W/") for tag in if_match.split(", "))
    return [int(tag[1:-1]) for tag in tags if tag.startswith('"')]
