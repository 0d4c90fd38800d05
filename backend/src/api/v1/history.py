"""The history of all tasks: reading, verifying and following it."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import StreamingResponse
from starlette.types import Scope

from src.api.dependencies import Follow, Following, History
from src.api.pagination import with_link
from src.api.route import StrictRoute
from src.api.unsent_answers import held
from src.exceptions.errors import HistoryReplacedError, UnavailableError
from src.history.verification import Verdict
from src.schemas.history import ChangesAnswer, ChangesQuery, HistoryAnswer, HistoryQuery, VerdictAnswer
from src.services.history_queries import ChangeFeedPage, HistoryPage
from src.utils.response import failures, linked

router = APIRouter(prefix="/api/v1", tags=["history"], route_class=StrictRoute)


class EventStream(StreamingResponse):
    media_type = "text/event-stream"


UNBUFFERED = {"cache-control": "no-cache", "x-accel-buffering": "no"}
"""nginx obeys the second one."""
START = "start"
"""An event type, so that `onmessage` does not get it. It has an empty data line, or polyfills would drop its `id`."""


@router.get("/history", response_model=HistoryAnswer, responses=linked() | failures(400, 500, 503))
async def get_history(request: Request, history: History, query: Annotated[HistoryQuery, Query()]) -> HistoryPage:
    """A page of entries, newest first, of all tasks or one, of all actions or one.

    `page` wins where `offset` is given as well. `total_count` is exact, and of the same instant as the items. `Link`
    leads to the next page by a `cursor`, which new entries do not move, and which costs the same however far it leads.
    A page ends at about 1 MB, so it may hold fewer entries than `limit` though more follow.
    """
    return with_link(request, await history.get_history_paginated(**dict(query)))


@router.get("/history/verify", response_model=VerdictAnswer, responses=failures(400, 500, 503))
async def verify_history(history: History) -> Verdict:
    """Recompute the whole chain of hashes. One at a time: a second one meanwhile is 503.

    Keep `head_hash` elsewhere: who can rewrite the whole history can rewrite the chain, but not what you have kept.
    """
    return await history.verify()


@router.get("/changes", response_model=ChangesAnswer, responses=linked() | failures(400, 500, 503))
async def get_changes(request: Request, history: History, query: Annotated[ChangesQuery, Query()]) -> ChangeFeedPage:
    """The entries after `since`, oldest first, without gap or repeat, whatever else is being written.

    Ask again with `next_since`, until there are no items. A page ends at about 1 MB, so it may hold fewer entries than
    `limit` though more follow; `Link` leads to them.
    """
    return with_link(request, await history.get_changes(query.since, query.limit), "since")


@router.get("/events", response_class=EventStream, responses=failures(400, 500, 503))
async def follow_history(request: Request, follow: Follow) -> EventStream:
    """The same as server-sent events: `id` is `seq`, `event` the action type, `data` the entry.

    From `Last-Event-ID`, which browsers send when they reconnect, `lastEventId` or `since`. Without any, new entries
    only, and first an event `start` without data, whose `id` is the newest entry's: a client that reconnects goes on
    from there. A comment comes each 15 seconds. The stream ends when the server stops, the database does not answer, or
    another history has taken this one's place, as after a failover or a restored backup: connect again. Where too many
    streams are open, the answer is 503.
    """
    return EventStream(_events(follow, request.scope), headers=UNBUFFERED)


async def _events(follow: Following, scope: Scope) -> AsyncIterator[bytes]:
    if not follow.is_given:
        yield f"event: {START}\ndata: \nid: {follow.start}\n\n".encode()
    async with follow.feed.listening(follow.start) as listener:
        while not follow.ended:
            try:
                events = await listener.next_events()
                with held(scope, len(events)):
                    yield events
            except UnavailableError:
                return
            except HistoryReplacedError:
                yield b": another history has taken this one's place; connect again\n\n"
                return
