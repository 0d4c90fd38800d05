"""The check of the undocumented names of uvicorn that we use."""

import ast
import inspect
import re
import sys
import tomllib
from types import ModuleType

import pytest
from uvicorn.protocols.http.flow_control import FlowControl

from src.server.uvicorn_internals import (
    SUPPORTED,
    USED,
    HttpToolsProtocol,
    RequestResponseCycle,
    Server,
    check_names,
    missing_names,
)
from tests.programs import BACKEND

NAMES = [(kind, name) for kind, names in USED.items() for name in names.split()]
OWNERS = {
    "self": HttpToolsProtocol,
    "self.cycle": RequestResponseCycle,
    "self._running": RequestResponseCycle,
    "cycle": RequestResponseCycle,
    "self.flow": FlowControl,
}
CALLED_FROM_OUTSIDE = {"__init__", "connection_made", "connection_lost", "eof_received", "data_received"} | {
    name for name in vars(HttpToolsProtocol) if name.startswith("on_") and name != "on_response_complete"
}
"""By asyncio or httptools, under these names."""


def without(kind: type, name: str) -> type:
    """The class as in a version of uvicorn where this name is renamed."""
    source = inspect.getsource(sys.modules[kind.__module__])
    module = ModuleType(kind.__module__)
    module.__dict__["__file__"] = __file__
    renamed_source = re.sub(rf"(?<!uvicorn\.)\b{name}\b", f"{name}_renamed", source)  # but not a module of uvicorn
    exec(renamed_source, module.__dict__)  # noqa: S102  # uvicorn's own code
    renamed = module.__dict__[kind.__name__]
    assert isinstance(renamed, type)
    return renamed


@pytest.mark.parametrize(("kind", "name"), NAMES, ids=[f"{kind.__name__}.{name}" for kind, name in NAMES])
def test_a_renamed_name_is_found(kind: type, name: str) -> None:
    assert missing_names({without(kind, name): USED[kind]}) == [f"{kind.__name__}.{name}"]


def test_the_error_names_what_is_missing_and_the_supported_versions() -> None:
    with pytest.raises(ImportError, match=rf"has no Server\.no_such_name; Tasktrail needs uvicorn{SUPPORTED}$"):
        check_names({Server: "on_tick no_such_name"})


def test_the_supported_versions_are_those_of_the_dependency() -> None:
    project = tomllib.loads((BACKEND / "pyproject.toml").read_text())["project"]

    assert f"uvicorn[standard]{SUPPORTED}" in project["dependencies"]


def nodes_of_our_protocol() -> list[ast.AST]:
    files = [BACKEND / "src" / "server" / f"{name}.py" for name in ("connection", "protocol")]
    return [node for file in files for node in ast.walk(ast.parse(file.read_text()))]


def test_every_name_in_use_is_checked() -> None:
    nodes = nodes_of_our_protocol()
    ours = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)} | {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr.startswith("_")
    }
    methods = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    ours |= methods - (set(vars(HttpToolsProtocol)) - CALLED_FROM_OUTSIDE)

    used = {
        (kind, node.attr)
        for node in nodes
        if isinstance(node, ast.Attribute) and (kind := OWNERS.get(ast.unparse(node.value))) and node.attr not in ours
    }

    assert used
    assert used - set(NAMES) == set()


def test_every_overridden_method_is_checked_or_called_by_asyncio_or_httptools() -> None:
    overridden = {
        node.name
        for node in nodes_of_our_protocol()
        if isinstance(node, ast.FunctionDef) and node.name in vars(HttpToolsProtocol)
    }

    assert overridden - CALLED_FROM_OUTSIDE <= {name for _, name in NAMES}
    assert "_start_asgi_task" in overridden
