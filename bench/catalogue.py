"""The contestants: each folder in `contestants/` with a `contestant.toml`."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from operations import COMPLETE, INCOMPLETE, MIX, SHARES

BENCH = Path(__file__).resolve().parent
BACKEND = BENCH.parent / "backend"
CACHE = BENCH / ".cache"
JSON = {"Content-Type": "application/json"}
FLOOR = "floor"
NO_TASK = "01900000-0000-7000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Request:
    """`$id` stands for a task's id, `$unique` for a string that no other request contains."""

    path: str
    method: str = "GET"
    body: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, table: Mapping[str, Any], headers: Mapping[str, str]) -> "Request":
        own = {**headers, **(JSON if "body" in table else {}), **table.get("headers", {})}
        return cls(table["path"], table.get("method", "GET"), table.get("body"), tuple(own.items()))

    def filled(self, **values: str) -> "Request":
        path, body = self.path, self.body
        for name, value in values.items():
            path, body = path.replace(f"${name}", value), body and body.replace(f"${name}", value)
        return Request(path, self.method, body, self.headers)

    def lua(self) -> str:
        headers = ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in self.headers)
        body = "nil" if self.body is None else json.dumps(self.body)
        return f"{{{json.dumps(self.method)}, {json.dumps(self.path)}, {{{headers}}}, {body}}}"


class Spec:
    """A contestant in one configuration: `litestar-sqlite`, `tasktrail-postgresql-2`."""

    def __init__(self, folder: Path, variant: str, table: Mapping[str, Any]) -> None:
        self.folder = folder
        self.name = f"{folder.name}-{variant}" if variant else folder.name
        database, _, processes = variant.partition("-")
        self.database = str(table.get("database", database))
        self.processes = int(processes or 1)
        self._table = table

    @property
    def title(self) -> str:
        return str(self._table["title"])

    @property
    def not_equal(self) -> str:
        return str(self._table["not_equal"])

    @property
    def left_out(self) -> Mapping[str, str]:
        """Operation → reason."""
        return dict(self._table.get("left_out", {}))

    @property
    def cache(self) -> Path:
        """Where its dependencies are installed."""
        return CACHE / self.folder.name

    @property
    def schema(self) -> Path | None:
        """SQL to run on its new database."""
        return self.folder / self._table["schema"] if "schema" in self._table else None

    @cached_property
    def requests(self) -> Mapping[str, Request]:
        return {name: self._request(table) for name, table in self._table["operations"].items()}

    @property
    def setup(self) -> Sequence[Request]:
        """Requests to send once, when it is ready."""
        return [self._request(table) for table in self._table.get("setup", ())]

    @property
    def first_read(self) -> str:
        """A path that succeeds once it is ready, database included."""
        return str(self._table.get("ready", self.requests["read"].path.replace("$id", NO_TASK)))

    def response_path(self, name: str) -> Sequence[str]:
        """The path of a value in a response, such as `data.items`."""
        path = str(self._table.get("response_paths", {}).get(name, ""))
        return path.split(".") if path else ()

    def commands(self, values: Mapping[str, object]) -> tuple[Sequence[Sequence[str]], Sequence[str]]:
        """The commands that prepare it, and the one that serves."""
        prepare = [_fill(command, values) for command in self._table.get("prepare", ())]
        return prepare, _fill(self._table["start"], values)

    def directory(self, values: Mapping[str, object]) -> str:
        return str(self._table.get("directory", "{here}")).format_map(values)

    def environment(self, values: Mapping[str, object]) -> dict[str, str]:
        return {name: text.format_map(values) for name, text in self._table.get("environment", {}).items()}

    def lua(self, operation: str) -> str:
        """The requests of an operation, with their weights, for `wrk/load.lua`."""
        shares = SHARES if operation == MIX else {operation: 1}
        kinds = (
            f"  {{weight = {share}, turns = {{{', '.join(request.lua() for request in self._turns(name))}}}}},"
            for name, share in shares.items()
        )
        return "\n".join(("return {", *kinds, "}\n"))

    def _turns(self, operation: str) -> Sequence[Request]:
        names = (COMPLETE, INCOMPLETE) if operation == COMPLETE else (operation,)
        return [self.requests[name] for name in names]

    def _request(self, table: Mapping[str, Any]) -> Request:
        return Request.read(table, self._table.get("headers", {}))


def _fill(command: Sequence[str], values: Mapping[str, object]) -> list[str]:
    return [part.format_map(values) for part in command]


def _read_all() -> dict[str, Spec]:
    found = {}
    for file in sorted((BENCH / "contestants").glob("*/contestant.toml")):
        table = tomllib.loads(file.read_text())
        for variant in table.get("variants", [""]):
            spec = Spec(file.parent, variant, table)
            found[spec.name] = spec
    return found


SPECS = _read_all()
