"""Tasks by ids. The ids are parameters of one array each, so the statement is the same for any number of tasks."""

from collections.abc import Collection
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Select, Table, Text, Uuid, bindparam, column, func, select
from sqlalchemy.sql.selectable import NamedFromClause

from src.models.task import FIELDS, Task, TaskSnapshot
from src.models.workspace import WorkspaceId
from src.utils import canonical_json


class TaskKey(NamedTuple):
    workspace: WorkspaceId
    task_id: UUID


_TASKS = cast("Table", Task.__table__)


def _joined(wanted: NamedFromClause) -> Select[Any]:
    is_wanted = (_TASKS.c.workspace_id == wanted.c.workspace_id) & (_TASKS.c.id == wanted.c.id)
    columns = (_TASKS.c[name] for name in ("workspace_id", *FIELDS))
    return select(*columns).select_from(wanted.join(_TASKS, is_wanted))


def _on_postgresql() -> Select[Any]:
    arrays = (bindparam(name, type_=ARRAY(Uuid)) for name in ("workspaces", "ids"))
    wanted = func.unnest(*arrays).table_valued(column("workspace_id", Uuid), column("id", Uuid))
    return _joined(wanted.render_derived(name="wanted"))


def _on_sqlite() -> Select[Any]:
    pair = func.json_each(bindparam("keys", type_=Text)).table_valued("value").c.value
    names = {"workspace_id": 0, "id": 1}
    values = (func.json_extract(pair, f"$[{index}]").label(name) for name, index in names.items())
    return _joined(select(*values).subquery("wanted"))


_ON_POSTGRESQL, _ON_SQLITE = _on_postgresql(), _on_sqlite()


def tasks_by_keys(connection: Connection, keys: Collection[TaskKey]) -> dict[TaskKey, TaskSnapshot]:
    """The existing ones."""
    if connection.dialect.name == "postgresql":
        workspaces, ids = zip(*keys, strict=True)
        rows = connection.execute(_ON_POSTGRESQL, {"workspaces": list(workspaces), "ids": list(ids)})
    else:
        rows = connection.execute(_ON_SQLITE, {"keys": canonical_json.encode(list(keys))})
    found = dict[TaskKey, TaskSnapshot]()
    for workspace, *fields in rows.all():
        task = TaskSnapshot(*fields)
        found[TaskKey(WorkspaceId(workspace), task.id)] = task
    return found
