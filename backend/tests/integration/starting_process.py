"""Starts the application, and stops it on request: `python -m tests.integration.starting_process`."""

import asyncio
import sys

from main import app


async def start() -> None:
    """Start it as a server does, with the database from the environment."""
    async with app.router.lifespan_context(app):
        pass


if __name__ == "__main__":
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    asyncio.run(start())
