"""Warnings at startup about a PostgreSQL that is not durable, writable, protected or private."""

from collections.abc import Iterator
from contextlib import suppress

import structlog
from sqlalchemy import Connection, Engine, column, func, select, table

from src.database.driver_errors import RefusedByDatabaseError, translated_errors
from src.database.session import is_read_only, is_unencrypted
from src.exceptions.errors import UnavailableError

_log = structlog.get_logger(__name__)

_SETTINGS = table("pg_settings", column("name"), column("setting"))
_DURABILITY = select(_SETTINGS.c.name).where(_SETTINGS.c.name.in_(["fsync", "synchronous_commit"]))
_OFF = _DURABILITY.where(_SETTINGS.c.setting == "off").order_by(_SETTINGS.c.name)
_SESSION = select(
    is_read_only("postgresql"),
    func.pg_is_in_recovery(),
    func.current_setting("session_replication_role") == "replica",
)


def warn_at_start(engine: Engine) -> None:
    """Log what is configured badly for our role and database; nothing if that can't be queried."""
    if engine.dialect.name == "postgresql":
        with suppress(UnavailableError, RefusedByDatabaseError), translated_errors(), engine.connect() as connection:
            for warning in _warnings(connection):
                _log.warning(warning)


def _warnings(connection: Connection) -> Iterator[str]:
    if off := " and ".join(connection.scalars(_OFF)):
        yield f"not durable: PostgreSQL may lose acknowledged changes in a crash, because of {off} being off"
    takes_no_writes, is_standby, fires_no_triggers = connection.execute(_SESSION).one()
    if takes_no_writes:
        reason = "the server is a standby" if is_standby else "default_transaction_read_only is on"
        yield f"read-only: every change is refused with 503, because {reason}"
    if fires_no_triggers:
        yield "not protected: nothing keeps the history from being edited, because session_replication_role is replica"
    if is_unencrypted(connection):
        yield (
            "not private: PostgreSQL is on another machine and sslmode does not ask for encryption, so the password "
            "and all tasks may be read on the way; add sslmode=require or verify-full to DATABASE_URL, or "
            "sslmode=disable where the network itself is private"
        )
