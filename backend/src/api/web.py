"""The page at `/` and its assets: read once, sent compressed, with a strict content security policy."""

import gzip
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from posixpath import dirname, join, normpath

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from src.api.path_policy import PAGE, PAGE_ASSETS
from src.api.request_context import CONTEXT
from src.utils.entity_tags import match_weakly, read_tags

FOLDER = Path(__file__).parents[1] / "web"

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_CODING = re.compile(r"([\w!#$%&'*+.^`|~-]+)(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?", re.ASCII)
_IMPORT = re.compile(rb'\bfrom ?"(\.[^"]+)"')
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_IMMUTABLE = "public, max-age=31536000, immutable"
"""Asset paths contain a hash of the content, so they never change."""
_REVALIDATE = "no-cache"


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    compressed: bytes
    tag: str
    media_type: str
    cache_control: str

    @classmethod
    def of(cls, name: str, content: bytes, cache_control: str) -> "Asset":
        tag = sha256(content).hexdigest()[:32]
        return cls(content, gzip.compress(content, mtime=0), tag, _TYPES[Path(name).suffix], cache_control)

    def respond(self, request: Request) -> Response:
        """Compressed if the client accepts gzip; 304 if it has the current version."""
        is_compressed = _accepts_gzip(request.headers.getlist("accept-encoding"))
        tag = f'"{self.tag}-gzip"' if is_compressed else f'"{self.tag}"'
        headers = {"ETag": tag, "Cache-Control": self.cache_control, "Vary": "Accept-Encoding"}
        if match_weakly(read_tags(request.headers.getlist("if-none-match")) or (), tag):
            return Response(status_code=304, headers=headers)
        headers |= {"Content-Security-Policy": _POLICY, "Content-Type": self.media_type}
        headers |= {"Content-Encoding": "gzip"} if is_compressed else {}
        return Response(self.compressed if is_compressed else self.content, headers=headers)


def _accepts_gzip(headers: Iterable[str]) -> bool:
    """Whether the client accepts gzip and does not prefer identity (RFC 9110, 12.5.3)."""
    codings = (_CODING.fullmatch(coding.strip(" \t")) for coding in ",".join(headers).split(","))
    weights = {coding[1].lower(): float(coding[2] or 1) for coding in codings if coding}
    weight = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0)))
    return weight > 0 and weight >= weights.get("identity", 0)


def add_page(app: FastAPI) -> frozenset[str]:
    """Add the routes of the page and return their paths."""
    assets = _read_assets(FOLDER)

    async def show_page(request: Request) -> Response:
        asset = assets.get(request.scope[CONTEXT].path)
        if asset is None:
            raise HTTPException(404)
        return asset.respond(request)

    for path in (PAGE, PAGE_ASSETS + "{name:path}"):
        app.add_route(path, show_page, include_in_schema=False)
    return frozenset(assets)


def _read_assets(folder: Path) -> dict[str, Asset]:
    """All assets by path: the page, and the rest in a folder named by a hash of their content."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in _TYPES
    }
    _join(files, "styles/", "style.css")
    release = sha256(b"\n".join(name.encode() + b"\n" + content for name, content in files.items())).hexdigest()[:12]
    place = f"{PAGE_ASSETS}{release}/"
    page = Asset.of("index.html", _complete(files.pop("index.html"), place, files), _REVALIDATE)
    return {PAGE: page} | {place + name: Asset.of(name, content, _IMMUTABLE) for name, content in files.items()}


def _complete(page: bytes, place: str, names: dict[str, bytes]) -> bytes:
    """Fill in the page's asset folder and preload links, so that browsers fetch all modules in parallel.

    Links are relative, so they work behind any prefix.
    """
    folder = place.removeprefix("/")
    modules = _imported_by("main.js", names)
    links = "\n".join(f'<link rel="modulepreload" href="{folder}{name}">' for name in modules)
    return page.decode().replace("{folder}", folder).replace("{modules}", links).encode()


def _join(files: dict[str, bytes], folder: str, whole: str) -> None:
    """Replace a folder's files with one concatenated file, to save requests."""
    parts = [name for name in files if name.startswith(folder)]
    files[whole] = b"\n".join(files.pop(name) for name in parts)


def _imported_by(module: str, names: dict[str, bytes]) -> list[str]:
    """The module and its transitive imports, in the order in which they are found."""
    found = [module]
    for name in found:
        for imported in _IMPORT.findall(names[name]):
            place = normpath(join(dirname(name), imported.decode()))
            if place not in found:
                found.append(place)
    return found
