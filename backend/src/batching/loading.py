"""Tasks by ids. The ids are one parameter, so the statement is the same for any number and is prepared once."""

from collections.abc import Collection
from typing import cast
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Table, Text, Uuid, any_, bindparam, func, select

from src.models.task import SNAPSHOTS, Task, TaskSnapshot

_ID = cast("Table", Task.__table__).c.id
_IN_TEXT = select(func.json_each(bindparam("ids", type_=Text)).table_valued("value").c.value)
_ON_SQLITE = SNAPSHOTS.where(_ID.in_(_IN_TEXT))
_ON_POSTGRESQL = SNAPSHOTS.where(any_(bindparam("ids", type_=ARRAY(Uuid))) == _ID)


def tasks_by_ids(connection: Connection, ids: Collection[UUID]) -> list[TaskSnapshot]:
    """The existing ones, in no order."""
    if connection.dialect.name == "postgresql":
        rows = connection.execute(_ON_POSTGRESQL, {"ids": list(ids)})
    else:
        texts = ",".join(f'"{task_id}"' for task_id in ids)
        rows = connection.execute(_ON_SQLITE, {"ids": f"[{texts}]"})
    return [TaskSnapshot(*row) for row in rows.all()]
