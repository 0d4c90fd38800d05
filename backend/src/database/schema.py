"""Compares the schema in the database, object by object, with the one that the migrations create.

That one is stored in `schema_sqlite.txt` and `schema_postgresql.txt`; a test compares both with real migrations.
"""

import re
from collections.abc import Collection, Iterator
from functools import cache
from json import dumps
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, CursorResult

from src.database.base import Base

DISABLED = " DISABLED"

_ON_SQLITE = """
    SELECT type || ' ' || name, sql FROM sqlite_schema
    WHERE sql IS NOT NULL AND tbl_name IN (SELECT value FROM json_each(?))
"""
_OURS = """
    WITH ours AS (
        SELECT pg_class.* FROM unnest(%(tables)s::text[]) AS given(name)
        JOIN pg_class ON pg_class.oid = to_regclass(given.name)
    )
"""
_OBJECTS = """
    SELECT 'table ' || relname, concat('kind ', relkind, ', persistence ', relpersistence) FROM ours
    UNION ALL
    SELECT 'column ' || relname || '.' || attname,
        format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
        || concat(' DEFAULT ' || pg_get_expr(adbin, adrelid), attidentity, attgenerated)
    FROM ours JOIN pg_attribute ON attrelid = ours.oid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT 'constraint ' || conname, pg_get_constraintdef(pg_constraint.oid)
    FROM ours JOIN pg_constraint ON conrelid = ours.oid WHERE contype <> 'n'
    UNION ALL
    SELECT 'index ' || indexrelid::regclass,
        pg_get_indexdef(indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' INVALID' END
    FROM ours JOIN pg_index ON indrelid = ours.oid
    UNION ALL
    SELECT 'trigger ' || tgname,
        pg_get_triggerdef(pg_trigger.oid) || CASE WHEN tgenabled IN ('O', 'A') THEN '' ELSE ' DISABLED' END
    FROM ours JOIN pg_trigger ON tgrelid = ours.oid WHERE NOT tgisinternal
    UNION ALL
    SELECT 'rule ' || rulename, pg_get_ruledef(pg_rewrite.oid) FROM ours JOIN pg_rewrite ON ev_class = ours.oid
    UNION ALL
    SELECT 'function ' || proname, lanname || CASE WHEN prosecdef THEN ' SECURITY DEFINER' ELSE '' END || ' ' || prosrc
    FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
    WHERE pg_proc.oid IN (SELECT tgfoid FROM ours JOIN pg_trigger ON tgrelid = ours.oid WHERE NOT tgisinternal)
"""
_SCHEMAS = "SELECT DISTINCT quote_ident(nspname) FROM ours JOIN pg_namespace ON pg_namespace.oid = relnamespace"
_IS_OWNER = "SELECT bool_or(pg_has_role(relowner, 'MEMBER')) FROM ours"
_CASTS = re.compile(r"::(?:character varying|text)(?:\[\])?")
_BRACKETS = re.compile(r"[\s()]+")
_AROUND_COMMAS = re.compile(r" ?([\[\],]) ?")
"""After dump and restore, PostgreSQL shows a CHECK with other casts and brackets."""


def schema_problems(connection: Connection) -> Iterator[str]:
    """A sentence for each object of our tables that differs from the migrations."""
    expected, stored = migrated_schema(connection.dialect.name), stored_schema(connection)
    for name in sorted(expected.keys() | stored.keys()):
        if difference := _difference(expected.get(name), stored.get(name)):
            yield f"The {ascii(name)[1:-1]} is {difference}."
    if connection.dialect.name == "postgresql":
        role = connection.exec_driver_sql("SELECT current_setting('session_replication_role')").scalar()
        if role == "replica":
            yield "No trigger protects the history from this role: session_replication_role is replica."


def _difference(expected: str | None, stored: str | None) -> str | None:
    if expected == stored:
        return None
    if stored is None:
        return "missing"
    if expected is None:
        return "not of the migrations"
    return "switched off" if stored == expected + DISABLED else "not as the migrations make it"


def schema_warnings(connection: Connection) -> Iterator[str]:
    """A sentence for each risk that is not an error."""
    if connection.dialect.name == "postgresql" and _of_ours(connection, _IS_OWNER).scalar():
        yield (
            "This role owns the tables, so whoever has its password can switch off what protects the history; "
            "docs/operations.md has the grants of a role that can't."
        )


def stored_schema(connection: Connection) -> dict[str, str]:
    """The definitions of all objects of our tables, by kind and name."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(_ON_SQLITE, (dumps(_tables()),))
        return {name: _on_one_line(sql).replace('"', "") for name, sql in rows}
    connection.exec_driver_sql("SELECT set_config('quote_all_identifiers', 'off', true)")
    schemas = _of_ours(connection, _SCHEMAS).scalars().all()
    rows = _of_ours(connection, _OBJECTS)
    return {_unqualified(name, schemas): _normalized(_unqualified(text, schemas)) for name, text in rows}


def _of_ours(connection: Connection, query: str) -> CursorResult[Any]:
    return connection.exec_driver_sql(f"{_OURS} {query}", {"tables": _tables()})


def _tables() -> list[str]:
    return [*Base.metadata.tables, "alembic_version"]


def _unqualified(text: str, schemas: Collection[str]) -> str:
    """Remove the schema's name, which may be any."""
    for schema in schemas:
        text = text.replace(f"{schema}.", "")
    return text


def _normalized(definition: str) -> str:
    if not definition.startswith("CHECK"):
        return _on_one_line(definition)
    return _AROUND_COMMAS.sub(r"\1", _BRACKETS.sub(" ", _CASTS.sub("", definition))).strip()


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


@cache
def migrated_schema(dialect: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in snapshot_file(dialect).read_text("utf-8").splitlines())


def snapshot_file(dialect: str) -> Path:
    return Path(__file__).with_name(f"schema_{dialect}.txt")
