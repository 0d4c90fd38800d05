"""Runs all migrations in one transaction and under a lock, since several processes may start concurrently."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, func, inspect, select, text

from src.database.connection import write_engine
from src.database.session import check_session, limit_transaction
from src.exceptions.errors import StartError
from src.models import HistoryHead, Task  # autogenerate needs the models imported

MIGRATION_LOCK = 7_281_455_127_003
"""The key of PostgreSQL's advisory lock, an arbitrary number."""
NO_LIMIT = 0
"""Disables the timeouts of the role: migrations may take long."""
LOCK_SECONDS = 10
"""How long a migration waits for running reads."""


def _engine() -> Engine:
    """The application's engine, or one made from the settings if Alembic was called directly."""
    engine = context.config.attributes.get("engine")
    if isinstance(engine, Engine):
        return engine
    from config import load_settings  # noqa: PLC0415  # not needed by the application, whose settings may differ

    try:
        return write_engine(load_settings().database)
    except StartError as error:
        raise CommandError(str(error)) from None


def _render_item(kind: str, item: object, _autogen: AutogenContext) -> str | Literal[False]:
    """Render our column types as constants of the migration, which must not change with the types."""
    name = {"Identifier": "IDENTIFIER", "UtcDateTime": "TIMESTAMP"}.get(type(item).__name__)
    return name if kind == "type" and name else False


def _migrate(connection: Connection) -> None:
    check_session(connection)
    context.configure(
        connection=connection,
        target_metadata=Task.metadata,
        transactional_ddl=True,
        render_item=_render_item,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        limit_transaction(connection, NO_LIMIT)
        if connection.dialect.name == "postgresql" and _changes_schema():
            _lock_tables(connection)
        context.run_migrations()


def _changes_schema() -> bool:
    """Commands that only read, such as `current`, have no destination."""
    return "destination_rev" in context.get_context().opts


def _lock_tables(connection: Connection) -> None:
    """Lock out other migrations, then batches, then readers: the order in which they lock, so there is no deadlock.

    If a long read, such as a verification, does not end in time, the migration fails rather than block everybody.
    SQLite needs no locks, since its transactions are exclusive.
    """
    connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
    is_current = context.get_context().get_current_revision() == context.get_revision_argument()
    if not is_current and inspect(connection).has_table(HistoryHead.__tablename__):
        connection.execute(text("SELECT seq FROM history_head FOR UPDATE"))  # of any revision
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
        connection.execute(text("LOCK TABLE task_history, tasks"))


try:
    with _engine().connect() as migration_connection:
        _migrate(migration_connection)
        migration_connection.commit()
except StartError as error:
    if "engine" in context.config.attributes:  # the application reports it
        raise
    raise CommandError(f"Tasktrail can't migrate: {error}.") from None
