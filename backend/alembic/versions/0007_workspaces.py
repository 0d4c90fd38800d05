"""Each workspace its own history, with room for entries of format 2. All that is there belongs to the first workspace.

No entry is rewritten. SQLite can't change keys, so its tables are copied, which needs room on the disk.
"""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from src.exceptions.errors import NoRoomError, StartError
from src.utils.identifiers import new_id

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Uuid().with_variant(sa.String(36), "sqlite")
TIMESTAMP = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
PRINCIPALS = {"shared": "00000000-0000-8000-8000-000000000001", "system": "00000000-0000-8000-8000-000000000002"}
FILES_NEEDED = 3
"""Free space as a multiple of the database: its copy, with larger indexes, is written to the log first."""
KEYS = {
    "tasks": ("id", "workspace_id, id"),
    "task_history": ("seq", "workspace_id, seq"),
    "idempotency_keys": ("key", "workspace_id, actor_id, key"),
    "daily_counts": ("day", "workspace_id, day"),
    "history_head": ("id", "workspace_id"),
}
UNIQUE = (("history_id", "workspace_id, history_id"), ("task_id, version", "workspace_id, task_id, version"))
OLD_ACTIONS = "action_type IN ('CREATED', 'UPDATED', 'COMPLETED', 'INCOMPLETED', 'DELETED', 'RESTORED')"
ACTIONS = f"{OLD_ACTIONS[:-1]}, 'ERASED')"
FORMAT_2 = {
    "actor_kind": "varchar(7)",
    "actor_id": "uuid",
    "credential_id": "uuid",
    "client": "varchar(64)",
    "run_id": "uuid",
    "meta": "text",
    "commitments": "text",
    "texts": "text",
}
OLD_INDEXES = {
    "tasks": ["is_completed, created_at DESC"],
    "task_history": ["action_type, seq DESC", "timestamp"],
    "idempotency_keys": ["created_at"],
}
RUN_INDEX = "ix_task_history_workspace_id_run_id_seq"


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if on_sqlite:
        _require_room()
    _create_workspaces()
    workspace = str(new_id())
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    op.execute(
        f"INSERT INTO workspaces (id, slug, name, created_at) VALUES ('{workspace}', 'default', 'Default', '{now}')"
    )
    for kind, principal in PRINCIPALS.items():
        op.execute(f"INSERT INTO principals (id, kind, created_at) VALUES ('{principal}', '{kind}', '{now}')")
    if on_sqlite:
        _copy_on_sqlite(workspace)
        _protect_on_sqlite(NO_CHANGE_BUT_ERASURE, "workspace_id = NEW.workspace_id AND ")
    else:
        _change_on_postgresql(workspace)
        _protect_on_postgresql(ERASURE_ALONE)
    _create_indexes("workspace_id, ")
    op.execute(f"CREATE INDEX {RUN_INDEX} ON task_history (workspace_id, run_id, seq DESC) WHERE run_id IS NOT NULL")


def downgrade() -> None:
    """Raises StartError if something is stored that the earlier version can't hold."""
    counts = sa.text("SELECT (SELECT count(*) FROM workspaces), (SELECT count(*) FROM task_history WHERE format <> 1)")
    workspaces, entries = op.get_bind().execute(counts).one()
    if workspaces != 1 or entries:
        raise StartError("the earlier version can't hold this database's second workspace or entries of format 2")
    if op.get_bind().dialect.name == "sqlite":
        for table, edits in SQLITE_EDITS.items():
            given = {"id": "1"} if table == "history_head" else {}
            _copy(table, [(new, old) for old, new in reversed(edits)], given)
        _protect_on_sqlite("", "")
    else:
        _change_back_on_postgresql()
        _protect_on_postgresql("")
    _create_indexes("")
    op.drop_table("principals")
    op.drop_table("workspaces")


