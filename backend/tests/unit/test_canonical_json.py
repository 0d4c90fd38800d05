"""The form in which the history is stored and hashed. It can never change."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.history.chain import FIRST_PREVIOUS_HASH
from src.history.change import Entry
from src.history.entry_format import chain_hash
from src.models.task_history import ActionType
from src.utils import canonical_json
from src.utils.canonical_json import encode

TASK_ID = UUID("0193546a-8c00-7000-8000-000000000001")
HISTORY_ID = UUID("0193546a-8c00-7000-8000-000000000002")
TEN = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)

FORMS: list[tuple[object, str]] = [
    ({"b": 1, "a": 2, "A": 3, "ä": 4}, '{"A":3,"a":2,"b":1,"ä":4}'),
    ({"changed": ("old", None)}, '{"changed":["old",null]}'),
    ([1, True, False, None, ""], '[1,true,false,null,""]'),
    ("äöü “x” 🥛 \u2028", '"äöü “x” 🥛 \u2028"'),
    ('quote " backslash \\ slash /', '"quote \\" backslash \\\\ slash /"'),
    ("\n\r\t\b\f\x00\x1f\x7f", '"\\n\\r\\t\\b\\f\\u0000\\u001f\x7f"'),
    (TASK_ID, '"0193546a-8c00-7000-8000-000000000001"'),
    (TEN, '"2026-11-22T10:00:00.123456Z"'),
    (TEN.replace(microsecond=0), '"2026-11-22T10:00:00.000000Z"'),
    (TEN.astimezone(timezone(timedelta(hours=5, minutes=30))), '"2026-11-22T10:00:00.123456Z"'),
    (ActionType.CREATED, '"CREATED"'),
]


@pytest.mark.parametrize(("value", "text"), FORMS)
def test_each_value_has_one_canonical_form(value: object, text: str) -> None:
    assert encode(value) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_json_lacks_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode(value)


@pytest.mark.parametrize("value", [object(), b"bytes", {1, 2}])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_encoding_is_stable_after_a_round_trip(value: object) -> None:
    assert encode(json.loads(encode(value))) == encode(value)


@given(st.dictionaries(st.text(), st.integers()))
def test_the_order_of_keys_makes_no_difference(value: dict[str, int]) -> None:
    assert encode(dict(reversed(value.items()))) == encode(value)


def test_it_is_the_encoder_that_the_history_uses() -> None:
    assert canonical_json.encode is encode


CHANGES = (
    '{"completed_at":[null,null],"created_at":[null,"2026-11-22T10:00:00.123456Z"],'
    '"description":[null,"Two litres\\n“ä” 🥛"],"is_completed":[null,false],"title":[null,"Buy milk"],'
    '"updated_at":[null,"2026-11-22T10:00:00.123456Z"]}'
)
ENTRY: Entry = {
    "seq": 1,
    "history_id": HISTORY_ID,
    "task_id": TASK_ID,
    "version": 1,
    "action_type": ActionType.CREATED,
    "task_title": "Buy milk",
    "description": 'Created "Buy milk"',
    "changes": CHANGES,
    "request_id": None,
    "timestamp": TEN,
}
HASHED = (
    "0000000000000000000000000000000000000000000000000000000000000000"
    r'{"action_type":"CREATED","changes":"{\"completed_at\":[null,null],\"created_at\":[null,'
    r"\"2026-11-22T10:00:00.123456Z\"],\"description\":[null,\"Two litres\\n“ä” 🥛\"],"
    r"\"is_completed\":[null,false],\"title\":[null,\"Buy milk\"],"
    r'\"updated_at\":[null,\"2026-11-22T10:00:00.123456Z\"]}",'
    r'"description":"Created \"Buy milk\"","history_id":"0193546a-8c00-7000-8000-000000000002",'
    r'"request_id":null,"seq":1,"task_id":"0193546a-8c00-7000-8000-000000000001",'
    r'"task_title":"Buy milk","timestamp":"2026-11-22T10:00:00.123456Z","version":1}'
)
VECTOR = "cc1b18d482cf21513eb7ad292827803c03cca7b7bebae7ba7e21bec62147f469"


def test_the_hash_of_the_test_vector_never_changes() -> None:
    """If this fails, the code is wrong: stored histories can't be rewritten."""
    assert FIRST_PREVIOUS_HASH == "0" * 64
    assert sha256(HASHED.encode()).hexdigest() == VECTOR
    assert chain_hash(FIRST_PREVIOUS_HASH, encode(ENTRY)) == VECTOR


@pytest.mark.parametrize("column", ENTRY)
def test_every_column_is_part_of_the_hash(column: str) -> None:
    assert chain_hash(FIRST_PREVIOUS_HASH, encode(ENTRY | {column: "another"})) != VECTOR


def test_the_previous_hash_is_part_of_the_hash() -> None:
    assert chain_hash("1" * 64, encode(ENTRY)) != VECTOR


def test_the_order_of_columns_makes_no_difference() -> None:
    assert chain_hash(FIRST_PREVIOUS_HASH, encode(dict(reversed(ENTRY.items())))) == VECTOR


DOCUMENT = (Path(__file__).parents[3] / "docs" / "history.md").read_text()
DOCUMENTED = re.findall(r"```json\n(\{\"action_type\".*\})\n```\n\nhash `([0-9a-f]{64})`", DOCUMENT)


def test_the_documented_hashes_are_those_of_the_code() -> None:
    previous = FIRST_PREVIOUS_HASH
    for text, stated in DOCUMENTED:
        columns = json.loads(text)
        assert encode(columns) == text
        assert chain_hash(previous, text) == stated
        previous = stated

    assert len(DOCUMENTED) == 2
