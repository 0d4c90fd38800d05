"""Correct search texts for which a newer Python has folded letters that are newer than Unicode 14."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from src.utils.search import search_text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Uuid().with_variant(sa.String(36), "sqlite")
TASKS_AT_ONCE = 2_000

tasks = sa.table(
    "tasks",
    sa.column("id", IDENTIFIER),
    sa.column("title", sa.String),
    sa.column("description", sa.String),
    sa.column("search_text", sa.Text),
)


def upgrade() -> None:
    correction = sa.update(tasks).where(tasks.c.id == sa.bindparam("task_id")).values(search_text=sa.bindparam("right"))
    for some in _portions(op.get_bind()):
        right = {task.id: search_text(task.title, task.description) for task in some}
        wrong = [task.id for task in some if task.search_text != right[task.id]]
        if wrong:
            op.get_bind().execute(correction, [{"task_id": task_id, "right": right[task_id]} for task_id in wrong])


def downgrade() -> None:
    """Nothing to do: the earlier version reads both."""


def _portions(connection: sa.Connection) -> Iterator[list[sa.Row[Any, Any, Any, Any]]]:
    columns = (tasks.c.id, tasks.c.title, tasks.c.description, tasks.c.search_text)
    query = sa.select(*columns).order_by(tasks.c.id).limit(TASKS_AT_ONCE)
    some = list(connection.execute(query))
    while some:
        yield some
        some = list(connection.execute(query.where(tasks.c.id > some[-1].id)))
