"""Many requests at once."""

from asyncio import gather

from tests.api_client import Api
from tests.databases import Database


async def test_120_tasks_can_be_created_at_once(api: Api) -> None:
    answers = await gather(*(api.create(f"Task {number}") for number in range(120)))

    assert {answer.status for answer in answers} == {201}
    assert len({answer.task["id"] for answer in answers}) == 120
    assert [answer.task["title"] for answer in answers] == [f"Task {number}" for number in range(120)]
    assert {task["id"] for task in await api.tasks()} == {answer.task["id"] for answer in answers}


async def test_the_history_of_creations_at_once_has_no_gap(api: Api) -> None:
    await gather(*(api.create(f"Task {number}") for number in range(120)))

    entries = await api.entries("limit=100") + await api.entries("limit=100&page=2")

    assert [entry["seq"] for entry in entries] == list(range(120, 0, -1))
    times = [entry["timestamp"] for entry in entries]
    assert times == sorted(set(times), reverse=True)


async def test_the_list_has_the_order_of_the_history(api: Api) -> None:
    await gather(*(api.create(f"Task {number}") for number in range(50)))

    entries = await api.entries()

    assert await api.titles() == [entry["task_title"] for entry in entries]


async def test_50_completions_at_once_leave_one_entry(api: Api) -> None:
    task = await api.create()

    answers = await gather(*(api.complete(task) for _ in range(50)))

    assert {(answer.status, answer.popup) for answer in answers} == {(200, "TASK_COMPLETED")}
    assert len({answer.task["completed_at"] for answer in answers}) == 1
    assert await api.history() == ["COMPLETED", "CREATED"]


async def test_50_deletions_at_once_succeed_once(api: Api) -> None:
    task = await api.create()

    answers = await gather(*(api.delete(task) for _ in range(50)))

    assert sorted(answer.status for answer in answers) == [200] + [404] * 49
    assert await api.history() == ["DELETED", "CREATED"]


async def test_updates_at_once_are_each_answered_with_their_own(api: Api) -> None:
    task = await api.create("Version 1")

    answers = await gather(*(api.update(task, title=f"Title {number}") for number in range(50)))

    assert [answer.task["title"] for answer in answers] == [f"Title {number}" for number in range(50)]
    assert sorted(answer.task["version"] for answer in answers) == list(range(2, 52))
    last = max(answers, key=lambda answer: answer.task["version"])
    assert (await api.get(task)).task == last.task


async def test_updates_at_once_lose_no_change_on_the_way(api: Api) -> None:
    task = await api.create("Title")

    await gather(*(api.update(task, title=f"Title {number}") for number in range(50)))

    titles = [entry["changes"]["title"] for entry in await api.entries("limit=50")]
    assert [old for old, _ in titles[:-1]] == [new for _, new in titles[1:]]
    assert titles[-1][0] == "Title"


async def test_an_update_and_a_deletion_at_once_leave_a_whole_history(api: Api, database: Database) -> None:
    tasks = [await api.create(f"Task {number}") for number in range(25)]

    answers = await gather(
        *(api.update(task, title="Changed") for task in tasks[:12]),
        *(api.delete(task) for task in tasks),
        *(api.update(task, title="Changed") for task in tasks[12:]),
    )

    updated, deleted = [*answers[:12], *answers[37:]], answers[12:37]
    assert {answer.status for answer in deleted} == {200}
    assert {answer.status for answer in updated} <= {200, 404}
    assert database.state()["tasks"] == []
    changes = await api.history("action_type=UPDATED&limit=100")
    assert len(changes) == sum(answer.success for answer in updated)


async def test_after_a_deletion_nothing_more_is_recorded_of_a_task(api: Api) -> None:
    task = await api.create()

    await gather(
        api.complete(task),
        api.update(task, title="x"),
        api.delete(task),
        api.reopen(task),
        api.complete(task),
    )

    entries = await api.entries()
    assert entries[0]["action_type"] == "DELETED"
    assert [entry["version"] for entry in entries] == list(range(len(entries), 0, -1))


async def test_the_figures_agree_at_any_instant(api: Api) -> None:
    tasks = [await api.create(f"Task {number}") for number in range(20)]

    answers = await gather(
        *(api.complete(task) for task in tasks[:10]),
        *(api.week() for _ in range(10)),
        *(api.delete(task) for task in tasks[5:15]),
        *(api.week() for _ in range(10)),
    )

    weeks = [answer for answer in answers if isinstance(answer, dict)]
    assert {week["total_completed"] + week["total_incomplete"] - week["total_tasks"] for week in weeks} == {0}
    assert (await api.week())["total_tasks"] == 10


async def test_a_page_and_its_total_are_of_one_snapshot(api: Api) -> None:
    answers = await gather(*(write for _ in range(40) for write in (api.create(), api.page())))

    pages = [answer for answer in answers if isinstance(answer, dict)]
    newest = [page["items"][0]["seq"] if page["items"] else 0 for page in pages]
    assert newest == [page["pagination"]["total_count"] for page in pages]


async def test_everybody_reads_what_was_acknowledged_to_them(api: Api) -> None:
    async def create_and_read(title: str) -> str:
        created = await api.create(title)
        return (await api.get(created)).task["title"]

    titles = [f"Task {number}" for number in range(50)]

    assert await gather(*map(create_and_read, titles)) == titles
