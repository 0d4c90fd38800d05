"""The stored history, read and checked without the application's code.

This implements the format of `docs/history.md` a second time, as an auditor would.
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, LiteralString

from tests.databases import Database, PostgresDatabase

FORMAT_1: tuple[str, ...] = ("seq", "history_id", "task_id", "version", "action_type", "task_title", "description")
FORMAT_1 += ("changes", "request_id", "timestamp")
FORMAT_2: tuple[str, ...] = ("workspace_id", "seq", "history_id", "task_id", "version", "format", "action_type")
FORMAT_2 += ("changes", "actor_kind", "actor_id", "credential_id", "client", "run_id", "request_id", "meta")
FORMAT_2 += ("timestamp", "commitments")
LINKS = ("previous_hash", "hash")
COLUMNS = (*FORMAT_2, "task_title", "description", "texts", *LINKS)
FIELDS = ("id", "title", "description", "is_completed", "created_at", "updated_at", "completed_at", "version")

_TIME: LiteralString = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_ENTRIES: LiteralString = (
    "SELECT {}, seq, {}, {}, version, format, action_type, changes, actor_kind, {}, {}, client, {}, request_id, meta,"
    " {}, commitments, task_title, description, texts, previous_hash, hash FROM task_history ORDER BY seq"
)
_IDS: tuple[LiteralString, ...] = ("workspace_id", "history_id", "task_id", "actor_id", "credential_id", "run_id")
_TASKS: LiteralString = "SELECT {}, title, description, is_completed, {}, {}, {}, version FROM tasks"

_HEAD: LiteralString = (
    "SELECT seq, hash, living, living_completed, created, updated, completed, incompleted, deleted, restored,"
    " erased FROM history_head"
)
COUNTERS = ("created", "updated", "completed", "incompleted", "deleted", "restored", "erased")

Record = dict[str, Any]


def stored_entries(database: Database) -> list[Record]:
    """Read all entries, oldest first, each column as its text."""
    if isinstance(database, PostgresDatabase):
        time = _TIME.format("timestamp")
        rows = database.run(_ENTRIES.format(*(f"{name}::text" for name in _IDS), time))
    else:
        rows = database.run(_ENTRIES.format(*_IDS, "timestamp"))
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def stored_tasks(database: Database) -> dict[str, Record]:
    """Read all tasks by their ids, times as text."""
    names: list[LiteralString] = ["created_at", "updated_at", "completed_at"]
    if isinstance(database, PostgresDatabase):
        rows = database.run(_TASKS.format("id::text", *(_TIME.format(name) for name in names)))
    else:
        rows = database.run(_TASKS.format("id", *names))
    tasks: list[Record] = [dict(zip(FIELDS, row, strict=True)) for row in rows]
    return {task.pop("id"): task | {"is_completed": bool(task["is_completed"])} for task in tasks}


def actions(database: Database) -> list[str]:
    """Read the action types, oldest first."""
    return [entry["action_type"] for entry in stored_entries(database)]


def titles(database: Database) -> list[str]:
    """Read the titles of all tasks, sorted."""
    return sorted(task["title"] for task in stored_tasks(database).values())


def canonical(value: object) -> str:
    """Canonical JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hash_of(entry: Record) -> str:
    """Compute the entry's hash."""
    hashed = {name: entry[name] for name in (FORMAT_1 if entry["format"] == 1 else FORMAT_2)}
    return sha256((entry["previous_hash"] + canonical(hashed)).encode()).hexdigest()


def texts_of(entry: Record) -> Record:
    """The texts of an entry by name: [old, new] where it changes one, else the text itself."""
    return {name: value for name, (_, value) in json.loads(entry["texts"] or "{}").items()}


def changes_of(entry: Record) -> Record:
    """All that the entry changes, texts included, as [old, new]."""
    changed = {name: value for name, value in texts_of(entry).items() if isinstance(value, list)}
    changes: Record = json.loads(entry["changes"])
    return changes | changed


def title_of(entry: Record) -> str:
    """The task's title after the change, or before a deletion."""
    title = texts_of(entry)["title"] if entry["format"] == 2 else entry["task_title"]
    return str(title if isinstance(title, str) else title[1] or title[0])


