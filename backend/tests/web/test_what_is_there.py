"""A program that is too old is none: its test says so, and fails where nothing may be skipped."""

from pathlib import Path

import pytest

from tests.web.what_is_there import need_node

SKIPPED, FAILED = pytest.skip.Exception, pytest.fail.Exception


@pytest.mark.parametrize(("setting", "outcome"), [("", SKIPPED), ("true", FAILED)])
@pytest.mark.parametrize(
    ("script", "said"),
    [
        (None, "there is no node here"),
        ("echo v18.20.4", "there is no node from version 20 on, only v18.20.4, here"),
        ("echo none", "there is no node from version 20 on, only none, here"),
        ("exit 127", "there is no node that runs here"),
    ],
)
def test_a_node_that_is_away_or_too_old_is_told(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    setting: str,
    outcome: type[BaseException],
    script: str | None,
    said: str,
) -> None:
    if script:
        (tmp_path / "node").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SKIP_NOTHING", setting)

    with pytest.raises(outcome, match=said):
        need_node()


@pytest.mark.parametrize("version", ["v20.0.0", "v26.1.0-pre"])
def test_one_that_is_new_enough_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str) -> None:
    (tmp_path / "node").write_text(f"#!/bin/sh\necho {version}\n")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    need_node()
