"""Counts of existing tasks created and completed on each day. They replace the indexes that were used for counting."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COUNTED = ("created_at", "completed_at")
DAY_OF = {
    "sqlite": "substr({}, 1, 10)",
    "postgresql": "CAST({} AT TIME ZONE 'UTC' AS date)",
}
FILL = """
    INSERT INTO daily_counts (day, created, completed)
    SELECT day, sum(created), sum(completed) FROM (
        SELECT {created_at} AS day, 1 AS created, 0 AS completed FROM tasks
        UNION ALL
        SELECT {completed_at}, 0, 1 FROM tasks WHERE completed_at IS NOT NULL
    ) AS days GROUP BY day
"""


def upgrade() -> None:
    op.create_table(
        "daily_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("completed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_daily_counts"),
    )
    day_of = DAY_OF[op.get_bind().dialect.name]
    op.execute(FILL.format(created_at=day_of.format("created_at"), completed_at=day_of.format("completed_at")))
    for column in COUNTED:
        op.drop_index(f"ix_tasks_{column}", "tasks")


def downgrade() -> None:
    for column in COUNTED:
        op.create_index(f"ix_tasks_{column}", "tasks", [column])
    op.drop_table("daily_counts")
