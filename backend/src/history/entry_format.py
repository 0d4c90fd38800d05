"""The two formats of entries: how they are sealed, and whether a stored one is as it was written.

`docs/history.md` specifies both, with test vectors. In format 2 facts are hashed in clear and texts only as salted
commitments, so that a text can be erased and the chain still proves everything else.
"""

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from hashlib import sha256

from src.history.change import Entry
from src.models.task_history import FORMAT_1
from src.utils import canonical_json

OF_FORMAT_1 = frozenset({"task_title", "description"})
"""Columns that are null in format 2."""
OF_FORMAT_2 = frozenset({"actor_kind", "actor_id", "credential_id", "client", "run_id", "meta", "commitments", "texts"})
"""Columns that are null in format 1."""
NOT_HASHED = frozenset({"texts", "previous_hash", "hash"})
SALT_BYTES = 16


def chain_hash(previous_hash: str, columns: str) -> str:
    """SHA-256 of the previous hash and the canonical JSON of the columns that the format hashes."""
    return sha256((previous_hash + columns).encode()).hexdigest()


def commitment(salt: str, value: str) -> str:
    """`value` is canonical JSON."""
    return sha256((salt + value).encode()).hexdigest()


def new_salts(count: int) -> Iterator[str]:
    """Each of 32 hexadecimal digits. Every text gets its own: one that stayed would let an erased text be guessed."""
    digits = os.urandom(SALT_BYTES * count).hex()
    return (digits[start : start + 2 * SALT_BYTES] for start in range(0, len(digits), 2 * SALT_BYTES))


def seal(
    facts: Entry, texts: Mapping[str, object], previous_hash: str, salts: Callable[[int], Iterator[str]] = new_salts
) -> tuple[str, str]:
    """An entry of format 2 as a row in JSON, and its hash. Each text is encoded once, for the row and its commitment.

    `facts` are the hashed columns but for the commitments.
    """
    commitments, salted = dict[str, str](), list[str]()
    for name, salt in zip(sorted(texts), salts(len(texts)), strict=True):
        value = canonical_json.encode(texts[name])
        commitments[name] = commitment(salt, value)
        salted.append(f'"{name}":["{salt}",{value}]')
    columns = canonical_json.encode(facts | {"commitments": canonical_json.encode(commitments)})
    entry_hash = chain_hash(previous_hash, columns)
    stored = canonical_json.encode(f"{{{','.join(salted)}}}")
    row = f'{columns[:-1]},"texts":{stored},"previous_hash":"{previous_hash}","hash":"{entry_hash}"}}'
    return row, entry_hash


def is_sealed(entry: Entry, previous_hash: str) -> bool:
    """Whether a stored entry has the right hashes, and each of its texts is the one that it was sealed with."""
    is_second = entry["format"] == 2  # noqa: PLR2004  # the number of the format
    hashed = entry.keys() - NOT_HASHED - OF_FORMAT_1 if is_second else FORMAT_1
    unused = OF_FORMAT_1 if is_second else OF_FORMAT_2
    try:
        right_hash = chain_hash(previous_hash, canonical_json.encode({name: entry[name] for name in hashed}))
        has_right_hashes = (entry["previous_hash"], entry["hash"]) == (previous_hash, right_hash)
        is_empty = all(entry[name] is None for name in unused)
        return has_right_hashes and is_empty and (not is_second or _texts_agree(entry))
    except (TypeError, ValueError, AttributeError):  # bytes or JSON of another kind, which were not written by us
        return False


def _texts_agree(entry: Entry) -> bool:
    commitments, stored = json.loads(str(entry["commitments"])), str(entry["texts"])
    texts = json.loads(stored)
    return canonical_json.encode(texts) == stored and all(
        commitment(salt, canonical_json.encode(value)) == commitments.get(name) for name, (salt, value) in texts.items()
    )


def missing_texts(commitments: str | None, texts: str | None) -> list[str]:
    """The names of the texts that an entry of format 2 has lost; none for format 1."""
    if commitments is None or texts is None:
        return []
    kept = json.loads(texts)
    return [name for name in json.loads(commitments) if name not in kept]


class Remains:
    """A proof of a task's entries of format 1 that lost texts: their own hashes cover what they lost.

    It is the SHA-256 of a JSON array, oldest first, of canonical JSON of their hashed columns and their hash.
    """

    def __init__(self) -> None:
        self._hash = sha256(b"[")
        self._separator = b""

    def including(self, entry: Entry) -> "Remains":
        """With one more entry."""
        more = Remains()
        more._hash, more._separator = self._hash.copy(), b","
        remaining = canonical_json.encode({name: entry[name] for name in (*FORMAT_1, "hash")})
        more._hash.update(self._separator + remaining.encode())
        return more

    def hexdigest(self) -> str:
        whole = self._hash.copy()
        whole.update(b"]")
        return whole.hexdigest()


def without_texts(entry: Entry, names: Collection[str]) -> Entry:
    """The columns of an entry that lose these texts, as they are afterwards; empty if it has none of them."""
    columns = dict[str, object]()
    for column in ("texts", "changes"):
        kept = json.loads(str(entry[column] or "{}"))
        if (column == "texts" or entry["format"] == 1) and kept.keys() & names:
            columns[column] = canonical_json.encode({name: kept[name] for name in kept if name not in names})
    if entry["format"] == 1 and "title" in names and entry["task_title"] is not None:
        columns |= {"task_title": None, "description": None}  # the sentence has the title in it
    return columns
