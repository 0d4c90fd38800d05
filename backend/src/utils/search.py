"""What is found by which words: texts without their differences of case, the same on every database."""

import unicodedata


def fold(text: str) -> str:
    """The same for all spellings of a text that differ in case, or in how an accent is composed."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def search_text(title: str, description: str | None) -> str:
    """What words are looked for in; the line feed is in no word, so none is found across it."""
    return fold(f"{title}\n{description or ''}")


def search_words(query: str) -> tuple[str, ...]:
    """The words that must all occur, each once."""
    return tuple(dict.fromkeys(fold(query).split()))
