"""Cursors: a position in a list as opaque text, which only the same list accepts."""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct
from typing import Any

from src.exceptions.errors import BadRequestError
from src.utils import canonical_json

VERSION = 3
"""Increase it when the layout of a position changes, or its meaning."""

CHECKSUM_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Cursors:
    """The cursors of one list, which `scope` identifies, filters included; `layout` packs a position in it.

    A cursor is a checksum and the packed position, in base64url. The checksum contains no secret, since a cursor gives
    access to nothing that can't be read without it. So anyone can forge one, and a list must accept every position that
    its layout can hold.
    """

    layout: Struct
    scope: tuple[object, ...]

    def write(self, *position: object) -> str:
        return self._with_checksum(self.layout.pack(*position))

    def read(self, cursor: str) -> tuple[Any, ...]:
        """Return the position. Raises BadRequestError for anything but a cursor of this list."""
        try:
            packed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[CHECKSUM_LENGTH:]
            position = self.layout.unpack(packed)
        except (ValueError, struct.error):
            raise foreign_cursor() from None
        if self._with_checksum(packed) != cursor:
            raise foreign_cursor()
        return position

    def _with_checksum(self, packed: bytes) -> str:
        scope = canonical_json.encode([VERSION, self.layout.format, *self.scope])
        checksum = sha256(scope.encode() + packed).digest()[:CHECKSUM_LENGTH]
        return urlsafe_b64encode(checksum + packed).rstrip(b"=").decode()


def foreign_cursor() -> BadRequestError:
    return BadRequestError("cursor: must be one that this list gave, with the same filters")
