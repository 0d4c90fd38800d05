"""An independent implementation of the contract's rules for texts."""

import unicodedata
from random import Random

from src.utils.validators import is_visible
from tests.faults.naughty_strings import CATALOGUE

WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def by_chance(chance: Random, count: int) -> list[str]:
    """Strings of any characters there are, and of pieces of the catalogue."""
    made = [_of_any_characters(chance) if chance.random() < 0.5 else _of_pieces(chance) for _ in range(count)]
    return [text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") for text in made]  # pairs are one


def _of_any_characters(chance: Random) -> str:
    top = chance.choice([0x7F, 0xFF, 0x2FFF, 0xFFFF, 0x10FFFF])
    return "".join(chr(chance.randint(0x20, top)) for _ in range(chance.randint(1, 60)))


def _of_pieces(chance: Random) -> str:
    pieces = chance.choices(CATALOGUE, k=3)
    return "".join(piece[(start := chance.randrange(len(piece) + 1)) : start + 20] for piece in pieces)


def as_title(text: str) -> str | None:
    """The stored title, or None if it is rejected."""
    kept = text.strip(WHITE_SPACE)
    categories = [unicodedata.category(character) for character in text]
    fits = any(map(is_visible, kept)) and len(kept) <= 255 and not is_crowded(kept)
    return kept if fits and not {"Cc", "Cs"} & set(categories) else None


def as_description(text: str) -> str | None:
    """The stored description, or None if it is rejected."""
    without_line_ends = text.translate(dict.fromkeys(map(ord, "\n\r\t")))
    categories = {unicodedata.category(character) for character in without_line_ends}
    return text if len(text) <= 5000 and not is_crowded(text) and not {"Cc", "Cs"} & categories else None


def is_crowded(text: str) -> bool:
    """Whether more than 30 combining marks stand in a row."""
    return "M" * 31 in "".join(unicodedata.category(character)[0] for character in text)
