"""Every test that docs/field-reports.md names exists."""

import re
from pathlib import Path

from tests.programs import BACKEND

PAGE = BACKEND.parent / "docs" / "field-reports.md"
NAMED = re.compile(r"`(?:([\w/]+\.py))?(?:::(\w+))?(?:\[[^`]*)?`")


def named_tests() -> list[tuple[Path, str]]:
    """File and name of each test; a name alone belongs to the last file named in its row."""
    found = []
    for row in PAGE.read_text().splitlines():
        path = ""
        for match in NAMED.finditer(row.rpartition(" | ")[2]):
            path = match[1] or path
            found += [(BACKEND / "tests" / path, match[2] or "")] if path else []
    return found


def test_every_named_test_exists() -> None:
    named = named_tests()

    missing = [
        f"{path.name}::{name}"
        for path, name in named
        if not path.is_file() or (name and f"def {name}(" not in path.read_text())
    ]

    assert missing == []
    assert len(named) > 100
