"""What a client demands of a write."""

from dataclasses import dataclass

ANY_VERSION = "*"


@dataclass(slots=True)
class Terms:
    """An Idempotency-Key with the request's fingerprint, and the tags of `If-Match` (`None`: not given).

    The writer sets `replayed` where the answer is that of an earlier request under the same key.
    """

    key: str | None = None
    fingerprint: str = ""
    if_match: frozenset[str] | None = None
    replayed: bool = False

    def hold_at(self, version: int) -> bool:
        return self.if_match is None or ANY_VERSION in self.if_match or str(version) in self.if_match

    def known_before(self, version: int) -> int | None:
        """The newest version that the client names and that is older than this."""
        known = [int(tag) for tag in self.if_match or () if tag.isascii() and tag.isdigit() and len(tag) < 10]  # noqa: PLR2004  # a version has fewer digits
        return max((number for number in known if 0 < number < version), default=None)
