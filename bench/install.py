"""Installs the pinned dependencies of a contestant from the public registries, into a folder that git ignores."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from catalogue import Spec

INSTALL_SECONDS = 900


class LeftOutError(Exception):
    """The reason why a contestant is not measured."""


def install(spec: Spec) -> None:
    """Do nothing if the same pins are installed already. Raises LeftOutError."""
    for lock, way in (("requirements.txt", _with_pip), ("package-lock.json", _with_npm)):
        pins = spec.folder / lock
        if pins.exists() and not _is_done(pins, spec.cache):
            shutil.rmtree(spec.cache, ignore_errors=True)
            spec.cache.mkdir(parents=True)
            way(pins, spec.cache)
            _stamp(spec.cache).write_text(_digest(pins))


def _with_pip(pins: Path, cache: Path) -> None:
    _run([sys.executable, "-m", "venv", str(cache / "venv")])
    pip = (str(cache / "venv" / "bin" / "python"), "-m", "pip", "--disable-pip-version-check")
    _run([*pip, "install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", str(pins)])


def _with_npm(pins: Path, cache: Path) -> None:
    if shutil.which("npm") is None:
        raise LeftOutError("it needs Node.js and npm, which are not installed")
    for name in ("package.json", pins.name):
        shutil.copy(pins.parent / name, cache)
    _run(["npm", "ci", "--prefix", str(cache), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"])


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise LeftOutError("it could not be installed in time") from None
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise LeftOutError(f"it could not be installed: {' '.join(last)}")


def _is_done(pins: Path, cache: Path) -> bool:
    return _stamp(cache).exists() and _stamp(cache).read_text() == _digest(pins)


def _stamp(cache: Path) -> Path:
    return cache / "installed"


def _digest(pins: Path) -> str:
    return hashlib.sha256(pins.read_bytes()).hexdigest()
