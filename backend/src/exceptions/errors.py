"""Errors with the status and the sentence of their response."""

from collections.abc import Mapping

from src.utils.entity_tags import etag_of


class TasktrailError(Exception):
    """An error response, rendered by `handlers`."""

    status = 500
    sentence = "Internal server error"
    headers: Mapping[str, str] = {}

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence or self.sentence
        super().__init__(self.sentence)


class BadRequestError(TasktrailError):
    """The sentence begins with the name of the field."""

    status = 400


class ForeignHostError(BadRequestError):
    sentence = "host: is not one that this server answers to; see ALLOWED_HOSTS"


class LostBodyError(BadRequestError):
    """Without this error, a request that lost its optional body would be another valid request."""

    sentence = "body: was announced, but did not arrive whole"


class TransferCodingError(TasktrailError):
    status = 501
    sentence = "Transfer-Encoding: must be chunked alone"


class TaskNotFoundError(TasktrailError):
    status = 404
    sentence = "Task not found"


class VersionNotFoundError(TasktrailError):
    """The task never had this version, or was deleted at it."""

    status = 404
    sentence = "Task has no such version"


class PreconditionFailedError(TasktrailError):
    """The version of the task does not satisfy If-Match or If-None-Match."""

    status = 412

    def __init__(self, sentence: str, version: int) -> None:
        super().__init__(sentence)
        self.headers = {"ETag": etag_of(version)}


class NotModifiedError(TasktrailError):
    """Not a failure: the client has the current version."""

    status = 304

    def __init__(self, etag: str) -> None:
        super().__init__("Not modified")
        self.headers = {"ETag": etag}


class KeyReusedError(TasktrailError):
    status = 422
    sentence = "Idempotency-Key was used before for another request"


class UnauthenticatedError(TasktrailError):
    """The token is missing or wrong."""

    status = 401
    headers: Mapping[str, str] = {"WWW-Authenticate": "Bearer"}


class ForbiddenError(TasktrailError):
    status = 403


class ForeignSiteError(ForbiddenError):
    """The request comes from a page whose origin is not allowed."""

    sentence = "Pages of this site may not use this server; see FRONTEND_URL"


class TooManyRequestsError(TasktrailError):
    status = 429
    sentence = "Too many requests; please try again when Retry-After says"

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.headers = {"Retry-After": str(seconds)}


class BodyTooLargeError(TasktrailError):
    status = 413
    sentence = "Request body is too large"


class ContentTypeError(TasktrailError):
    status = 415
    sentence = "Content type must be application/json"


class ContentEncodingError(TasktrailError):
    status = 415
    sentence = "Content encoding is not supported"


class UnavailableError(TasktrailError):
    """The database is unreachable, too slow or full. Nothing was changed."""

    status = 503
    sentence = "The database is not available; nothing was changed, please try again"
    headers: Mapping[str, str] = {"Retry-After": "2"}


class DatabaseMovedError(UnavailableError):
    """SQLite's file is no longer at its path; writes to it would be lost."""

    sentence = "The database's file was moved or removed; nothing was changed"


class SchemaChangedError(UnavailableError):
    """Another version of Tasktrail migrated the database while this one was running."""

    sentence = "The database's schema is not this version's; nothing was changed"


class ReadOnlyDatabaseError(UnavailableError):
    """The server is a standby, or the role or database is read-only by default."""

    sentence = "The database takes no writes now; nothing was changed, please try again"


class ClockAheadError(UnavailableError):
    sentence = (
        "The server's clock is more than 5 minutes ahead of the database's; nothing was changed. "
        "Set the clocks right, or set TRUST_CLOCK=true to accept it"
    )
    headers: Mapping[str, str] = {"Retry-After": "30"}


class ClockJumpedError(UnavailableError):
    sentence = (
        "The server's clock has jumped ahead by more than 5 minutes; nothing was changed. "
        "Set it right, or restart the server to accept it"
    )
    headers: Mapping[str, str] = {"Retry-After": "30"}


class EndOfTimeError(UnavailableError):
    """Timestamps must increase, and no later one can be represented."""

    sentence = "The history has reached the end of the year 9999 and takes no more entries; nothing was changed"
    headers: Mapping[str, str] = {"Retry-After": "3600"}


class OverloadedError(UnavailableError):
    sentence = "The server is busy; nothing was changed, please try again"
    headers: Mapping[str, str] = {"Retry-After": "1"}


class TooManyListenersError(OverloadedError):
    sentence = "Too many event streams are open; please try again when Retry-After says"
    headers: Mapping[str, str] = {"Retry-After": "10"}


class OutcomeUnknownError(UnavailableError):
    """A commit or connection failed; the change may have been stored."""

    sentence = (
        "The database did not confirm in time; the change may or may not have been stored, "
        "a retry with the same Idempotency-Key is safe"
    )


class HistoryReplacedError(Exception):
    """The database was replaced by another one, so an event stream can't continue."""


class StartError(Exception):
    """The application can't start. The message gives the reason and a remedy, and contains no secret."""


class NoRoomError(StartError):
    """The disk has too little room for a migration. Nothing was changed."""


class CommandFailedError(Exception):
    """A command failed. The message gives the reason and contains no secret."""
