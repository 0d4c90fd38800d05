"""The application behaves like its model under any sequence of operations."""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from typing import Any, cast
from urllib.parse import quote
from uuid import UUID

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from main import create_app
from tests.answer import Answer, Entry
from tests.api_client import Api, running
from tests.conftest import settings_for
from tests.databases import Database, Server
from tests.faults.model import NOT_YET, VERBS, Change, Expected, Model
from tests.faults.proof import Proof, promise
from tests.stored_history import assert_whole

STEPS_EACH = 80
"""Of one history, which begins with an empty database."""
UNKNOWN = str(UUID(int=0))

TASKS = st.integers(0, 30)
TITLES = st.sampled_from(["Milk", " Milk ", "Käse 🧀", '"\\', "0"])
DESCRIPTIONS = st.sampled_from(["", " Two\nlitres ", "𝟘"])
VERSIONS = st.integers(1, 9)
IF_MATCH = st.sampled_from([*[None] * 6, *["right"] * 3, "any", "several", "stale", "weak"])
KEYS = st.sampled_from([*[None] * 5, "new", "new", "used"])
PAGES = st.none() | st.integers(1, 5)
LIMITS = st.integers(1, 20)
OFFSETS = st.none() | st.integers(0, 60)
ACTIONS = st.none() | st.sampled_from([action for action, _ in VERBS.values()])
STATUSES = st.sampled_from(["all", "active", "completed"])
WORDS = st.lists(st.sampled_from(["milk", "ILK", "käse", "🧀", '"', "\\", "0", "%", "_", "two", "𝟘"]), max_size=2)
FIELDS = st.fixed_dictionaries({"title": TITLES}, optional={"description": st.none() | DESCRIPTIONS})
FIELDS |= st.fixed_dictionaries({"description": st.none() | DESCRIPTIONS}, optional={"title": st.none()})


