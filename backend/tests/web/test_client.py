"""The example for node in docs/clients.md: its types are made from the document, it compiles, and does what is said."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.programs import BACKEND
from tests.web.npm import CLIENTS, ended
from tests.web.site import Site
from tests.web.workshop import NODE, PAGE, Workshop

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
def folder(workshop: Workshop) -> Path:
    """Make one for it alone, since node resolves modules otherwise than bundlers do."""
    folder = workshop.packages.folder / "node"
    folder.mkdir(exist_ok=True)
    shutil.copy(workshop.folder / "tasktrail.d.ts", folder)
    return folder


@pytest.fixture(scope="module")
def complaints(workshop: Workshop, folder: Path) -> str:
    """Compile the example, and beside it one with each mistake."""
    (folder / "example.ts").write_text(NODE)
    for number, (right, wrong) in enumerate(MISTAKES.values()):
        assert right in NODE
        (folder / f"mistake{number}.ts").write_text(NODE.replace(right, wrong, 1))
    mistakes = " ".join(f"mistake{number}.ts" for number in range(len(MISTAKES)))
    return workshop.packages.run(f"{COMPILE} example.ts {mistakes}", folder).stdout


def test_the_example_compiles_and_does_what_the_page_says(
    workshop: Workshop, folder: Path, complaints: str, site: Site
) -> None:
    done = ended([workshop.packages.node, "example.js"], folder, TASKTRAIL=site.address.removesuffix("/api/v1"))

    assert "example.ts" not in complaints
    assert done.stdout == SAID


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=list(MISTAKES))
def test_what_the_api_does_not_know_does_not_compile(complaints: str, number: int) -> None:
    assert f"mistake{number}.ts(" in complaints


def test_the_page_names_the_files_that_there_are() -> None:
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
