"""Case-insensitive search text, the same on every database and Python version.

Search texts are stored, so the normalization must never change: it covers the characters of Unicode 14, which every
supported Python knows and whose case folding is stable. Newer characters are kept as they are.
"""

import unicodedata
from itertools import groupby

from src.utils.unicode_tables import UNASSIGNED_IN_14


def normalize(text: str) -> str:
    """Fold case and compose accents, so that equivalent texts become equal."""
    if text.isascii():
        return text.lower()
    newer = {character for character in set(text) if character in UNASSIGNED_IN_14}
    if not newer:
        return _normalize_known(text)
    runs = ((is_newer, "".join(run)) for is_newer, run in groupby(text, newer.__contains__))
    return "".join(run if is_newer else _normalize_known(run) for is_newer, run in runs)


def _normalize_known(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def search_text(title: str, description: str | None) -> str:
    """The text that is searched. No word contains the line feed, so none matches across it."""
    return normalize(f"{title}\n{description or ''}")


def search_words(query: str) -> tuple[str, ...]:
    """The distinct words of a query, all of which must occur."""
    return tuple(dict.fromkeys(normalize(query).split()))
