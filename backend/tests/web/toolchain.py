"""Clients generated from the OpenAPI document, and the examples of docs/clients.md that use them."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.programs import BACKEND
from tests.web.npm import Packages

PAGE = (BACKEND.parent / "docs" / "clients.md").read_text()
DOCUMENT = BACKEND / "openapi.json"
ADDRESS = "http://127.0.0.1:8000"
"""The server's address in the examples."""
GENERATORS = {
    "openapi-typescript": f"openapi-typescript/bin/cli.js {DOCUMENT} -o tasktrail.d.ts",
    "hey-api": f"@hey-api/openapi-ts/bin/run.js -i {DOCUMENT} -o client -p @hey-api/client-fetch @tanstack/react-query",
    "orval": f"orval/dist/bin/orval.mjs --input {DOCUMENT} --output orval.ts --client fetch",
}
MADE = {"openapi-typescript": "types.ts", "hey-api": "client/", "orval": "orval.ts"}
"""The output of each generator."""


def examples(language: str) -> list[str]:
    """Return all examples in a language."""
    blocks = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", PAGE, re.DOTALL | re.MULTILINE)
    return [re.sub(f"^{indent}", "", text, flags=re.MULTILINE) for indent, text in blocks]


VITE, NODE, BROWSER = examples("ts")
(HTML,) = examples("html")
(QUERY,) = examples("tsx")
FILES = {"vite.config.ts": VITE, "main.ts": BROWSER, "index.html": HTML, "Tasks.tsx": QUERY}
COMPILER_OPTIONS = (
    "--strict --noEmit --skipLibCheck --module esnext --moduleResolution bundler --target es2022 "
    "--lib es2022,dom,dom.iterable --jsx react-jsx"
)


@dataclass(frozen=True)
class Toolchain:
    """A folder with the generated clients."""

    packages: Packages
    folder: Path

    def set_up(self) -> None:
        """Run the generators."""
        for name, text in FILES.items():
            (self.folder / name).write_text(text)
        for generator, program in GENERATORS.items():
            done = self.packages.run(program, self.folder)
            if done.returncode:
                (self.folder / f"{generator}.failed").write_text(done.stdout)
        shutil.copy(self.folder / "tasktrail.d.ts", self.folder / "types.ts")

    @property
    def failed(self) -> dict[str, str]:
        """The output of generators that failed, by name."""
        return {path.stem: path.read_text() for path in self.folder.glob("*.failed")}

    def compiler_errors(self, files: dict[str, str]) -> str:
        """Compile the folder together with these files."""
        for name, text in files.items():
            (self.folder / name).write_text(text)
        made = " ".join(path.name for pattern in ("*.ts", "*.tsx") for path in self.folder.glob(pattern))
        return self.packages.run(f"typescript/bin/tsc {COMPILER_OPTIONS} {made}", self.folder).stdout

    def site(self, name: str, address: str, server: str, files: dict[str, str]) -> Path:
        """Make a folder with the examples, pointed at this address; Vite's proxy points at the server."""
        folder = self.packages.folder / name
        shutil.copytree(self.folder / "client", folder / "client")
        for file, text in (FILES | files).items():
            (folder / file).write_text(text.replace(ADDRESS, server if file == "vite.config.ts" else address))
        return folder
