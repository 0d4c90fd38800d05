"""A description of the machine, and the duration of a sync."""

import os
import platform
import time
from pathlib import Path
from statistics import median

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

REAL_DISK = "/var/tmp"  # noqa: S108  # for a new folder; unlike /tmp it is never in memory


def describe_machine(folder: Path) -> str:
    memory = psutil.virtual_memory().total / 2**30
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    return (
        f"{os.cpu_count()} CPUs ({_processor()}), {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"{platform.python_implementation()} {platform.python_version()}; load average before the run {load}; "
        f"a write and sync of 4 KiB takes {_sync_milliseconds(folder):.2f} ms."
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _sync_milliseconds(folder: Path) -> float:
    times = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(100):
            started = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            times.append(time.perf_counter() - started)
    return median(times) * 1000
