"""The requests before a database is frozen: each kind of entry and text, deletions, idempotency keys, `as_of`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import time_machine

from tests.answer import Answer, Task
from tests.api_client import JSON, Api

MONDAY = datetime(2026, 11, 9, 8, 30, tzinfo=UTC)
"""A day on which the first task was written; the last is written sixteen days later."""

TEXTS: Mapping[str, str | None] = {
    "Buy milk": None,
    "Empty description": "",
    "Quotes \" and \\ and '": "two litres\nC:\\fridge\r\n\ttab",
    "牛乳を買う 🥛": "👩‍👩‍👧‍👦 and 🇪🇺",
    "Straße, ſtaub, İstanbul, ΌΣΟΣ": "e\u0301 and \u00e9",
    "مهمة جديدة": "שלום",
    "Z" + "\u0301" * 40: "n" + "\u0303" * 40,  # more marks in a row than may be written today
    "\U0001f95b" * 255: "\U0001d11e" * 5000,
    "<b>&amp;</b>": "Robert'); DROP TABLE tasks;-- %s {0} $1",
    "\u200bhidden\u200b": "\u2028line\u2029paragraph\ufeff",
}


@dataclass
class Story:
    """Writes through the API at times of its own, and notes what was answered to those under a key."""

    api: Api
    keyed: list[dict[str, object]] = field(default_factory=list)
    moments: list[str] = field(default_factory=list)
    now: datetime = MONDAY

    @contextmanager
    def after(self, **duration: float) -> Iterator[None]:
        """Do something after so much time."""
        self.now += timedelta(**duration)
        with time_machine.travel(self.now, tick=True):
            yield

    async def write(self, method: str, path: str, body: str | None = None, if_match: str | None = None) -> Answer:
        """Write under a key of its own."""
        key = f"frozen-{len(self.keyed) + 1}"
        answer = await self.api.write(method, path, body, key=key, if_match=if_match)
        request = {"method": method, "path": path, "key": key, "if_match": if_match, "body": body}
        self.keyed.append(request | recorded(answer))
        return answer

    async def mark(self) -> None:
        """Request the tasks as of now, which freezes the history up to this moment."""
        moment = (self.now - timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
        assert (await self.api.as_of(moment)).status == 200
        self.moments.append(moment)


def recorded(answer: Answer) -> dict[str, object]:
    """What every later version must answer again."""
    return {"status": answer.status, "etag": answer.etag, "data": answer.content}


async def tell(api: Api) -> Story:
    """Write all of it, over more than two weeks."""
    story = Story(api)
    with story.after():
        tasks = [(await api.create(title, description)).task for title, description in TEXTS.items()]
    with story.after(days=2):
        await _edit(api, tasks)
        await story.mark()
    with story.after(days=3):
        await _remove_and_restore(api, tasks)
        await story.mark()
    with story.after(days=7):
        await _go_back(api, tasks)
        await story.mark()
    with story.after(days=4, hours=5):
        await _write_under_keys(story)
        await story.mark()
    return story


async def _edit(api: Api, tasks: list[Task]) -> None:
    for task in tasks[:6]:
        await api.complete(task["id"])
    for task in tasks[1:4]:
        await api.reopen(task["id"])
    await api.update(tasks[0]["id"], title="Buy oat milk", description="one litre")
    await api.update(tasks[2]["id"], description="")
    await api.update(tasks[3]["id"], title="牛乳 \U0001f95b\U0001f95b")
    await api.update(tasks[6]["id"], description="shorter")
    await api.update(tasks[0]["id"], title="Buy soy milk")


async def _remove_and_restore(api: Api, tasks: list[Task]) -> None:
    for task in tasks[:8]:
        await api.delete(task["id"])
    await api.restore(tasks[0]["id"])
    await api.restore(tasks[4]["id"], version=1)
    await api.restore(tasks[6]["id"], version=1)
    await api.restore(tasks[7]["id"])


async def _go_back(api: Api, tasks: list[Task]) -> None:
    await api.restore(tasks[0]["id"], version=1)
    await api.restore(tasks[0]["id"], version=3)
    await api.delete(tasks[7]["id"])
    await api.complete(tasks[8]["id"])
    await api.restore(tasks[8]["id"], version=1)
    await api.delete(tasks[4]["id"])
    await api.restore(tasks[4]["id"])


async def _write_under_keys(story: Story) -> None:
    task = (await story.write("POST", "/tasks", '{"title": "Keyed \U0001f511", "description": "once"}')).task
    path = f"/tasks/{task['id']}"
    await story.write("PUT", path, '{"title": "Keyed twice"}', if_match='"1"')
    await story.write("PATCH", f"{path}/complete")
    await story.write("PATCH", f"{path}/incomplete", if_match='"3", "9"')
    await story.write("PUT", path, '{"description": ""}', if_match="*")
    await story.write("DELETE", path)
    await story.write("POST", f"{path}/restore", '{"version": 2}')
    await story.write("POST", f"{path}/restore")
    other = (await story.write("POST", "/tasks", '{"title": "Gone under a key"}')).task
    await story.write("DELETE", f"/tasks/{other['id']}", if_match='"1"')
    await story.api.send("POST", "/tasks", '{"title": "Without a key"}', JSON | {"x-request-id": "frozen-request"})
