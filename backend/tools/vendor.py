"""Fetches the page's libraries from npm: `make vendor` fetches the packages that the manifests name.

Each manifest is beside the files that it lists, with the version of each package and npm's integrity hash. If a package
has another hash, nothing is written. `make vendor ARGS="preact@11.3.0"` changes a version and records its hash. Needs
npm.
"""

import json
import re
import sys
import tarfile
from argparse import ArgumentParser
from base64 import b64encode
from hashlib import sha256, sha512
from io import BytesIO
from pathlib import Path
from subprocess import CalledProcessError, run
from tempfile import TemporaryDirectory
from typing import Any

BACKEND = Path(__file__).parents[1]
MANIFESTS = (
    BACKEND / "src" / "web" / "vendor" / "manifest.json",
    BACKEND / "tests" / "web" / "vendor" / "manifest.json",
)

VERSION = re.compile(r"\d+\.\d+\.\d+(-[\w.-]+)?", re.ASCII)
Package = dict[str, Any]


def main() -> None:
    parser = ArgumentParser(prog="make vendor", description=__doc__)
    parser.add_argument("renewed", nargs="*", metavar="NAME@VERSION", help="change to this version")
    manifests = {manifest: json.loads(manifest.read_text("utf-8")) for manifest in MANIFESTS}
    _renew([package for packages in manifests.values() for package in packages], parser.parse_args().renewed)
    contents: dict[Path, bytes] = {}
    for manifest, packages in manifests.items():
        for package in packages:
            contents |= {manifest.parent / path: content for path, content in _vendor(package).items()}
        contents[manifest] = f"{json.dumps(packages, indent=2)}\n".encode()
    for path, content in contents.items():
        path.write_bytes(content)


def _renew(packages: list[Package], wanted: list[str]) -> None:
    """Set new versions, whose hashes are not known yet."""
    for each in wanted:
        name, _, version = each.rpartition("@")
        package = next((package for package in packages if package["name"] == name), None)
        if package is None or not VERSION.fullmatch(version):
            sys.exit(f"no manifest has {each}; give NAME@VERSION of a package in one, such as preact@11.3.0")
        if package["version"] != version:
            package |= {"version": version, "integrity": None}
            for file in package["files"]:
                file["source_sha256"] = None


def _vendor(package: Package) -> dict[str, bytes]:
    """The package's files, by their paths in this repository."""
    archive = _fetch(f"{package['name']}@{package['version']}")
    _note(package, "integrity", f"sha512-{b64encode(sha512(archive).digest()).decode()}")
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        return {file["path"]: _take(files, file) for file in package["files"]}


def _fetch(name: str) -> bytes:
    """Fetch the package with npm, which compares it with the registry's hash."""
    with TemporaryDirectory() as scratch:
        command = ["npm", "pack", "--loglevel=error", "--ignore-scripts", name]
        try:
            run(command, cwd=scratch, check=True, stdout=sys.stderr)  # noqa: S603  # the name comes from our own manifest
        except (CalledProcessError, FileNotFoundError):
            sys.exit(f"npm could not fetch {name}. Nothing was written.")
        (archive,) = Path(scratch).glob("*.tgz")
        return archive.read_bytes()


def _note(where: dict[str, Any], key: str, found: str) -> None:
    """Record a hash, or require the recorded one."""
    known = where.get(key)
    if known not in {None, found}:
        name = where.get("name") or where["source"]
        sys.exit(f"{name} is not the one that the manifest names: its {key} is {found}. Nothing was written.")
    where[key] = found


def _take(files: tarfile.TarFile, file: dict[str, Any]) -> bytes:
    """A file with the manifest's changes, each of which must apply exactly once."""
    content = _read(files, f"package/{file['source']}")
    _note(file, "source_sha256", sha256(content).hexdigest())
    for change in file.get("changes", ()):
        old, new = change["old"].encode(), change["new"].encode()
        if content.count(old) != 1:
            sys.exit(f"{file['source']} does not contain exactly once: {change['old']}")
        content = content.replace(old, new)
    file["sha256"] = sha256(content).hexdigest()
    return content


def _read(files: tarfile.TarFile, name: str) -> bytes:
    member = files.extractfile(name) if name in files.getnames() else None
    if member is None:
        sys.exit(f"{name} is not a file of the package")
    return member.read()


if __name__ == "__main__":
    main()
