"""What titles and descriptions may contain; POST and PUT have the same rules."""

from collections.abc import Awaitable, Callable

import pytest

from tests.answer import Answer
from tests.api_client import Api
from tests.databases import Database

Write = Callable[[str, str | None], Awaitable[Answer]]

SURROUNDED = {
    "spaces": "  Buy milk ",
    "no-break space": "\u00a0Buy milk\u00a0",
    "ideographic space": "\u3000Buy milk",
    "line separator": "\u2028Buy milk\u2029",
    "em space": "Buy milk\u2003",
}
KEPT = {
    "longest": "x" * 255,
    "longest, in emoji": "🥛" * 255,
    "longest, with combining marks": "e\u0301" * 127 + "e",
    "zero-width joiner": "👩\u200d💻",
    "invisible at its sides": "\u200bBuy\ufeff",
    "inner spaces": "Buy \u00a0  milk",
    "right to left": "שלום",
    "quotes and markup": "<b>\"Buy\"</b> 'milk' \\ %s ; --",
    "one digit": "0",
    "punctuation": "!",
    "symbol": "€",
    "decomposed": "cafe\u0301",
    "beyond the first plane": "𝔐𝔦𝔩𝔨",
    "an emoji of Unicode 15": "\U0001fae8",
    "an emoji of Unicode 16": "\U0001fae9",
    "a letter of Unicode 16": "\ua7cb",
    "not assigned yet": "\u0378",
    "not assigned yet, far away": "\U0004abcd",
    "30 marks in a row": "a" + "\u0301" * 30 + "b" + "\u0301" * 30,
}
EMPTY = {
    "nothing": "",
    "spaces": "   ",
    "no-break space": "\u00a0",
    "ideographic space": "\u3000",
    "line separator": "\u2028",
}
INVISIBLE = {
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "byte-order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "right-to-left override": "\u202e",
    "word joiner between spaces": "\u2060 \u2060",
    "combining mark": "\u0301",
    "enclosing mark": "\u20dd",
    "variation selector": "\ufe0f",
    "tag character": "\U000e0041",
    "private use": "\ue000",
    "a mark of Unicode 16": "\U00010d69",
    "unassigned, kept for what is invisible": "\U000e0002",
    "non-character": "\uffff",
    "non-character of a far plane": "\U0008fffe",
    "hangul choseong filler": "\u115f",
    "hangul jungseong filler": "\u1160",
    "hangul filler": "\u3164",
    "halfwidth hangul filler": "\uffa0",
    "braille blank": "\u2800",
}
CONTROL = {
    "NUL": "Buy\0milk",
    "escape": "Buy\x1bmilk",
    "delete": "Buy\x7fmilk",
    "next line": "Buy\x85milk",
    "last of C1": "Buy\x9fmilk",
    "line feed within": "Buy\nmilk",
    "tab within": "Buy\tmilk",
    "line feed at the end": "Buy milk\n",
    "carriage return in front": "\rBuy milk",
    "tab alone": "\t",
    "file separator at the end": "Buy milk\x1c",
}
CROWDED = {
    "one accent": "\u0301" * 31,
    "several": "\u0300\u0327\u0345\u20dd" * 8,
    "spacing marks": "\u0903" * 31,
    "variation selectors": "\ufe0f" * 31,
    "marks of Unicode 16": "\U00010d69" * 31,
    "behind a run that is short enough": "\u0301" * 30 + "o" + "\u0301" * 31,
}
TEXTS = {
    "surrounding white space": "  two litres \n",
    "line feed, carriage return and tab": "a\nb\r\nc\td",
    "longest": "x" * 5000,
    "longest, in emoji": "🥛" * 5000,
    "invisible": "\u200b",
    "white space": "   ",
    "line separators": "a\u2028b\u2029c",
}


