"""Addresses of several PostgreSQL servers, of which one takes writes, as libpq and hosters write them."""

import re

from sqlalchemy import URL, make_url

from src.utils.addresses import is_loopback

_SEVERAL = re.compile(
    r"""
    (?P<before> \w[\w+]*:// (?: [^:/@]* (?: :[^@]* )? @ )?+ )  # a password may hold commas
    (?P<servers> [^/?@]* , [^/?@]* )
    (?P<after> .* )
    """,
    re.VERBOSE | re.DOTALL,
)
_SERVER = re.compile(r"(?: \[(?P<ipv6>[^\]]+)\] | (?P<host>[^:\[\]]+) ) (?: :(?P<port>\d*) )?", re.VERBOSE)
_WITH_PORT = re.compile(r"([^/:]+):\d*")


def read_url(text: str) -> URL:
    """As SQLAlchemy does, and `postgresql://one:5432,other:5432/tasks` too; errors may quote the URL.

    Raises ArgumentError and ValueError.
    """
    if not (match := _SEVERAL.fullmatch(text)):
        return make_url(text, keep_blank_values=True)
    servers = [_SERVER.fullmatch(server) for server in match["servers"].split(",")]
    hosts = [server["ipv6"] or server["host"] for server in servers if server]
    if len(hosts) < len(servers):
        raise ValueError("not a server")
    ports = [server["port"] or "" for server in servers if server]
    url = make_url(match["before"] + match["after"], keep_blank_values=True)
    return url.update_query_dict({"host": ",".join(hosts), "port": ",".join(ports)})


def hosts_of(url: URL) -> list[str]:
    """Those that are named, without ports, wherever they stand in the URL; sockets are paths."""
    named = [host for hosts in url.normalized_query.get("host", ()) for host in hosts.split(",")]
    return [match[1] if (match := _WITH_PORT.fullmatch(host)) else host for host in named] or [url.host or ""]


def is_on_this_machine(url: URL) -> bool:
    """Whether the database has the same clock as we have; a file, a socket and a loopback address are here."""
    return all(not host or host.startswith("/") or is_loopback(host) for host in hosts_of(url))


def check_hosts(url: URL) -> None:
    """Raises ArgumentError and ValueError for hosts and ports that no driver could be called with."""
    url.get_dialect()().create_connect_args(url)
