"""Accepted texts are returned unchanged by every route, others are rejected, on both databases."""

import json
from asyncio import gather, timeout
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from random import Random
from typing import Any, TypeVar

from tests.answer import Answer, Entry
from tests.api_client import Api
from tests.databases import Database
from tests.faults.naughty_strings import CATALOGUE
from tests.faults.proof import Proof, promise
from tests.faults.texts import as_description, as_title, by_chance
from tests.served import connected, following, serving
from tests.stored_history import assert_whole, stored_tasks

SEED = 4
AT_ONCE = 32
SOON = 600
"""Seconds that keep the test from hanging where an event does not come."""

T = TypeVar("T")
Texts = tuple[str, str | None]
Readings = list[tuple[str, object]]
"""The ids of tasks, and what was read of each in some place."""


@dataclass(frozen=True)
class Sent:
    """What was sent, what is to become of it, if it is to be accepted, and its answer."""

    body: str
    expected: Texts | None
    answer: Answer

    @property
    def is_answered_rightly(self) -> bool:
        return self.answer.status == (400 if self.expected is None else 201)


@promise("always the envelope, never a surprise", "naughty strings as title and description, read back in every way")
async def test_accepted_texts_are_returned_unchanged(proof: Proof, database: Database) -> None:
    strings = [*CATALOGUE, *by_chance(Random(SEED), proof.size(20, 2_000))]

    with serving(database) as server:
        async with connected(server) as api, timeout(SOON):
            sent = await in_turns(send(api, *attempt) for attempt in attempts(strings))
            kept = {it.answer.task["id"]: it.expected for it in sent if it.answer.success}
            alone = list(kept)[:: proof.size(8, 1)]
            readings = [*chain(*await in_turns(read_alone(api, task_id) for task_id in alone))]
            readings += await read_together(api, len(kept) + 2 * len(alone))
    readings += [(task_id, texts_of(row)) for task_id, row in stored_tasks(database).items()]

    wrong = [it.body for it in sent if not it.is_answered_rightly]
    altered = [(read, kept[task_id]) for task_id, read in readings if read != kept[task_id]]
    proof.figure(f"{len(strings):,} strings, {len(sent) - len(kept):,} times refused, {len(wrong)} times wrongly")
    proof.figure(f"{len(kept):,} times accepted and {len(readings):,} times read back, {len(altered)} altered")
    assert (wrong, altered) == ([], [])
    assert len(readings) == 6 * len(kept) + 12 * len(alone)
    assert_whole(database)


def attempts(strings: Iterable[str]) -> Iterator[tuple[dict[str, str], Texts | None]]:
    """Each string as a title and as a description, and what is to be stored."""
    for text in strings:
        title, description = as_title(text), as_description(text)
        yield {"title": text}, None if title is None else (title, None)
        yield {"title": "x", "description": text}, None if description is None else ("x", description)


async def send(api: Api, fields: dict[str, str], expected: Texts | None) -> Sent:
    """Create a task; every other string is escaped, and so are those that can't be sent otherwise."""
    escaped = len(fields) == 1 or any("\ud800" <= character <= "\udfff" for character in fields["description"])
    body = json.dumps(fields, ensure_ascii=escaped)
    return Sent(body, expected, await api.send("POST", "/tasks", body.encode()))


async def read_alone(api: Api, task_id: str) -> Readings:
    """Delete the task, bring it back, and read it and its history."""
    await api.delete(task_id)
    answers = [await api.restore(task_id), await api.get(task_id), await api.at(task_id, 1)]
    read = [texts_of(answer.task) for answer in answers]
    read += [recorded(entry) for entry in (await api.story(task_id)).page["items"]]
    return [(task_id, texts) for texts in read]


async def read_together(api: Api, count: int) -> Readings:
    """Read all tasks, now and as they were at the newest entry's time, and so many entries from either end."""
    newest = (await api.entries("limit=1"))[0]
    lists = [await api.tasks(), (await api.as_of(newest["timestamp"])).tasks]
    pages = [await api.entries(f"limit=100&page={page + 1}") for page in range(-(-count // 100))]
    async with following(api, "since=0") as stream:
        events = [json.loads(event.data) for event in await stream.take(count)]
    entries = [*chain(*pages), *events, *await changes(api)]
    readings = [(task["id"], texts_of(task)) for task in chain(*lists)]
    return readings + [(entry["task_id"], recorded(entry)) for entry in entries]


async def changes(api: Api) -> list[Entry]:
    """Follow the history from its beginning."""
    followed: list[Any] = []
    while items := (await api.send("GET", f"/changes?limit=1000&since={len(followed)}")).page["items"]:
        followed += items
    return followed


def texts_of(task: Mapping[str, object]) -> object:
    return task["title"], task["description"]


def recorded(entry: Entry) -> object:
    """The texts as an entry has them, unless it names another title than it records."""
    side = 0 if entry["action_type"] == "DELETED" else 1
    title, description = entry["changes"]["title"][side], entry["changes"]["description"][side]
    named = entry["task_title"] == title and entry["description"].endswith(f' "{title}"')
    return (title, description) if named else entry


async def in_turns(calls: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Some at once, so that they share transactions."""
    waiting, done = iter(calls), []
    while some := await gather(*islice(waiting, AT_ONCE)):
        done += some
    return done
