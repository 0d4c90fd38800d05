"""Every version reads, verifies, restores, replays and extends what each earlier release has stored."""

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import LiteralString, cast

import pytest
import time_machine

from main import create_app
from tests.api_client import Api, running
from tests.conftest import settings_for
from tests.databases import Server, SqliteDatabase
from tests.frozen.story import recorded
from tests.frozen.thawed import RELEASES, Thawed, thawed
from tests.programs import BACKEND
from tests.stored_history import FORMAT_1, LINKS, Record, stored_entries
from tests.tampering import attack, diagnosis, disarm, one_character_altered, verdict

pytestmark = pytest.mark.travels


@pytest.fixture(params=RELEASES)
def frozen(request: pytest.FixtureRequest, server: Server) -> Iterator[Thawed]:
    """Give each release's database, an hour after it was frozen, so that its keys are still known."""
    with thawed(server, request.param) as found, time_machine.travel(found.frozen_at + timedelta(hours=1), tick=True):
        yield found


@pytest.fixture
async def api(frozen: Thawed) -> AsyncIterator[Api]:
    """Serve it by the application of today, which first brings it up to date."""
    async with running(create_app(settings_for(frozen.database))) as client:
        yield client


def still(then: object, now: object) -> object:
    """Remove object keys that were added later, at any depth."""
    if isinstance(then, dict) and isinstance(now, dict):
        return {name: still(then[name], value) for name, value in now.items() if name in then}
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return [still(*pair) for pair in zip(then, now, strict=True)]
    return now


def test_there_is_a_frozen_database() -> None:
    assert "0.1.0" in RELEASES


async def test_it_reads_as_it_did(frozen: Thawed, api: Api) -> None:
    for read in frozen.reads:
        expected = {name: value for name, value in read.items() if name != "path"}

        assert still(expected, recorded(await api.send("GET", read["path"]))) == expected, read["path"]


async def test_no_entry_was_rewritten(frozen: Thawed, api: Api) -> None:
    await api.create("One more")

    entries = stored_entries(frozen.database)

    of_release = [{name: entry[name] for name in frozen.entries[0]} for entry in entries[: len(frozen.entries)]]
    assert of_release == frozen.entries
    assert set(frozen.entries[0]) == {*FORMAT_1, *LINKS}
    assert [entry["format"] for entry in entries] == [1] * len(frozen.entries) + [2]


async def test_a_repeat_under_a_key_gets_the_first_answer(frozen: Thawed, api: Api) -> None:
    assert len(frozen.keyed) > 5

    with frozen.database.unchanged():
        for write in frozen.keyed:
            answer = await api.write(write["method"], write["path"], write["body"], **_terms(write))

            assert answer.replayed == "true"
            expected = {name: write[name] for name in ("status", "etag", "data")}
            assert still(expected, recorded(answer)) == expected, write


async def test_another_request_under_a_key_is_refused(frozen: Thawed, api: Api) -> None:
    for write in frozen.keyed:
        answer = await api.write("POST", "/tasks", '{"title": "Another"}', key=write["key"])

        assert answer.status == 422


async def test_every_task_goes_back_to_its_first_version(frozen: Thawed, api: Api) -> None:
    first = {entry["task_id"]: entry for entry in reversed(frozen.entries)}
    assert len(first) > 10

    for task_id, entry in first.items():
        restored = cast("dict[str, object]", (await api.restore(task_id, version=1)).content)

        changes = json.loads(entry["changes"])
        kept = ("title", "description", "is_completed", "created_at", "completed_at")
        assert {name: restored[name] for name in kept} == {name: changes[name][1] for name in kept}
    assert {task["id"] for task in await api.tasks()} == set(first)


