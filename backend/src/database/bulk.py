"""Many rows in one statement: they travel as one JSON text, so the statement is the same for any number of them."""

from collections.abc import Collection, Sequence
from typing import Any
from typing import cast as as_type

from sqlalchemy import JSON, Connection, Executable, Select, Table, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase

_ROWS = bindparam("rows", type_=Text)


class _Bulk:
    """`executemany` would send row by row, and wait for the interpreter's lock as often."""

    def __init__(self, on_postgresql: Executable, on_sqlite: Executable) -> None:
        self._statements = {"postgresql": on_postgresql, "sqlite": on_sqlite}

    def __call__(self, connection: Connection, rows: Sequence[str]) -> None:
        """`rows` are objects in JSON, with every column."""
        connection.execute(self._statements[connection.dialect.name], {"rows": f"[{','.join(rows)}]"})


class BulkInsert(_Bulk):
    def __init__(self, model: type[DeclarativeBase]) -> None:
        super().__init__(*_inserts(model))


class BulkUpdate(_Bulk):
    """Gives rows that there are every column anew but the `kept`: SQLite renews each index of a column that is set.

    As an insert that finds its key taken: planned as an update, it would read the whole table, where that is small.
    """

    def __init__(self, model: type[DeclarativeBase], *, kept: Collection[str] = ()) -> None:
        super().__init__(*(_or_update(statement, kept) for statement in _inserts(model)))


def _inserts(model: type[DeclarativeBase]) -> tuple[postgresql.Insert, sqlite.Insert]:
    table = as_type("Table", model.__table__)
    on_postgresql = postgresql.insert(table).from_select(list(table.c), _read_on_postgresql(table))
    return on_postgresql, sqlite.insert(table).from_select(list(table.c), _read_on_sqlite(table))


def _or_update(statement: postgresql.Insert | sqlite.Insert, kept: Collection[str]) -> Executable:
    key = statement.table.primary_key
    names = {column.name for column in statement.table.c} - {column.name for column in key} - {*kept}
    new = {name: statement.excluded[name] for name in sorted(names)}
    return statement.on_conflict_do_update(index_elements=key, set_=new)


def _read_on_postgresql(table: Table) -> Select[Any]:
    columns = (column(each.name, each.type) for each in table.c)
    rows = func.json_to_recordset(cast(_ROWS, JSON)).table_valued(*columns).render_derived(with_types=True)
    return select(rows)


def _read_on_sqlite(table: Table) -> Select[Any]:
    row = func.json_each(_ROWS).table_valued("value").c.value
    values = (func.json_extract(row, f"$.{each.name}") for each in table.c)
    return select(*values).where(row.is_not(None))  # without a WHERE it would read ON CONFLICT as the ON of a join
