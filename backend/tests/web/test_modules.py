"""Static checks of the page's own files."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.web.prerequisites import missing

WEB = Path(__file__).parents[2] / "src" / "web"
OWN = [
    path for path in sorted(WEB.rglob("*")) if path.suffix in {".js", ".css", ".html"} and path.parent.name != "vendor"
]
MODULES = [path for path in OWN if path.suffix == ".js"]


def test_no_file_is_over_250_lines() -> None:
    assert OWN
    assert {path.name for path in OWN if len(path.read_text().splitlines()) > 250} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(WEB).as_posix())
def test_modules_import_existing_files_by_relative_path(path: Path) -> None:
    imported = re.findall(r'^(?:import|export)[^"]* from "([^"]+)";', path.read_text(), re.MULTILINE)

    assert all(name.startswith(".") for name in imported)
    assert all((path.parent / name).is_file() for name in imported)


def test_no_text_is_evaluated_as_markup_or_code() -> None:
    dangerous = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://(?!www\.w3\.org)"
    )

    assert {path.name for path in OWN if dangerous.search(path.read_text())} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(WEB).as_posix())
def test_modules_parse(path: Path) -> None:
    if shutil.which("node") is None:
        missing("node")
    node = ["node", "--check", "--input-type=module", "-"]

    assert subprocess.run(node, input=path.read_bytes(), capture_output=True, check=False).stderr == b""
