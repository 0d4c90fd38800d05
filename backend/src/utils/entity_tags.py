"""Entity tags (RFC 9110, 8.8.3)."""

import re
from collections.abc import Collection, Iterable

ANY_VERSION = "*"

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_LIST = rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*"
_TAGS = re.compile(_LIST)
_VERSION = re.compile(r'(?:W/)?"([0-9]{1,9})"', re.ASCII)


PATTERN = rf"^(?:\*|{_LIST})$"
"""The syntax of If-Match and If-None-Match, for JSON Schema."""


def etag_of(version: int) -> str:
    return f'"{version}"'


def read_tags(headers: Iterable[str]) -> list[str] | None:
    """The tags in all headers of one name, or `["*"]`. None if they are malformed."""
    value = ", ".join(headers).strip(" \t")
    if value == ANY_VERSION:
        return [ANY_VERSION]
    return re.findall(_TAG, value) if _TAGS.fullmatch(value) else None


def match_strongly(known: Collection[str], tag: str) -> bool:
    """Strong comparison, for If-Match: weak tags never match."""
    return ANY_VERSION in known or tag in known


def match_weakly(known: Iterable[str], tag: str) -> bool:
    """Weak comparison, for If-None-Match."""
    return any(each == ANY_VERSION or each.removeprefix("W/") == tag for each in known)


def is_weak(tag: str) -> bool:
    return tag.startswith("W/")


def versions_in(known: Iterable[str]) -> list[int]:
    """The versions in these tags, weak ones included."""
    return [int(match[1]) for tag in known if (match := _VERSION.fullmatch(tag))]
