"""Runs migrations when the application starts, and checks the schema's revision."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, Exists, column, exists, inspect, select, table
from sqlalchemy.exc import OperationalError

from src.database.driver_errors import RefusedByDatabaseError, translated_errors
from src.database.session import check_session, is_read_only
from src.exceptions.errors import StartError, UnavailableError

_BACKEND = Path(__file__).parents[2]
NEWER = (
    "The database's schema is newer than this version of Tasktrail; install the version that made it, or a later one"
)
_READ_ONLY = (
    "DATABASE_URL: the database takes no writes, so its schema can't be brought up to date: the server is a standby, "
    "or default_transaction_read_only is on for the role or the database"
)
_NO_SCHEMA = (
    "DATABASE_URL: search_path names no schema that is there; create the one it names, or set another for the role or "
    "the database"
)
_VERSION = table("alembic_version", column("version_num"))


def prepare_schema(engine: Engine, *, migrate: bool) -> None:
    """Migrate the schema to the newest revision, or only check it if `migrate` is false.

    Several processes may do so concurrently: one migrates, the others wait. Raises StartError for a schema that this
    version of Tasktrail does not support, and if the database is unavailable.
    """
    try:
        with translated_errors():
            _prepare(engine, migrate=migrate)
    except UnavailableError:
        raise StartError(
            "DATABASE_URL: the database can't be reached or opened; is it right, and is the server up?"
        ) from None
    except RefusedByDatabaseError as error:
        raise StartError(
            f"DATABASE_URL: the database refuses what a start needs ({error}); a role that does not own the tables "
            "needs AUTO_MIGRATE off, and the grants that docs/operations.md lists"
        ) from None


def _prepare(engine: Engine, *, migrate: bool) -> None:
    with engine.connect() as connection:
        check_session(connection)
        revision = _revision(connection)
        takes_no_writes = connection.scalar(select(is_read_only(connection.dialect.name)))
    if revision == _head():
        return
    if revision is not None and revision not in _known():
        raise StartError(NEWER)
    if not migrate:
        raise StartError(
            "The database's schema is missing or old, and AUTO_MIGRATE is off; run 'alembic upgrade head' in backend/"
        )
    if takes_no_writes:
        raise StartError(_READ_ONLY)
    if engine.dialect.name == "postgresql" and not engine.dialect.default_schema_name:
        raise StartError(_NO_SCHEMA)
    config = _config()
    config.attributes["engine"] = engine
    try:
        command.upgrade(config, "head")
    except CommandError:  # a newer version has just migrated it
        raise StartError(NEWER) from None
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise StartError("The database is being read, too long to be migrated now; try again") from None
        raise


def is_known(revision: object) -> bool:
    """Whether this version of Tasktrail has a migration of that revision."""
    return revision in _known()


def schema_is_current() -> Exists:
    """A condition for statements that must not change a schema of another version."""
    return exists().where(_VERSION.c.version_num == _head())


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION.name):
        return None
    return connection.scalar(select(_VERSION.c.version_num))


def _config() -> Config:
    """The folder's path is set here because `alembic.ini` would interpret a percent sign in it."""
    config = Config(_BACKEND / "alembic.ini")
    config.set_main_option("script_location", str(_BACKEND / "alembic").replace("%", "%%"))
    config.remove_main_option("prepend_sys_path")
    return config


@cache
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()
