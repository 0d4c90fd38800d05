"""What can go wrong, each with the status and the sentence that the client gets."""

from collections.abc import Mapping

from src.utils.entity_tags import etag_of


class TasktrailError(Exception):
    """An answer other than success; raised where it is found, rendered in `handlers`."""

    status = 500
    sentence = "Internal server error"
    headers: Mapping[str, str] = {}

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence or self.sentence
        super().__init__(self.sentence)


class BadRequestError(TasktrailError):
    """`sentence` begins with the field."""

    status = 400


class ForeignHostError(BadRequestError):
    sentence = "host: is not one that this server answers to; see ALLOWED_HOSTS"


class LostBodyError(BadRequestError):
    """Where a body is optional, one that is lost on the way would leave another valid request."""

    sentence = "body: was announced, but did not arrive whole"


class TransferCodingError(TasktrailError):
    status = 501
    sentence = "Transfer-Encoding: must be chunked alone"


class TaskNotFoundError(TasktrailError):
    status = 404
    sentence = "Task not found"


class VersionNotFoundError(TasktrailError):
    """A version that a task never had, or that its deletion made."""

    status = 404
    sentence = "Task has no such version"


class PreconditionFailedError(TasktrailError):
    """The task, or what was asked for of it, is at another version than the client demands."""

    status = 412

    def __init__(self, sentence: str, version: int) -> None:
        super().__init__(sentence)
        self.headers = {"ETag": etag_of(version)}


class NotModifiedError(TasktrailError):
    """No failure: the client has what it asks for."""

    status = 304

    def __init__(self, etag: str) -> None:
        super().__init__("Not modified")
        self.headers = {"ETag": etag}


class KeyReusedError(TasktrailError):
    status = 422
    sentence = "Idempotency-Key was used before for another request"


class UnauthenticatedError(TasktrailError):
    """A token is asked for, and none or a wrong one came."""

    status = 401
    headers: Mapping[str, str] = {"WWW-Authenticate": "Bearer"}


class ForbiddenError(TasktrailError):
    status = 403


class ForeignSiteError(ForbiddenError):
    """A page of another site sends the request, and nobody allowed that site to."""

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
    """The database can't be reached, is too slow or full; nothing has been changed."""

    status = 503
    sentence = "The database is not available; nothing was changed, please try again"
    headers: Mapping[str, str] = {"Retry-After": "2"}


class DatabaseMovedError(UnavailableError):
    """SQLite's file is not where it was opened; what would be written to it now would be lost."""

    sentence = "The database's file was moved or removed; nothing was changed"


class SchemaChangedError(UnavailableError):
    """Another version of Tasktrail has migrated the database while this one serves it."""

    sentence = "The database's schema is not this version's; nothing was changed"


class ReadOnlyDatabaseError(UnavailableError):
    """A standby, or a role or database that is read-only by default."""

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
    """No later time can be written down, so that nothing could be recorded in its order."""

    sentence = "The history has reached the end of the year 9999 and takes no more entries; nothing was changed"
    headers: Mapping[str, str] = {"Retry-After": "3600"}


class OverloadedError(UnavailableError):
    sentence = "The server is busy; nothing was changed, please try again"
    headers: Mapping[str, str] = {"Retry-After": "1"}


class OutcomeUnknownError(UnavailableError):
    """The change may have been stored: a commit or a connection broke."""

    sentence = (
        "The database did not confirm in time; the change may or may not have been stored, "
        "a retry with the same Idempotency-Key is safe"
    )


class HistoryReplacedError(Exception):
    """Another history has taken the place of the one that a stream followed, so that the stream can't go on."""


class StartError(Exception):
    """The application can't start; the message says why and what to do, and holds no secret."""


class CommandFailedError(Exception):
    """A command could not do what it was asked to; the message says why, and holds no secret."""
