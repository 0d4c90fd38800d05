"""More tasks than a test would make one by one."""

from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import Table, insert

from src.database.connection import write_engine
from src.models.task import Task, TaskSnapshot
from tests.databases import Database
from tests.house import options_of

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def fill(database: Database, count: int, title: str = "Task", description: str | None = None) -> None:
    """Put tasks there without a history, every third of them completed."""
    rows = [_row(number, f"{title} {number}", description) for number in range(count)]
    engine = write_engine(options_of(database))
    with engine.begin() as connection:
        if rows:
            connection.execute(insert(cast("Table", Task.__table__)), rows)
    engine.dispose()


def _row(number: int, title: str, description: str | None) -> dict[str, object]:
    now = NEW_YEAR + timedelta(seconds=number)
    task = TaskSnapshot.create(title, description, now)
    return (task if number % 3 else task.complete(now)).row()
