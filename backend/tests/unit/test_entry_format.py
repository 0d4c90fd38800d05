"""The second format of entries, byte for byte as documented. It can never change."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from src.history.chain import FIRST_PREVIOUS_HASH
from src.history.entry_format import chain_hash, commitment, is_sealed, missing_texts, seal
from src.utils.canonical_json import encode
from tests.stored_history import FORMAT_2, Record, sealed

DOCUMENT = (Path(__file__).parents[3] / "docs" / "history.md").read_text()
VECTORS: list[tuple[str, str, str]] = re.findall(
    r"```json\n(\{\"action_type\".*\"format\":2.*\})\n```\n\n"
    r"its `texts`:\n\n```json\n(.*)\n```\n\nhash `([0-9a-f]{64})`",
    DOCUMENT,
)
ABSENT = {"task_title": None, "description": None}


def previous_of(number: int) -> str:
    return VECTORS[number - 1][2] if number else FIRST_PREVIOUS_HASH


def stored(number: int) -> Record:
    """The entry as a row."""
    hashed, texts, entry_hash = VECTORS[number]
    links = {"texts": texts, "previous_hash": previous_of(number), "hash": entry_hash}
    return json.loads(hashed) | links | ABSENT  # type: ignore[no-any-return]  # JSON


def test_there_are_six() -> None:
    assert len(VECTORS) == 6
    assert VECTORS[0][2] == "1d47472676e6ae3e515808d4cd9421a12c7e2f10184708446a5f32c967b89c4a"
    assert VECTORS[5][2] == "2133701f2e4952cfbdb793bda124e0599fcc0fa3cf32351c4dc80612f957026a"


@pytest.mark.parametrize("number", range(6))
def test_sealing_gives_the_documented_bytes(number: int) -> None:
    """If this fails, the code is wrong: stored histories can't be rewritten."""
    hashed, texts, entry_hash = VECTORS[number]
    facts = json.loads(hashed)
    del facts["commitments"]
    values = {name: value for name, (_, value) in json.loads(texts).items()}

    def salts(count: int) -> Iterator[str]:
        assert count == len(values)
        return (json.loads(texts)[name][0] for name in sorted(values))

    row, found = seal(facts, values, previous_of(number), salts)

    assert found == entry_hash == chain_hash(previous_of(number), hashed)
    assert json.loads(row) | ABSENT == stored(number)
    assert encode(json.loads(hashed)) == hashed
    assert set(json.loads(hashed)) == {*FORMAT_2}


@pytest.mark.parametrize("number", range(6))
def test_a_second_implementation_agrees(number: int) -> None:
    assert sealed(stored(number)) == stored(number)
    assert is_sealed(stored(number), previous_of(number))


def test_the_documented_commitment_is_that_of_the_first_title() -> None:
    title = commitment("000102030405060708090a0b0c0d0e0f", '[null,"Buy \\"oat\\" milk – 牛乳 🥛"]')

    assert json.loads(stored(0)["commitments"])["title"] == title


@pytest.mark.parametrize("column", [*FORMAT_2, "task_title", "description", "previous_hash", "hash"])
def test_every_column_is_proven(column: str) -> None:
    another = "another" if column != "format" else 1

    assert not is_sealed(stored(0) | {column: another}, FIRST_PREVIOUS_HASH)


ALTERED: dict[str, tuple[str, str]] = {
    "another value": ("oat", "rice"),
    "another salt": ("0001020304", "1001020304"),
    "white space": (",[null", ", [null"),
    "another name": ('"title"', '"tags"'),
    "no array": ('"title":[', '"title":0,"x":['),
}


@pytest.mark.parametrize(("old", "new"), ALTERED.values(), ids=ALTERED)
def test_every_text_is_proven(old: str, new: str) -> None:
    texts = stored(0)["texts"]
    assert old in texts

    assert not is_sealed(stored(0) | {"texts": texts.replace(old, new)}, FIRST_PREVIOUS_HASH)


@pytest.mark.parametrize("texts", [None, "null", "[]", "", "1", '{"title":1}', '{"title":["a"]}'])
def test_texts_that_are_none_are_not_proven(texts: str | None) -> None:
    assert not is_sealed(stored(0) | {"texts": texts}, FIRST_PREVIOUS_HASH)


def test_an_entry_without_a_text_is_proven_and_says_which_is_missing() -> None:
    entry = stored(0) | {"texts": encode({"title": json.loads(stored(0)["texts"])["title"]})}

    assert is_sealed(entry, FIRST_PREVIOUS_HASH)
    assert missing_texts(entry["commitments"], entry["texts"]) == ["description"]


def test_each_text_has_a_salt_of_its_own() -> None:
    facts = json.loads(VECTORS[0][0])
    rows = [json.loads(seal(facts, {"title": "Milk", "description": "Milk"}, "")[0]) for _ in range(2)]

    salts = [salt for row in rows for salt, _ in json.loads(row["texts"]).values()]
    assert len(set(salts)) == 4
    assert all(re.fullmatch("[0-9a-f]{32}", salt) for salt in salts)
