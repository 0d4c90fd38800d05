"""What a test needs and a machine may lack."""

import os
import re
import shutil
from subprocess import CalledProcessError, TimeoutExpired, run
from typing import NoReturn

import pytest

OLDEST_NODE = 20
"""The oldest that the packages of `client.json` are made for."""
VERSION_SECONDS = 30


def missing(what: str) -> NoReturn:
    """Skip what can't be shown here; fail where nothing may be skipped, as in `.ci/run`."""
    if os.environ.get("SKIP_NOTHING"):
        pytest.fail(f"there is no {what} here, and SKIP_NOTHING is set")
    pytest.skip(f"there is no {what} here")


def need_node() -> None:
    """Go on where there is a node that is new enough; an older one is no failure, for Debian 12 has no other."""
    node = shutil.which("node")
    if node is None:
        missing("node")
    try:
        said = run([node, "--version"], capture_output=True, check=True, text=True, timeout=VERSION_SECONDS).stdout
    except (CalledProcessError, TimeoutExpired):
        missing("node that runs")
    found = re.match(r"v(\d+)\.", said)
    if found is None or int(found[1]) < OLDEST_NODE:
        pytest.skip(f"there is no node from version {OLDEST_NODE} on here, only {said.strip()}")