@pytest.fixture(params=["POST", "PUT"])
async def write(request: pytest.FixtureRequest, api: Api) -> Write:
    """Write a title and a description, to a new task or to an existing one."""
    if request.param == "POST":
        return api.create
    task = await api.create("Something else", "Some other text")

    async def update(title: str, description: str | None = None) -> Answer:
        return await api.update(task, title=title, description=description)

    return update


@pytest.mark.parametrize("sent", SURROUNDED.values(), ids=SURROUNDED)
async def test_surrounding_white_space_is_removed_from_a_title(write: Write, sent: str) -> None:
    answer = await write(sent, None)

    assert answer.success
    assert answer.task["title"] == "Buy milk"


@pytest.mark.parametrize("title", KEPT.values(), ids=KEPT)
async def test_a_title_is_stored_as_it_was_sent(api: Api, write: Write, title: str) -> None:
    answer = await write(title, None)

    assert answer.success
    assert (await api.get(answer)).task["title"] == title


async def test_a_title_is_measured_after_surrounding_white_space_is_removed(write: Write) -> None:
    answer = await write(" " * 300 + "x" * 255 + " " * 300, None)

    assert answer.success
    assert answer.task["title"] == "x" * 255


@pytest.mark.parametrize("title", ["x" * 256, "🥛" * 256, "e\u0301" * 128], ids=["letters", "emoji", "marks"])
async def test_a_title_of_256_code_points_is_refused(database: Database, write: Write, title: str) -> None:
    with database.unchanged():
        answer = await write(title, None)

    assert answer.refusal == (400, "title: must be at most 255 characters long")


@pytest.mark.parametrize("title", EMPTY.values(), ids=EMPTY)
async def test_a_title_of_only_white_space_is_empty(database: Database, write: Write, title: str) -> None:
    with database.unchanged():
        answer = await write(title, None)

    assert answer.refusal == (400, "title: must not be empty")


@pytest.mark.parametrize("title", INVISIBLE.values(), ids=INVISIBLE)
async def test_an_invisible_title_is_refused(database: Database, write: Write, title: str) -> None:
    with database.unchanged():
        answer = await write(title, None)

    assert answer.refusal == (400, "title: must contain a visible character")


@pytest.mark.parametrize("title", CONTROL.values(), ids=CONTROL)
async def test_a_control_character_anywhere_in_a_title_is_refused(database: Database, write: Write, title: str) -> None:
    with database.unchanged():
        answer = await write(title, None)

    assert answer.refusal == (400, "title: must not contain control characters")


@pytest.mark.parametrize("marks", CROWDED.values(), ids=CROWDED)
async def test_more_than_30_marks_in_a_row_are_refused(database: Database, write: Write, marks: str) -> None:
    with database.unchanged():
        in_title = await write(f"a{marks}b", None)
        in_description = await write("Buy milk", f"two\n{marks}")

    sentence = "must not have more than 30 combining marks in a row"
    assert in_title.refusal == (400, f"title: {sentence}")
    assert in_description.refusal == (400, f"description: {sentence}")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_a_description_is_stored_as_sent(api: Api, write: Write, text: str) -> None:
    answer = await write("Buy milk", text)

    assert answer.success
    assert (await api.get(answer)).task["description"] == text


@pytest.mark.parametrize("text", ["x" * 5001, "🥛" * 5001], ids=["letters", "emoji"])
async def test_a_description_of_5001_code_points_is_refused(database: Database, write: Write, text: str) -> None:
    with database.unchanged():
        answer = await write("Buy milk", text)

    assert answer.refusal == (400, "description: must be at most 5000 characters long")


@pytest.mark.parametrize("character", ["\0", "\x08", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\x9f"], ids=ascii)
async def test_other_control_characters_in_a_description_are_refused(
    database: Database, write: Write, character: str
) -> None:
    with database.unchanged():
        answer = await write("Buy milk", f"two{character}litres")

    assert answer.refusal == (
        400,
        "description: must not contain control characters other than line feed, carriage return and tab",
    )
