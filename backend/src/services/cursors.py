"""Cursors: where a list was left, as a text that only the same list takes back."""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct
from typing import Any

from src.exceptions.errors import BadRequestError
from src.utils import canonical_json

VERSION = 2
"""One more whenever a place is packed otherwise, or means something else."""

SEAL_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Cursors:
    """Those of one list: `listed` says which, filters included; a place in it is packed by `form`.

    A cursor is a seal and the place, in base64url. The seal holds no secret, since what a cursor leads to can be read
    without it as well. So one may be made up by who knows how, and a list must take any place that its `form` can hold.
    """

    form: Struct
    listed: tuple[object, ...]

    def write(self, *place: object) -> str:
        return self._sealed(self.form.pack(*place))

    def read(self, cursor: str) -> tuple[Any, ...]:
        """The place. Raises BadRequestError for anything but a cursor of this list."""
        try:
            packed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[SEAL_LENGTH:]
            place = self.form.unpack(packed)
        except (ValueError, struct.error):
            raise foreign_cursor() from None
        if self._sealed(packed) != cursor:
            raise foreign_cursor()
        return place

    def _sealed(self, packed: bytes) -> str:
        listed = canonical_json.encode([VERSION, self.form.format, *self.listed])
        seal = sha256(listed.encode() + packed).digest()[:SEAL_LENGTH]
        return urlsafe_b64encode(seal + packed).rstrip(b"=").decode()


def foreign_cursor() -> BadRequestError:
    return BadRequestError("cursor: must be one that this list gave, with the same filters")
