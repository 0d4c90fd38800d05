"""One application on one database for each file: its tests tolerate each other's tasks."""

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
    """An idempotency key that no other test uses."""
    return str(uuid4())
