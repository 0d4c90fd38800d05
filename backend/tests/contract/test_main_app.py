"""`from main import app`, for code that uses the application directly."""

import os
import subprocess
import sys
from pathlib import Path

from tests.databases import Database

BACKEND = Path(__file__).parents[2]
USE = """
from fastapi.testclient import TestClient
from main import app

for title in ("First", "Second"):
    with TestClient(app) as client:
        created = client.post("/api/v1/tasks", json={"title": title})
        print(created.status_code, [task["title"] for task in client.get("/api/v1/tasks").json()["data"]])
"""


def use_main_app(database: Database) -> list[str]:
    """Run code that uses `main.app` in a process of its own, and return the printed lines."""
    environment = {**os.environ, "DATABASE_URL": database.url, "LOG_LEVEL": "error"}
    command = [sys.executable, "-W", "error", "-c", USE]
    done = subprocess.run(command, cwd=BACKEND, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def test_it_works_with_a_test_client_twice_in_a_row(database: Database) -> None:
    lines = use_main_app(database)

    assert lines == ["201 ['First']", "201 ['Second', 'First']"]


def test_it_migrates_an_empty_database(empty_database: Database) -> None:
    lines = use_main_app(empty_database)

    assert lines == ["201 ['First']", "201 ['Second', 'First']"]
