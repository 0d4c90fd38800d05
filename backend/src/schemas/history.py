"""The history as clients read it."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from src.models.task_history import ActionType
from src.models.workspace import ActorKind
from src.schemas.task import Timestamp
from src.utils.response import Read
from src.utils.validators import ChangesLimit, Cursor, Id, Limit, Offset, Page, Seq, refused

OldAndNew = Annotated[tuple[Any, Any], WithJsonSchema({"type": "array", "items": {}, "minItems": 2, "maxItems": 2})]
"""Described without `prefixItems`: validators and client generators disagree about the keywords allowed beside it."""


class PageQuery(BaseModel):
    """`page` wins where both it and `offset` are given; both are checked."""

    model_config = ConfigDict(extra="forbid")

    page: Page | None = None
    limit: Limit = 10
    offset: Offset | None = None
    cursor: Cursor | None = None

    @model_validator(mode="after")
    def _require_one_place(self) -> "PageQuery":
        if self.cursor is not None and (self.page, self.offset) != (None, None):
            raise refused("cursor: must not be given together with page or offset")
        return self


class HistoryQuery(PageQuery):
    task_id: Id | None = None
    action_type: ActionType | None = None


class ActorResponse(BaseModel):
    """Who made a change."""

    id: UUID
    kind: ActorKind
    name: Annotated[str | None, Field(description="Null for `shared`, and where it was erased.")]


class HistoryResponse(BaseModel):
    """One change of one task; never removed, and never edited but that texts can be erased."""

    history_id: UUID
    task_id: UUID
    action_type: ActionType
    description: Annotated[str, Field(description="What changed, in a sentence.", examples=['Created "Buy milk"'])]
    timestamp: Timestamp
    task_title: Annotated[str, Field(description="The title after the change.", examples=["Buy milk"])]
    seq: Annotated[int, Field(description="1, 2, 3 … over the whole history, without gaps, in commit order.")]
    version: Annotated[int, Field(description="The task's version after the change.")]
    changes: Annotated[
        dict[str, OldAndNew],
        Field(
            description="Each stored field that changed, as [old, new]; folding the entries gives the task.",
            examples=[{"title": ["Buy milk", "Buy oat milk"]}],
        ),
    ]
    actor: Annotated[ActorResponse | None, Field(description="Null where it was not recorded yet.")]
    client: Annotated[str | None, Field(description="The program: `X-Client`, or the first product of `User-Agent`.")]
    run: Annotated[UUID | None, Field(description="The run that the change belongs to.")]
    erased: Annotated[
        list[str], Field(description="The texts that this entry has lost; of `ERASED`, also those that it took.")
    ]


class Pagination(BaseModel):
    total_count: int
    total_pages: int
    current_page: int
    page_size: int
    has_next: bool
    has_prev: bool


class PaginatedHistory(BaseModel):
    """A page of entries, the newest first."""

    items: list[HistoryResponse]
    pagination: Pagination


class ChangesQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    since: Annotated[Seq, Field(description="The `seq` of the last entry that you have; 0: from the beginning.")] = 0
    limit: ChangesLimit = 100


class ChangesPage(BaseModel):
    """Entries, the oldest first, and the `since` of the next page."""

    items: list[HistoryResponse]
    next_since: int


class ChangesAnswer(Read[ChangesPage]):
    """What came after `since`."""


class VerdictResponse(BaseModel):
    """Whether every entry is as it was written."""

    valid: bool
    entries: Annotated[int, Field(description="How many were read.")]
    head_seq: int
    head_hash: str
    first_invalid_seq: int | None
    erased: Annotated[int, Field(description="How many entries have lost texts, as a later entry says.")]
    unproven: Annotated[int, Field(description="How many of them are proven by that later entry alone.")]


class VerdictAnswer(Read[VerdictResponse]):
    """The result of a verification."""


class HistoryAnswer(Read[PaginatedHistory]):
    """A page of the history."""
