"""Tasks, their append-only history, and its head."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

IDENTIFIER = sa.Uuid().with_variant(sa.String(36), "sqlite")
TIMESTAMP = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
COUNTERS = (
    "created",
    "updated",
    "completed",
    "incompleted",
    "deleted",
    "restored",
    "living",
    "living_completed",
)

SQLITE_TRIGGERS = {
    "task_history_no_update": "BEFORE UPDATE ON task_history",
    "task_history_no_delete": "BEFORE DELETE ON task_history",
    # REPLACE bypasses the triggers above: it removes a conflicting row without firing them
    "task_history_no_replace": """BEFORE INSERT ON task_history WHEN
        EXISTS (SELECT 1 FROM task_history WHERE seq = NEW.seq)
        OR EXISTS (SELECT 1 FROM task_history WHERE history_id = NEW.history_id)
        OR EXISTS (SELECT 1 FROM task_history WHERE task_id = NEW.task_id AND version = NEW.version)""",
}


def upgrade() -> None:
    _create_tasks()
    _create_history()
    _create_head()
    if op.get_bind().dialect.name == "sqlite":
        _protect_on_sqlite()
    else:
        _protect_on_postgresql()


def downgrade() -> None:
    for table in ("history_head", "task_history", "tasks"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_history_change()")


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("description", sa.String(5000)),
        sa.Column("is_completed", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIMESTAMP, nullable=False),
        sa.Column("updated_at", TIMESTAMP, nullable=False),
        sa.Column("completed_at", TIMESTAMP),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 255", name=op.f("ck_tasks_title_length")),
        sa.CheckConstraint("length(description) <= 5000", name=op.f("ck_tasks_description_length")),
        sa.CheckConstraint("is_completed = (completed_at IS NOT NULL)", name=op.f("ck_tasks_completed_at_agrees")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_tasks_version_positive")),
    )
    op.create_index("ix_tasks_is_completed_created_at", "tasks", ["is_completed", sa.text("created_at DESC")])
    op.create_index("ix_tasks_created_at", "tasks", ["created_at"])
    op.create_index("ix_tasks_completed_at", "tasks", ["completed_at"])


def _create_history() -> None:
    op.create_table(
        "task_history",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=False),
        sa.Column("history_id", IDENTIFIER, nullable=False),
        sa.Column("task_id", IDENTIFIER, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action_type", sa.String(11), nullable=False),
        sa.Column("task_title", sa.String(255), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(64)),
        sa.Column("timestamp", TIMESTAMP, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_task_history"),
        sa.UniqueConstraint("history_id", name="uq_task_history_history_id"),
        sa.UniqueConstraint("task_id", "version", name="uq_task_history_task_id_version"),
        sa.CheckConstraint(
            "action_type IN ('CREATED', 'UPDATED', 'COMPLETED', 'INCOMPLETED', 'DELETED', 'RESTORED')",
            name=op.f("ck_task_history_action_type_known"),
        ),
        sa.CheckConstraint("seq >= 1 AND version >= 1", name=op.f("ck_task_history_numbers_positive")),
        sa.CheckConstraint(
            "length(previous_hash) = 64 AND length(hash) = 64", name=op.f("ck_task_history_hash_length")
        ),
    )
    op.create_index("ix_task_history_task_id_seq", "task_history", ["task_id", sa.text("seq DESC")])
    op.create_index("ix_task_history_action_type_seq", "task_history", ["action_type", sa.text("seq DESC")])
    op.create_index("ix_task_history_timestamp", "task_history", ["timestamp"])


def _create_head() -> None:
    head = op.create_table(
        "history_head",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("timestamp", TIMESTAMP, nullable=False),
        *(sa.Column(counter, sa.BigInteger(), nullable=False) for counter in COUNTERS),
        sa.PrimaryKeyConstraint("id", name="pk_history_head"),
        sa.CheckConstraint("id = 1", name=op.f("ck_history_head_single_row")),
    )
    epoch = "'1970-01-01T00:00:00.000000Z'"
    start: dict[str, object] = {"id": 1, "seq": 0, "hash": "0" * 64, "timestamp": sa.literal_column(epoch)}
    op.execute(sa.insert(head).values(start | dict.fromkeys(COUNTERS, 0)))


def _protect_on_sqlite() -> None:
    for name, occasion in SQLITE_TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {occasion} BEGIN SELECT RAISE(ABORT, 'task_history is append-only'); END")


def _protect_on_postgresql() -> None:
    op.execute("""
        CREATE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'task_history is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER task_history_no_change BEFORE UPDATE OR DELETE ON task_history
        FOR EACH ROW EXECUTE FUNCTION refuse_history_change()
    """)
    op.execute("""
        CREATE TRIGGER task_history_no_truncate BEFORE TRUNCATE ON task_history
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change()
    """)
