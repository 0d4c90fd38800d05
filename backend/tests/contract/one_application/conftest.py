"""One application, on one database, serves all of a file: its tests do not mind what the others left there."""

from uuid import uuid4

import pytest

from tests.api_client import Api
from tests.databases import Database


@pytest.fixture(scope="module")
def database(shared_database: Database) -> Database:
    return shared_database


@pytest.fixture(scope="module")
async def api(shared_api: Api) -> Api:
    return shared_api


@pytest.fixture
def key() -> str:
    """Give the test an idempotency key that no other has."""
    return str(uuid4())
