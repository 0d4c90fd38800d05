"""Edits made without the application are detected: values of entries, and bytes of the file."""

import sqlite3
from contextlib import closing
from random import Random
from string import ascii_letters, digits, hexdigits, printable

import pytest
from sqlalchemy.exc import DatabaseError

from src.models.task_history import ActionType
from tests.databases import Database, SqliteDatabase
from tests.faults.past import PROMISE, leave_a_history
from tests.faults.proof import Proof, promise
from tests.sqlite_file import places_of
from tests.stored_history import COLUMNS, Record, stored_entries
from tests.tampering import attack, diagnosis, disarm, verdict

SEED = 4
TABLES = ("task_history", "tasks")


@promise(PROMISE, "one value of an entry altered by the database's owner, with the triggers off")
async def test_every_altered_value_is_detected_and_located(proof: Proof, database: Database) -> None:
    await leave_a_history(database)
    disarm(database)
    before, chance, missed = stored_entries(database), Random(SEED), []

    edits = [altered(chance, chance.choice(before), chance.choice(COLUMNS)) for _ in range(proof.size(50, 1_000))]
    for entry, column, new in edits:
        update = "UPDATE task_history SET " + column + " = %s WHERE seq = %s"
        attack(database, update, new, entry["seq"])
        if verdict(database).first_invalid_seq != entry["seq"]:
            missed.append((entry["seq"], column, new))
        attack(database, update, entry[column], new if column == "seq" else entry["seq"])

    proof.figure(f"{len(edits):,} edits, {len(edits) - len(missed):,} found and the entry named")
    assert missed == []
    assert stored_entries(database) == before
    assert verdict(database).valid


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
@promise(PROMISE, "one byte of the file altered, in an entry or a task")
async def test_every_altered_byte_is_detected(proof: Proof, database: SqliteDatabase) -> None:
    await leave_a_history(database)
    database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    whole, chance = database.path.read_bytes(), Random(SEED)
    found, idle, missed = 0, 0, list[tuple[int, int, int]]()
    places = {table: places_of(database.path, table) for table in TABLES}
    before = everything(database)

    while found + len(missed) < proof.size(60, 1_500):
        place, flipped = chance.choice(places[chance.choice(TABLES)]), chance.randrange(1, 256)
        exchange(database, place, whole[place] ^ flipped)
        is_found = bool(problems(database))
        if everything(database) == before:
            idle += 1
        elif is_found:
            found += 1
        else:
            missed.append((place, whole[place], flipped))
        exchange(database, place, whole[place])

    proof.figure(f"{found + len(missed):,} bytes altered, {found:,} found ({idle} more that no value came of)")
    assert missed == []
    assert database.path.read_bytes() == whole
    assert problems(database) == []


def altered(chance: Random, entry: Record, column: str) -> tuple[Record, str, object]:
    """Another value that the column can hold on either database, as near to it as may be."""
    old = entry[column]
    match column:
        case "seq" | "version":
            new: object = old + chance.randint(1_000, 10_000)
        case "format":
            new = 1
        case "credential_id" | "run_id":
            new = entry["task_id"]
        case "workspace_id" | "history_id" | "task_id" | "actor_id" | "hash" | "previous_hash":
            new = respelled(chance, old, hexdigits[:16])
        case "actor_kind":
            new = respelled(chance, old, ascii_letters)
        case "timestamp":
            new = old[:20] + respelled(chance, old[20:26], digits) + "Z"
        case "action_type":
            new = chance.choice(sorted({*ActionType} - {old}))
        case _:
            new = "-" if old is None else chance.choice(["", old, " "]) + respelled(chance, old, printable)
    return entry, column, new


def respelled(chance: Random, text: str, letters: str) -> str:
    """The text with one letter exchanged."""
    place = chance.choice([place for place, letter in enumerate(text) if letter != "-"])
    return text[:place] + chance.choice(letters.replace(text[place], "")) + text[place + 1 :]


def exchange(database: SqliteDatabase, place: int, byte: int) -> None:
    with database.path.open("r+b") as file:
        file.seek(place)
        file.write(bytes([byte]))


def problems(database: SqliteDatabase) -> list[str]:
    """What `make doctor` says."""
    try:
        return diagnosis(database)
    except DatabaseError:
        return ["The database can't be read."]


def everything(database: SqliteDatabase) -> object:
    """All values and their types, as SQLite has them, with none of our code between."""
    with closing(sqlite3.connect(database.path)) as file:
        file.text_factory = bytes
        try:
            return [[tuple(map(repr, row)) for row in file.execute(f"SELECT * FROM {table}")] for table in TABLES]
        except sqlite3.DatabaseError as error:
            return str(error)
