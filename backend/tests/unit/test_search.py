"""Which texts are equal in a search, and which words a query has."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.utils.search import normalize, search_text, search_words
from src.utils.unicode_tables import UNASSIGNED_IN_14


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Milk", "mILK"),
        ("STRASSE", "Straße"),
        ("STRAẞE", "strasse"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("Ёлка", "ёЛКА"),
        ("Café", "CAFE\u0301"),
        ("Å", "\u212b"),
        ("ﬁn", "FIN"),
        ("ᾼ", "αι"),
        ("\u1f80\u0301", "\u1f00\u0301\u03b9"),
        ("각", "\u1100\u1161\u11a8"),
        ("Ǆ", "ǆ"),
    ],
)
def test_case_and_composition_make_no_difference(one: str, other: str) -> None:
    assert normalize(one) == normalize(other)


@pytest.mark.parametrize(
    ("one", "other"), [("e", "é"), ("i", "ı"), ("İ", "i"), ("1", "①"), ("a", "а"), ("ss", "ſ"), ("O", "Ø"), ("１", "1")]
)
def test_different_letters_stay_different(one: str, other: str) -> None:
    assert normalize(one) != normalize(other)


@given(st.text(st.characters().filter(lambda character: character not in UNASSIGNED_IN_14)))
def test_normalizing_is_unicodes_canonical_caseless_match(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())

    assert normalize(text) == unicodedata.normalize("NFC", decomposed)


@given(st.text())
def test_normalizing_twice_is_normalizing_once(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@given(st.text("aÄe\u0301ς牛\u0378\u0379\U0001fae9", max_size=40))
def test_characters_newer_than_unicode_14_stay_and_part_what_is_folded(text: str) -> None:
    parts = re.split("([\u0378\u0379\U0001fae9]+)", text)
    parts[::2] = map(normalize, parts[::2])

    assert normalize(text) == "".join(parts)


@given(st.text(), st.text())
def test_title_and_description_are_normalized_separately(title: str, description: str) -> None:
    assert search_text(title, description) == f"{normalize(title)}\n{normalize(description)}"
    assert search_text(title, None) == f"{normalize(title)}\n"


@given(st.text())
def test_words_are_separated_by_white_space(query: str) -> None:
    assert set(search_words(query)) == {normalize(word) for word in query.split()}
    assert not any(character.isspace() for word in search_words(query) for character in word)


def test_a_repeated_word_is_searched_once() -> None:
    assert search_words(" Milk  BREAD milk\u3000") == ("milk", "bread")
