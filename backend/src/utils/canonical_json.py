"""Canonical JSON: sorted keys, no white space, characters as they are, ids and times as text.

The history stores and hashes it, so its form can never change.
"""

import json
from datetime import datetime
from uuid import UUID

from src.utils.timestamps import format_timestamp


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return format_timestamp(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)


encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_as_text
).encode
