"""Pages of large entries are bounded by bytes, and so is what is read for them."""

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from src.batching.reader import Query
from src.models.workspace import WorkspaceId
from src.services import feed_queries
from src.services.entries import PAGE_BYTES, ROWS_AT_ONCE
from src.services.feed import PAGE_SIZE, Feed
from src.services.history_queries import ChangeFeedPage, EntriesSince, HistoryPage, HistoryPageQuery
from tests.house import House, together
from tests.served import seqs_in

ENTRIES, SIZE = 500, 40_000


@pytest.fixture
async def large(house: House) -> House:
    """A history of 20 MB."""
    task = await house.tasks.create_task("x")
    texts = ("🥛" * 4_990 + str(number) for number in range(ENTRIES))
    for _ in range(ENTRIES // 100):
        await together(*(house.tasks.update_task(task.id, description=next(texts)) for _ in range(100)))
    return house


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each FETCH of a server-side cursor has given."""
    counts: list[int] = []
    fetch = psycopg.ServerCursor[Any].fetchmany

    def count(cursor: psycopg.ServerCursor[Any], size: int = 0) -> list[Any]:
        rows = fetch(cursor, size)
        counts.append(len(rows))
        return rows

    monkeypatch.setattr(psycopg.ServerCursor, "fetchmany", count)
    return counts


@pytest.fixture
def _traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("_traced")
@pytest.mark.parametrize(
    "page_of",
    [
        lambda workspace: EntriesSince(workspace, 0, 1_000),
        lambda workspace: HistoryPageQuery(workspace, 0, 100, 1, None, None),
    ],
    ids=["changes", "history"],
)
async def test_a_page_holds_few_entries_at_a_time(
    large: House, page_of: Callable[[WorkspaceId], Query[ChangeFeedPage | HistoryPage]]
) -> None:
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()

    found = await large.reader.ask(page_of(large.workspace))

    assert abs(len(found.items) - PAGE_BYTES / SIZE) < 2
    assert tracemalloc.get_traced_memory()[1] - held < ROWS_AT_ONCE * SIZE * 2


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_postgresql_sends_no_more_than_a_portion_for_a_page(large: House, fetched: list[int]) -> None:
    await large.reader.ask(EntriesSince(large.workspace, 0, 1_000))

    assert 0 < sum(fetched) <= ROWS_AT_ONCE + 1


async def test_a_listener_holds_little_at_a_time_and_reads_no_more_than_it_takes(large: House) -> None:
    feed, limits = Feed(large.reader, large.workspace), []
    event.listen(large.reading, "before_cursor_execute", lambda *call: limits.extend(limits_in(call)))

    seqs: list[int] = []
    sizes: list[int] = []
    async with feed.listening() as listener:
        while len(seqs) < ENTRIES + 1:
            page = await listener.next_events()
            seqs += seqs_in(page)
            sizes.append(len(page))
    feed.close()

    assert seqs == list(range(1, ENTRIES + 2))
    assert max(sizes) <= feed_queries.PAGE_BYTES
    assert limits[0] == PAGE_SIZE + 1
    assert set(limits[2:]) == {3}


async def test_after_large_entries_a_listener_reads_small_ones_in_full_pages_again(house: House) -> None:
    feed = Feed(house.reader, house.workspace)
    task = await house.tasks.create_task("x", "🥛" * 5_000)
    await house.tasks.update_task(task.id, description="🥛" * 4_999)
    await together(*(house.tasks.create_task("y") for _ in range(400)))

    async with feed.listening() as listener:
        pages: list[list[int]] = []
        while 402 not in (pages or [[]])[-1]:
            pages.append(seqs_in(await listener.next_events()))
    feed.close()

    assert [seq for page in pages for seq in page] == list(range(1, 403))
    assert max(map(len, pages)) > 50


def limits_in(call: tuple[Any, ...]) -> list[int]:
    """The LIMIT of a query of entries, among the arguments of `before_cursor_execute`."""
    _, _, statement, parameters, *_ = call
    if "task_history.description" not in statement:
        return []
    values = parameters.values() if isinstance(parameters, dict) else parameters
    return [value for value in values if isinstance(value, int)][1:2]
