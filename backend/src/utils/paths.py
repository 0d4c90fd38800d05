"""What was asked for, whatever path a proxy serves us below."""

from collections.abc import Mapping
from typing import Any


def path_of(scope: Mapping[str, Any]) -> str:
    """ASGI's `path` begins with `root_path`, where the server was told of one; a mount adds its own to that."""
    path: str = scope["path"]
    root: str = scope.get("app_root_path", scope.get("root_path", ""))
    return path.removeprefix(root) if root and path.startswith(f"{root}/") else path
