"""Rules of this code base that no linter knows, checked in the source."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

BACKEND = Path(__file__).parents[2]
SRC, TESTS = BACKEND / "src", BACKEND / "tests"
WITH_THE_FRAMEWORK = (SRC / "api", SRC / "exceptions" / "handlers.py")
WRITER = SRC / "batching" / "writer.py"
FASTAPI_INTERNALS = SRC / "api" / "fastapi_internals.py"
DOCUMENTED_BY_FASTAPI = {
    "fastapi",
    "fastapi.exceptions",
    "fastapi.openapi.docs",
    "fastapi.routing",
    "fastapi.staticfiles",
    "fastapi.telemetry",
    "fastapi.testclient",
}

Finding = tuple[str, int]


def names_called(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The name of each call: `commit` for `connection.commit()`, `text` for `text(…)` and `sa.text(…)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(name) | ast.Attribute(attr=name):
                    yield name, node.lineno


def calls(*refused: str) -> Callable[[ast.AST], Iterator[int]]:
    """A search for calls of these names."""

    def search(tree: ast.AST) -> Iterator[int]:
        yield from (line for name, line in names_called(tree) if name in refused)

    return search


def names(*refused: str) -> Callable[[ast.AST], Iterator[int]]:
    """A search for these names, imported or used."""

    def search(tree: ast.AST) -> Iterator[int]:
        for node in ast.walk(tree):
            match node:
                case ast.alias(name) | ast.Name(id=name) | ast.Attribute(attr=name) if name in refused:
                    yield node.lineno

    return search


def undocumented_names_of_fastapi(tree: ast.AST) -> Iterator[int]:
    """Imports of its other modules, and of names with an underscore."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module="fastapi", names=names):  # its classes are capitalized, its modules are not
                modules = [f"fastapi.{each.name}" if each.name.islower() else "fastapi" for each in names]
            case ast.ImportFrom(module=str(module), names=names):
                modules = [f"{module}.{each.name}" if each.name.startswith("_") else module for each in names]
            case ast.Import(names=names):
                modules = [each.name for each in names]
            case _:
                continue
        if any(each.split(".")[0] == "fastapi" and each not in DOCUMENTED_BY_FASTAPI for each in modules):
            yield node.lineno


def handlers_that_pass(tree: ast.AST) -> Iterator[int]:
    """`except …: pass`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and all(isinstance(inner, ast.Pass) for inner in node.body):
            yield node.lineno


def returns_of_anything(tree: ast.AST) -> Iterator[int]:
    """`-> Any`."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(returns=ast.Name("Any")) | ast.AsyncFunctionDef(returns=ast.Name("Any")):
                yield node.lineno


def classes_of_static_methods(tree: ast.AST) -> Iterator[int]:
    """Classes that are only namespaces of functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            methods = [inner for inner in node.body if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)]
            if methods and all(is_static(method) for method in methods):
                yield node.lineno


def is_static(method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in method.decorator_list)


def functions_over_30_lines(tree: ast.AST) -> Iterator[int]:
    """Functions that are too long, nested ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and length(node) > 30:
            yield node.lineno


def length(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def engines_or_settings_at_import(tree: ast.AST) -> Iterator[int]:
    """Whatever a module opens or reads at import."""
    assert isinstance(tree, ast.Module)
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            made = {name for name, _ in names_called(statement)}
            if made & {"create_engine", "write_engine", "read_engine", "Settings", "load_settings", "connect"}:
                yield statement.lineno


def sources(root: Path, *exempt: Path) -> list[Path]:
    """The modules below a folder, without the exempt ones."""
    return [path for path in root.rglob("*.py") if not any(path.is_relative_to(each) for each in exempt)]


RULES = {
    "SQL as text in src": (sources(SRC), calls("text")),
    "commits outside the writer": (sources(SRC, WRITER), calls("commit")),
    "HTTPException below api": (sources(SRC, *WITH_THE_FRAMEWORK), names("HTTPException", "Request", "Response")),
    "create_all instead of migrations": (sources(BACKEND, BACKEND / ".venv"), calls("create_all", "drop_all")),
    "mocks of our own code": (sources(TESTS), names("Mock", "MagicMock", "AsyncMock", "create_autospec", "mocker")),
    "timers in tests": (sources(TESTS), names("perf_counter", "process_time")),
    "undocumented names of FastAPI": (
        sources(BACKEND, BACKEND / ".venv", FASTAPI_INTERNALS),
        undocumented_names_of_fastapi,
    ),
    "errors that are swallowed": (sources(SRC), handlers_that_pass),
    "functions that return anything": (sources(SRC), returns_of_anything),
    "classes of static methods": (sources(SRC), classes_of_static_methods),
    "functions over 30 lines": (sources(SRC), functions_over_30_lines),
    "engines or settings made at import": (sources(SRC), engines_or_settings_at_import),
}


@pytest.mark.parametrize(("files", "search"), RULES.values(), ids=RULES)
def test_the_source_has_no(files: list[Path], search: Callable[[ast.AST], Iterator[int]]) -> None:
    found: list[Finding] = [
        (str(path.relative_to(BACKEND)), line) for path in files for line in search(ast.parse(path.read_text()))
    ]

    assert files
    assert found == []


VIOLATIONS = {
    "SQL as text in src": "sa.text('DELETE FROM tasks')",
    "commits outside the writer": "def f():\n    connection.commit()",
    "HTTPException below api": "from fastapi import HTTPException",
    "create_all instead of migrations": "Base.metadata.create_all(engine)",
    "mocks of our own code": "from unittest.mock import AsyncMock",
    "timers in tests": "start = time.perf_counter()",
    "undocumented names of FastAPI": "from fastapi._compat import ModelField",
    "errors that are swallowed": "try:\n    f()\nexcept Exception:\n    pass",
    "functions that return anything": "async def f() -> Any: ...",
    "classes of static methods": "class Tools:\n    @staticmethod\n    def f(): ...",
    "functions over 30 lines": "def f():\n" + "    x = 1\n" * 31,
    "engines or settings made at import": "engine = create_engine('sqlite://')",
}


@pytest.mark.parametrize("rule", RULES)
def test_a_violation_is_found(rule: str) -> None:
    _, search = RULES[rule]

    assert list(search(ast.parse(VIOLATIONS[rule])))


@pytest.mark.parametrize(
    "statement",
    [
        "import fastapi.params",
        "from fastapi import params",
        "from fastapi.params import Form",
        "from fastapi.routing import _private",
    ],
)
def test_every_way_to_import_an_undocumented_name_is_found(statement: str) -> None:
    assert list(undocumented_names_of_fastapi(ast.parse(statement))) == [1]


@pytest.mark.parametrize(("root", "most"), [(SRC, 250), (BACKEND / "alembic", 350)], ids=["src", "alembic"])
def test_no_module_is_too_long(root: Path, most: int) -> None:
    """A migration is longer: it is read once, and nothing else may depend on it."""
    assert {path.name for path in sources(root) if len(path.read_text().splitlines()) > most} == set()
