"""PgBouncer in transaction mode."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from tests.databases import PostgresDatabase
from tests.programs import free_port
from tests.served import POLL_SECONDS, START_SECONDS

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
USER = "nobody" if os.geteuid() == 0 else None
"""The user to run it as, since it refuses to run as root."""


CONFIGURATION = """
[databases]
{name} = host=127.0.0.1 port={port} dbname={name}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
admin_users = {user}
pool_mode = transaction
default_pool_size = {connections}
"""


class PgBouncer:
    """A pooler with a few connections to one database."""

    def __init__(self, port: int, name: str, user: str) -> None:
        self.database = PostgresDatabase(f"postgresql://{user}@127.0.0.1:{port}/{name}")
        self._console = f"postgresql://{user}@127.0.0.1:{port}/pgbouncer"

    def transactions(self) -> int:
        """The number of transactions so far."""
        with psycopg.connect(
            self._console, autocommit=True, cursor_factory=psycopg.ClientCursor, row_factory=dict_row
        ) as console:
            return sum(row["total_xact_count"] for row in console.execute("SHOW STATS"))

    def wait_for_start(self) -> None:
        for _ in range(int(START_SECONDS / POLL_SECONDS)):
            with suppress(psycopg.OperationalError):
                self.database.run("SELECT 1")
                return
            time.sleep(POLL_SECONDS)
        raise AssertionError


@contextmanager
def pooled(database: PostgresDatabase, connections: int) -> Iterator[PgBouncer]:
    """Run it for a database; skips the test if it is not installed."""
    if PROGRAM is None:
        pytest.skip("pgbouncer is not installed (the package pgbouncer of Debian and Ubuntu has it)")
    given = conninfo_to_dict(database.url)
    name, user, port = str(given["dbname"]), str(given["user"]), free_port()
    with TemporaryDirectory(prefix="tasktrail-") as folder, (Path(folder) / "log").open("wb") as log:
        Path(folder).chmod(0o755)
        Path(folder, "users").write_text(f'"{user}" ""\n')
        configuration = Path(folder, "pgbouncer.ini")
        configuration.write_text(
            CONFIGURATION.format(
                name=name, user=user, port=given["port"], listen_port=port, folder=folder, connections=connections
            )
        )
        process = subprocess.Popen([PROGRAM, configuration], user=USER, stdout=log, stderr=log)
        try:
            pooler = PgBouncer(port, name, user)
            pooler.wait_for_start()
            yield pooler
        finally:
            process.kill()
            process.wait()
