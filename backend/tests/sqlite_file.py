"""The positions of a table's rows in an SQLite file (https://www.sqlite.org/fileformat.html)."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

INTERIOR, LEAF = 5, 13


def places_of(path: Path, table: str) -> list[int]:
    """The offsets of all bytes of rows: lengths, keys, types and values, without the free space between them."""
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    return list(_File(path.read_bytes()).places(root))


class _File:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.page_size = self.number(16, 2)
        self.usable = self.page_size - content[20]

    def number(self, place: int, size: int) -> int:
        return int.from_bytes(self.content[place : place + size])

    def places(self, page: int) -> Iterator[int]:
        """The offsets of the rows in a page and its children."""
        start = (page - 1) * self.page_size
        kind, cells = self.content[start], self.number(start + 3, 2)
        pointers = start + (12 if kind == INTERIOR else 8)
        for pointer in range(pointers, pointers + 2 * cells, 2):
            cell = start + self.number(pointer, 2)
            if kind == LEAF:
                yield from self.cell(cell)
            else:
                yield from self.places(self.number(cell, 4))
        if kind == INTERIOR:
            yield from self.places(self.number(start + 8, 4))

    def cell(self, start: int) -> Iterator[int]:
        """The offsets of a row: its length, key, payload and overflow pages."""
        length, after_length = self.varint(start)
        _, payload = self.varint(after_length)
        local = self.local(length)
        yield from range(start, payload + local)
        left, page = length - local, self.number(payload + local, 4)
        while left:
            overflow = (page - 1) * self.page_size
            here = min(left, self.usable - 4)
            yield from range(overflow + 4, overflow + 4 + here)
            left, page = left - here, self.number(overflow, 4)

    def local(self, length: int) -> int:
        """The size of the payload within the page."""
        if length <= self.usable - 35:
            return length
        least = (self.usable - 12) * 32 // 255 - 23
        wanted = least + (length - least) % (self.usable - 4)
        return wanted if wanted <= self.usable - 35 else least

    def varint(self, place: int) -> tuple[int, int]:
        """A varint (of up to 8 bytes), and its end."""
        value = 0
        while True:
            byte = self.content[place]
            value, place = value << 7 | byte & 0x7F, place + 1
            if byte < 0x80:
                return value, place
