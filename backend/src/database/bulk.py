"""Many rows in one statement: they travel as one JSON text, so the statement is the same for any number of them."""

from collections.abc import Sequence
from typing import cast as as_type

from sqlalchemy import JSON, Connection, Insert, Table, Text, bindparam, cast, column, func, insert, select
from sqlalchemy.orm import DeclarativeBase

_ROWS = bindparam("rows", type_=Text)


class BulkInsert:
    """`executemany` would send row by row, and wait for the interpreter's lock as often."""

    def __init__(self, model: type[DeclarativeBase]) -> None:
        table = as_type("Table", model.__table__)
        self._statements = {"postgresql": _on_postgresql(table), "sqlite": _on_sqlite(table)}

    def __call__(self, connection: Connection, rows: Sequence[str]) -> None:
        """`rows` are objects in JSON, with every column."""
        connection.execute(self._statements[connection.dialect.name], {"rows": f"[{','.join(rows)}]"})


def _on_postgresql(table: Table) -> Insert:
    columns = (column(each.name, each.type) for each in table.c)
    rows = func.json_to_recordset(cast(_ROWS, JSON)).table_valued(*columns).render_derived(with_types=True)
    return insert(table).from_select(list(table.c), select(rows))


def _on_sqlite(table: Table) -> Insert:
    row = func.json_each(_ROWS).table_valued("value").c.value
    values = (func.json_extract(row, f"$.{each.name}") for each in table.c)
    return insert(table).from_select(list(table.c), select(*values))
