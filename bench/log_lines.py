"""The CPU time of a request's log line on the event loop, and the lines per second that reach a file.

`cd backend && PYTHONPATH=. .venv/bin/python ../bench/log_lines.py`
"""

import asyncio
import sys
import time
from contextlib import redirect_stdout
from statistics import median
from tempfile import TemporaryFile

import structlog
from src.utils.log_writer import LogWriter
from src.utils.logs import configure_logs

LINES, A_TURN, ROUNDS = 9_600, 32, 9
FIELDS = {
    "id": "0123456789abcdef",
    "method": "PATCH",
    "route": "/api/v1/tasks/{id}/complete",
    "status": 200,
    "bytes": 412,
    "client": "127.0.0.1",
    "principal": "shared",
    "role": "owner",
    "ms": 1.93,
}


async def measure(writer: LogWriter) -> tuple[float, float]:
    """Microseconds of CPU time per line, and lines per second."""
    log = structlog.get_logger("requests")
    began, cpu = time.perf_counter(), time.thread_time()
    for _ in range(LINES // A_TURN):
        for _ in range(A_TURN):
            log.info("request", **FIELDS)
        await asyncio.sleep(0)
    cpu = time.thread_time() - cpu
    if not writer.drain(60):
        sys.exit("The lines were not written within a minute.")
    return cpu / LINES * 1e6, LINES / (time.perf_counter() - began)


async def main() -> None:
    with TemporaryFile("w") as file:
        with redirect_stdout(file):
            writer = configure_logs("info", readable=False)
        rounds = [await measure(writer) for _ in range(ROUNDS)]
        writer.close()
    costs, rates = zip(*rounds, strict=True)
    print(f"{median(costs):.1f} µs per line, {median(rates):,.0f} lines/s (median of {ROUNDS})")


if __name__ == "__main__":
    asyncio.run(main())
