"""Write `src/utils/unicode_tables.py`: run once by CPython 3.11, with `unicodedata2` (18.0.0) installed for it.

The tables are frozen. What is not assigned in Unicode 14 decides what is stored for searches, so that table can never
change; the other two may learn of newer marks and invisible characters, but should never forget one.
"""

import sys
import unicodedata
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from textwrap import wrap
from typing import Any

TARGET = Path(__file__).parents[1] / "src" / "utils" / "unicode_tables.py"
OLD, NEW = "14.0.0", "18.0.0"
RESERVED = frozenset({0x2065, *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)})
"""Not assigned, or not all; Unicode keeps them for characters that nobody is to see."""

NEVER = frozenset(
    {
        *range(0xFDD0, 0xFDF0),
        *(plane + last for plane in range(0, sys.maxunicode, 0x10000) for last in (0xFFFE, 0xFFFF)),
    }
)
"""What will never be a character."""

DOCUMENT = '''"""Code points by their kind, for every Python the same: made by `tools/unicode_tables.py`, and frozen."""

from bisect import bisect
from typing import Final


class CodePoints:
    """A set of code points, from ranges in hexadecimal, both ends included, in their order."""

    def __init__(self, ranges: str) -> None:
        ends = [[int(end, 16) for end in each.split("-")] for each in ranges.split()]
        self._bounds = [bound for each in ends for bound in (each[0], each[-1] + 1)]

    def __contains__(self, character: str) -> bool:
        return bisect(self._bounds, ord(character)) % 2 == 1


'''


def main() -> None:
    if unicodedata.unidata_version != OLD or (newest := import_module("unicodedata2")).unidata_version != NEW:
        sys.exit(f"Needs CPython 3.11, which knows Unicode {OLD}, and unicodedata2 {NEW}.")
    tables = {
        "UNASSIGNED_IN_14": (
            lambda code: unicodedata.category(chr(code)) == "Cn",
            "No characters in Unicode 14, the oldest that a Python of ours knows; others may know more of them.",
        ),
        "MARKS": (
            lambda code: newest.category(chr(code)).startswith("M"),
            "Combining marks of Unicode 18.",
        ),
        "INVISIBLE": (
            lambda code: is_invisible(code, newest),
            "Separators, controls, formats, private use and marks of Unicode 18, and what nobody will ever see.",
        ),
    }
    TARGET.write_text(DOCUMENT + "\n".join(table(name, *each) for name, each in tables.items()))


def is_invisible(code: int, newest: Any) -> bool:  # noqa: ANN401  # a module
    category = newest.category(chr(code))
    return code in RESERVED or code in NEVER or (category[0] in "ZCM" and category != "Cn")


def table(name: str, belongs: Callable[[int], bool], meaning: str) -> str:
    lines = "\n".join(wrap(" ".join(ranges(belongs)), 116, break_on_hyphens=False, initial_indent="    "))
    lines = lines.replace("\n", "\n    ")
    sentence = "\n".join(wrap(f'"""{meaning}"""', 118))
    return f'{name}: Final = CodePoints("""\n{lines}\n""")\n{sentence}\n'


def ranges(belongs: Callable[[int], bool]) -> Iterator[str]:
    first = None
    for code in range(sys.maxunicode + 2):
        if code <= sys.maxunicode and belongs(code):
            first = code if first is None else first
        elif first is not None:
            yield f"{first:x}-{code - 1:x}" if first < code - 1 else f"{first:x}"
            first = None


if __name__ == "__main__":
    main()
