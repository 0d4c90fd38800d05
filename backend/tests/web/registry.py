"""An npm registry on loopback with configurable responses."""

import io
import json
import tarfile
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha512
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


def packed(files: Mapping[str, str]) -> bytes:
    """Make an archive as npm does."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content.encode())
            tar.addfile(member, io.BytesIO(content.encode()))
    return archive.getvalue()


def integrity_of(archive: bytes) -> str:
    """Give npm's hash of it."""
    return f"sha512-{b64encode(sha512(archive).digest()).decode()}"


class Registry:
    """The packages, by name and version; what it says of one need not be what it has."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._archives: dict[str, bytes] = {}
        self._known: dict[str, dict[str, dict[str, object]]] = {}

    def has(self, name: str, version: str, archive: bytes, said: str | None = None) -> None:
        """Have this from now on."""
        path = f"/{name}-{version}.tgz"
        dist = {"tarball": f"{self.address}{path}", "integrity": said or integrity_of(archive)}
        self._archives[path] = archive
        self._known.setdefault(name, {})[version] = {"name": name, "version": version, "dist": dist}

    def answer(self, path: str) -> bytes | None:
        """Give an archive, or what is known of a package."""
        if path in self._archives:
            return self._archives[path]
        versions = self._known.get(path.removeprefix("/"))
        if versions is None:
            return None
        return json.dumps({"name": path[1:], "dist-tags": {"latest": max(versions)}, "versions": versions}).encode()


@contextmanager
def serving_packages() -> Iterator[Registry]:
    """Serve them on a thread."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = registry.answer(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        registry = Registry(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield registry
        finally:
            server.shutdown()
            thread.join()
