"""The text of each task that is searched."""

import unicodedata
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
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
    # With a default the table is not recreated, so CHECK constraints and indexes stay as they are.
    op.add_column("tasks", sa.Column("search_text", sa.Text(), nullable=False, server_default=""))
    fill = sa.update(tasks).where(tasks.c.id == sa.bindparam("task_id"))
    fill = fill.values(search_text=sa.bindparam("searched"))
    for some in _portions(op.get_bind()):
        searched = [{"task_id": task.id, "searched": _search_text(task.title, task.description)} for task in some]
        op.get_bind().execute(fill, searched)


def downgrade() -> None:
    op.drop_column("tasks", "search_text")


def _portions(connection: sa.Connection) -> Iterator[list[sa.Row[Any, Any, Any]]]:
    query = sa.select(tasks.c.id, tasks.c.title, tasks.c.description).order_by(tasks.c.id).limit(TASKS_AT_ONCE)
    some = list(connection.execute(query))
    while some:
        yield some
        some = list(connection.execute(query.where(tasks.c.id > some[-1].id)))


def _search_text(title: str, description: str | None) -> str:
    """A copy of `utils.search` as it was when this migration was written."""
    text = f"{title}\n{description or ''}"
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())
