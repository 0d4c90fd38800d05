"""Programs that tests need and a machine may lack."""

import os
import re
import shutil
from subprocess import CalledProcessError, TimeoutExpired, run
from typing import NoReturn

import pytest

Version = tuple[int, int]

OLDEST_NODE: Version = (18, 0)
"""The oldest whose npm can install what `clients/package-lock.json` names: Debian 12's."""
NEW_ENOUGH: Version = (22, 18)
"""The oldest that runs all of it; for older ones npm brings another along."""
VERSION_SECONDS = 30


def missing(what: str) -> NoReturn:
    """Skip what can't be shown here; fail where nothing may be skipped, as in `.ci/run`."""
    if os.environ.get("SKIP_NOTHING"):
        pytest.fail(f"there is no {what} here, and SKIP_NOTHING is set")
    pytest.skip(f"there is no {what} here")


def require_node() -> Version:
    """Return the version of node. One that is too old skips the test, since some systems have no other."""
    node = shutil.which("node")
    if node is None:
        missing("node")
    try:
        said = run([node, "--version"], capture_output=True, check=True, text=True, timeout=VERSION_SECONDS).stdout
    except (CalledProcessError, TimeoutExpired):
        missing("node that runs")
    found = re.match(r"v(\d+)\.(\d+)\.", said)
    if found is None or (version := (int(found[1]), int(found[2]))) < OLDEST_NODE:
        pytest.skip(f"there is no node from version {OLDEST_NODE[0]} on here, only {said.strip()}")
    return version


def is_supported(version: Version) -> bool:
    return version >= NEW_ENOUGH
