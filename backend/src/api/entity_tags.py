"""Entity tags, as requests name them (RFC 9110, 8.8.3)."""

import re
from collections.abc import Iterable

from src.database.terms import ANY_VERSION

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_LIST = rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*"
_TAGS = re.compile(_LIST)

PATTERN = rf"^(?:\*|{_LIST})$"
"""What a header of tags may be, for JSON Schema."""


def read_tags(headers: Iterable[str]) -> list[str] | None:
    """All in the headers of one name, as written; `*` alone stands for any. `None` where they are malformed."""
    value = ", ".join(headers).strip(" \t")
    if value == ANY_VERSION:
        return [ANY_VERSION]
    return re.findall(_TAG, value) if _TAGS.fullmatch(value) else None


def has(known: Iterable[str], tag: str) -> bool:
    """Whether who knows these need not be sent what has this tag: weak ones count as others do."""
    return any(each == ANY_VERSION or each.removeprefix("W/") == tag for each in known)
