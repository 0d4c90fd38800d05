"""Tasktrail's statements with the `sqlite3` module, one after another, as fast as possible."""

import sqlite3
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from itertools import count
from random import randrange
from typing import Any
from uuid import uuid4

TASKS = 2_048
NOW = "strftime('%Y-%m-%dT%H:%M:%f000Z')"
MONDAY = "strftime('%Y-%m-%dT00:00:00.000000Z', 'now', '-6 days', 'weekday 1')"
OF_WORKSPACE = "workspace_id = ?1"
COLUMNS = "id, title, description, is_completed, created_at, updated_at, completed_at, version"
NUMBERS = count(1)


class Loop:
    """A connection, as durable as Tasktrail's, to a database with its schema."""

    def __init__(self, file: str) -> None:
        self._sql = sqlite3.connect(file, isolation_level=None)
        self._sql.execute("PRAGMA journal_mode = WAL")
        self._sql.execute("PRAGMA synchronous = FULL")
        self._of_workspace = self._sql.execute("SELECT id FROM workspaces").fetchone()

    def seed(self) -> None:
        for number in range(TASKS):
            self._create(_task_id(number))

    def run(self, operation: str, seconds: float) -> list[float]:
        """The duration of each, in milliseconds."""
        step, times = self._steps()[operation], []
        end = time.perf_counter() + seconds
        while (started := time.perf_counter()) < end:
            step()
            times.append((time.perf_counter() - started) * 1000)
        return times

    def _steps(self) -> Mapping[str, Callable[[], object]]:
        return {
            "create": lambda: self._create(str(uuid4())),
            "read": lambda: self._all(f"SELECT {COLUMNS} FROM tasks WHERE {OF_WORKSPACE} AND id = ?", _some_id()),
            "list": lambda: self._all(
                f"SELECT {COLUMNS} FROM tasks WHERE {OF_WORKSPACE} ORDER BY is_completed, created_at DESC LIMIT 20"
            ),
            "complete": lambda: self._change(
                f"is_completed = NOT is_completed, completed_at = iif(is_completed, NULL, {NOW})"
            ),
            "update": lambda: self._change(f"title = 'Edited {next(NUMBERS)}', search_text = 'edited' || description"),
            "history": self._history,
            "stats": self._stats,
        }

    def _create(self, task_id: str) -> None:
        number = next(NUMBERS)
        title, description = f"Task {number}", f"Semi-skimmed, two litres, number {number}"
        seq, previous_hash = self._begin()
        self._sql.execute(
            f"INSERT INTO tasks (workspace_id, {COLUMNS}, search_text)"
            f" VALUES (?, ?, ?, ?, 0, {NOW}, {NOW}, NULL, 1, ?)",
            (*self._of_workspace, task_id, title, description, f"{title}\n{description}".casefold()),
        )
        self._end(seq, previous_hash, "CREATED", (task_id, 1, title, description))

    def _change(self, assignment: str) -> None:
        seq, previous_hash = self._begin()
        task = self._all(f"SELECT {COLUMNS} FROM tasks WHERE {OF_WORKSPACE} AND id = ?", task_id := _some_id())[0]
        self._sql.execute(
            f"UPDATE tasks SET {assignment}, updated_at = {NOW}, version = version + 1 WHERE {OF_WORKSPACE} AND id = ?",
            (*self._of_workspace, task_id),
        )
        self._end(seq, previous_hash, "UPDATED", (task_id, task[-1] + 1, task[1], task[2]))

    def _begin(self) -> tuple[int, str]:
        self._sql.execute("BEGIN IMMEDIATE")
        seq, previous_hash = self._all(f"SELECT seq, hash FROM history_head WHERE {OF_WORKSPACE}")[0]
        return seq + 1, previous_hash

    def _end(self, seq: int, previous_hash: str, action: str, task: tuple[str, int, str, str]) -> None:
        task_id, version, title, description = task
        changes = f'{{"description":[null,"{description}"],"is_completed":[null,false],"title":[null,"{title}"]}}'
        new_hash = sha256(f"{previous_hash}{changes}".encode()).hexdigest()
        self._sql.execute(
            f"""INSERT INTO task_history (workspace_id, format, seq, history_id, task_id, version, action_type,
            task_title, description, changes, request_id, timestamp, previous_hash, hash)
            VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, {NOW}, ?, ?)""",
            (
                *self._of_workspace,
                seq,
                str(uuid4()),
                task_id,
                version,
                action,
                title,
                action,
                changes,
                "x" * 32,
                previous_hash,
                new_hash,
            ),
        )
        self._sql.execute(
            f"UPDATE history_head SET seq = ?, hash = ?, timestamp = {NOW} WHERE workspace_id = ?",
            (seq, new_hash, *self._of_workspace),
        )
        self._sql.execute("COMMIT")

    def _history(self) -> object:
        self._sql.execute("BEGIN")
        seq = self._all(f"SELECT seq FROM history_head WHERE {OF_WORKSPACE}")[0][0]
        page = self._all(
            f"SELECT * FROM task_history WHERE {OF_WORKSPACE} AND seq <= ? ORDER BY seq DESC LIMIT 10", seq
        )
        self._sql.execute("COMMIT")
        return page

    def _stats(self) -> object:
        return self._all(f"""SELECT (SELECT count(*) FROM tasks WHERE {OF_WORKSPACE} AND created_at >= {MONDAY}),
            (SELECT count(*) FROM tasks WHERE {OF_WORKSPACE} AND completed_at >= {MONDAY}), living_completed, living
            FROM history_head WHERE {OF_WORKSPACE}""")

    def _all(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The first parameter of the statement is the workspace."""
        return self._sql.execute(statement, (*self._of_workspace, *values)).fetchall()


def _task_id(number: int) -> str:
    return f"01900000-0000-7000-8000-{number:012x}"


def _some_id() -> str:
    return _task_id(randrange(TASKS))
