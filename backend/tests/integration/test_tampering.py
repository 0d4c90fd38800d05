"""Histories rewritten by the owner of the database: each change is detected, and the first invalid entry named."""

from typing import LiteralString
from uuid import UUID

import pytest

from src.batching.preconditions import CommandContext
from src.history.change import Origin
from tests.databases import Database
from tests.house import House
from tests.stored_history import sealed, stored_entries
from tests.tampering import attack, disarm, forged_after, insert, one_character_altered, stored, verdict

ENTRIES = 4
NIL = UUID(int=0)
HASHES: tuple[LiteralString, ...] = ("previous_hash", "hash")
IDS: tuple[LiteralString, ...] = ("history_id", "task_id", "actor_id", "credential_id", "run_id")
TEXTS: tuple[LiteralString, ...] = ("action_type", "task_title", "description", "changes", "actor_kind", "client")
TEXTS += ("request_id", "meta", "commitments", "texts", *IDS, *HASHES)
NUMBERS: tuple[LiteralString, ...] = ("seq", "version", "format")


@pytest.fixture
async def history(house: House, database: Database) -> Database:
    """Create four entries without the triggers that protect them."""
    task = await house.tasks.create_task("Buy milk", "Two litres")
    await house.tasks.update_task(task.id, title="Buy oat milk")
    context = CommandContext(Origin(request_id="tour-1"))
    await house.tasks.mark_complete(task.id, context)
    await house.tasks.create_task("Buy bread", context=context)
    disarm(database)
    assert verdict(database).valid
    return database


def first_wrong(database: Database) -> int | None:
    """The entry that is named."""
    found = verdict(database)
    assert found.valid is (found.first_invalid_seq is None)
    return found.first_invalid_seq


@pytest.mark.parametrize("column", TEXTS)
async def test_one_character_of_a_text_is_found_and_the_first_of_several_named(
    history: Database, column: LiteralString
) -> None:
    named = []
    for seq in range(ENTRIES, 0, -1):
        text = one_character_altered(stored(history, seq)[column] or (str(NIL) if column in IDS else "-"))
        attack(history, "UPDATE task_history SET " + column + " = %s WHERE seq = %s", text, seq)
        named.append(first_wrong(history))

    assert named == [4, 3, 2, 1]


@pytest.mark.parametrize("column", NUMBERS)
async def test_a_number_altered_is_found_and_the_first_of_several_named(
    history: Database, column: LiteralString
) -> None:
    named = []
    for seq in range(ENTRIES, 0, -1):
        attack(history, "UPDATE task_history SET " + column + " = " + column + " + 64 WHERE seq = %s", seq)
        named.append(first_wrong(history))

    assert named == [4, 3, 2, 1]


async def test_a_time_altered_by_a_microsecond_is_found_and_the_first_of_several_named(history: Database) -> None:
    named = []
    for seq in range(ENTRIES, 0, -1):
        time = stored(history, seq)["timestamp"]
        altered = time[:-2] + ("1" if time[-2] != "1" else "2") + "Z"
        attack(history, "UPDATE task_history SET timestamp = %s WHERE seq = %s", altered, seq)
        named.append(first_wrong(history))

    assert named == [4, 3, 2, 1]


@pytest.mark.parametrize("time", ["infinity", "-infinity", "0044-03-15 BC", "10000-01-01", "294276-12-31"])
@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_a_time_that_only_postgresql_has_is_found(history: Database, time: str) -> None:
    attack(history, "UPDATE task_history SET timestamp = %s WHERE seq = 2", time)

    assert first_wrong(history) == 2


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_the_same_time_before_christ_is_found(history: Database) -> None:
    time = stored(history, 2)["timestamp"].removesuffix("Z") + "+00 BC"

    attack(history, "UPDATE task_history SET timestamp = %s WHERE seq = 2", time)

    assert first_wrong(history) == 2


@pytest.mark.parametrize("request_id", ["", "null", "None"])
async def test_a_request_id_where_there_was_none_is_found(history: Database, request_id: str) -> None:
    assert stored(history, 2)["request_id"] is None

    attack(history, "UPDATE task_history SET request_id = %s WHERE seq = 2", request_id)

    assert first_wrong(history) == 2


async def test_a_request_id_taken_away_is_found(history: Database) -> None:
    attack(history, "UPDATE task_history SET request_id = NULL WHERE seq = 3")

    assert first_wrong(history) == 3


