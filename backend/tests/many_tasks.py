"""Tasks in bulk."""

from datetime import UTC, datetime, timedelta

from src.database.bulk import BulkInsert
from src.database.connection import write_engine
from src.models.task import Task, TaskSnapshot
from src.models.workspace import WorkspaceId
from src.utils import canonical_json
from tests.databases import Database
from tests.house import options_of

INSERT_TASKS = BulkInsert(Task)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def fill(database: Database, count: int, title: str = "Task", description: str | None = None) -> None:
    """Insert tasks without a history, every third completed."""
    workspace = database.workspace()
    rows = [_row(workspace, number, f"{title} {number}", description) for number in range(count)]
    engine = write_engine(options_of(database))
    with engine.begin() as connection:
        INSERT_TASKS(connection, rows)
    engine.dispose()


def _row(workspace: WorkspaceId, number: int, title: str, description: str | None) -> str:
    now = NEW_YEAR + timedelta(seconds=number)
    task = TaskSnapshot.create(title, description, now)
    row = (task if number % 3 else task.complete(now)).row()
    return canonical_json.encode({"workspace_id": workspace} | row)
