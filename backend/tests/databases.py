"""Both databases, fresh for each test from a template that the real migrations made."""

import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Composed, Identifier, Literal

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

    def empty(self) -> PostgresDatabase:
        """Create one from the server's default template."""
        return self._create(SQL("CREATE DATABASE {name}"))

    def copy_of(self, template: Database) -> PostgresDatabase:
        """Create one from a template that has no open connection."""
        source = conninfo_to_dict(template.url)["dbname"]
        return self._create(SQL("CREATE DATABASE {name} TEMPLATE {source}"), source=Identifier(str(source)))

    def drop(self, database: Database) -> None:
        """Drop it even if connections are open."""
        name = conninfo_to_dict(database.url)["dbname"]
        self._run(SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(name=Identifier(str(name))))

    def _create(self, statement: SQL, **names: Identifier) -> PostgresDatabase:
        name = f"tasks_{next(self.numbers)}"
        self._run(statement.format(name=Identifier(name), **names))
        return PostgresDatabase(self.url.replace("/postgres?", f"/{name}?"))

    def _run(self, statement: Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)
