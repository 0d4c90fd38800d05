"""The conditions under which a request may be carried out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from src.exceptions.errors import PreconditionFailedError
from src.history.change import NOBODY, Origin
from src.utils.entity_tags import etag_of, is_weak, match_strongly, match_weakly, versions_in

ChangedSince = Callable[[int], Sequence[str]]
"""The fields that have changed since a version."""

WEAK_TAGS = "weak tags never match (compressing proxies weaken them; the version in data makes a strong one)"


@dataclass(slots=True)
class WritePreconditions:
    """An Idempotency-Key with the request's fingerprint, and the versions of the task that the request accepts.

    `if_match` and `if_none_match` are the quoted tags of those headers, or None; `version` is that of a task in the
    body. The writer sets `replayed` if the result is that of an earlier request with the same key.
    """

    key: str | None = None
    fingerprint: str = ""
    if_match: frozenset[str] | None = None
    if_none_match: frozenset[str] | None = None
    version: int | None = None
    replayed: bool = False

    def check(self, version: int, changed_since: ChangedSince, *, deleted: bool = False) -> None:
        """Raises PreconditionFailedError. `version` is the current one, which for a deleted task is its deletion."""
        if not self.allow(version):
            known = self.known_before(version)
            raise self.mismatch(version, changed_since(known) if known else ())
        if self.if_none_match is not None and not deleted and match_weakly(self.if_none_match, etag_of(version)):
            raise PreconditionFailedError(
                f"The task is at version {version} now, which If-None-Match rules out", version
            )

    def allow(self, version: int) -> bool:
        """Whether the client names this version, or none."""
        matches = self.if_match is None or match_strongly(self.if_match, etag_of(version))
        return matches and self.version in {None, version}

    def known_before(self, version: int) -> int | None:
        """The newest version older than this one that the client names."""
        named = [self.version or 0, *versions_in(self.if_match or ())]
        return max((each for each in named if 0 < each < version), default=None)

    def mismatch(self, version: int, changed: Sequence[str]) -> PreconditionFailedError:
        """`changed` are the fields changed since `known_before`."""
        sentence = f"The task is at version {version} now"
        if changed:
            sentence += f"; changed since version {self.known_before(version)}: {', '.join(changed)}"
        return self.error(sentence, version)

    def error(self, sentence: str, version: int) -> PreconditionFailedError:
        """Explain weak tags if the client sent one."""
        if any(map(is_weak, self.if_match or ())):
            sentence += f"; {WEAK_TAGS}"
        return PreconditionFailedError(sentence, version)


@dataclass(slots=True)
class CommandContext:
    """Who sends a command, and under which conditions it is carried out."""

    origin: Origin = NOBODY
    preconditions: WritePreconditions = field(default_factory=WritePreconditions)
