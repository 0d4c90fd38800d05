"""Properties of characters, the same on every Python: the tables are frozen, and agree with Unicode."""

import sys
import unicodedata
from hashlib import sha256

import pytest

from src.utils.search import normalize
from src.utils.unicode_tables import INVISIBLE, MARKS, UNASSIGNED_IN_14, CodePoints
from src.utils.validators import is_visible

FROZEN = {
    "UNASSIGNED_IN_14": (UNASSIGNED_IN_14, "edded295bcbcafb05962f5b4a746ce6f0a163b4ba653e8120ddad8ef3d3f7000"),
    "MARKS": (MARKS, "d35d17be1387a0f9bd64e2eb06a3f408de1291811ddc9c476d35e3a0fa659282"),
    "INVISIBLE": (INVISIBLE, "226e2ef76fcd45f4c0524dce41ff0ff51c56e3f88d23bb99e793644fbdb3ea94"),
}
FOLDED = "8d05a94366075dadde8165d46ae8f369b0ad75ce4d4ec00d10f6390bd2d9fa5e"
"""Computed with CPython 3.11 (Unicode 14); 3.12 and 3.13 (Unicode 15 and 15.1) give the same."""

EVERY = [chr(code) for code in range(sys.maxunicode + 1)]
ASSIGNED_IN_14 = [character for character in EVERY if character not in UNASSIGNED_IN_14]


def digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@pytest.mark.parametrize(("table", "frozen"), FROZEN.values(), ids=FROZEN)
def test_a_frozen_table_is_unchanged(table: CodePoints, frozen: str) -> None:
    assert digest("".join(character for character in EVERY if character in table)) == frozen


def test_every_python_normalizes_alike() -> None:
    """Each character is placed after a letter and before marks, with which it may compose or be reordered."""
    some = EVERY[:0xD800] + EVERY[0xF900:0x32400] + EVERY[0xE0000:0xE1000]

    assert digest("\n".join(normalize(f"E{character}\u0301\u0327") for character in some)) == FOLDED


@pytest.mark.parametrize("text", ["\ua7cb", "\U00010d50", "e\U00010d69\u0301", "\U00016121", "\U0001fae8"], ids=ascii)
def test_characters_newer_than_unicode_14_are_left_alone(text: str) -> None:
    assert normalize(text) == text
    assert normalize(f"KÄSE {text} E\u0301") == f"käse {text} é"


def test_every_character_of_unicode_14_is_known_to_this_python() -> None:
    assert [c for c in ASSIGNED_IN_14 if unicodedata.category(c) == "Cn"] == []


def test_marks_are_those_of_unicode() -> None:
    assert [c for c in ASSIGNED_IN_14 if (c in MARKS) != (unicodedata.category(c)[0] == "M")] == []


def test_separators_controls_and_marks_are_invisible_and_other_characters_are_not() -> None:
    blank = "\u115f\u1160\u2800\u3164\uffa0"
    expected = [c for c in ASSIGNED_IN_14 if unicodedata.category(c)[0] not in "ZCM" and c not in blank]

    assert [c for c in ASSIGNED_IN_14 if is_visible(c)] == expected


@pytest.mark.parametrize("character", ["\U0001fae8", "\U0001fae9", "\ua7cb", "\u0378", "\U0004abcd"], ids=ascii)
def test_unassigned_characters_count_as_visible(character: str) -> None:
    assert is_visible(character)


@pytest.mark.parametrize(
    "character", ["\uffff", "\ufdd0", "\U0004fffe", "\U000e0002", "\u2065", "\U00010d69", "\ue000"], ids=ascii
)
def test_noncharacters_count_as_invisible(character: str) -> None:
    assert not is_visible(character)


def test_white_space_is_the_same_for_every_python() -> None:
    spaces = "".join(map(chr, range(0x2000, 0x200B)))

    blank = f"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680{spaces}\u2028\u2029\u202f\u205f\u3000"
    assert "".join(filter(str.isspace, EVERY)) == blank
