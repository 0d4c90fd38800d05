"""Input validation as types. Errors are sentences that follow the name of the field."""

import re
from datetime import UTC, date, datetime
from itertools import groupby, islice
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError

from src.utils.unicode_tables import INVISIBLE, MARKS

TITLE_LENGTH = 255
DESCRIPTION_LENGTH = 5_000
SEARCH_LENGTH = 255
MARKS_IN_A_ROW = 30
MAX_PAGE = 1_000_000_000
MAX_LIMIT = 100
MAX_CHANGES = 1_000
MAX_VERSION = 1_000_000_000
MAX_SEQ = 2**63 - 1
REFUSED = "refused"
"""The type of our own validation errors, whose message is the sentence."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:[0-5]\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]*", re.ASCII)


def refused(sentence: str) -> PydanticCustomError:
    return PydanticCustomError(REFUSED, sentence)


def is_visible(character: str) -> bool:
    """Unassigned characters count as visible: they may be emoji newer than our Unicode tables."""
    return character not in INVISIBLE and character not in _BLANK_LETTERS


def check_marks(value: str) -> str:
    """Long runs of combining marks overlap other lines and are slow to normalize."""
    if not value.isascii() and (marks := {character for character in set(value) if character in MARKS}):
        for is_mark, run in groupby(value, marks.__contains__):
            if is_mark and sum(1 for _ in islice(run, MARKS_IN_A_ROW + 1)) > MARKS_IN_A_ROW:
                raise refused(f"must not have more than {MARKS_IN_A_ROW} combining marks in a row")
    return value


def check_title(value: str) -> str:
    """Return the title without surrounding white space."""
    if _CONTROL.search(value):
        raise refused("must not contain control characters")
    title = value.strip()
    if not title:
        raise refused("must not be empty")
    if len(title) > TITLE_LENGTH:
        raise refused(f"must be at most {TITLE_LENGTH} characters long")
    if not title.isascii() and not any(map(is_visible, title)):
        raise refused("must contain a visible character")
    return check_marks(title)


def check_description(value: str) -> str:
    if len(value) > DESCRIPTION_LENGTH:
        raise refused(f"must be at most {DESCRIPTION_LENGTH} characters long")
    if _CONTROL_IN_TEXT.search(value):
        raise refused("must not contain control characters other than line feed, carriage return and tab")
    return check_marks(value)


def check_search(value: str) -> str:
    if _SURROGATE.search(value):
        raise refused("must be valid Unicode")
    if _CONTROL.search(value):
        raise refused("must not contain control characters")
    if not value.strip():
        raise refused("must not be empty")
    if len(value) > SEARCH_LENGTH:
        raise refused(f"must be at most {SEARCH_LENGTH} characters long")
    return check_marks(value)


def parse_uuid(value: object) -> UUID:
    """Accept only the canonical form, in either case."""
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise refused("must be a UUID of 8-4-4-4-12 hexadecimal digits")
    return UUID(value)


def parse_time(value: object) -> datetime:
    """Return an aware time in UTC."""
    time = _read_time(value) if isinstance(value, str) else None
    if time is None:
        raise refused("must be a time with its zone, such as 2026-11-22T10:00:00Z")
    return time


def _read_time(text: str) -> datetime | None:
    """Decimals beyond the sixth are truncated, not rounded, so that the time never gets later."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if _TIME.fullmatch(text) else None
    except (ValueError, OverflowError):  # such as the 31st of February, or a time before the year 1 in UTC
        return None


def parse_date(value: object) -> object:
    if isinstance(value, str):
        if (day := _read_date(value)) is None:
            raise refused("must be a date such as 2026-11-22")
        return day
    return value


def _read_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:  # such as the 31st of February
        return None


def parse_whole_number(value: object) -> object:
    """Parse digits. Overlong numbers are cut to 20 digits, which still exceed every limit.

    Negative numbers are parsed too, since the limit has the better error message.
    """
    if isinstance(value, str):
        if not _WHOLE_NUMBER.fullmatch(value):
            raise refused("must be a whole number in digits, without sign or leading zero")
        return int(value[:20])
    return value


Title = Annotated[
    str,
    Strict(),
    AfterValidator(check_title),
    Field(
        description="1-255 characters after surrounding white space is removed, at least one of them visible; "
        "no control characters; at most 30 combining marks in a row.",
        examples=["Buy milk"],
        json_schema_extra={"minLength": 1, "maxLength": TITLE_LENGTH},
    ),
]
Description = Annotated[
    str,
    Strict(),
    AfterValidator(check_description),
    Field(
        description="At most 5,000 characters, kept as sent; of control characters only line feed, carriage return "
        "and tab; at most 30 combining marks in a row.",
        examples=["Semi-skimmed, two litres"],
        json_schema_extra={"maxLength": DESCRIPTION_LENGTH},
    ),
]
Search = Annotated[
    str,
    AfterValidator(check_search),
    Field(
        description="Words, all of which are in title or description, in any case and as parts of longer ones too.",
        examples=["buy milk"],
        json_schema_extra={"minLength": 1, "maxLength": SEARCH_LENGTH},
    ),
]
Id = Annotated[UUID, BeforeValidator(parse_uuid), WithJsonSchema({"type": "string", "format": "uuid"})]
Moment = Annotated[
    datetime,
    BeforeValidator(parse_time),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-22T10:00:00Z"]}),
]
Day = Annotated[
    date,
    BeforeValidator(parse_date),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-22"]}),
]
Version = Annotated[int, Field(ge=1, le=MAX_VERSION), BeforeValidator(parse_whole_number)]
Seq = Annotated[int, Field(ge=0, le=MAX_SEQ), BeforeValidator(parse_whole_number)]
ChangesLimit = Annotated[int, Field(ge=1, le=MAX_CHANGES), BeforeValidator(parse_whole_number)]
Page = Annotated[int, Field(ge=1, le=MAX_PAGE), BeforeValidator(parse_whole_number)]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(parse_whole_number)]
Offset = Annotated[int, Field(ge=0, le=MAX_PAGE), BeforeValidator(parse_whole_number)]
Cursor = Annotated[
    str,
    Field(
        description="Where the next page begins, as `Link` gave it; the other parameters as they were.",
        json_schema_extra={"minLength": 1},
    ),
]
