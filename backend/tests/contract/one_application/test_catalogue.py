"""Whatever is wrong with a request is refused with a sentence, and nothing is stored.

Nothing in this file changes a task, so that one database serves all of it. The bad requests stand in `catalogue.py`.
"""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.answer import Answer
from tests.api_client import Api
from tests.contract.catalogue import CATALOGUE, LARGEST_HEAD, MARK, WIRE, Case, with_head_of
from tests.databases import Database
from tests.served import Server, serving
from tests.wire import talk


@pytest.fixture(scope="module")
async def task_id(api: Api) -> str:
    """A task that a bad change would affect."""
    return (await api.create("Buy bread", "Two loaves")).task["id"]


@pytest.mark.parametrize("case", CATALOGUE.values(), ids=CATALOGUE)
async def test_a_bad_request_is_refused_with_its_sentence(
    api: Api, database: Database, task_id: str, case: Case
) -> None:
    path = case.path.replace("{id}", task_id).replace("{gone}", str(uuid4()))
    headers = [(name.encode(), value.encode()) for name, value in case.headers]

    with database.unchanged():
        answer = Answer(await api.client.request(case.method, path, content=case.body, headers=headers))

    assert answer.refusal == (case.status, case.sentence)
    assert MARK not in answer.response.text


@pytest.fixture(scope="module")
def served(database: Database) -> Iterator[Server]:
    """The same application in a process of its own, over real connections."""
    with serving(database) as server:
        yield server


@pytest.mark.parametrize(("sent", "status", "sentence"), WIRE.values(), ids=WIRE)
async def test_malformed_http_is_refused(
    served: Server, database: Database, task_id: str, sent: bytes, status: int, sentence: str
) -> None:
    with database.unchanged():
        answer = talk(served.port, sent.replace(b"{id}", task_id.encode()))

    assert answer.status == status
    assert answer.envelope == {"success": False, "data": None, "popup": None, "error": sentence}
    assert MARK not in answer.text
    assert answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers


@pytest.mark.parametrize("size", [LARGEST_HEAD - 1, LARGEST_HEAD])
async def test_a_request_head_up_to_the_limit_is_accepted(served: Server, size: int) -> None:
    answer = talk(served.port, with_head_of(size))

    assert answer.status == 200
    assert answer.envelope["success"]


def test_the_catalogue_is_long_enough() -> None:
    assert min(len(CATALOGUE), 2 * len(WIRE)) >= 120
