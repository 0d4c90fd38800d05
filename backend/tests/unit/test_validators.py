"""The rules for input, each by itself."""

import unicodedata
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from src.utils.validators import Description, Id, Limit, Offset, Page, Title, is_visible

title = TypeAdapter[str](Title).validate_python
description = TypeAdapter[str](Description).validate_python
uuid = TypeAdapter[UUID](Id).validate_python
NUMBERS = {"page": TypeAdapter[int](Page), "limit": TypeAdapter[int](Limit), "offset": TypeAdapter[int](Offset)}
BOUNDS = [("page", 1, 1_000_000_000), ("limit", 1, 100), ("offset", 0, 1_000_000_000)]
TEXT = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
    | st.text("x \u00a0\u200b\u0301\u3164\n", max_size=6)  # mostly blank
    | st.text("x \u3000\U0001f95b", min_size=250, max_size=260)  # about as long as a title may be
    | st.text("\u0301\u0903x", min_size=25, max_size=80).map(lambda text: text.replace("x", "", 2))  # about as crowded
)


def is_control(character: str) -> bool:
    """Whether this is a control character, by its Unicode category."""
    return unicodedata.category(character) == "Cc"


@given(TEXT)
def test_a_title_follows_the_contract(text: str) -> None:
    stripped = text.strip()
    fitting = (
        not any(map(is_control, text))
        and 1 <= len(stripped) <= 255
        and any(map(is_visible, stripped))
        and "M" * 31 not in "".join(unicodedata.category(character)[0] for character in stripped)
    )

    try:
        taken = title(text)
    except ValidationError:
        assert not fitting
    else:
        assert fitting
        assert taken == stripped


@given(TEXT)
def test_a_valid_title_is_accepted_again_unchanged(text: str) -> None:
    try:
        taken = title(text)
    except ValidationError:
        return

    assert title(taken) == taken


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\r\t"), max_size=300))
def test_a_description_without_control_characters_is_kept_as_it_is(text: str) -> None:
    assert description(text) == text


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0)], ids=hex)
def test_a_description_may_have_three_control_characters_and_a_title_none(code: int) -> None:
    text = f"a{chr(code)}b"

    with pytest.raises(ValidationError, match="must not contain control characters"):
        title(text)
    if chr(code) in "\n\r\t":
        assert description(text) == text
    else:
        with pytest.raises(ValidationError, match="must not contain control characters other than"):
            description(text)


def test_lengths_are_counted_in_code_points() -> None:
    assert title("🥛" * 255) == "🥛" * 255
    assert description("🥛" * 5000) == "🥛" * 5000
    with pytest.raises(ValidationError, match="at most 255 characters"):
        title("🥛" * 256)
    with pytest.raises(ValidationError, match="at most 5000 characters"):
        description("🥛" * 5001)


@pytest.mark.parametrize("value", [1, 1.5, True, None, b"Buy milk", ["Buy milk"], {"title": "Buy milk"}], ids=repr)
def test_texts_must_be_strings(value: object) -> None:
    with pytest.raises(ValidationError):
        title(value)
    with pytest.raises(ValidationError):
        description(value)


@given(st.uuids())
def test_an_id_is_read_in_either_case(value: UUID) -> None:
    assert uuid(str(value)) == uuid(str(value).upper()) == value


@given(st.uuids())
def test_an_id_has_only_one_form(value: UUID) -> None:
    others = [value.hex, f"{{{value}}}", value.urn, f" {value}", f"{value}\n", f"{value}0", str(value)[:-1]]

    for text in others:
        with pytest.raises(ValidationError, match="must be a UUID"):
            uuid(text)


@pytest.mark.parametrize(("name", "lowest", "highest"), BOUNDS)
def test_a_number_may_equal_its_bounds_but_not_exceed_them(name: str, lowest: int, highest: int) -> None:
    read = NUMBERS[name].validate_python

    assert (read(str(lowest)), read(str(highest))) == (lowest, highest)
    with pytest.raises(ValidationError):
        read(str(lowest - 1))
    for beyond in (highest + 1, 2**63 - 1, 2**63, 10**4000):
        with pytest.raises(ValidationError, match=f"less than or equal to {highest}"):
            read(str(beyond))


@given(st.integers(min_value=1, max_value=100))
def test_a_number_is_read_from_its_digits(number: int) -> None:
    assert {adapter.validate_python(str(number)) for adapter in NUMBERS.values()} == {number}


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "01",
        "00",
        "+1",
        "-01",
        "--1",
        "-0",
        " 1",
        "1 ",
        "1\n",
        "1.0",
        "1e1",
        "1_0",
        "0x1",
        "١",
        "１",
        "²",
        "1０",
        "one",
    ],
)
def test_a_number_has_only_one_form(name: str, text: str) -> None:
    with pytest.raises(ValidationError, match="must be a whole number"):
        NUMBERS[name].validate_python(text)