class Pair(RuleBasedStateMachine):
    """The application and its model, to both of which the same is done."""

    def __init__(self, portal: BlockingPortal, server: Server, template: Database, figures: Counter[str]) -> None:
        super().__init__()
        self.model = Model()
        self.sent: list[Change] = []
        self._figures = figures
        self._portal = portal
        self._server = server
        self._database = server.copy_of(template)
        self._application: AbstractContextManager[Api] = portal.wrap_async_context_manager(
            running(create_app(settings_for(self._database)))
        )
        self._api = self._application.__enter__()

    def teardown(self) -> None:
        """Compare all that there is, and stop."""
        try:
            entries, tasks = self._portal.call(self._api.entries_since), self._portal.call(self._api.tasks)
            verdict = self.read("/history/verify").content
        finally:
            self._application.__exit__(None, None, None)
        self._figures.update(histories=1, changes=len(entries))
        self._figures.update(entry["action_type"] for entry in entries)
        assert entries == self.model.entries
        assert tasks == self.model.living()
        assert isinstance(verdict, dict)
        assert (verdict["valid"], verdict["head_seq"]) == (True, len(entries))
        assert_whole(self._database)
        self._server.drop(self._database)

    def read(self, path: str) -> Answer:
        return self._portal.call(self._api.send, "GET", path)

    def task_id(self, number: int) -> str:
        """Choose a task that there is or was, or now and then one that there never was."""
        ids = [*self.model.tasks] * 4 + [UNKNOWN]
        return ids[number % len(ids)]

    @invariant()
    def counted(self) -> None:
        """Run after each step."""
        self._figures["steps"] += 1

    @initialize(title=TITLES)
    def begin(self, title: str) -> None:
        """Have a task from the beginning, for many histories are made without one rule or another."""
        self._figures["steps"] -= 1  # the empty database, which is looked at before the first step
        self.create(title, None, "new")

    @rule(title=TITLES, description=DESCRIPTIONS, key=KEYS)
    def create(self, title: str, description: str | None, key: str | None) -> None:
        self.offer(Change("create", fields=(("title", title), ("description", description))), None, key)

    @rule(fields=FIELDS, task=TASKS, if_match=IF_MATCH, key=KEYS)
    def update(self, task: int, fields: dict[str, str | None], if_match: str | None, key: str | None) -> None:
        self.offer(Change("update", self.task_id(task), tuple(fields.items())), if_match, key)

    @rule(task=TASKS, if_match=IF_MATCH, key=KEYS)
    def complete(self, task: int, if_match: str | None, key: str | None) -> None:
        self.offer(Change("complete", self.task_id(task)), if_match, key)

    @rule(task=TASKS, if_match=IF_MATCH, key=KEYS)
    def incomplete(self, task: int, if_match: str | None, key: str | None) -> None:
        self.offer(Change("incomplete", self.task_id(task)), if_match, key)

    @rule(task=TASKS, if_match=IF_MATCH, key=KEYS)
    def delete(self, task: int, if_match: str | None, key: str | None) -> None:
        self.offer(Change("delete", self.task_id(task)), if_match, key)

    @rule(version=st.none() | VERSIONS, task=TASKS, if_match=IF_MATCH, key=KEYS)
    def restore(self, task: int, version: int | None, if_match: str | None, key: str | None) -> None:
        self.offer(Change("restore", self.task_id(task), version=version), if_match, key)

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 30))
    def repeat(self, number: int) -> None:
        """Send once more what was sent under a key, whether it succeeded or not."""
        self.write(self.sent[number % len(self.sent)])

    @rule(task=TASKS, known=st.none() | st.sampled_from(["*", 'W/"1"', '"1"', '"2"', '"3"']))
    def get(self, task: int, known: str | None) -> None:
        task_id = self.task_id(task)
        headers = {"if-none-match": known} if known else {}
        response = self._portal.call(self._api.raw, "GET", f"/tasks/{task_id}", None, headers)
        expected = self.model.get(task_id, known.removeprefix("W/") if known else None)
        if response.status_code == 304:
            assert (expected.status, expected.etag) == (304, response.headers["etag"])
            return
        self.check(Answer(response), expected)

    @rule(task=TASKS, version=VERSIONS)
    def at(self, task: int, version: int) -> None:
        task_id = self.task_id(task)
        self.check(self.read(f"/tasks/{task_id}?version={version}"), self.model.at(task_id, version))

    @rule()
    def list_tasks(self) -> None:
        self.check(self.read("/tasks"), Expected(200, self.model.living()))

    @rule(status=STATUSES, words=WORDS, limit=st.none() | LIMITS, past=st.booleans())
    def search(self, status: str, words: list[str], limit: int | None, *, past: bool) -> None:
        """Ask for tasks of a state, with these words, at once or from page to page, now or as of the newest entry."""
        moment = self.model.entries[-1]["timestamp"] if past else None
        query = {"status": status, "q": quote(" ".join(words)) or None, "limit": limit, "as_of": moment}
        answers = self._portal.call(self._api.walk, f"/tasks?{joined(query)}")
        tasks = [task for answer in answers for task in answer.tasks]
        assert tasks == self.model.listed(status, words, moment)
        assert all(len(answer.tasks) == limit for answer in answers[:-1])

    @rule(task=st.none() | TASKS, action=ACTIONS, limit=LIMITS)
    def walk(self, task: int | None, action: str | None, limit: int) -> None:
        """Read the history from page to page."""
        task_id = None if task is None else self.task_id(task)
        query = {"limit": limit, "task_id": task_id, "action_type": action}
        pages = [answer.page for answer in self._portal.call(self._api.walk, f"/history?{joined(query)}")]
        expected = [self.model.page(number, limit, None, task_id, action) for number in range(1, len(pages) + 1)]
        assert [(page["items"], page["pagination"]) for page in pages] == expected
        assert not pages[-1]["pagination"]["has_next"]

    @rule(entry=st.none() | st.integers(0, 60), shift=st.sampled_from([-1, 0, 0, 1]))
    def as_of(self, entry: int | None, shift: int) -> None:
        """Ask for the moment of an entry, or a microsecond off; or for this one, yesterday's or tomorrow's."""
        if entry is None:
            self.check_as_of(datetime.now(UTC) + timedelta(days=shift))
        else:
            time = self.model.entries[entry % len(self.model.entries)]["timestamp"]
            self.check_as_of(datetime.fromisoformat(time) + timedelta(microseconds=shift))

    @rule(task=st.none() | TASKS, action=ACTIONS, page=PAGES, limit=LIMITS, offset=OFFSETS)
    def history(self, task: int | None, action: str | None, page: int | None, limit: int, offset: int | None) -> None:
        task_id = None if task is None else self.task_id(task)
        query = {"page": page, "limit": limit, "offset": offset, "task_id": task_id, "action_type": action}
        items, pagination = self.model.page(page, limit, offset, task_id, action)
        self.check(self.read(f"/history?{joined(query)}"), Expected(200, {"items": items, "pagination": pagination}))

    @rule(task=TASKS, page=PAGES, limit=LIMITS, offset=OFFSETS)
    def story(self, task: int, page: int | None, limit: int, offset: int | None) -> None:
        task_id = self.task_id(task)
        query = {"page": page, "limit": limit, "offset": offset}
        items, pagination = self.model.page(page, limit, offset, task_id)
        found = Expected(200, {"items": items, "pagination": pagination})
        unknown = Expected(404, error="Task not found")
        answer = self.read(f"/tasks/{task_id}/history?{joined(query)}")
        self.check(answer, found if task_id in self.model.tasks else unknown)

    @rule(number=st.integers(0, 60), limit=LIMITS)
    def changes(self, number: int, limit: int) -> None:
        since = number % (len(self.model.entries) + 2)
        items = self.model.entries[since : since + limit]
        found = Expected(200, {"items": items, "next_since": since + len(items)})
        beyond = Expected(400, error="since: is beyond the newest entry")
        answer = self.read(f"/changes?since={since}&limit={limit}")
        self.check(answer, found if since <= len(self.model.entries) else beyond)

    @rule()
    def week(self) -> None:
        mondays = [monday()]
        figures = dict(self.read("/stats/weekly").week)
        mondays.append(monday())
        start, end = (datetime.fromisoformat(str(figures.pop(name))) for name in ("week_start", "week_end"))
        assert start in mondays
        assert end == start + timedelta(days=7, seconds=-1)
        assert figures == self.model.week(written(start))

    def offer(self, change: Change, if_match: str | None, key: str | None) -> None:
        """Make a change on terms of these kinds."""
        self.write(replace(change, if_match=self.tags(change.task_id, if_match), key=self.key(key)))

    def write(self, change: Change) -> None:
        """Have both make a change, and compare the answers and the newest entries."""
        if change.key:
            self.sent.append(change)
        answer = self._portal.call(self.send, change)
        newest = self._portal.call(self._api.page, "limit=1")
        entry = newest["items"][0] if newest["items"] else None
        expected = self.model.change(change, entry)
        items, pagination = self.model.page(None, 1, None)
        assert (newest["items"], newest["pagination"]) == (items, pagination)
        self.check(answer, expected)
        if entry:
            assert names_titles(entry)

    async def send(self, change: Change) -> Answer:
        terms = {"key": change.key, "if_match": change.if_match}
        path, body = f"/tasks/{change.task_id}", json.dumps(dict(change.fields))
        match change.action:
            case "create":
                return await self._api.write("POST", "/tasks", body, **terms)
            case "update":
                return await self._api.write("PUT", path, body, **terms)
            case "delete":
                return await self._api.write("DELETE", path, **terms)
            case "restore":
                version = None if change.version is None else json.dumps({"version": change.version})
                return await self._api.write("POST", f"{path}/restore", version, **terms)
        return await self._api.write("PATCH", f"{path}/{change.action}", **terms)

    def key(self, kind: str | None) -> str | None:
        """Choose a key that is new, or one that was sent before, most likely with something else."""
        if kind == "used" and self.sent:
            return self.sent[-1].key
        return f"key-{len(self.sent)}" if kind else None

    def tags(self, task_id: str, kind: str | None) -> str | None:
        """Choose an If-Match for a task."""
        version = len(self.model.tasks.get(task_id, []))
        tags = {"right": f'"{version}"', "stale": f'"{version - 1}"', "any": "*"}
        return (tags | {"several": f'"{version - 2}", "{version}"', "weak": f'W/"{version}"'}).get(kind or "")

    def check_as_of(self, time: datetime) -> None:
        moment = written(time)
        answer = self.read(f"/tasks?as_of={moment}")
        if time > datetime.now(UTC):
            self.check(answer, NOT_YET)
        else:
            self.model.settle(moment)
            self.check(answer, Expected(200, self.model.living(moment)))

    def check(self, answer: Answer, expected: Expected) -> None:
        assert Expected.of(answer) == expected


