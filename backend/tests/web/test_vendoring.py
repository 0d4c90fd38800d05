"""What `make vendor` accepts and rejects, with a private registry."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from subprocess import PIPE, STDOUT, CompletedProcess, run

import pytest

from tests.programs import BACKEND
from tests.web.prerequisites import missing
from tests.web.registry import Registry, integrity_of, packed, serving_packages

SOURCE = 'import {h} from"other";'
CHANGE = {"old": '"other"', "new": '"./other.mjs"'}
CHANGED = SOURCE.replace(CHANGE["old"], CHANGE["new"])
FIRST = packed({"dist/lib.mjs": SOURCE, "LICENSE": "As you like"})
ANOTHER = packed({"dist/lib.mjs": f"{SOURCE} more", "LICENSE": "As you like"})
NPM_SECONDS = 60


class Tree:
    """The tool in a tree of its own, with one library."""

    def __init__(self, folder: Path, registry: Registry) -> None:
        """Name the library, and lay it there as it was vendored."""
        self.registry = registry
        self.folder = folder
        self.tool = folder / "backend" / "tools" / "vendor.py"
        self.vendored = folder / "backend" / "src" / "web" / "vendor"
        for place in (self.tool.parent, self.vendored, folder / "backend" / "tests" / "web" / "vendor"):
            place.mkdir(parents=True)
        shutil.copy(BACKEND / "tools" / "vendor.py", self.tool)
        (folder / "backend" / "tests" / "web" / "vendor" / "manifest.json").write_text("[]\n")
        self.write({"manifest.json": manifest(), "lib.mjs": CHANGED, "LICENSE": "As you like"})

    def write(self, files: dict[str, str]) -> None:
        for name, content in files.items():
            (self.vendored / name).write_text(content)

    @property
    def files(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in self.vendored.iterdir()}

    def vendor(self, *arguments: str) -> "CompletedProcess[str]":
        settings = {
            "npm_config_registry": f"{self.registry.address}/",
            "npm_config_cache": str(self.folder / "cache"),
            "npm_config_fetch_retries": "0",
            "npm_config_update_notifier": "false",
        }
        command = [sys.executable, str(self.tool), *arguments]
        environment = os.environ | settings
        return run(command, env=environment, stdout=PIPE, stderr=STDOUT, text=True, timeout=NPM_SECONDS, check=False)


def manifest(archive: bytes = FIRST, version: str = "1.0.0", source: str = SOURCE) -> str:
    """Give it as the tool writes it."""
    changed = source.replace(CHANGE["old"], CHANGE["new"])
    files = [
        {"path": "lib.mjs", "source": "dist/lib.mjs", "changes": [CHANGE], **hashes(source, changed)},
        {"path": "LICENSE", "source": "LICENSE", **hashes("As you like", "As you like")},
    ]
    package = {"name": "lib", "version": version, "licence": "MIT", "files": files, "integrity": integrity_of(archive)}
    return f"{json.dumps([package], indent=2)}\n"


def hashes(source: str, here: str) -> dict[str, str]:
    return {"source_sha256": sha256(source.encode()).hexdigest(), "sha256": sha256(here.encode()).hexdigest()}


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    """Serve the library in its first version."""
    if not shutil.which("npm"):
        missing("npm")
    with serving_packages() as registry:
        registry.has("lib", "1.0.0", FIRST)
        yield Tree(tmp_path, registry)


def test_an_altered_file_is_replaced_and_nothing_else(tree: Tree) -> None:
    before = tree.files
    tree.write({"lib.mjs": "altered"})

    done = tree.vendor()

    assert done.returncode == 0, done.stdout
    assert tree.files == before


def test_another_package_of_the_same_version_is_refused(tree: Tree) -> None:
    before = tree.files
    tree.registry.has("lib", "1.0.0", ANOTHER)

    done = tree.vendor()

    assert done.returncode == 1
    assert f"lib is not the one that the manifest names: its integrity is {integrity_of(ANOTHER)}" in done.stdout
    assert tree.files == before


def test_a_package_with_another_hash_is_refused(tree: Tree) -> None:
    before = tree.files
    tree.registry.has("lib", "1.0.0", ANOTHER, said=integrity_of(FIRST))

    done = tree.vendor()

    assert done.returncode == 1
    assert "npm could not fetch lib@1.0.0" in done.stdout
    assert tree.files == before


def test_a_file_that_is_not_the_one_of_the_manifest_is_refused(tree: Tree) -> None:
    other = manifest().replace(sha256(b"As you like").hexdigest(), "0" * 64)
    tree.write({"manifest.json": other})

    done = tree.vendor()

    assert done.returncode == 1
    assert "LICENSE is not the one that the manifest names" in done.stdout
    assert tree.files["manifest.json"] == other


def test_another_version_is_taken_only_if_it_is_named(tree: Tree) -> None:
    tree.registry.has("lib", "1.1.0", ANOTHER)
    before = tree.files

    unasked = tree.vendor()
    assert (unasked.returncode, tree.files) == (0, before)
    renewed = tree.vendor("lib@1.1.0")

    assert renewed.returncode == 0, renewed.stdout
    assert tree.files["manifest.json"] == manifest(ANOTHER, "1.1.0", f"{SOURCE} more")
    assert tree.files["lib.mjs"] == f"{CHANGED} more"


def test_a_version_changed_only_in_the_manifest_is_refused(tree: Tree) -> None:
    tree.registry.has("lib", "1.1.0", ANOTHER)
    tree.write({"manifest.json": manifest(FIRST, "1.1.0")})

    done = tree.vendor()

    assert done.returncode == 1
    assert tree.files["lib.mjs"] == CHANGED


@pytest.mark.parametrize("named", ["other@1.0.0", "lib", "lib@9.9.9"])
def test_an_unknown_package_or_version_changes_nothing(tree: Tree, named: str) -> None:
    before = tree.files

    done = tree.vendor(named)

    assert done.returncode == 1
    assert named in done.stdout
    assert "Traceback" not in done.stdout
    assert tree.files == before
