"""The page at `/docs`: a local copy of Swagger UI, with a strict content security policy."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles

from src.api.path_policy import DOCS, DOCS_ASSETS

_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def add_docs(app: FastAPI) -> frozenset[str]:
    """Add the routes of the page and return their paths. Links are relative, so they work behind any prefix."""

    async def show_docs(_request: Request) -> Response:
        folder = DOCS_ASSETS.strip("/")
        page = get_swagger_ui_html(
            openapi_url=str(app.openapi_url).removeprefix("/"),
            title=f"{app.title} - Swagger UI",
            swagger_js_url=f"{folder}/swagger-ui-bundle.js",
            swagger_css_url=f"{folder}/swagger-ui.css",
            swagger_favicon_url=f"{folder}/favicon.png",
        )
        page.headers["Content-Security-Policy"] = _policy(bytes(page.body))
        return page

    assets = StaticFiles(packages=[("fastapi_offline", "static")])
    app.add_route(DOCS, show_docs, include_in_schema=False)
    app.mount(DOCS_ASSETS.rstrip("/"), assets)
    names = (file.name for folder in assets.all_directories for file in Path(folder).iterdir())
    return frozenset({DOCS, *(f"{DOCS_ASSETS}{name}" for name in names)})


def _policy(page: bytes) -> str:
    """Allow inline scripts by hash only: the page shows task titles, which must never run as script."""
    hashes = " ".join(f"'sha256-{b64encode(sha256(script).digest()).decode()}'" for script in _SCRIPT.findall(page))
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
