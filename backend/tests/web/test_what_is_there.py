"""A program that is away or too old: its test says so, and fails where it should be there."""

from pathlib import Path

import pytest

from tests.web.what_is_there import is_new_enough, need_node

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
def test_a_node_that_is_away_or_too_old_is_told(
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
        need_node()


@pytest.mark.parametrize(
    ("version", "number", "runs_all"),
    [
        ("v18.20.4", (18, 20), False),
        ("v22.17.1", (22, 17), False),
        ("v22.18.0", (22, 18), True),
        ("v26.1.0-pre", (26, 1), True),
    ],
)
def test_one_that_is_new_enough_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, number: tuple[int, int], *, runs_all: bool
) -> None:
    (tmp_path / "node").write_text(f"#!/bin/sh\necho {version}\n")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert need_node() == number
    assert is_new_enough(number) is runs_all
