"""Tampering by the owner of the database, who can drop triggers and constraints."""

import sqlite3
from contextlib import closing
from typing import LiteralString

import psycopg

from src.database.connection import read_engine, snapshots
from src.history.doctor import examine
from src.history.verification import Verdict, verify_chain
from src.models.workspace import find_default_workspace
from tests.databases import Database, PostgresDatabase, SqliteDatabase
from tests.house import options_of
from tests.stored_history import COLUMNS, Record, sealed, stored_entries

SQLITE_TRIGGERS = ("no_update", "no_delete", "no_replace")
CHECKS = ("action_type_known", "format_known", "numbers_positive", "hash_length")


def disarm(database: Database) -> None:
    """Drop the triggers and, on PostgreSQL, the constraints, which SQLite can ignore."""
    if isinstance(database, PostgresDatabase):
        for check in CHECKS:
            attack(database, f"ALTER TABLE task_history DROP CONSTRAINT ck_task_history_{check}")
        attack(database, "DROP TRIGGER task_history_no_change ON task_history")
    else:
        for trigger in SQLITE_TRIGGERS:
            attack(database, f"DROP TRIGGER task_history_{trigger}")


def set_back(database: Database, seq: int) -> None:
    """Truncate the history to an earlier entry, as after a failover to a lagging standby."""
    disarm(database)
    attack(database, "DELETE FROM task_history WHERE seq > %s", seq)
    newest = "(SELECT seq, hash, timestamp FROM task_history ORDER BY seq DESC LIMIT 1)"
    attack(database, "UPDATE history_head SET (seq, hash, timestamp) = " + newest)


def attack(database: Database, statement: LiteralString, *values: object) -> None:
    """Run a statement without any check; `%s` is a value."""
    if isinstance(database, PostgresDatabase):
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute(statement, values)
    elif isinstance(database, SqliteDatabase):
        with closing(sqlite3.connect(database.path, isolation_level=None)) as file:
            file.execute("PRAGMA ignore_check_constraints = ON")
            file.execute(statement.replace("%s", "?"), values)


def insert(database: Database, entry: Record) -> None:
    """Insert a forged entry."""
    marks = ", ".join(["%s"] * len(COLUMNS))
    values = [entry[name] for name in COLUMNS]
    attack(database, "INSERT INTO task_history (" + ", ".join(COLUMNS) + ") VALUES (" + marks + ")", *values)


def forged_after(entry: Record, **columns: object) -> Record:
    """Forge an entry that follows another with valid hashes."""
    made = entry | {"seq": entry["seq"] + 1, "version": entry["version"] + 1, "previous_hash": entry["hash"]}
    made |= {"history_id": one_character_altered(entry["history_id"])} | columns
    return sealed(made)


def one_character_altered(value: str) -> str:
    """Change the last letter or digit."""
    return value[:-1] + ("a" if value[-1] != "a" else "b")


def stored(database: Database, seq: int) -> Record:
    return stored_entries(database)[seq - 1]


def verdict(database: Database) -> Verdict:
    """Verify, as the API does."""
    engine = snapshots(read_engine(options_of(database), 1))
    try:
        with engine.connect() as connection:
            return verify_chain(connection, find_default_workspace(engine))
    finally:
        engine.dispose()


def diagnosis(database: Database) -> list[str]:
    """Run the doctor."""
    engine = snapshots(read_engine(options_of(database), 1))
    try:
        with engine.connect() as connection:
            return list(examine(connection, find_default_workspace(engine)))
    finally:
        engine.dispose()
