"""A change of one task as a value: what its history entry says about it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from uuid import UUID

from src.models.task import RECORDED, TEXTS, TaskSnapshot
from src.models.task_history import ActionType
from src.models.workspace import SHARED_PRINCIPAL, ActorKind, WorkspaceId
from src.utils import canonical_json
from src.utils.timestamps import format_timestamp

Diff = dict[str, tuple[object, object]]
"""Field → (old, new)."""
Entry = dict[str, object]
"""Columns of `task_history`, with ids and times as text."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who makes a change, with which token, program and run, and in which request."""

    actor_kind: ActorKind = ActorKind.SHARED
    actor_id: UUID = SHARED_PRINCIPAL
    credential_id: UUID | None = None
    client: str | None = None
    run_id: UUID | None = None
    request_id: str | None = None


NOBODY = Origin()


@dataclass(frozen=True, slots=True)
class Erasure:
    """The texts of a task that all its earlier entries lose.

    `title` is the one that stays or takes the erased one's place. `remains` proves what is left of entries of format 1.
    """

    task_id: UUID
    version: int
    title: str
    fields: tuple[str, ...]
    remains: str | None = None

    def meta(self) -> dict[str, object]:
        return {"erased": sorted(self.fields)} | ({"remains": self.remains} if self.remains else {})


@dataclass(frozen=True, slots=True)
class Change:
    """A task before and after; None means no such task. `at` is the time of the change and of its entry.

    An erasure can be of a deleted task, so that both are None.
    """

    workspace: WorkspaceId
    action: ActionType
    before: TaskSnapshot | None
    after: TaskSnapshot | None
    at: datetime
    origin: Origin = NOBODY
    erasure: Erasure | None = None
    task_id: UUID = field(init=False)
    version: int = field(init=False)
    """The version that the change makes; a deletion makes one, too."""

    def __post_init__(self) -> None:
        task = cast("TaskSnapshot", self.after or self.before)
        task_id = self.erasure.task_id if self.erasure else task.id
        version = self.erasure.version if self.erasure else task.version + (self.after is None)
        object.__setattr__(self, "task_id", task_id)
        object.__setattr__(self, "version", version)

    def entry(self) -> tuple[Entry, dict[str, object]]:
        """Its facts, which it says in clear and never loses, and its texts, which can be erased.

        The chain adds `seq` and `history_id`. A text is (old, new) where it changes; the title is there in any case.
        """
        changed = diff(self.before, self.after)
        if self.erasure:
            return self._facts(changed), {"title": self.erasure.title}
        task = cast("TaskSnapshot", self.after or self.before)
        return self._facts(changed), {"title": task.title} | {name: changed[name] for name in TEXTS if name in changed}

    def _facts(self, changed: Diff) -> Entry:
        origin = self.origin
        changes = {name: values for name, values in changed.items() if name not in TEXTS}
        return {
            "workspace_id": str(self.workspace),
            "task_id": str(self.task_id),
            "version": self.version,
            "format": 2,
            "action_type": self.action,
            "changes": canonical_json.encode(changes),
            "actor_kind": origin.actor_kind,
            "actor_id": str(origin.actor_id),
            "credential_id": origin.credential_id and str(origin.credential_id),
            "client": origin.client,
            "run_id": origin.run_id and str(origin.run_id),
            "request_id": origin.request_id,
            "meta": canonical_json.encode(self.erasure.meta()) if self.erasure else None,
            "timestamp": format_timestamp(self.at),
        }


def diff(before: TaskSnapshot | None, after: TaskSnapshot | None) -> Diff:
    """The recorded fields that differ; all of them for a creation or deletion, none where there is no task."""
    if before and after:
        return {
            field: (old, new) for field in RECORDED if (old := getattr(before, field)) != (new := getattr(after, field))
        }
    if before is after:
        return {}
    return {field: (getattr(before, field, None), getattr(after, field, None)) for field in RECORDED}
