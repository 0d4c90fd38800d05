"""Both databases, fresh for each test from a template that the real migrations made."""

import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import LiteralString
from uuid import UUID

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Composed, Identifier, Literal

from src.models.workspace import WorkspaceId

Row = tuple[object, ...]
STATE: dict[str, LiteralString] = {
    "tasks": "SELECT * FROM tasks",
    "task_history": "SELECT * FROM task_history",
    "history_head": "SELECT * FROM history_head",
}


class Database(ABC):
    """One database of a test, accessed without the application."""

    url: str

    @abstractmethod
    def run_all(self, statements: Iterable[LiteralString]) -> list[list[Row]]:
        """Run statements on a connection of their own, commit each, and return the rows of each."""

    def run(self, statement: LiteralString) -> list[Row]:
        """Run one statement, commit, and return its rows."""
        return self.run_all([statement])[0]

    def workspace(self) -> WorkspaceId:
        """The id of the only workspace."""
        ((found,),) = self.run("SELECT id FROM workspaces")
        return WorkspaceId(UUID(str(found)))

    def state(self) -> dict[str, list[Row]]:
        """Return everything that the application stores."""
        rows = self.run_all(STATE.values())
        return dict(zip(STATE, (sorted(found, key=repr) for found in rows), strict=True))

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Assert that the block stores nothing."""
        before = self.state()
        yield
        assert self.state() == before


class SqliteDatabase(Database):
    """A file of its own."""

    def __init__(self, path: Path) -> None:
        """The file need not exist yet."""
        self.path = path
        self.url = f"sqlite:///{path}"

    def run_all(self, statements: Iterable[LiteralString]) -> list[list[Row]]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            return [connection.execute(statement).fetchall() for statement in statements]


class PostgresDatabase(Database):
    """A database of its own on the session's server."""

    def __init__(self, url: str) -> None:
        """`url` is as a user would paste it."""
        self.url = url

    def run_all(self, statements: Iterable[LiteralString]) -> list[list[Row]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursors = [connection.execute(statement) for statement in statements]
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]

    def shut(self) -> None:
        """Terminate all connections and refuse new ones, as if the server were down."""
        self._allow_connections(allow=False)

    def open(self) -> None:
        """Allow connections again."""
        self._allow_connections(allow=True)

    def _allow_connections(self, *, allow: bool) -> None:
        name = conninfo_to_dict(self.url)["dbname"]
        alter = SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(Identifier(str(name)), SQL(str(allow)))
        terminate = SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")
        with psycopg.connect(make_conninfo(self.url, dbname="postgres"), autocommit=True) as connection:
            connection.execute(alter)
            if not allow:
                connection.execute(terminate.format(Literal(name)))


class PostgresDump:
    """The rows of all tables of a database, and its catalogs."""

    def __init__(self, database: PostgresDatabase) -> None:
        """Read it."""
        with psycopg.connect(database.url, autocommit=True) as connection:
            tables = [str(name) for (name,) in connection.execute(TABLES)]
            self._rows = {name: connection.execute(_of_table(ROWS, name)).fetchone() for name in tables}
            self._catalogs = connection.execute(CATALOGS).fetchall()

    def load_into(self, database: PostgresDatabase) -> bool:
        """Make a copy what its template is, a tenth of the cost of a new one; False where its schema was changed."""
        with suppress(psycopg.Error), psycopg.connect(database.url) as connection:
            connection.execute(TURN_OUT)
            if connection.execute(CATALOGS).fetchall() == self._catalogs:
                connection.execute("SET LOCAL session_replication_role = replica")  # or the triggers would refuse
                for name, rows in self._rows.items():
                    connection.execute(_of_table("DELETE FROM {name}", name))
                    connection.execute(_of_table(LOAD, name), rows)
                return True
        return False


TABLES: LiteralString = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
ROWS: LiteralString = "SELECT coalesce(json_agg({name}), '[]')::text FROM {name}"
LOAD: LiteralString = "INSERT INTO {name} SELECT * FROM json_populate_recordset(null::{name}, %s)"
TURN_OUT: LiteralString = (
    "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_NAMES = ("class", "attribute", "trigger", "proc", "constraint", "namespace", "type", "db_role_setting")
CATALOGS: LiteralString = " UNION ALL ".join(f"SELECT count(*), max(xmin::text::bigint) FROM pg_{n}" for n in _NAMES)
"""A copy's rows have the `xmin` of its template's; whatever is added, changed or removed afterwards shows."""


def _of_table(statement: LiteralString, name: str) -> Composed:
    return SQL(statement).format(name=Identifier(name))


class Server(ABC):
    """Creates and drops databases."""

    @abstractmethod
    def empty(self) -> Database:
        """Create a database without a schema."""

    @abstractmethod
    def copy_of(self, template: Database) -> Database:
        """Create a copy of the template."""

    @abstractmethod
    def drop(self, database: Database) -> None:
        """Drop the database."""


class SqliteServer(Server):
    """A folder of files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count()

    def empty(self) -> SqliteDatabase:
        """The path of a file that does not exist yet."""
        return SqliteDatabase(self.folder / f"{next(self.numbers)}.db")

    def copy_of(self, template: Database) -> SqliteDatabase:
        """Checkpoint the WAL, then copy the file."""
        assert isinstance(template, SqliteDatabase)
        template.run("PRAGMA wal_checkpoint(TRUNCATE)")
        database = self.empty()
        shutil.copyfile(template.path, database.path)
        return database

    def drop(self, database: Database) -> None:
        """Remove the file, its WAL and its shared memory."""
        assert isinstance(database, SqliteDatabase)
        for suffix in ("", "-wal", "-shm"):
            Path(f"{database.path}{suffix}").unlink(missing_ok=True)


class PostgresServer(Server):
    """A server of the session's own."""

    def __init__(self, url: str) -> None:
        """`url` is that of the database `postgres`."""
        self.url = url
        self.numbers = count()
        self._dump_of = cache(PostgresDump)
        self._template_of: dict[PostgresDatabase, PostgresDatabase] = {}
        self._spare: dict[PostgresDatabase, list[PostgresDatabase]] = defaultdict(list)

    def empty(self) -> PostgresDatabase:
        """Create one from the server's default template."""
        return self._create(SQL("CREATE DATABASE {name}"))

    def copy_of(self, template: Database) -> PostgresDatabase:
        """Create one from a template that has no open connection, or reuse one that a test has finished with."""
        assert isinstance(template, PostgresDatabase)
        if spare := self._spare[template]:
            return spare.pop()
        self._dump_of(template)  # now, since nobody may be connected to it while it is copied
        source = conninfo_to_dict(template.url)["dbname"]
        copy = self._create(SQL("CREATE DATABASE {name} TEMPLATE {source}"), source=Identifier(str(source)))
        self._template_of[copy] = template
        return copy

    def drop(self, database: Database) -> None:
        """Drop it even if connections are open; a copy with an unchanged schema is reset and reused instead."""
        assert isinstance(database, PostgresDatabase)
        template = self._template_of.get(database)
        if template and self._dump_of(template).load_into(database):
            self._spare[template].append(database)
            return
        name = conninfo_to_dict(database.url)["dbname"]
        self._run(SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(name=Identifier(str(name))))

    def _create(self, statement: SQL, **names: Identifier) -> PostgresDatabase:
        name = f"tasks_{next(self.numbers)}"
        self._run(statement.format(name=Identifier(name), **names))
        return PostgresDatabase(self.url.replace("/postgres?", f"/{name}?"))

    def _run(self, statement: Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)
