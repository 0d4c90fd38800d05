"""An unwritable log blocks and breaks nothing, and lost lines are counted."""

import json
import os
import signal
from asyncio import gather, timeout, to_thread
from collections.abc import Iterator
from contextlib import closing
from errno import ENOSPC
from io import StringIO
from pathlib import Path
from typing import Any, TextIO

import pytest

from src.utils.log_writer import LogWriter
from tests.databases import Database
from tests.faults.small_disk import filled, small_disk
from tests.log import HANG_SECONDS
from tests.served import CLEAN_EXIT_CODES, COMMANDS, Command, connected, serving

FEW = 10
"""The length of the queue in these tests."""
BROKEN: Command = (
    "-c",
    """
import cli, main

async def broken(request):
    raise RuntimeError

main.app.add_route("/api/v1/broken", broken)
cli.run(main.app, main.load_settings(), [])
""",
)


def lost(lines: int) -> str:
    """A short form of the log's own report."""
    return f'{{"lost":{lines}}}\n'


def numbered(count: int, size: int = 0) -> list[str]:
    """Distinguishable lines."""
    return [f'{{"number":{number},"x":"{"x" * size}"}}\n' for number in range(count)]


def read(text: str) -> list[dict[str, Any]]:
    """The complete lines, parsed."""
    return [json.loads(line) for line in text.splitlines() if line.endswith("}")]


@pytest.fixture
def pipe() -> Iterator[tuple[TextIO, TextIO]]:
    """The reading and the writing end of a pipe."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as reader, os.fdopen(writing, "w") as writer:
        yield reader, writer


def test_lines_are_written_in_order(pipe: tuple[TextIO, TextIO]) -> None:
    reader, writer = pipe

    with closing(LogWriter(writer, lost)) as log:
        for line in numbered(100):
            log.write(line)
    writer.close()

    assert reader.read() == "".join(numbered(100))


def test_a_line_after_close_is_written(pipe: tuple[TextIO, TextIO]) -> None:
    reader, writer = pipe
    log = LogWriter(writer, lost)
    log.write("first\n")
    log.close()

    log.write("second\n")
    log.close()
    writer.close()

    assert reader.read() == "first\nsecond\n"


@pytest.mark.parametrize("waits", [True, False], ids=["blocking", "not blocking"])
def test_lines_dropped_for_a_full_pipe_are_counted(pipe: tuple[TextIO, TextIO], *, waits: bool) -> None:
    reader, writer = pipe
    os.set_blocking(writer.fileno(), waits)
    log = LogWriter(writer, lost, max_queued=FEW)
    for line in numbered(1_000, 1_000):
        log.write(line)
    is_drained = log.drain(0)
    writer.close()

    log.close(0)  # the reader meets the end of the pipe once everything is written
    lines = read(reader.read())

    numbers = [line["number"] for line in lines if "number" in line]
    assert not is_drained
    assert numbers == sorted(numbers)
    assert sum(line.get("lost", 0) for line in lines) + len(numbers) == 1_000


class FullOnce(StringIO):
    """An output whose first write fails."""

    is_full = True

    def write(self, text: str) -> int:
        """Raise OSError once."""
        if self.is_full:
            self.is_full = False
            raise OSError(ENOSPC, "No space left on device")
        return super().write(text)


def test_lost_lines_are_reported_before_the_next_line() -> None:
    output = FullOnce()
    log = LogWriter(output, lost)

    for line in ("first\nof two\n", "second\n", "third\n"):
        log.write(line)
        assert log.drain(HANG_SECONDS)

    assert output.getvalue() == lost(2) + "second\nthird\n"


def test_lost_lines_are_reported_on_close() -> None:
    output = FullOnce()
    log = LogWriter(output, lost)
    log.write("first\n")
    assert log.drain(HANG_SECONDS)

    log.close(HANG_SECONDS)

    assert output.getvalue() == lost(1)


@pytest.mark.parametrize("is_there", [True, False], ids=["closed later", "closed from the start"])
def test_a_closed_output_is_not_an_error(*, is_there: bool) -> None:
    output = StringIO()
    output.close()
    log = LogWriter(output if is_there else None, lost)

    log.write("first\n")

    assert log.drain(HANG_SECONDS)


def test_logging_resumes_with_whole_lines_once_a_disk_has_space(tmp_path: Path) -> None:
    with small_disk(tmp_path, "1m") as disk, (disk / "log").open("a") as output:
        with closing(LogWriter(output, lost)) as log:
            with filled(disk, leaving=4_096):
                for line in numbered(100, 100):
                    log.write(line)
                assert log.drain(HANG_SECONDS)
            log.write('{"number":100}\n')
        text = (disk / "log").read_text()

    lines = read(text)
    numbers = [line["number"] for line in lines if "number" in line]
    assert len(text.splitlines()) - len(lines) == 1  # the one that was cut off
    assert numbers == [*range(len(numbers) - 1), 100]
    assert len(numbers) > 1
    assert sum(line.get("lost", 0) for line in lines) + len(numbers) == 101


@pytest.fixture
def unread(tmp_path: Path) -> Iterator[Path]:
    """A named pipe that is open for reading but never read."""
    os.mkfifo(path := tmp_path / "log")
    held = os.open(path, os.O_RDWR)
    yield path
    os.close(held)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_an_unread_pipe_blocks_neither_requests_nor_the_shutdown(
    database: Database, unread: Path, command: str
) -> None:
    with serving(database, COMMANDS[command], unread, LOG_LEVEL="info") as server:
        async with connected(server) as api, timeout(2 * HANG_SECONDS):
            for _ in range(100):
                answers = await gather(*(api.raw("GET", f"/{name}") for name in ("nowhere", "tasks", "health") * 10))
                assert [answer.status_code for answer in answers] == [404, 200, 200] * 10
            assert (await api.create()).status == 201
        server.send_signal(signal.SIGTERM)
        code = await to_thread(server.wait)

    assert code in CLEAN_EXIT_CODES


@pytest.mark.parametrize("readable", ["true", "false"])
@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_a_full_disk_does_not_affect_responses(database: Database, readable: str) -> None:
    with serving(database, BROKEN, Path("/dev/full"), LOG_LEVEL="info", DEBUG=readable) as server:
        async with connected(server) as api, timeout(HANG_SECONDS):
            answers = [await api.send("GET", path) for path in ("/tasks", "/nowhere", "/tasks?limit=x", "/broken")]
            cut_short = await api.client.get("/tasks", headers={"x": "x" * 20_000})
        server.send_signal(signal.SIGTERM)
        code = await to_thread(server.wait)

    assert [answer.status for answer in answers] == [200, 404, 400, 500]
    assert cut_short.status_code == 431
    assert code in CLEAN_EXIT_CODES