def names_titles(entry: Entry) -> bool:
    """Tell whether an entry's sentence has the title, and the old one where that was another."""
    old, new = entry["changes"].get("title", [None, None])
    return all(str(title) in entry["description"] for title in (old, new, entry["task_title"]) if title)


def written(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def joined(query: Mapping[str, object]) -> str:
    return "&".join(f"{name}={value}" for name, value in query.items() if value is not None)


def monday() -> datetime:
    now = datetime.now(UTC)
    return datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=now.weekday())


@promise("the application equals its model", "all operations in random order, each answer compared with a dictionary's")
def test_the_application_equals_its_model(
    server: Server, template: Database, proof: Proof, pytestconfig: pytest.Config
) -> None:
    wanted, figures = proof.size(200, 10_000), Counter[str]()
    number: Any = pytestconfig.getoption("--hypothesis-seed") or SystemRandom().getrandbits(32)

    def pair() -> Pair:
        return Pair(portal, server, template, figures)

    limits = settings(
        max_examples=proof.size(10, 200),
        stateful_step_count=STEPS_EACH,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with start_blocking_portal() as portal:
        try:
            seeded = cast("type[Pair]", seed(int(number))(pair))  # a function will do as well
            run_state_machine_as_test(seeded, settings=limits)
        finally:
            done = f"{figures['steps']:,} steps, {figures['changes']:,} changes, {figures['histories']} histories"
            proof.figure(f"{done}, --hypothesis-seed={number}")
    assert figures["steps"] >= wanted
    if proof.long:
        assert min(figures[action] for action, _ in VERBS.values()) >= 10  # in a short run that is left to chance
