"""The order of a process's system calls: requests received, syncs, responses sent."""

import re
import shutil
from bisect import bisect
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

SYNCS = ("fsync", "fdatasync")
READS = ("read", "recvfrom", "recvmsg")
WRITES = ("write", "writev", "sendto", "sendmsg")
STRACE = ("strace", "-f", "-yy", "-s", "40", "-e", "trace=" + ",".join((*SYNCS, *READS, *WRITES)))

_BEGUN = re.compile(r"(?P<thread>\d+) +(?P<call>\w+)\(\d+<(?P<file>.*?)>(?:[,)]| <unf)")
_RESUMED = re.compile(r"(?P<thread>\d+) +<\.\.\. \w+ resumed>")
_CHANGE = re.compile(r'"(?:POST|PUT|PATCH|DELETE) ')
_SUCCESS = re.compile(r'"HTTP/1\.1 20[01] ')

Span = tuple[int, int]
"""Two positions in the trace: begin and end of a sync, or request and response of a change."""


class Trace:
    """The syncs of the write-ahead log and the successful changes in a trace."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.syncs: list[Span] = []
        self.changes: list[Span] = []
        self._open: dict[str, tuple[int, str, str]] = {}
        self._arrived: dict[str, int] = {}
        for place, line in enumerate(lines):
            if begun := _BEGUN.match(line):
                self._begin(place, begun["thread"], begun["call"], begun["file"], line)
            elif resumed := _RESUMED.match(line):
                self._end(place, resumed["thread"], line)

    def answered_too_early(self) -> list[Span]:
        """The changes without a sync between their request and their response."""
        begun = [begin for begin, _ in self.syncs]
        ended = [*(end for _, end in self.syncs), float("inf")]
        return [change for change in self.changes if ended[bisect(begun, change[0])] > change[1]]

    def _begin(self, place: int, thread: str, call: str, file: str, line: str) -> None:
        self._open[thread] = (place, call, file)
        if call in WRITES and file.startswith("TCP") and _SUCCESS.search(line) and file in self._arrived:
            self.changes.append((self._arrived.pop(file), place))
        if "<unfinished" not in line:
            self._end(place, thread, line)

    def _end(self, place: int, thread: str, line: str) -> None:
        begun, call, file = self._open.pop(thread, (0, "", ""))
        if call in SYNCS and file.endswith("-wal") and line.endswith("= 0"):
            self.syncs.append((begun, place))
        elif call in READS and file.startswith("TCP") and _CHANGE.search(line):
            self._arrived[file] = place


@contextmanager
def traced(pid: int, file: Path) -> Iterator[None]:
    """Trace a process and its threads into a file; skips the test if that is not permitted."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    with Popen([*STRACE, "-o", str(file), "-p", str(pid)], stderr=PIPE, text=True) as strace:
        try:
            assert strace.stderr
            if "attached" not in (line := strace.stderr.readline()):
                pytest.skip(f"strace may not look into other processes here: {line.strip()}")
            yield
        finally:
            strace.terminate()
