"""What a test needs and a machine may lack."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip what can't be shown here; fail where nothing may be skipped, as in `.ci/run`."""
    if os.environ.get("SKIP_NOTHING"):
        pytest.fail(f"there is no {what} here, and SKIP_NOTHING is set")
    pytest.skip(f"there is no {what} here")
