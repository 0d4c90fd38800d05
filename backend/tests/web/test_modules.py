"""Static checks of the page's own files."""

import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "src" / "web"
OWN = [
    path for path in sorted(WEB.rglob("*")) if path.suffix in {".js", ".css", ".html"} and path.parent.name != "vendor"
]
MODULES = [path for path in OWN if path.suffix == ".js"]


def test_no_file_is_over_250_lines() -> None:
    assert OWN
    assert {path.name for path in OWN if len(path.read_text().splitlines()) > 250} == set()


def test_modules_import_existing_files_by_relative_path() -> None:
    for path in MODULES:
        imported = re.findall(r'^(?:import|export)[^"]* from "([^"]+)";', path.read_text(), re.MULTILINE)

        assert [name for name in imported if not name.startswith(".") or not (path.parent / name).is_file()] == [], path


def test_no_text_is_evaluated_as_markup_or_code() -> None:
    dangerous = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://(?!www\.w3\.org)"
    )

    assert {path.name for path in OWN if dangerous.search(path.read_text())} == set()
