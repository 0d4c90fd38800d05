"""What is found by which words: texts without their differences of case, the same on every database and Python.

Search texts are stored, so folding must never change: it knows the letters of Unicode 14, which every supported Python
does and which Unicode promises to leave as they are. Newer ones stand for themselves.
"""

import re
import unicodedata

from src.utils.unicode_tables import UNASSIGNED_IN_14


def fold(text: str) -> str:
    """The same for all spellings of a text that differ in case, or in how an accent is composed."""
    if text.isascii():
        return text.lower()
    newer = "".join(character for character in set(text) if character in UNASSIGNED_IN_14)
    if not newer:
        return _fold_known(text)
    parts = re.split(f"([{newer}]+)", text)
    parts[::2] = map(_fold_known, parts[::2])
    return "".join(parts)


def _fold_known(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def search_text(title: str, description: str | None) -> str:
    """What words are looked for in; the line feed is in no word, so none is found across it."""
    return fold(f"{title}\n{description or ''}")


def search_words(query: str) -> tuple[str, ...]:
    """The words that must all occur, each once."""
    return tuple(dict.fromkeys(fold(query).split()))