async def test_it_can_be_extended_and_verified(frozen: Thawed, api: Api) -> None:
    before = cast("dict[str, object]", (await api.send("GET", "/history/verify")).content)
    task = await api.create("Later")
    await api.update(task, description="in a newer version")
    await api.complete(task)
    await api.delete(task)
    for living in await api.tasks():
        await api.update(living["id"], description="in a newer version")
        await api.reopen(living["id"])
        await api.complete(living["id"])

    proof = cast("dict[str, object]", (await api.send("GET", "/history/verify")).content)

    assert before["valid"]
    assert before["head_hash"] == frozen.entries[-1]["hash"]
    assert proof["valid"]
    assert proof["entries"] == len(await api.entries_since())
    assert diagnosis(frozen.database) == []


def _terms(write: dict[str, str]) -> dict[str, str]:
    return {"key": write["key"], "if_match": write["if_match"]}


async def test_texts_of_its_entries_can_be_erased(frozen: Thawed, api: Api) -> None:
    """Their hashes cover the texts, so what remains is proven by the erasure."""
    by_task: dict[str, list[Record]] = {}
    for entry in frozen.entries:
        by_task.setdefault(entry["task_id"], []).append(entry)
    erased: list[tuple[str, str]] = []

    for number, (task_id, entries) in enumerate(by_task.items()):
        created = json.loads(entries[0]["changes"])
        fields = (["description"], ["title"], ["title", "description"])[number % 3]
        erased += [(task_id, created[name][1]) for name in fields if len(created[name][1] or "") > 12]
        answer = await api.write("POST", f"/tasks/{task_id}/erase", json.dumps({"fields": fields}))
        assert answer.status == 200
    again = next(iter(by_task))
    await api.write("POST", f"/tasks/{again}/erase", json.dumps({"fields": ["title"]}))
    proof = cast("dict[str, object]", (await api.send("GET", "/history/verify")).content)

    assert erased
    assert (proof["valid"], proof["entries"]) == (True, len(frozen.entries) + len(by_task) + 1)
    assert cast("int", proof["unproven"]) > 0
    assert diagnosis(frozen.database) == []
    left = {
        task_id: json.dumps((await api.send("GET", f"/tasks/{task_id}/history?limit=100")).data) for task_id in by_task
    }
    assert [text for task_id, text in erased if json.dumps(text)[1:-1] in left[task_id]] == []

    disarm(frozen.database)
    attack(frozen.database, "UPDATE task_history SET request_id = 'forged' WHERE seq = 1")
    assert verdict(frozen.database).first_invalid_seq == 1


async def test_each_character_of_its_entries_is_still_proven(frozen: Thawed, api: Api) -> None:
    await api.create("In format 2")
    disarm(frozen.database)
    named = []

    for column in ("task_title", "description", "changes", "action_type", "actor_kind", "texts"):
        entry = stored_entries(frozen.database)[4]
        before = entry[column]
        change: LiteralString = "UPDATE task_history SET " + column + " = %s WHERE seq = 5"
        attack(frozen.database, change, one_character_altered(before or "-"))
        named.append(verdict(frozen.database).first_invalid_seq)
        attack(frozen.database, change, before)

    assert named == [5] * 6
    assert verdict(frozen.database).valid


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_the_documented_script_verifies_both_formats(frozen: Thawed, api: Api, tmp_path: Path) -> None:
    assert isinstance(frozen.database, SqliteDatabase)
    script, document = tmp_path / "verify.py", (BACKEND.parent / "docs" / "history.md").read_text()
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", document, re.DOTALL) if "sys.argv" in block]
    script.write_text(code)
    fields = json.dumps({"fields": ["title", "description"]})
    await api.write("POST", f"/tasks/{frozen.entries[0]['task_id']}/erase", fields)

    def verify() -> str:
        command = [sys.executable, script, frozen.database.path]  # type: ignore[attr-defined]  # asserted above
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return ended.stdout + ended.stderr

    valid = verify()
    disarm(frozen.database)
    attack(frozen.database, "UPDATE task_history SET client = 'forged' WHERE seq = %s", len(frozen.entries) + 1)

    newest = stored_entries(frozen.database)[-1]
    assert valid == f"valid, head {newest['seq']} {newest['hash']}\n"
    assert verify() == f"entry {newest['seq']} does not match\n"
