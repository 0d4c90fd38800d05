"""Take the page's libraries from their npm packages: `make vendor` renews them, and their hashes in the manifests.

Each manifest lies beside the files that it names. Versions stand there, and are changed by hand; what was vendored is
compared with its hash by the tests. Needs npm.
"""

import json
import subprocess
import sys
import tarfile
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

BACKEND = Path(__file__).parents[1]
MANIFESTS = (
    BACKEND / "src" / "web" / "vendor" / "manifest.json",
    BACKEND / "tests" / "web" / "vendor" / "manifest.json",
)

Package = dict[str, Any]


def main() -> None:
    for manifest in MANIFESTS:
        packages = json.loads(manifest.read_text())
        for package in packages:
            _vendor(package, manifest.parent)
        manifest.write_text(json.dumps(packages, indent=2) + "\n")


def _vendor(package: Package, folder: Path) -> None:
    with TemporaryDirectory() as scratch:
        archive = _pack(package, Path(scratch))
        with tarfile.open(archive) as files:
            for file in package["files"]:
                _take(files, file, folder)


def _pack(package: Package, scratch: Path) -> Path:
    """Let npm fetch the package, and note what it is."""
    name = f"{package['name']}@{package['version']}"
    done = subprocess.run(  # noqa: S603  # the name comes from our own manifest
        ["npm", "pack", "--json", "--loglevel=error", name],  # noqa: S607  # wherever npm is
        cwd=scratch,
        check=True,
        stdout=subprocess.PIPE,
    )
    (about,) = _packed(json.loads(done.stdout))
    package["integrity"] = about["integrity"]
    return scratch / about["filename"]


def _packed(answer: Any) -> list[dict[str, str]]:  # noqa: ANN401  # JSON, a list or, since npm 11, an object by name
    return list(answer.values()) if isinstance(answer, dict) else answer


def _take(files: tarfile.TarFile, file: dict[str, Any], folder: Path) -> None:
    """Write one file, with the changes that the manifest asks for; each must apply."""
    member = files.extractfile(f"package/{file['source']}")
    if member is None:
        sys.exit(f"{file['source']} is no file")
    content = member.read()
    file["source_sha256"] = sha256(content).hexdigest()
    for change in file.get("changes", ()):
        old, new = change["old"].encode(), change["new"].encode()
        if content.count(old) != 1:
            sys.exit(f"{file['source']} has not exactly once: {change['old']}")
        content = content.replace(old, new)
    file["sha256"] = sha256(content).hexdigest()
    (folder / file["path"]).write_bytes(content)


if __name__ == "__main__":
    main()
