"""The history can't be edited through the application's connections and under its role."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg
import pytest
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import DBAPIError

from config import Settings
from main import create_app
from src.database.connection import read_engine, snapshots, write_engine
from tests.api_client import running
from tests.attacks import attacks_of
from tests.databases import Database, PostgresDatabase
from tests.faults.past import PROMISE, leave_a_history
from tests.faults.proof import Proof, promise
from tests.house import options_of
from tests.stored_history import COLUMNS, assert_whole
from tests.tampering import verdict

SEED = 4
TEXTS = ("action_type", "task_title", "description", "changes", "request_id", "hash")
OPERATIONS = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
ON_THE_SCHEMA = [
    "ALTER TABLE task_history DISABLE TRIGGER ALL",
    "ALTER TABLE task_history DISABLE TRIGGER task_history_no_change",
    "DROP TRIGGER task_history_no_change ON task_history",
    "DROP TRIGGER task_history_no_truncate ON task_history",
    "ALTER TRIGGER task_history_no_change ON task_history RENAME TO nothing",
    "CREATE OR REPLACE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "DROP FUNCTION refuse_history_change() CASCADE",
    "CREATE TRIGGER first BEFORE UPDATE ON task_history FOR EACH ROW EXECUTE FUNCTION refuse_history_change()",
    "CREATE RULE forged AS ON INSERT TO task_history DO INSTEAD NOTHING",
    "ALTER TABLE task_history ADD COLUMN forged text",
    "ALTER TABLE task_history ALTER COLUMN changes TYPE text USING 'forged'",
    "ALTER TABLE task_history DROP COLUMN changes",
    "ALTER TABLE task_history DROP CONSTRAINT pk_task_history",
    "ALTER TABLE task_history RENAME TO forgotten",
    "ALTER TABLE task_history OWNER TO CURRENT_USER",
    "ALTER TABLE task_history ENABLE ROW LEVEL SECURITY",
    "DROP TABLE task_history",
    "DROP TABLE task_history, tasks, history_head CASCADE",
    "DROP SCHEMA public CASCADE",
    "DROP OWNED BY CURRENT_USER; UPDATE task_history SET changes = ''",
    "GRANT UPDATE, DELETE ON task_history TO CURRENT_USER; UPDATE task_history SET changes = ''",
    "SET session_replication_role = replica",
    "SET LOCAL session_replication_role = replica; UPDATE task_history SET changes = ''",
    "SET ROLE postgres",
    "UPDATE pg_trigger SET tgenabled = 'D'",
    "INSERT INTO history_head SELECT * FROM history_head",
    "DELETE FROM history_head",
    "TRUNCATE history_head",
    "COPY task_history FROM PROGRAM 'true'",
]
"""What only the owner of the tables, or of the server, may do."""
REASONS = {"SQLITE_CONSTRAINT_TRIGGER", "SQLITE_READONLY", "23000", "25006", "42501", "23502", "23505", "23514"}
REASONS |= {"SQLITE_CONSTRAINT_NOTNULL"}
"""What counts as a refusal: our triggers, a connection that only reads, a role that may not, and the constraints that
an entry must be new and whole. Broken SQL does not."""


@dataclass(frozen=True)
class Attack:
    """What came of a statement."""

    statement: str
    reason: str
    sentence: str


@promise(
    PROMISE, "UPDATE, DELETE, REPLACE, upsert, MERGE, TRUNCATE, DDL through the application's connections and role"
)
async def test_the_application_s_role_can_not_change_the_history(proof: Proof, database: Database) -> None:
    await leave_a_history(database)
    before, chance = database.state(), Random(SEED)
    is_sqlite = not isinstance(database, PostgresDatabase)
    statements: list[str] = [*attacks_of("sqlite" if is_sqlite else "postgresql").values()]
    statements += [by_chance(chance, is_sqlite=is_sqlite) for _ in range(proof.size(50, 1_500))]

    writing, reading = attacked(database, statements)
    if not is_sqlite:
        more = attacked(as_served(database), statements + ON_THE_SCHEMA)
        writing, reading = writing + more[0], reading + more[1]

    proof.figure(f"{len(writing):,} statements on the connection that writes, {refused(writing):,} refused")
    proof.figure(f"{len(reading):,} on one that reads, {refused(reading):,} refused")
    assert [attack for attack in writing + reading if attack.reason not in REASONS] == []
    assert database.state() == before
    assert verdict(database).valid


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_the_documented_role_is_sufficient_for_the_api(database: Database) -> None:
    url = as_served(database).url
    app = create_app(Settings(_env_file=None, database_url=url, auto_migrate=False))

    async with running(app) as api:
        task = await api.write("POST", "/tasks", '{"title": "Buy milk"}', key="once")
        again = await api.write("POST", "/tasks", '{"title": "Buy milk"}', key="once")
        await api.update(task, title="Buy oat milk")
        await api.complete(task)
        await api.reopen(task)
        await api.delete(task)
        restored = await api.restore(task)
        moment = await api.as_of("2026-01-01T00:00:00Z")
        verified = await api.send("GET", "/history/verify")
        ready = await api.send("GET", "/health/ready")

    statuses = [answer.status for answer in (task, again, restored, moment, verified, ready)]
    assert statuses == [201, 201, 200, 200, 200, 200]
    assert len(database.run("SELECT seq FROM task_history")) == 6
    assert_whole(database)


def as_served(database: Database) -> Database:
    """The database under the role that the documentation gives the application."""
    if not isinstance(database, PostgresDatabase):
        return database
    url = make_url(database.url)
    role = f"role_of_{url.database}"
    granted = [
        line.replace("TO tasktrail", f"TO {role}") for line in OPERATIONS.splitlines() if line.startswith("GRANT ")
    ]
    assert len(granted) == 5
    database.run_all([f"CREATE ROLE {role} LOGIN", *granted])
    return PostgresDatabase(url.set(username=role).render_as_string(hide_password=False))


def attacked(database: Database, statements: list[str]) -> tuple[list[Attack], list[Attack]]:
    """Run each on the writer's connection, and then on a reader's."""
    options = options_of(database)
    engines = write_engine(options), snapshots(read_engine(options, 1))
    writing, reading = ([attack_on(engine, statement) for statement in statements] for engine in engines)
    for engine in engines:
        engine.dispose()
    return writing, reading


def attack_on(engine: Engine, statement: str) -> Attack:
    with closing(engine.connect()) as connection:
        try:
            connection.exec_driver_sql(statement)
            connection.commit()
        except DBAPIError as error:
            return Attack(statement, reason_of(error.orig), str(error.orig))
    return Attack(statement, "not refused", "")


def reason_of(error: BaseException | None) -> str:
    """The name that the database has for it; SQLite has none for what it can't read."""
    if isinstance(error, sqlite3.Error):
        return error.sqlite_errorname
    return str(error.sqlstate) if isinstance(error, psycopg.Error) else "unknown"


