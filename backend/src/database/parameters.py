"""Validation of database URLs: nothing is ignored silently, and errors show only known parameter names."""

import unicodedata

from psycopg import pq
from sqlalchemy import URL

from src.exceptions.errors import StartError

_CONTROLS = frozenset({"Cc", "Zl", "Zp"})
_INVISIBLE = "DATABASE_URL: must have no control character in it, and no white space around it"
_REFUSED = "DATABASE_URL: {kind} has no parameter {name}; {advice}"
_LEAVE_OUT = "leave it out"
_NO_SQLITE_PARAMETERS = "here a file is always read and written, so leave it out"
_SEARCH_PATH = "to use another schema, set the role's search_path to it, then leave it out"
_POOLER = "set DATABASE_POOLER=true instead"
_TLS = "sslmode=require, or verify-full, is its name there"
_POSTGRESQL_ADVICE = {
    "schema": _SEARCH_PATH,
    "search_path": _SEARCH_PATH,
    "currentschema": _SEARCH_PATH,
    "pgbouncer": _POOLER,
    "ssl": _TLS,
    "sslaccept": _TLS,
    "ssl_mode": _TLS,
    "tls": _TLS,
} | dict.fromkeys(
    (
        "autocommit",
        "binary_parameters",
        "charset",
        "command_timeout",
        "connection_limit",
        "encoding",
        "max_overflow",
        "pool_max_conns",
        "pool_size",
        "pool_timeout",
        "prepare_threshold",
        "prepared_statement_cache_size",
        "server_settings",
        "socket_timeout",
        "sslidentity",
        "statement_cache_size",
        "statement_timeout",
        "supa",
        "timezone",
        "uselibpqcompat",
        "workaround",
    ),
    _LEAVE_OUT,
)
"""For parameters of other drivers, in lower case."""
_SQLITE_NAMES = ("cache", "check_same_thread", "immutable", "mode", "nolock", "timeout", "uri", "vfs")


def check_text(text: str) -> None:
    """Raises StartError for invisible characters, such as a trailing line feed, and surrounding white space."""
    ends = text[:1] + text[-1:]
    if text != text.strip() or any(unicodedata.category(end) == "Cf" for end in ends):
        raise StartError(_INVISIBLE)
    if any(unicodedata.category(character) in _CONTROLS for character in text):
        raise StartError(_INVISIBLE)


def check_parts(url: URL) -> None:
    """`check_text` for the decoded parts of a URL, except the password, which may contain anything."""
    for part in (url.username, url.host, url.database, *url.query.values()):
        check_text(str(part or ""))


def check_sqlite(url: URL) -> None:
    """Raises StartError for everything that would be ignored."""
    if url.host or url.username or url.port:
        raise StartError(
            "DATABASE_URL: SQLite has no host; write three slashes before a relative path, four before an absolute one"
        )
    if (url.database or "").startswith("file:"):
        raise StartError("DATABASE_URL: must have the file's path after sqlite:///, without file:")
    for name in url.query:
        shown = name if name in _SQLITE_NAMES else "of that name"
        raise StartError(_REFUSED.format(kind="SQLite", name=shown, advice=_NO_SQLITE_PARAMETERS))


def check_postgresql(url: URL) -> None:
    """Raises StartError for parameters unknown to libpq, and for an encoding other than UTF8."""
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    for name in url.query.keys() - known:
        advice = _POSTGRESQL_ADVICE.get(name.lower())
        shown = name if advice else "of that name"
        raise StartError(_REFUSED.format(kind="PostgreSQL", name=shown, advice=advice or _LEAVE_OUT))
    if str(url.query.get("client_encoding", "utf8")).lower().replace("-", "") != "utf8":
        raise StartError("DATABASE_URL: client_encoding is always UTF8; leave it out")
