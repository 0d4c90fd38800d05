"""Tests skip with a reason where a program is missing, and fail where nothing may be skipped."""

from pathlib import Path

import pytest

from tests.web.prerequisites import is_supported, require_node

SKIPPED, FAILED = pytest.skip.Exception, pytest.fail.Exception


@pytest.mark.parametrize("setting", ["", "true"])
@pytest.mark.parametrize(
    ("script", "said", "where_nothing_is_skipped"),
    [
        (None, "there is no node here", FAILED),
        ("exit 127", "there is no node that runs here", FAILED),
        ("echo v16.20.2", "there is no node from version 18 on here, only v16.20.2", SKIPPED),
        ("echo none", "there is no node from version 18 on here, only none", SKIPPED),
    ],
)
def test_a_missing_or_outdated_node_is_reported(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    setting: str,
    script: str | None,
    said: str,
    where_nothing_is_skipped: type[BaseException],
) -> None:
    if script:
        (tmp_path / "node").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SKIP_NOTHING", setting)

    with pytest.raises(where_nothing_is_skipped if setting else SKIPPED, match=said):
        require_node()


@pytest.mark.parametrize(
    ("version", "number", "runs_all"),
    [
        ("v18.20.4", (18, 20), False),
        ("v22.17.1", (22, 17), False),
        ("v22.18.0", (22, 18), True),
        ("v26.1.0-pre", (26, 1), True),
    ],
)
def test_a_supported_node_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, number: tuple[int, int], *, runs_all: bool
) -> None:
    (tmp_path / "node").write_text(f"#!/bin/sh\necho {version}\n")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert require_node() == number
    assert is_supported(number) is runs_all
