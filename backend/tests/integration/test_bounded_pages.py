"""What a page of large entries reads and holds, however many entries it may have."""

import tracemalloc
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest

from src.batching.reader import Query
from src.services.entries import PAGE_BYTES, ROWS_AT_ONCE
from src.services.feed import Feed
from src.services.feed_queries import CHUNK_BYTES
from src.services.history_queries import ChangeFeedPage, EntriesSince, HistoryPage, HistoryPageQuery
from tests.house import House, together
from tests.served import seqs_in

ENTRIES, SIZE = 500, 40_000
PAGES = [EntriesSince(0, 1_000), HistoryPageQuery(0, 100, 1, None, None)]


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
@pytest.mark.parametrize("page", PAGES, ids=["changes", "history"])
async def test_a_page_holds_few_entries_at_a_time(large: House, page: Query[ChangeFeedPage | HistoryPage]) -> None:
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()

    found = await large.reader.ask(page)

    assert abs(len(found.items) - PAGE_BYTES / SIZE) < 2
    assert tracemalloc.get_traced_memory()[1] - held < ROWS_AT_ONCE * SIZE * 2


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_postgresql_sends_no_more_than_a_portion_for_a_page(large: House, fetched: list[int]) -> None:
    await large.reader.ask(EntriesSince(0, 1_000))

    assert 0 < sum(fetched) <= ROWS_AT_ONCE + 1


async def test_a_listener_gets_large_entries_in_pages_of_the_same_bound(large: House) -> None:
    feed = Feed(large.reader)

    pages: list[Sequence[bytes]] = []
    async with feed.listening() as listener:
        while sum(len(seqs_in(page)) for page in pages) < ENTRIES + 1:
            pages.append(await listener.next_chunks())
    feed.close()

    assert [seq for page in pages for seq in seqs_in(page)] == list(range(1, ENTRIES + 2))
    assert max(len(seqs_in(page)) for page in pages) < PAGE_BYTES / SIZE + 2
    assert max(len(chunk) for page in pages for chunk in page) <= CHUNK_BYTES
