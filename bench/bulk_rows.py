"""Times of three kinds of statement that insert the rows of 32 creates while another thread computes.

`cd backend && PYTHONPATH=. .venv/bin/python ../bench/bulk_rows.py`
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from statistics import mean, median
from typing import Any, cast

from sqlalchemy import Connection, Engine, Table, create_engine, insert
from src.database.bulk import BulkInsert
from src.models import Task
from src.models.task import TaskSnapshot
from src.utils import canonical_json
from src.utils.search import search_text
from src.utils.timestamps import utc_now

from postgres import serving

ROWS, ROUNDS = 32, 200
TASKS = cast("Table", Task.__table__)
NAMES = [field.name for field in fields(TaskSnapshot)]
Write = Callable[[Connection, Sequence[TaskSnapshot]], object]

_as_json = BulkInsert(Task)
WAYS: Mapping[str, Write] = {
    "one JSON text": lambda connection, tasks: _as_json(connection, texts_of(tasks)),
    "multi-row VALUES": lambda connection, tasks: connection.execute(insert(TASKS).values(columns_of(tasks))),
    "executemany": lambda connection, tasks: connection.execute(insert(TASKS), columns_of(tasks)),
}


def texts_of(tasks: Sequence[TaskSnapshot]) -> list[str]:
    return [canonical_json.encode(task.row()) for task in tasks]


def columns_of(tasks: Sequence[TaskSnapshot]) -> list[dict[str, Any]]:
    return [
        {name: getattr(task, name) for name in NAMES} | {"search_text": search_text(task.title, task.description)}
        for task in tasks
    ]


@contextmanager
def busy_thread() -> Iterator[None]:
    """A thread that computes all the time, like an event loop under load."""
    is_done = threading.Event()

    def compute() -> None:
        while not is_done.is_set():
            sum(range(1_000))

    thread = threading.Thread(target=compute)
    thread.start()
    try:
        yield
    finally:
        is_done.set()
        thread.join()


def measure(connection: Connection, write: Write) -> float:
    """Milliseconds, without the commit, which takes equally long in all ways."""
    now = utc_now()
    tasks = [TaskSnapshot.create(f"Task {number}", "Described", now) for number in range(ROWS)]
    began = time.perf_counter()
    write(connection, tasks)
    took = (time.perf_counter() - began) * 1000
    connection.rollback()
    return took


def compare(engine: Engine) -> None:
    """Run the ways in turn, so that other load on the machine affects all of them."""
    TASKS.create(engine)
    with engine.connect() as connection, busy_thread():
        times = [{way: measure(connection, write) for way, write in WAYS.items()} for _ in range(ROUNDS)]
    for way in WAYS:
        of_way = [each[way] for each in times]
        print(f"{engine.dialect.name:10} {way:16} {mean(of_way):5.1f} ms, median {median(of_way):5.1f}")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tasktrail-") as name, serving(Path(name)) as server:
        compare(create_engine(f"sqlite:///{name}/rows.db"))
        compare(create_engine(server.create("rows").replace("postgresql://", "postgresql+psycopg://")))


if __name__ == "__main__":
    main()
