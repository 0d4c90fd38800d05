"""The client of docs/clients.md: its types are made from the document, it compiles, and it does what the page says."""

import json
import os
import re
import shutil
from pathlib import Path
from subprocess import PIPE, STDOUT, CompletedProcess, TimeoutExpired, run

import pytest

from tests.programs import BACKEND
from tests.web.site import Site
from tests.web.what_is_there import missing, need_node

PAGE = (BACKEND.parent / "docs" / "clients.md").read_text()
EXAMPLE, SAID = re.findall(r"```(?:ts)\n(.*?)```\n```\n(.*?)```", PAGE, re.DOTALL)[0]
COMPILE = "node node_modules/typescript/bin/tsc --strict --module nodenext --target es2022 --skipLibCheck"
MISTAKES = {
    "a field that is misspelt": ('title: "Buy milk"', 'titel: "Buy milk"'),
    "a path that is none": ('"/api/v1/tasks/{id}"', '"/api/v1/task/{id}"'),
    "a popup of another route": ('popup: "TASK_CREATED"', 'popup: "TASK_UPDATED"'),
    "a part of a task that is none": ("{ id, version }", "{ id, revision }"),
}

PROGRAM_SECONDS = 180
"""Far more than any of them takes; it only keeps a test from hanging."""


def call(folder: Path, command: str, **environment: str) -> "CompletedProcess[str]":
    """Run a program of node's there."""
    surroundings = {**os.environ, **environment}
    arguments = command.split()
    limit = PROGRAM_SECONDS
    return run(
        arguments, cwd=folder, env=surroundings, stdout=PIPE, stderr=STDOUT, text=True, timeout=limit, check=False
    )


def are_installed(folder: Path) -> bool:
    """Try to install what `package.json` names."""
    try:
        return call(folder, "npm install --no-audit --no-fund --no-package-lock").returncode == 0
    except TimeoutExpired:
        return False


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install what the page says, and make the types."""
    need_node()
    if shutil.which("npm") is None:
        missing("npm")
    folder = tmp_path_factory.mktemp("client")
    shutil.copy(Path(__file__).parent / "client.json", folder / "package.json")
    if not are_installed(folder):
        missing("way to the packages of npm")
    made = call(folder, f"node node_modules/openapi-typescript/bin/cli.js {BACKEND / 'openapi.json'} -o tasktrail.d.ts")
    assert made.returncode == 0, made.stdout
    return folder


def test_the_example_is_short() -> None:
    assert len(EXAMPLE.splitlines()) <= 22


@pytest.fixture(scope="module")
def complaints(folder: Path) -> str:
    """Compile the example, and beside it one with each mistake."""
    (folder / "example.ts").write_text(EXAMPLE)
    for number, (right, wrong) in enumerate(MISTAKES.values()):
        assert right in EXAMPLE
        (folder / f"mistake{number}.ts").write_text(EXAMPLE.replace(right, wrong, 1))
    mistakes = " ".join(f"mistake{number}.ts" for number in range(len(MISTAKES)))
    return call(folder, f"{COMPILE} example.ts {mistakes}").stdout


def test_the_example_compiles_and_does_what_the_page_says(folder: Path, complaints: str, site: Site) -> None:
    done = call(folder, "node example.js", TASKTRAIL=site.address.removesuffix("/api/v1"))

    assert "example.ts" not in complaints
    assert done.stdout == SAID


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=list(MISTAKES))
def test_what_the_api_does_not_know_does_not_compile(complaints: str, number: int) -> None:
    assert f"mistake{number}.ts(" in complaints


def test_the_page_names_the_files_that_there_are() -> None:
    named = re.findall(r"`([\w/-]+\.js)`", PAGE, re.MULTILINE)

    assert named
    assert all((BACKEND / "src" / "web" / name).is_file() for name in named)


def test_versions_are_pinned() -> None:
    packages = json.loads((Path(__file__).parent / "client.json").read_text())

    versions = packages["dependencies"] | packages["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())
