"""Vendored libraries match their packages and have their licences."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

BACKEND = Path(__file__).parents[2]
FOLDERS = [BACKEND / "src" / "web" / "vendor", BACKEND / "tests" / "web" / "vendor"]
of_each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=["served", "for tests"])


def packages(folder: Path) -> list[dict[str, Any]]:
    """Read the manifest."""
    found: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_text())
    return found


@of_each_folder
def test_each_file_is_the_one_that_the_manifest_names(folder: Path) -> None:
    named = {file["path"]: file["sha256"] for package in packages(folder) for file in package["files"]}

    lying = {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}

    del lying["manifest.json"]
    assert lying == named


@of_each_folder
def test_unchanged_files_match_the_package(folder: Path) -> None:
    for package in packages(folder):
        for file in package["files"]:
            assert (file["sha256"] == file["source_sha256"]) is ("changes" not in file)


@of_each_folder
def test_each_package_has_its_version_its_hash_and_its_licence(folder: Path) -> None:
    for package in packages(folder):
        assert package["version"]
        assert package["licence"] in {"MIT", "Apache-2.0", "MPL-2.0"}
        assert package["integrity"].startswith("sha512-")
        assert any(file["path"].endswith(".LICENSE") for file in package["files"])


@of_each_folder
def test_the_manifest_names_no_registry(folder: Path) -> None:
    assert "://" not in (folder / "manifest.json").read_text()
