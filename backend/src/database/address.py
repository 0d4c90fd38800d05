"""Database URLs with several hosts, which libpq accepts and SQLAlchemy does not parse."""

import re

from sqlalchemy import URL, make_url

from src.utils.addresses import is_loopback

_MULTIPLE_HOSTS = re.compile(
    r"""
    (?P<before> \w[\w+]*:// (?: [^:/@]* (?: :[^@]* )? @ )?+ )  # a password may contain commas
    (?P<servers> [^/?@]* , [^/?@]* )
    (?P<after> .* )
    """,
    re.VERBOSE | re.DOTALL,
)
_SERVER = re.compile(r"(?: \[(?P<ipv6>[^\]]+)\] | (?P<host>[^:\[\]]+) ) (?: :(?P<port>\d*) )?", re.VERBOSE)
_WITH_PORT = re.compile(r"([^/:]+):\d*")


def read_url(text: str) -> URL:
    """SQLAlchemy's `make_url`, which also accepts `postgresql://one:5432,other:5432/tasks`.

    Raises ArgumentError and ValueError, which may quote the URL.
    """
    if not (match := _MULTIPLE_HOSTS.fullmatch(text)):
        return make_url(text, keep_blank_values=True)
    servers = [_SERVER.fullmatch(server) for server in match["servers"].split(",")]
    hosts = [server["ipv6"] or server["host"] for server in servers if server]
    if len(hosts) < len(servers):
        raise ValueError("not a server")
    ports = [server["port"] or "" for server in servers if server]
    url = make_url(match["before"] + match["after"], keep_blank_values=True)
    return url.update_query_dict({"host": ",".join(hosts), "port": ",".join(ports)})


def hosts_of(url: URL) -> list[str]:
    """All hosts of the URL, in its netloc or its query, without ports. Unix sockets are paths."""
    named = [host for hosts in url.normalized_query.get("host", ()) for host in hosts.split(",")]
    return [match[1] if (match := _WITH_PORT.fullmatch(host)) else host for host in named] or [url.host or ""]


def is_on_this_machine(url: URL) -> bool:
    """Whether the database shares our clock: a file, a Unix socket or a loopback address."""
    return all(not host or host.startswith("/") or is_loopback(host) for host in hosts_of(url))


def check_hosts(url: URL) -> None:
    """Raises ArgumentError and ValueError for hosts and ports that the driver can't take."""
    url.get_dialect()().create_connect_args(url)
