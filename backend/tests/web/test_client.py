"""The example for node in docs/clients.md compiles with the generated types and prints the documented output."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.programs import BACKEND
from tests.web.npm import CLIENTS, ended
from tests.web.site import Site
from tests.web.toolchain import NODE, PAGE, Toolchain

SAID = PAGE[PAGE.index(NODE) + len(NODE) :].split("```\n")[2]
COMPILE = "typescript/bin/tsc --strict --module nodenext --target es2022 --skipLibCheck"
MISTAKES = {
    "a field that is misspelt": ('title: "Buy milk"', 'titel: "Buy milk"'),
    "a path that is none": ('"/api/v1/tasks/{id}"', '"/api/v1/task/{id}"'),
    "a popup of another route": ('popup: "TASK_CREATED"', 'popup: "TASK_UPDATED"'),
    "a part of a task that is none": ("{ id, version }", "{ id, revision }"),
}


def test_the_example_is_short() -> None:
    assert len(NODE.splitlines()) <= 22


@pytest.fixture(scope="module")
def folder(toolchain: Toolchain) -> Path:
    """Use a separate folder, since node resolves modules differently than bundlers."""
    folder = toolchain.packages.folder / "node"
    folder.mkdir(exist_ok=True)
    shutil.copy(toolchain.folder / "tasktrail.d.ts", folder)
    return folder


@pytest.fixture(scope="module")
def compiler_errors(toolchain: Toolchain, folder: Path) -> str:
    """Compile the example and a copy with each mistake."""
    (folder / "example.ts").write_text(NODE)
    for number, (right, wrong) in enumerate(MISTAKES.values()):
        assert right in NODE
        (folder / f"mistake{number}.ts").write_text(NODE.replace(right, wrong, 1))
    mistakes = " ".join(f"mistake{number}.ts" for number in range(len(MISTAKES)))
    return toolchain.packages.run(f"{COMPILE} example.ts {mistakes}", folder).stdout


def test_the_example_compiles_and_prints_the_documented_output(
    toolchain: Toolchain, folder: Path, compiler_errors: str, site: Site
) -> None:
    done = ended([toolchain.packages.node, "example.js"], folder, TASKTRAIL=site.address.removesuffix("/api/v1"))

    assert "example.ts" not in compiler_errors
    assert done.stdout == SAID


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=list(MISTAKES))
def test_mistakes_do_not_compile(compiler_errors: str, number: int) -> None:
    assert f"mistake{number}.ts(" in compiler_errors


def test_the_page_names_existing_files() -> None:
    named = re.findall(r"`([\w/-]+\.js)`", PAGE, re.MULTILINE)

    assert named
    assert all((BACKEND / "src" / "web" / name).is_file() for name in named)


def test_versions_are_pinned_with_their_hashes_and_no_registry_is_named() -> None:
    named = json.loads((CLIENTS / "package.json").read_text())
    locked = json.loads((CLIENTS / "package-lock.json").read_text())["packages"]

    versions = [version for kind in named if kind.lower().endswith("dependencies") for version in named[kind].values()]
    assert versions
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
    assert all(package["integrity"].startswith("sha512-") for name, package in locked.items() if name)
    assert not any("resolved" in package for package in locked.values())
