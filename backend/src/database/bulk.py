"""Bulk statements: the rows are one JSON parameter, so the statement is the same for any number of rows."""

from collections.abc import Collection, Sequence
from typing import Any
from typing import cast as as_type

from sqlalchemy import JSON, Connection, Executable, Select, Table, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase

_ROWS = bindparam("rows", type_=Text)


class _Bulk:
    """`executemany` would send row by row and acquire the GIL for each."""

    def __init__(self, on_postgresql: Executable, on_sqlite: Executable) -> None:
        self._statements = {"postgresql": on_postgresql, "sqlite": on_sqlite}

    def __call__(self, connection: Connection, rows: Sequence[str]) -> None:
        """Each row is a JSON object with every column."""
        connection.execute(self._statements[connection.dialect.name], {"rows": f"[{','.join(rows)}]"})


class BulkInsert(_Bulk):
    def __init__(self, model: type[DeclarativeBase]) -> None:
        super().__init__(*_inserts(model))


class BulkUpdate(_Bulk):
    """Overwrites every column of existing rows except `kept`: SQLite updates the indexes of each column that is set.

    An INSERT … ON CONFLICT DO UPDATE, since an UPDATE would be planned as a full scan of a small table.
    """

    def __init__(self, model: type[DeclarativeBase], *, kept: Collection[str] = ()) -> None:
        super().__init__(*(_or_update(statement, kept) for statement in _inserts(model)))


def _inserts(model: type[DeclarativeBase]) -> tuple[postgresql.Insert, sqlite.Insert]:
    table = as_type("Table", model.__table__)
    on_postgresql = postgresql.insert(table).from_select(list(table.c), _select_on_postgresql(table))
    return on_postgresql, sqlite.insert(table).from_select(list(table.c), _select_on_sqlite(table))


def _or_update(statement: postgresql.Insert | sqlite.Insert, kept: Collection[str]) -> Executable:
    key = statement.table.primary_key
    names = {column.name for column in statement.table.c} - {column.name for column in key} - {*kept}
    new = {name: statement.excluded[name] for name in sorted(names)}
    return statement.on_conflict_do_update(index_elements=key, set_=new)


def _select_on_postgresql(table: Table) -> Select[Any]:
    columns = (column(each.name, each.type) for each in table.c)
    rows = func.json_to_recordset(cast(_ROWS, JSON)).table_valued(*columns).render_derived(with_types=True)
    return select(rows)


def _select_on_sqlite(table: Table) -> Select[Any]:
    row = func.json_each(_ROWS).table_valued("value").c.value
    values = (func.json_extract(row, f"$.{each.name}") for each in table.c)
    return select(*values).where(row.is_not(None))  # without a WHERE, SQLite parses ON CONFLICT as the ON of a join