def refused(attacks: list[Attack]) -> int:
    return sum(attack.reason in REASONS for attack in attacks)


def by_chance(chance: Random, *, is_sqlite: bool) -> str:
    """A statement that would change or remove at least one entry."""
    column, seq = chance.choice(COLUMNS), chance.randint(1, 40)
    same = f"task_history.{column}"
    value = chance.choice([same if column == "seq" else "NULL", same, "'Forged'" if column in TEXTS else same])
    term = chance.choice([f"seq = {seq}", f"seq >= {seq}", f"seq <= {seq}", f"version <= {seq}"])
    where = chance.choice(["true", *[f"task_history.{term}"] * 4])
    kept = ", ".join(value if name == column and name != "seq" else name for name in COLUMNS)
    copied = f"INTO task_history ({', '.join(COLUMNS)}) SELECT {kept} FROM task_history WHERE {where}"
    ways = [f"UPDATE task_history SET {column} = {value} WHERE {where}", f"DELETE FROM task_history WHERE {where}"]
    if is_sqlite:
        ways += [f"UPDATE OR {way} task_history SET {column} = {value} WHERE {where}" for way in ("REPLACE", "IGNORE")]
        ways += [f"INSERT OR REPLACE {copied}", f"REPLACE {copied}", f"INSERT OR FAIL {copied}"]
    else:
        ways.append(f"INSERT {copied} ON CONFLICT (workspace_id, seq) DO UPDATE SET {column} = {value}")
        ways.append(f"MERGE INTO task_history USING tasks ON {where} WHEN MATCHED THEN DELETE")
    return chance.choice(ways)