def sealed(entry: Record) -> Record:
    """The entry with the commitments to its texts and the hash that it should have."""
    if entry["format"] == 2:
        texts = json.loads(entry["texts"])
        commitments = {name: sha256((salt + canonical(value)).encode()) for name, (salt, value) in texts.items()}
        digests = {name: commitment.hexdigest() for name, commitment in commitments.items()}
        entry = entry | {"texts": canonical(texts), "commitments": canonical(digests)}
    return entry | {"hash": hash_of(entry)}


def assert_whole(database: Database) -> None:
    """Assert every invariant: order, chain, head, and the tasks that follow from the entries."""
    entries = stored_entries(database)
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    times = [entry["timestamp"] for entry in entries]
    assert times == sorted(set(times))
    _assert_chained(entries)
    tasks = replay(entries)
    assert stored_tasks(database) == tasks
    _assert_searchable(database)
    _assert_head(database, entries, tasks)
    assert stored_days(database) == _days_of(tasks)


def stored_days(database: Database) -> dict[str, tuple[int, int]]:
    """Read how many tasks were created and completed on each day; days without any are left out."""
    rows: Any = database.run("SELECT CAST(day AS text), created, completed FROM daily_counts")
    return {day: (created, completed) for day, created, completed in rows if created or completed}


def _days_of(tasks: dict[str, Record]) -> dict[str, tuple[int, int]]:
    created = Counter(task["created_at"][:10] for task in tasks.values())
    completed = Counter(task["completed_at"][:10] for task in tasks.values() if task["completed_at"])
    return {day: (created[day], completed[day]) for day in created.keys() | completed.keys()}


def _assert_searchable(database: Database) -> None:
    for title, description, text in database.run("SELECT title, description, search_text FROM tasks"):
        decomposed = unicodedata.normalize("NFD", f"{title}\n{description or ''}")
        assert text == unicodedata.normalize("NFC", decomposed.casefold())


def _assert_chained(entries: list[Record]) -> None:
    previous = "0" * 64
    for entry in entries:
        assert entry["previous_hash"] == previous
        assert entry["hash"] == hash_of(entry)
        previous = entry["hash"]
    _assert_texts(entries)


def _assert_texts(entries: list[Record]) -> None:
    """Each text is the one that was sealed; a missing one is named by a later erasure of its task."""
    erased: dict[str, set[str]] = {}
    for entry in reversed(entries):
        if entry["format"] == 2:
            stated, left = json.loads(entry["commitments"]), json.loads(sealed(entry)["commitments"])
            assert left.items() <= stated.items()
            assert stated.keys() - left.keys() <= erased.get(entry["task_id"], set())
        if entry["action_type"] == "ERASED":
            erased.setdefault(entry["task_id"], set()).update(json.loads(entry["meta"])["erased"])


def replay_states(entries: list[Record]) -> Iterator[tuple[str, int, Record | None]]:
    """Yield each entry's task id and version, and the task after it (None: deleted), oldest first.

    Asserts that each entry follows the one before.
    """
    tasks: dict[str, Record] = {}
    versions: Counter[str] = Counter()
    for entry in entries:
        task_id, changes = entry["task_id"], changes_of(entry)
        task = tasks.setdefault(task_id, dict.fromkeys(FIELDS[1:-1]))
        assert {name: task[name] for name in changes} == {name: old for name, (old, _) in changes.items()}
        task |= {name: new for name, (_, new) in changes.items()}
        if entry["action_type"] == "ERASED":
            task |= dict.fromkeys(json.loads(entry["meta"])["erased"]) | texts_of(entry)
        task["title"] = task["title"] or "(erased)"
        versions[task_id] += 1
        assert entry["version"] == versions[task_id]
        task["version"] = versions[task_id]
        if task["created_at"] is None:
            del tasks[task_id]
        yield task_id, versions[task_id], dict(task) if task_id in tasks else None


def replay(entries: list[Record]) -> dict[str, Record]:
    """Replay the entries into the tasks that exist now, by id."""
    newest = {task_id: task for task_id, _, task in replay_states(entries)}
    return {task_id: task for task_id, task in newest.items() if task is not None}


def _assert_head(database: Database, entries: list[Record], tasks: dict[str, Record]) -> None:
    head, *more = database.run(_HEAD)
    counted = Counter(entry["action_type"].lower() for entry in entries)
    done = sum(task["is_completed"] for task in tasks.values())
    newest = entries[-1]["hash"] if entries else "0" * 64
    assert not more
    assert head == (len(entries), newest, len(tasks), done, *(counted[name] for name in COUNTERS))
