"""An unavailable database: only PostgreSQL, since a file is always available."""

import pytest

from tests.api_client import NOBODY, Api
from tests.databases import PostgresDatabase

pytestmark = pytest.mark.parametrize("server", ["postgresql"], indirect=True)


@pytest.mark.parametrize("path", ["/tasks", f"/tasks/{NOBODY}", "/history", "/stats/weekly", "/health/ready"])
async def test_reads_report_that_the_database_is_unavailable(api: Api, database: PostgresDatabase, path: str) -> None:
    database.shut()

    answer = await api.send("GET", path)

    assert answer.status == 503
    assert int(answer.response.headers["retry-after"]) > 0


async def test_writes_report_that_nothing_was_changed(api: Api, database: PostgresDatabase) -> None:
    task = await api.create()
    database.shut()

    answers = [
        await api.create(),
        await api.update(task, title="x"),
        await api.complete(task),
        await api.delete(task),
    ]

    assert [answer.status for answer in answers] == [503] * 4
    assert {"nothing was changed" in str(answer.error) for answer in answers} == {True}
    assert all(int(answer.response.headers["retry-after"]) > 0 for answer in answers)


async def test_the_next_request_succeeds_once_the_database_is_back(api: Api, database: PostgresDatabase) -> None:
    await api.create("Before")
    database.shut()
    await api.create("Lost")

    database.open()
    await api.create("After")

    assert await api.titles() == ["After", "Before"]
    assert await api.history() == ["CREATED", "CREATED"]
