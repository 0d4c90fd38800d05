"""The requests that `growth.py` measures, on one connection, one after another."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count
from random import choice, randrange
from statistics import median
from typing import Any

from catalogue import JSON
from processes import HOST

GOOD = range(200, 300)
WHOLE_LISTS = 5
PORTIONS_OF_IDS = 20

Ask = tuple[str, str, str | None]
"""Method, path, body."""


@dataclass(frozen=True, slots=True)
class WholeList:
    """Milliseconds until the first byte, and until the last."""

    first_byte: float
    whole: float


class Questions:
    """Requests about an existing history."""

    def __init__(self, port: int, requests: int) -> None:
        self._connection = HTTPConnection(HOST, port, timeout=60)
        self._requests = requests
        self._numbers = count()
        self._entries = self._data("/history?limit=1")["pagination"]["total_count"]
        self._ids = [
            item["task_id"]
            for _ in range(PORTIONS_OF_IDS)
            for item in self._data(f"/changes?since={randrange(self._entries)}&limit=100")["items"]
        ]

    def medians(self) -> dict[str, float | str]:
        """Question → milliseconds, or the reason why it was not measured."""
        return {name: self._median(ask) for name, ask in self._asks().items()}

    def _asks(self) -> Mapping[str, Callable[[], Ask]]:
        return {
            "read": lambda: self._get(f"/tasks/{choice(self._ids)}"),
            "create": self._create,
            "complete": self._complete_or_reopen,
            "history, page 1": lambda: self._get("/history"),
            "history, the middle": lambda: self._get(f"/history?page={self._entries // 20}"),
            "history of a task": lambda: self._get(f"/history?task_id={choice(self._ids)}"),
            "history of an action": lambda: self._get("/history?action_type=UPDATED"),
            "a version of a task": lambda: self._get(f"/tasks/{choice(self._ids)}?version=1"),
            "stats": lambda: self._get("/stats/weekly"),
            "changes, 100": lambda: self._get(f"/changes?since={randrange(self._entries)}&limit=100"),
            "list, 20": lambda: self._get("/tasks?limit=20"),
            "search, 20 of many": lambda: self._get("/tasks?limit=20&q=flowers"),
            "search, one": lambda: self._get(f"/tasks?limit=20&q=number%20{randrange(self._entries // 10)}%2C"),
            "search, none": lambda: self._get("/tasks?limit=20&q=nowhere"),
        }

    def _create(self) -> Ask:
        return "POST", "/tasks", f'{{"title": "New {next(self._numbers)}", "description": "Two litres"}}'

    def _complete_or_reopen(self) -> Ask:
        number = next(self._numbers)
        verb = ("complete", "incomplete")[number % 2]
        return "PATCH", f"/tasks/{self._ids[number // 2 % len(self._ids)]}/{verb}", None

    def _get(self, path: str) -> Ask:
        return "GET", path, None

    def _median(self, ask: Callable[[], Ask]) -> float | str:
        times = []
        for _ in range(self._requests):
            method, path, body = ask()
            started = time.perf_counter()
            status, _ = self._send(method, path, body)
            times.append((time.perf_counter() - started) * 1000)
            if status not in GOOD:
                return f"answered with {status}"
        return median(times)

    def _data(self, path: str) -> Any:  # noqa: ANN401  # JSON
        return json.loads(self._send("GET", path, None)[1])["data"]

    def _send(self, method: str, path: str, body: str | None) -> tuple[int, bytes]:
        self._connection.request(method, f"/api/v1{path}", body, JSON if body else {})
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def ask_whole_list(port: int, path: str) -> WholeList:
    """Medians, without the first one."""
    connection = HTTPConnection(HOST, port, timeout=60)
    lists = [_whole_list(connection, path) for _ in range(WHOLE_LISTS + 1)][1:]
    return WholeList(median(each.first_byte for each in lists), median(each.whole for each in lists))


def _whole_list(connection: HTTPConnection, path: str) -> WholeList:
    started = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    first_byte = time.perf_counter()
    answer.read()
    return WholeList((first_byte - started) * 1000, (time.perf_counter() - started) * 1000)
