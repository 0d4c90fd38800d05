"""The page's files as the server sends them, read without a browser."""

import re
from pathlib import Path

from httpx2 import Response

from tests.api_client import Api

WEB = Path(__file__).parents[2] / "src" / "web"
ROOT = "http://testserver"
PLAIN = {"accept-encoding": "identity"}
LAZY_MODULES = {
    "state/history.js",
    "vendor/sweetalert2.mjs",
    "views/as-of.js",
    "views/chart.js",
    "views/entry.js",
    "views/history.js",
    "views/integrity.js",
    "views/timeline.js",
    "views/version.js",
    "views/week.js",
}
"""Modules that are loaded after the first view."""


async def fetch(api: Api, path: str = "/", headers: dict[str, str] | None = None) -> Response:
    """Read a file of the page, compressed by default."""
    return await api.raw("GET", f"{ROOT}{path}", None, headers or {"accept-encoding": "gzip"})


async def links(api: Api) -> list[str]:
    """Return the paths of all files that the page links."""
    page = await fetch(api)
    return [f"/{link}" for link in re.findall(r'(?:href|src)="([^"]+)"', page.text)]
