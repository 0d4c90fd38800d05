"""HistoryService: descriptions of entries, pages and statistics."""

from asyncio import gather
from datetime import UTC, datetime

import pytest
import time_machine

from src.models.task_history import ActionType
from src.services.history_queries import HistoryPage, PageFigures
from tests.house import House

pytestmark = pytest.mark.travels


async def test_log_action_describes_each_action(house: House) -> None:
    task = await house.tasks.create_task("Milk")
    await house.tasks.update_task(task.id, title="Oat milk")
    await house.tasks.update_task(task.id, description="Two litres")
    await house.tasks.update_task(task.id, title="Rice milk", description="One litre")
    await house.tasks.mark_complete(task.id)
    await house.tasks.mark_incomplete(task.id)
    await house.tasks.delete_task(task.id)

    page = await house.history.get_history_paginated()
    assert [item.description for item in reversed(page.items)] == [
        'Created "Milk"',
        'Changed the title from "Milk" to "Oat milk"',
        'Changed the description of "Oat milk"',
        'Changed the title from "Oat milk" to "Rice milk" and the description',
        'Completed "Rice milk"',
        'Reopened "Rice milk"',
        'Deleted "Rice milk"',
    ]


def seqs(page: HistoryPage) -> list[int]:
    return [item.seq for item in page.items]


async def test_each_filter_and_both_give_the_right_entries_and_totals(house: House) -> None:
    milk, bread = [await house.tasks.create_task(title) for title in ("Milk", "Bread")]
    for _ in range(3):
        await house.tasks.mark_complete(milk.id)
        await house.tasks.mark_complete(bread.id)
        await house.tasks.mark_incomplete(milk.id)

    of_milk = await house.history.get_history_paginated(limit=2, offset=1, task_id=milk.id)
    completed = await house.history.get_history_paginated(limit=2, offset=1, action_type=ActionType.COMPLETED)
    both = await house.history.get_history_paginated(
        limit=2, offset=1, task_id=milk.id, action_type=ActionType.COMPLETED
    )

    assert (seqs(of_milk), of_milk.pagination.total_count) == ([8, 7], 7)
    assert (seqs(completed), completed.pagination.total_count) == ([6, 4], 4)
    assert (seqs(both), both.pagination.total_count) == ([6, 3], 3)


@pytest.mark.parametrize(
    ("figures", "pages", "has_prev"),
    [
        (PageFigures(total_count=0, page_size=10, first=0, current_page=1, has_next=False), 0, False),
        (PageFigures(total_count=0, page_size=10, first=40, current_page=5, has_next=False), 0, False),
        (PageFigures(total_count=10, page_size=10, first=0, current_page=1, has_next=False), 1, False),
        (PageFigures(total_count=11, page_size=10, first=0, current_page=1, has_next=True), 2, False),
        (PageFigures(total_count=11, page_size=10, first=10, current_page=2, has_next=False), 2, True),
        (PageFigures(total_count=11, page_size=10, first=90, current_page=10, has_next=False), 2, True),
    ],
)
def test_the_figures_of_a_page_follow_from_its_position(figures: PageFigures, pages: int, *, has_prev: bool) -> None:
    assert (figures.total_pages, figures.has_prev) == (pages, has_prev)


async def test_the_week_counts_living_tasks_by_their_times(house: House) -> None:
    with time_machine.travel("2026-11-15T23:59:59+00:00", tick=False) as clock:
        old, older = [await house.tasks.create_task(f"Last week {number}") for number in range(2)]
        await house.tasks.mark_complete(older.id)
        clock.move_to("2026-11-18T10:00:00+00:00")
        new, gone = [await house.tasks.create_task(f"This week {number}") for number in range(2)]
        await gather(*(house.tasks.mark_complete(task.id) for task in (old, new, gone)))
        await house.tasks.delete_task(gone.id)
        week = await house.history.get_weekly_stats()

    assert (week.tasks_created_this_week, week.tasks_completed_this_week) == (1, 2)
    assert (week.total_completed, week.total_incomplete, week.total_tasks) == (3, 0, 3)
    assert week.week_start == datetime(2026, 11, 16, tzinfo=UTC)
    assert week.week_end == datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)
