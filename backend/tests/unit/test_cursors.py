"""Cursors: a position in one list, valid for no other."""

from struct import Struct
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.exceptions.errors import BadRequestError
from src.services.cursors import Cursors

LAYOUT = Struct(">?q")
POSITION = (False, 1)
LIST = Cursors(LAYOUT, ("tasks", None, ("milk",), None))
OTHERS = [
    Cursors(LAYOUT, ("history", None, ("milk",), None)),
    Cursors(LAYOUT, ("tasks", True, ("milk",), None)),
    Cursors(LAYOUT, ("tasks", None, ("mil", "k"), None)),
    Cursors(LAYOUT, ("tasks", None, (), None)),
    Cursors(LAYOUT, ("tasks", None, ("milk",))),
    Cursors(LAYOUT, ("tasks", None, ("milk",), UUID(int=0))),
    Cursors(Struct(">?Q"), ("tasks", None, ("milk",), None)),
]
positions = st.tuples(st.booleans(), st.integers(-(2**63), 2**63 - 1))


@given(positions)
def test_a_cursor_is_read_as_it_was_written(position: tuple[bool, int]) -> None:
    assert LIST.read(LIST.write(*position)) == position


@given(positions)
def test_a_cursor_needs_no_quoting(position: tuple[bool, int]) -> None:
    assert LIST.write(*position).replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("other", OTHERS)
def test_a_cursor_of_another_list_is_refused(other: Cursors) -> None:
    with pytest.raises(BadRequestError):
        other.read(LIST.write(*POSITION))


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadRequestError):
        LIST.read(text)


@given(positions, st.data())
def test_an_altered_cursor_is_refused(position: tuple[bool, int], data: st.DataObject) -> None:
    cursor = LIST.write(*position)
    at = data.draw(st.integers(0, len(cursor) - 1))
    altered = cursor[:at] + data.draw(st.characters().filter(lambda other: other != cursor[at])) + cursor[at + 1 :]

    with pytest.raises(BadRequestError):
        LIST.read(altered)
