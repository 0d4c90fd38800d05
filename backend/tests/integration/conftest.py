"""The services without HTTP."""

from collections.abc import AsyncIterator

import pytest

from tests.databases import Database
from tests.house import House, opened


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    """Open the services on a database without a task."""
    async with opened(database) as services:
        yield services
