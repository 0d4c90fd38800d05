"""Canonical JSON: sorted keys, no white space, no escaped characters beyond JSON's own, ids and times as text.

The history stores and hashes it, so the format can never change.
"""

from datetime import datetime
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined]  # typeshed leaves the C one out
from uuid import UUID

from src.utils.timestamps import format_timestamp


def encode(value: object) -> str:
    """Raises TypeError for other types, ValueError for NaN and infinities."""
    return "".join(_chunks(value, 0))


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return format_timestamp(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)


_chunks = c_make_encoder(
    None,  # no check for circular references
    _as_text,
    encode_basestring,
    None,  # no indent
    ":",
    ",",
    True,  # noqa: FBT003  # sort keys
    False,  # noqa: FBT003  # do not skip keys
    False,  # noqa: FBT003  # do not allow NaN
)
"""Created once: `json.JSONEncoder` creates it for each call, which takes longer than the encoding."""
