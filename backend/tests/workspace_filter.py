"""Refuses statements on a workspace's rows that do not name the workspace."""

import re

import alembic.context
from sqlalchemy import Connection, Engine, ExecutionContext, event

OURS = ("tasks", "task_history", "history_head", "idempotency_keys", "daily_counts")
_ON_OURS = re.compile(rf"\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+\"?(?:{'|'.join(OURS)})\b", re.IGNORECASE)


class WorkspaceMissingError(Exception):
    """A statement would read or write the rows of all workspaces."""


def is_refused(statement: str) -> bool:
    return bool(_ON_OURS.search(statement)) and "workspace_id" not in statement


class WorkspaceFilter:
    """Listens to every statement of every engine, except those of migrations, and those that a test writes itself."""

    def __init__(self) -> None:
        """Start listening."""
        self.refused: list[str] = []
        event.listen(Engine, "before_cursor_execute", self._check)

    def _check(  # SQLAlchemy's signature
        self,
        conn: Connection,  # noqa: ARG002
        cursor: object,  # noqa: ARG002
        statement: str,
        parameters: object,  # noqa: ARG002
        context: ExecutionContext,
        executemany: bool,  # noqa: ARG002
    ) -> None:
        is_made_of_models = getattr(context, "compiled", None) is not None
        if is_made_of_models and is_refused(statement) and not _is_migrating():
            self.refused.append(statement)
            raise WorkspaceMissingError(statement)


def _is_migrating() -> bool:
    return getattr(alembic.context, "_proxy", None) is not None