@pytest.mark.parametrize("addition", [" ", "\n", "\u200b", "\u0301"])
async def test_invisible_changes_are_found(history: Database, addition: str) -> None:
    texts = stored(history, 3)["texts"].replace("milk", f"milk{addition}")
    attack(history, "UPDATE task_history SET texts = %s WHERE seq = 3", texts)

    assert first_wrong(history) == 3


async def test_changes_that_mean_the_same_in_other_words_are_found(history: Database) -> None:
    attack(history, "UPDATE task_history SET changes = replace(changes, ',', ', ') WHERE seq = 2")

    assert first_wrong(history) == 2


async def test_the_newest_removed_is_found(history: Database) -> None:
    attack(history, "DELETE FROM task_history WHERE seq = 4")

    assert (verdict(history).entries, first_wrong(history)) == (3, 4)


@pytest.mark.parametrize("seq", [1, 2, 3])
async def test_one_removed_before_the_newest_is_found(history: Database, seq: int) -> None:
    attack(history, "DELETE FROM task_history WHERE seq = %s", seq)

    assert (verdict(history).entries, first_wrong(history)) == (3, seq)


async def test_all_removed_is_found(history: Database) -> None:
    attack(history, "DELETE FROM task_history")

    assert (verdict(history).entries, first_wrong(history)) == (0, 1)


async def test_one_removed_and_the_gap_closed_is_found(history: Database) -> None:
    attack(history, "DELETE FROM task_history WHERE seq = 2")
    attack(history, "UPDATE task_history SET seq = 2 WHERE seq = 3")
    attack(history, "UPDATE task_history SET seq = 3 WHERE seq = 4")

    assert first_wrong(history) == 2


@pytest.mark.parametrize("pair", [(1, 2), (2, 3), (3, 4), (1, 4)])
async def test_two_exchanged_are_found(history: Database, pair: tuple[int, int]) -> None:
    for old, new in ((pair[0], 99), (pair[1], pair[0]), (99, pair[1])):
        attack(history, "UPDATE task_history SET seq = %s WHERE seq = %s", new, old)

    assert first_wrong(history) == pair[0]


async def test_one_added_at_the_end_is_found_however_well_it_is_made(history: Database) -> None:
    insert(history, forged_after(stored(history, ENTRIES)))

    assert (verdict(history).entries, first_wrong(history)) == (5, 5)


async def test_one_added_at_the_end_with_any_hash_is_found(history: Database) -> None:
    insert(history, forged_after(stored(history, ENTRIES)) | {"hash": "f" * 64})

    assert first_wrong(history) == 5


async def test_one_added_before_all_others_is_found(history: Database) -> None:
    first = stored(history, 1)
    insert(history, forged_after(first, seq=0, version=64, previous_hash="0" * 64))

    assert first_wrong(history) == 1


async def test_one_rewritten_with_its_right_hash_is_found_by_the_next(history: Database) -> None:
    entry = stored(history, 2)
    rewritten = sealed(entry | {"texts": entry["texts"].replace("oat milk", "champagne")})

    statement: LiteralString = "UPDATE task_history SET texts = %s, commitments = %s, hash = %s WHERE seq = 2"
    attack(history, statement, *(rewritten[name] for name in ("texts", "commitments", "hash")))

    assert first_wrong(history) == 3


@pytest.mark.parametrize(("seq", "named"), [(0, 1), (3, 4), (5, 5), (64, 5)])
async def test_a_head_with_another_number_is_found(history: Database, seq: int, named: int) -> None:
    attack(history, "UPDATE history_head SET seq = %s", seq)

    assert (verdict(history).head_seq, first_wrong(history)) == (seq, named)


async def test_a_head_with_another_hash_is_found(history: Database) -> None:
    attack(history, "UPDATE history_head SET hash = %s", one_character_altered(stored(history, ENTRIES)["hash"]))

    assert first_wrong(history) == ENTRIES


async def test_the_chain_does_not_prove_that_nothing_was_cut_off_together_with_the_head(history: Database) -> None:
    kept = stored_entries(history)[2]["hash"]
    attack(history, "DELETE FROM task_history WHERE seq = 4")
    attack(history, "UPDATE history_head SET seq = 3, hash = %s", kept)

    found = verdict(history)

    assert (found.valid, found.head_seq, found.head_hash) == (True, 3, kept)
