"""The load generator `wrk`."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from catalogue import BENCH
from install import LeftOutError
from processes import HOST

THREADS = 2
LEAVE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Wrk:
    """Times in milliseconds; `positions` are those that each thread reached in its slice of the ids."""

    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int
    broken: int
    positions: Sequence[int]

    @property
    def errors(self) -> int:
        return self.refused + self.broken


def wrk(port: int, connections: int, threads: int, seconds: int, arguments: Sequence[str]) -> Wrk:
    """Raises LeftOutError."""
    command = [
        *("wrk", "--script", "load.lua", "--duration", f"{seconds}s", "--timeout", f"{LEAVE_SECONDS // 2}s"),
        *("--connections", str(connections), "--threads", str(threads)),
        *(f"http://{HOST}:{port}", "--", *arguments),
    ]
    limit = seconds + LEAVE_SECONDS
    try:
        done = subprocess.run(command, cwd=BENCH / "wrk", capture_output=True, check=False, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        raise LeftOutError("wrk did not end") from None
    if done.returncode != 0:
        raise LeftOutError(f"wrk could not measure: {(done.stderr or done.stdout).strip()}")
    return Wrk(**json.loads(done.stdout.splitlines()[-1]))
