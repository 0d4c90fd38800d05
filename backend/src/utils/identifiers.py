"""Ids for new rows."""

import os
import time
from uuid import UUID

_RANDOM_BITS = 80
_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
_RANDOM_MASK = (0xFFF << 64) | ((1 << 62) - 1)


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): milliseconds first, then 74 random bits.

    Consecutive ids are close in the index, so inserts touch few pages.
    """
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(_RANDOM_BITS // 8)) & _RANDOM_MASK
    return UUID(int=(milliseconds << _RANDOM_BITS) | _VERSION_AND_VARIANT | random)