def _require_room() -> None:
    file = "SELECT file FROM pragma_database_list WHERE name = 'main'"
    path = Path(os.fsdecode(str(op.get_bind().exec_driver_sql(file).scalar()).encode()))  # in whatever locale
    files = [path, path.with_name(f"{path.name}-wal")]
    needed = FILES_NEEDED * sum(file.stat().st_size for file in files if file.exists())
    if shutil.disk_usage(path.parent).free < needed:
        raise NoRoomError(
            f"DATABASE_URL: the disk needs {needed // 1_000_000 + 1} MB of free space while the database is brought up "
            "to date; nothing was changed"
        )


def _create_workspaces() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("slug", sa.String(63), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("external_key", sa.String(255)),
        sa.Column("created_at", TIMESTAMP, nullable=False),
        sa.Column("closed_at", TIMESTAMP),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
        sa.UniqueConstraint("slug", name="uq_workspaces_slug"),
        sa.UniqueConstraint("external_key", name="uq_workspaces_external_key"),
    )
    kinds = "kind IN ('shared', 'person', 'program', 'agent', 'system')"
    op.create_table(
        "principals",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("kind", sa.String(7), nullable=False),
        sa.Column("name", sa.String(255)),
        sa.Column("issuer", sa.String(255)),
        sa.Column("subject", sa.String(255)),
        sa.Column("answers_for", IDENTIFIER),
        sa.Column("disabled_at", TIMESTAMP),
        sa.Column("erased_at", TIMESTAMP),
        sa.Column("created_at", TIMESTAMP, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_principals"),
        sa.UniqueConstraint("issuer", "subject", name="uq_principals_issuer_subject"),
        sa.CheckConstraint(kinds, name=op.f("ck_principals_kind_known")),
    )


def _name(kind: str, table: str, columns: str) -> str:
    return f"{kind}_{table}_{columns.removesuffix(' DESC').replace(', ', '_')}"


def _create_indexes(first: str) -> None:
    for table, of_table in OLD_INDEXES.items():
        for columns in of_table:
            op.execute(f"CREATE INDEX {_name('ix', table, first + columns)} ON {table} ({first}{columns})")


# SQLite: each table is copied to one with an edited definition, which then takes its place.

_FIRST = "workspace_id VARCHAR(36) NOT NULL, "
_OF_FORMAT_2 = "".join(f"{name} {kind.upper().replace('UUID', 'VARCHAR(36)')}, " for name, kind in FORMAT_2.items())


def _key_edit(table: str) -> tuple[str, str]:
    old, new = KEYS[table]
    return f"CONSTRAINT pk_{table} PRIMARY KEY ({old})", f"CONSTRAINT pk_{table} PRIMARY KEY ({new})"


def _unique_edit(old: str, new: str) -> tuple[str, str]:
    names = (_name("uq", "task_history", columns) for columns in (old, new))
    return f"CONSTRAINT {next(names)} UNIQUE ({old})", f"CONSTRAINT {next(names)} UNIQUE ({new})"


SQLITE_EDITS = {
    "tasks": [("( id VARCHAR", f"( {_FIRST}id VARCHAR"), _key_edit("tasks")],
    "task_history": [
        ("( seq INTEGER", f"( {_FIRST}format SMALLINT NOT NULL, {_OF_FORMAT_2}seq BIGINT"),
        ("task_title VARCHAR(255) NOT NULL", "task_title VARCHAR(255)"),
        ("description TEXT NOT NULL", "description TEXT"),
        _key_edit("task_history"),
        *(_unique_edit(*columns) for columns in UNIQUE),
        (
            f"known CHECK ({OLD_ACTIONS})",
            f"known CHECK ({ACTIONS}), CONSTRAINT ck_task_history_format_known CHECK (format IN (1, 2))",
        ),
    ],
    "idempotency_keys": [
        ("( key VARCHAR", f"( {_FIRST}actor_id VARCHAR(36) NOT NULL, key VARCHAR"),
        _key_edit("idempotency_keys"),
    ],
    "daily_counts": [("( day DATE", f"( {_FIRST}day DATE"), _key_edit("daily_counts")],
    "history_head": [
        ("( id INTEGER NOT NULL, ", f"( {_FIRST}"),
        ("restored BIGINT NOT NULL", "restored BIGINT NOT NULL, erased BIGINT NOT NULL"),
        (
            "PRIMARY KEY (id), CONSTRAINT ck_history_head_single_row CHECK (id = 1)",
            "PRIMARY KEY (workspace_id)",
        ),
    ],
}


def _copy_on_sqlite(workspace: str) -> None:
    given = {
        "task_history": {"format": "1"},
        "idempotency_keys": {"actor_id": PRINCIPALS["shared"]},
        "history_head": {"erased": "0"},
    }
    for table, edits in SQLITE_EDITS.items():
        _copy(table, edits, {"workspace_id": workspace} | given.get(table, {}))


def _copy(table: str, edits: list[tuple[str, str]], given: dict[str, str]) -> None:
    """Copy the columns that both definitions have; `given` are the values of the others."""
    run = op.get_bind().exec_driver_sql
    stored = str(run("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).scalar())
    definition = " ".join(stored.replace('"', "").split())
    for old, new in edits:
        before, found, after = definition.partition(old)
        if not found:
            raise StartError(f"the table {table} is not as the migrations make it")
        definition = f"{before}{new}{after}"
    run(f"CREATE TABLE {table}_copy ({definition.partition('(')[2]}")
    columns = [[name for _, name, *_ in run(f"PRAGMA table_info({each})")] for each in (table, f"{table}_copy")]
    kept = [name for name in columns[0] if name in columns[1]]
    values = [*kept, *(f"'{value}'" for value in given.values())]
    run(f"INSERT INTO {table}_copy ({', '.join([*kept, *given])}) SELECT {', '.join(values)} FROM {table}")
    run(f"DROP TABLE {table}")
    run(f"ALTER TABLE {table}_copy RENAME TO {table}")


# PostgreSQL: the tables are changed in place, so that the grants of roles stay.


def _change_on_postgresql(workspace: str) -> None:
    _drop_indexes("")
    for table in KEYS:
        _add(table, "workspace_id", "uuid", workspace)
    _add("idempotency_keys", "actor_id", "uuid", PRINCIPALS["shared"])
    _add("task_history", "format", "smallint", "1")
    _add("history_head", "erased", "bigint", "0")
    for name, kind in FORMAT_2.items():
        op.execute(f"ALTER TABLE task_history ADD COLUMN {name} {kind}")
    _set_null("DROP")
    _set_keys(1)
    op.drop_column("history_head", "id")
    _set_check("action_type_known", ACTIONS)
    op.create_check_constraint(op.f("ck_task_history_format_known"), "task_history", "format IN (1, 2)")


def _change_back_on_postgresql() -> None:
    _drop_indexes("workspace_id, ")
    op.drop_index(RUN_INDEX, "task_history")
    _add("history_head", "id", "integer", "1")
    op.create_check_constraint(op.f("ck_history_head_single_row"), "history_head", "id = 1")
    _set_keys(0)
    for table in KEYS:
        op.drop_column(table, "workspace_id")
    op.drop_column("idempotency_keys", "actor_id")
    op.drop_column("history_head", "erased")
    for name in ("format", *FORMAT_2):
        op.drop_column("task_history", name)
    _set_null("SET")
    _set_check("action_type_known", OLD_ACTIONS)


def _drop_indexes(first: str) -> None:
    for table, of_table in OLD_INDEXES.items():
        for columns in of_table:
            op.drop_index(_name("ix", table, first + columns), table)


def _add(table: str, column: str, kind: str, value: str) -> None:
    """A column with the same value in all rows, which PostgreSQL stores once."""
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} NOT NULL DEFAULT '{value}'")
    op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT")


def _set_null(verb: str) -> None:
    for name in ("task_title", "description"):
        op.execute(f"ALTER TABLE task_history ALTER COLUMN {name} {verb} NOT NULL")


def _set_keys(which: int) -> None:
    """The old ones for 0, the new ones for 1."""
    for table, keys in KEYS.items():
        op.drop_constraint(f"pk_{table}", table)
        op.create_primary_key(f"pk_{table}", table, keys[which].split(", "))
    for columns in UNIQUE:
        op.drop_constraint(_name("uq", "task_history", columns[1 - which]), "task_history")
        name = _name("uq", "task_history", columns[which])
        op.create_unique_constraint(name, "task_history", columns[which].split(", "))


def _set_check(name: str, condition: str) -> None:
    op.drop_constraint(f"ck_task_history_{name}", "task_history")
    op.create_check_constraint(op.f(f"ck_task_history_{name}"), "task_history", condition)


# Entries can't be changed or deleted. Only their texts can be erased: those of format 2 name by name in `texts`, those
# of format 1 in `changes`, which can lose title and description, and in two columns, which can become null.

KEPT = (
    "workspace_id, seq, history_id, task_id, version, format, action_type, actor_kind, actor_id, credential_id, "
    "client, run_id, request_id, meta, timestamp, commitments, previous_hash, hash"
)
OF_FORMAT_1 = "changes, task_title, description"
LOSING = f"texts, {OF_FORMAT_1}"


def _of(row: str, names: str) -> str:
    return ", ".join(f"{row}.{name}" for name in names.split(", "))


def _erases_alone(same: str, json: str, each: str, columns: str) -> str:
    """A condition in the words of a database: `same` compares nulls, `each` expands a JSON object to `columns`."""
    return f"""({_of("NEW", KEPT)}) {same} ({_of("OLD", KEPT)})
        AND NOT (({_of("NEW", LOSING)}) {same} ({_of("OLD", LOSING)}))
        AND (OLD.format = 1 OR ({_of("NEW", OF_FORMAT_1)}) {same} ({_of("OLD", OF_FORMAT_1)}))
        AND (NEW.task_title IS NULL OR NEW.task_title {same} OLD.task_title)
        AND (NEW.description IS NULL OR NEW.description {same} OLD.description)
        AND (NEW.texts IS NULL) = (OLD.texts IS NULL)
        AND NOT EXISTS (SELECT {columns} FROM {each}(NEW.texts{json})
            EXCEPT SELECT {columns} FROM {each}(OLD.texts{json}))
        AND NOT EXISTS (SELECT {columns} FROM {each}(NEW.changes{json})
            EXCEPT SELECT {columns} FROM {each}(OLD.changes{json}))
        AND NOT EXISTS (SELECT key FROM {each}(OLD.changes{json}) WHERE key NOT IN ('title', 'description')
            EXCEPT SELECT key FROM {each}(NEW.changes{json}))"""


NO_CHANGE_BUT_ERASURE = f"WHEN ({_erases_alone('IS', '', 'json_each', 'key, type, value')}) IS NOT TRUE"
ERASURE_ALONE = f"""
        IF TG_OP = 'UPDATE' THEN
            IF {_erases_alone("IS NOT DISTINCT FROM", "::jsonb", "jsonb_each", "key, value")} THEN
                RETURN NEW;
            END IF;
        END IF;"""


def _protect_on_sqlite(no_change_but: str, in_workspace: str) -> None:
    refusal = "BEGIN SELECT RAISE(ABORT, 'task_history is append-only'); END"
    op.execute(f"CREATE TRIGGER task_history_no_update BEFORE UPDATE ON task_history {no_change_but} {refusal}")
    op.execute(f"CREATE TRIGGER task_history_no_delete BEFORE DELETE ON task_history {refusal}")
    # REPLACE bypasses the triggers above: it removes a conflicting row without firing them
    op.execute(f"""CREATE TRIGGER task_history_no_replace BEFORE INSERT ON task_history WHEN
        EXISTS (SELECT 1 FROM task_history WHERE {in_workspace}seq = NEW.seq)
        OR EXISTS (SELECT 1 FROM task_history WHERE {in_workspace}history_id = NEW.history_id)
        OR EXISTS (SELECT 1 FROM task_history WHERE {in_workspace}task_id = NEW.task_id AND version = NEW.version)
        {refusal}""")


def _protect_on_postgresql(allowed: str) -> None:
    op.execute(f"""
        CREATE OR REPLACE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN{allowed}
            RAISE EXCEPTION 'task_history is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END $$
    """)
