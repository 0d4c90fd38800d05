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
    """One database of a test, reached without the application."""

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
        """Assert that nothing was stored meanwhile."""
        before = self.state()
        yield
        assert self.state() == before


class SqliteDatabase(Database):
    """A file of its own."""

    def __init__(self, path: Path) -> None:
        """Take the file, which need not exist yet."""
        self.path = path
        self.url = f"sqlite:///{path}"

    def run_all(self, statements: Iterable[LiteralString]) -> list[list[Row]]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            return [connection.execute(statement).fetchall() for statement in statements]


class PostgresDatabase(Database):
    """A database of its own on the session's server."""

    def __init__(self, url: str) -> None:
        """Take the address, as a user would paste it."""
        self.url = url

    def run_all(self, statements: Iterable[LiteralString]) -> list[list[Row]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursors = [connection.execute(statement) for statement in statements]
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]

    def shut(self) -> None:
        """Turn everybody out and let nobody in, as a server that is away does."""
        self._allow_connections(allow=False)

    def open(self) -> None:
        """Let everybody in again."""
        self._allow_connections(allow=True)

    def _allow_connections(self, *, allow: bool) -> None:
        name = conninfo_to_dict(self.url)["dbname"]
        alter = SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(Identifier(str(name)), SQL(str(allow)))
        turn_out = SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")
        with psycopg.connect(make_conninfo(self.url, dbname="postgres"), autocommit=True) as connection:
            connection.execute(alter)
            if not allow:
                connection.execute(turn_out.format(Literal(name)))


class Server(ABC):
    """Where databases come from."""

    @abstractmethod
    def empty(self) -> Database:
        """Make a database without a schema."""

    @abstractmethod
    def copy_of(self, template: Database) -> Database:
        """Make a database that has what the template has."""

    @abstractmethod
    def drop(self, database: Database) -> None:
        """Throw it away."""


class SqliteServer(Server):
    """A folder of files."""

    def __init__(self, folder: Path) -> None:
        """Take the folder."""
        self.folder = folder
        self.numbers = count()

    def empty(self) -> SqliteDatabase:
        """Name a file that is not there yet."""
        return SqliteDatabase(self.folder / f"{next(self.numbers)}.db")

    def copy_of(self, template: Database) -> SqliteDatabase:
        """Copy the file, after what is in its log has been moved into it."""
        assert isinstance(template, SqliteDatabase)
        template.run("PRAGMA wal_checkpoint(TRUNCATE)")
        database = self.empty()
        shutil.copyfile(template.path, database.path)
        return database

    def drop(self, database: Database) -> None:
        """Remove the file and what SQLite keeps beside it."""
        assert isinstance(database, SqliteDatabase)
        for beside in ("", "-wal", "-shm"):
            Path(f"{database.path}{beside}").unlink(missing_ok=True)


class PostgresServer(Server):
    """A server of the session's own."""

    def __init__(self, url: str) -> None:
        """Take the address of a database from which others can be made."""
        self.url = url
        self.numbers = count()

    def empty(self) -> PostgresDatabase:
        """Make one from the server's own template."""
        return self._make(SQL("CREATE DATABASE {name}"))

    def copy_of(self, template: Database) -> PostgresDatabase:
        """Make one from a template that nobody is connected to."""
        source = conninfo_to_dict(template.url)["dbname"]
        return self._make(SQL("CREATE DATABASE {name} TEMPLATE {source}"), source=Identifier(str(source)))

    def drop(self, database: Database) -> None:
        """Drop it, whoever is still connected."""
        name = conninfo_to_dict(database.url)["dbname"]
        self._run(SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(name=Identifier(str(name))))

    def _make(self, statement: SQL, **names: Identifier) -> PostgresDatabase:
        name = f"tasks_{next(self.numbers)}"
        self._run(statement.format(name=Identifier(name), **names))
        return PostgresDatabase(self.url.replace("/postgres?", f"/{name}?"))

    def _run(self, statement: Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)
