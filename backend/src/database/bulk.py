"""Many rows in one statement: they travel as one JSON text, so the statement is the same for any number of them."""

from collections.abc import Sequence
from typing import Any
from typing import cast as as_type

from sqlalchemy import (
    JSON,
    Connection,
    Executable,
    Insert,
    Select,
    Subquery,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    update,
)
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
        table = as_type("Table", model.__table__)
        super().__init__(*(_insert(table, rows) for rows in (_on_postgresql(table), _on_sqlite(table))))


class BulkUpdate(_Bulk):
    """Gives every column of rows that there are, by their primary key."""

    def __init__(self, model: type[DeclarativeBase]) -> None:
        table = as_type("Table", model.__table__)
        super().__init__(*(_update(table, rows.subquery("new")) for rows in (_on_postgresql(table), _on_sqlite(table))))


def _on_postgresql(table: Table) -> Select[Any]:
    columns = (column(each.name, each.type) for each in table.c)
    rows = func.json_to_recordset(cast(_ROWS, JSON)).table_valued(*columns).render_derived(with_types=True)
    return select(rows)


def _on_sqlite(table: Table) -> Select[Any]:
    row = func.json_each(_ROWS).table_valued("value").c.value
    return select(*(func.json_extract(row, f"$.{each.name}").label(each.name) for each in table.c))


def _insert(table: Table, rows: Select[Any]) -> Insert:
    return insert(table).from_select(list(table.c), rows)


def _update(table: Table, new: Subquery) -> Executable:
    (key,) = table.primary_key
    values = {each.name: new.c[each.name] for each in table.c if not each.primary_key}
    return update(table).values(values).where(key == new.c[key.name])
