"""The services on both databases; the other unit tests need no database."""

from collections.abc import AsyncIterator

import pytest

from tests.databases import Database
from tests.house import House, opened


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    """The services on a database without tasks."""
    async with opened(database) as services:
        yield services
