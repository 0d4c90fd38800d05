"""A small file system, to be filled."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BALLAST = "ballast"


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a tmpfs; skips the test if that is not permitted."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=False)  # noqa: S607  # where mount is, differs
    if mounted.returncode:
        pytest.skip("a small disk can't be mounted here")
    try:
        yield folder
    finally:
        if folder.is_mount():
            unmount(folder)


def unmount(folder: Path) -> None:
    """Unmount it, even with open files."""
    subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S607  # where umount is, differs


@contextmanager
def filled(disk: Path, leaving: int) -> Iterator[None]:
    """Fill it up to so many bytes until the block ends."""
    free = os.statvfs(disk)
    (disk / BALLAST).write_bytes(bytes(free.f_bavail * free.f_bsize - leaving))
    try:
        yield
    finally:
        (disk / BALLAST).unlink()
