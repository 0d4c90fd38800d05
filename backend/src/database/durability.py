"""Whether PostgreSQL has stored a change for good before it says so."""

from collections.abc import Sequence
from contextlib import suppress

import structlog
from sqlalchemy import Engine, column, select, table

from src.database.driver_errors import RefusedByDatabaseError, translated_errors
from src.exceptions.errors import UnavailableError

_log = structlog.get_logger(__name__)

_SETTINGS = table("pg_settings", column("name"), column("setting"))
_NEEDED = select(_SETTINGS.c.name).where(_SETTINGS.c.name.in_(["fsync", "synchronous_commit"]))
_OFF = _NEEDED.where(_SETTINGS.c.setting == "off").order_by(_SETTINGS.c.name)


def warn_if_not_durable(engine: Engine) -> None:
    """Say so where a crash of the database could lose what was acknowledged; where it can't be asked, say nothing."""
    if engine.dialect.name == "postgresql" and (off := " and ".join(_settings_off(engine))):
        _log.warning(f"not durable: PostgreSQL may lose acknowledged changes in a crash, because of {off} being off")


def _settings_off(engine: Engine) -> Sequence[str]:
    """As they are for our role and database."""
    with suppress(UnavailableError, RefusedByDatabaseError), translated_errors(), engine.connect() as connection:
        return connection.scalars(_OFF).all()
    return ()
