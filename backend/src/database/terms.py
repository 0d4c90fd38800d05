"""What a client demands of a write."""

import re
from dataclasses import dataclass

ANY_VERSION = "*"
_VERSION = re.compile(r'"([0-9]{1,9})"', re.ASCII)


@dataclass(slots=True)
class Terms:
    """An Idempotency-Key with the request's fingerprint, and `If-Match`'s strong tags, in quotes (`None`: not given).

    The writer sets `replayed` where the answer is that of an earlier request under the same key.
    """

    key: str | None = None
    fingerprint: str = ""
    if_match: frozenset[str] | None = None
    replayed: bool = False

    def hold_at(self, version: int) -> bool:
        return self.if_match is None or ANY_VERSION in self.if_match or f'"{version}"' in self.if_match

    def known_before(self, version: int) -> int | None:
        """The newest version that the client names and that is older than this."""
        versions = (_VERSION.fullmatch(tag) for tag in self.if_match or ())
        return max((number for match in versions if match and 0 < (number := int(match[1])) < version), default=None)
