"""Tasks as clients send and get them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, Strict, WithJsonSchema, model_validator

from src.utils.response import Envelope, Popup, Read
from src.utils.timestamps import format_timestamp
from src.utils.validators import MAX_VERSION, Cursor, Description, Id, Limit, Moment, Search, Title, refused

Timestamp = Annotated[
    datetime,
    PlainSerializer(format_timestamp, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-22T10:00:00.123456Z"]}),
]
"""UTC, ISO 8601, six decimals, ending in `Z`."""


class TaskCreate(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"title": "Buy milk", "description": "Semi-skimmed, two litres"}]},
    )

    title: Title
    description: Description | None = None


class TaskUpdate(BaseModel):
    """What is not given, or null, stays as it is; an empty description clears it.

    The other fields may stand in it as GET gave them: `version` as in If-Match, the rest to be compared.
    """

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"minProperties": 1, "examples": [{"title": "Buy oat milk"}]}
    )

    title: Title | None = None
    description: Description | None = None
    id: Annotated[Id | None, Field(description="Only compared.")] = None
    is_completed: Annotated[
        bool | None, Strict(), Field(description="Only compared; complete and incomplete change it.")
    ] = None
    created_at: Annotated[Moment | None, Field(description="Only compared.")] = None
    updated_at: Annotated[Moment | None, Field(description="Only compared.")] = None
    completed_at: Annotated[Moment | None, Field(description="Only compared.")] = None
    version: Annotated[
        int | None, Strict(), Field(ge=1, le=MAX_VERSION, description="Change the task only at this version.")
    ] = None

    def read_only(self) -> dict[str, object]:
        """What is to be as it is in the task, whose `version` has been compared."""
        return self.model_dump(exclude_none=True, exclude={"title", "description", "version"})

    @model_validator(mode="after")
    def _require_one(self) -> "TaskUpdate":
        if self.title is None and self.description is None:
            raise refused("at least one of title and description is required")
        return self


class ErasableField(StrEnum):
    TITLE = "title"
    DESCRIPTION = "description"


class TaskErase(BaseModel):
    """The texts to erase, and a title to take the place of an erased one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"fields": ["description"]}, {"fields": ["title"], "title": "Call the doctor"}]
        },
    )

    fields: Annotated[list[ErasableField], Field(min_length=1, max_length=len(ErasableField))]
    title: Annotated[Title | None, Field(description='Without it, an erased title becomes "(erased)".')] = None

    @model_validator(mode="after")
    def _require_use(self) -> "TaskErase":
        if len(set(self.fields)) < len(self.fields):
            raise refused("fields: must not name a field twice")
        if self.title is not None and ErasableField.TITLE not in self.fields:
            raise refused("title: can be given only where the title is erased")
        return self


class TaskRestore(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": 1}, {}]})

    version: Annotated[
        int | None,
        Strict(),
        Field(ge=1, le=MAX_VERSION, description="Without it: what the task was before it was deleted."),
    ] = None


class TaskStatus(StrEnum):
    ALL = "all"
    ACTIVE = "active"
    COMPLETED = "completed"


class TaskListQuery(BaseModel):
    """Without `limit` and `cursor` all that are chosen."""

    model_config = ConfigDict(extra="forbid")

    status: Annotated[TaskStatus, Field(description="Only tasks that are not completed, or that are.")] = TaskStatus.ALL
    q: Search | None = None
    as_of: Annotated[Moment | None, Field(description="The list as it was at this moment; a zone is required.")] = None
    limit: Annotated[Limit | None, Field(description="Tasks a page; without it 10 where there is a cursor.")] = None
    cursor: Cursor | None = None


class TaskResponse(BaseModel):
    id: UUID
    title: str
    description: str | None
    is_completed: bool
    created_at: Timestamp
    updated_at: Timestamp
    completed_at: Annotated[Timestamp | None, Field(description="Null unless the task is completed.")]
    version: Annotated[int, Field(description="1, 2, 3 …: one more with each change.", examples=[1])]


class TaskAnswer(Read[TaskResponse]):
    """One task."""


class TaskList(Read[list[TaskResponse]]):
    """Tasks: incomplete first, then completed; the newest first in each group."""


class TaskCreated(Envelope[TaskResponse]):
    popup: Literal[Popup.TASK_CREATED] = Popup.TASK_CREATED


class TaskUpdated(Envelope[TaskResponse]):
    popup: Literal[Popup.TASK_UPDATED] = Popup.TASK_UPDATED


class TaskCompleted(Envelope[TaskResponse]):
    popup: Literal[Popup.TASK_COMPLETED] = Popup.TASK_COMPLETED


class TaskIncomplete(Envelope[TaskResponse]):
    popup: Literal[Popup.TASK_INCOMPLETE] = Popup.TASK_INCOMPLETE


class TaskRestored(Envelope[TaskResponse]):
    popup: Literal[Popup.TASK_RESTORED] = Popup.TASK_RESTORED


class TaskErased(Envelope[TaskResponse | None]):
    """The task as it is now, null where it is deleted."""

    popup: Literal[Popup.TASK_ERASED] = Popup.TASK_ERASED


class TaskDeleted(Envelope[None]):
    popup: Literal[Popup.TASK_DELETED] = Popup.TASK_DELETED
