"""Dependencies of the handlers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request

from src.api.request_context import CONTEXT
from src.batching.reader import Reader
from src.exceptions.errors import BadRequestError, TooManyListenersError
from src.services.feed import Feed
from src.services.history_service import HistoryService
from src.services.task_service import TaskService
from src.utils.addresses import remote_client_of
from src.utils.validators import Id, Seq


async def get_db(request: Request) -> Reader:
    """Read access to the database: every query gets a read-only connection and one snapshot."""
    return request.app.state.reader  # type: ignore[no-any-return]  # set in the lifespan; Starlette's state is untyped


async def get_tasks(request: Request) -> TaskService:
    return request.app.state.tasks  # type: ignore[no-any-return]  # likewise


async def get_history(request: Request) -> HistoryService:
    return request.app.state.history  # type: ignore[no-any-return]  # likewise


@dataclass(frozen=True, slots=True)
class Following:
    """The feed that a stream follows, and where it starts."""

    feed: Feed
    start: int
    is_given: bool
    """Whether the client gave the start. If not, the stream starts after the newest entry."""
    for_head: bool

    @property
    def ended(self) -> bool:
        """Always true for a HEAD request, which gets headers only."""
        return self.for_head or self.feed.closed


async def get_following(
    request: Request,
    history: Annotated[HistoryService, Depends(get_history)],
    since: Annotated[Seq | None, Query(description="Entries after this `seq`.")] = None,
    last_event_id: Annotated[
        Seq | None, Header(alias="Last-Event-ID", description="The same; wins over `lastEventId` and `since`.")
    ] = None,
    sent_by_polyfill: Annotated[
        Seq | None,
        Query(alias="lastEventId", description="The same, as polyfills of EventSource send it; wins over `since`."),
    ] = None,
) -> AsyncIterator[Following]:
    """Raises TooManyListenersError, and BadRequestError if the start is beyond the newest entry."""
    state, client = request.app.state, remote_client_of(request.client)
    with state.listeners.hold(client, TooManyListenersError):
        head = await history.get_head_seq()
        starts = {"Last-Event-ID": last_event_id, "lastEventId": sent_by_polyfill, "since": since}
        name, start = next(((name, seq) for name, seq in starts.items() if seq is not None), (None, head))
        if start > head:
            raise BadRequestError(f"{name}: is beyond the newest entry")
        yield Following(state.feed, start, name is not None, request.scope[CONTEXT].method == "HEAD")


Follow = Annotated[Following, Depends(get_following)]
Db = Annotated[Reader, Depends(get_db)]
Tasks = Annotated[TaskService, Depends(get_tasks)]
History = Annotated[HistoryService, Depends(get_history)]
TaskId = Annotated[Id, Path(alias="id", description="The task's id, a UUID.")]
