"""A response of the API; creating one checks its envelope."""

from dataclasses import dataclass
from typing import TypedDict, cast

from httpx2 import Response


class Task(TypedDict):
    """A task as the API shows it."""

    id: str
    title: str
    description: str | None
    is_completed: bool
    created_at: str
    updated_at: str
    completed_at: str | None
    version: int


class Entry(TypedDict):
    """One item of the history as the API shows it."""

    history_id: str
    task_id: str
    action_type: str
    description: str
    timestamp: str
    task_title: str
    seq: int
    version: int
    changes: dict[str, list[object]]
    actor: dict[str, str | None] | None
    client: str | None
    run: str | None
    erased: list[str]


class Pagination(TypedDict):
    """The position of a page in the history."""

    total_count: int
    total_pages: int
    current_page: int
    page_size: int
    has_next: bool
    has_prev: bool


class Page(TypedDict):
    """A page of the history."""

    items: list[Entry]
    pagination: Pagination


class Week(TypedDict):
    """The seven weekly figures."""

    tasks_created_this_week: int
    tasks_completed_this_week: int
    total_completed: int
    total_incomplete: int
    total_tasks: int
    week_start: str
    week_end: str


class Envelope(TypedDict):
    """The body of every response."""

    success: bool
    data: object
    popup: str | None
    error: str | None


@dataclass(frozen=True)
class Answer:
    """A response in its envelope; raises AssertionError for a malformed envelope."""

    response: Response

    def __post_init__(self) -> None:
        """Check what holds for every response."""
        assert self.response.headers["content-type"].startswith("application/json")
        assert self.response.headers["x-request-id"]
        assert set(self.envelope) == {"success", "data", "popup", "error"}
        assert self.success is (self.status < 400)
        if self.success:
            assert self.error is None
        else:
            assert (self.data, self.popup) == (None, None)
            assert isinstance(self.error, str)
            assert self.error

    @property
    def envelope(self) -> Envelope:
        """The whole body."""
        return cast("Envelope", self.response.json())

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    @property
    def success(self) -> bool:
        """The envelope's `success`."""
        return self.envelope["success"]

    @property
    def data(self) -> object:
        """The data, unchecked."""
        return self.envelope["data"]

    @property
    def popup(self) -> str | None:
        """The popup code."""
        return self.envelope["popup"]

    @property
    def error(self) -> str | None:
        """The error message."""
        return self.envelope["error"]

    @property
    def refusal(self) -> tuple[int, str | None]:
        """Status and error message."""
        return self.status, self.error

    @property
    def content(self) -> object:
        """The data of a success."""
        assert self.success, self.error
        return self.data

    @property
    def task(self) -> Task:
        """The data as a task."""
        return cast("Task", self.content)

    @property
    def tasks(self) -> list[Task]:
        """The data as a list of tasks."""
        return cast("list[Task]", self.content)

    @property
    def page(self) -> Page:
        """The data as a page of the history."""
        return cast("Page", self.content)

    @property
    def week(self) -> Week:
        """The data as the weekly figures."""
        return cast("Week", self.content)

    @property
    def etag(self) -> str | None:
        """The `ETag` header."""
        return self.response.headers.get("etag")

    @property
    def replayed(self) -> str | None:
        """The `Idempotency-Replayed` header."""
        return self.response.headers.get("idempotency-replayed")

    @property
    def link(self) -> str | None:
        """The URL of the next page, from `Link`."""
        link = self.response.headers.get("link")
        if link is None:
            return None
        assert link.startswith("<")
        assert link.endswith('>; rel="next"')
        return str(link[1:-13])

    @property
    def allow(self) -> set[str]:
        """The methods named in `Allow`."""
        return set(self.response.headers["allow"].split(", "))
