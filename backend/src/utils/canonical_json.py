"""Canonical JSON: sorted keys, no white space, characters as they are, ids and times as text.

The history stores and hashes it, so its form can never change.
"""

from datetime import datetime
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined]  # typeshed leaves the C one out
from uuid import UUID

from src.utils.timestamps import format_timestamp


def encode(value: object) -> str:
    """Raises TypeError and ValueError for what has no canonical form: other types, NaN, infinities."""
    return "".join(_chunks(value, 0))


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return format_timestamp(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)


_chunks = c_make_encoder(
    None,  # no search for circles
    _as_text,
    encode_basestring,
    None,  # no indent
    ":",
    ",",
    True,  # noqa: FBT003  # keys are sorted
    False,  # noqa: FBT003  # no key is left out
    False,  # noqa: FBT003  # NaN is an error
)
"""What `json.JSONEncoder` makes anew for each text, which takes longer than the text itself."""
