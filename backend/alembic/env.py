"""Runs migrations: all of them in one transaction, under a lock, so that several processes may start at once."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, func, inspect, select, text

from src.database.connection import write_engine
from src.database.session import check_session, limit_transaction
from src.exceptions.errors import StartError
from src.models import HistoryHead, Task  # the models must be imported for autogenerate to see them

MIGRATION_LOCK = 7_281_455_127_003
"""PostgreSQL's advisory lock for migrations; any number that nothing else uses."""
NO_LIMIT = 0
"""A migration takes as long as it takes, whatever the role's limits are."""
READERS_SECONDS = 10
"""So long who reads may go on."""


def _engine() -> Engine:
    """The application's engine, or on the command line one of the settings'."""
    engine = context.config.attributes.get("engine")
    if isinstance(engine, Engine):
        return engine
    from config import load_settings  # noqa: PLC0415  # the application passes its engine; it may have other settings

    try:
        return write_engine(load_settings().database)
    except StartError as error:
        raise CommandError(str(error)) from None


def _render_item(kind: str, item: object, _autogen: AutogenContext) -> str | Literal[False]:
    """Our own column types as constants of the migration, which must not change when the types do."""
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
        if connection.dialect.name == "postgresql" and _may_change():
            _exclude_others(connection)
        context.run_migrations()


def _may_change() -> bool:
    """Commands that only look have no revision to go to."""
    return "destination_rev" in context.get_context().opts


def _exclude_others(connection: Connection) -> None:
    """Have migrations wait, then batches, which go on to find the schema changed, then readers.

    In the order in which they take the tables themselves, lest two wait for one another. Who reads for long, as a
    verification does, must not keep the others waiting: then nothing is changed. SQLite has one writer anyway.
    """
    connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
    is_there = context.get_context().get_current_revision() == context.get_revision_argument()
    if not is_there and inspect(connection).has_table(HistoryHead.__tablename__):
        connection.execute(select(HistoryHead.id).with_for_update())
        connection.execute(text(f"SET LOCAL lock_timeout = '{READERS_SECONDS}s'"))
        connection.execute(text("LOCK TABLE task_history, tasks"))


try:
    with _engine().connect() as migration_connection:
        _migrate(migration_connection)
        migration_connection.commit()
except StartError as error:  # on the command line, which says it in a sentence; the application has checked before
    raise CommandError(f"Tasktrail can't migrate: {error}.") from None
