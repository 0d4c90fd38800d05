"""What is used of uvicorn beyond its documentation, in one place for whoever upgrades it.

If uvicorn renamed a hook that we override, ours would never be called, without any error. Therefore importing
`src.server` checks every name.
"""

from collections.abc import Mapping
from importlib.metadata import version
from types import FunctionType

SUPPORTED = ">=0.53,<0.55"
"""As in `pyproject.toml`."""

try:
    from uvicorn._types import ASGI3Application
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
    from uvicorn.middleware.proxy_headers import _TrustedHosts as TrustedHosts
    from uvicorn.protocols.http.flow_control import FlowControl
    from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
    from uvicorn.server import Server, ServerState
except ImportError as error:
    raise ImportError(f"uvicorn {version('uvicorn')}: {error}; Tasktrail needs uvicorn{SUPPORTED}") from error

__all__ = ["STATUS_LINE", "ASGI3Application", "HttpToolsProtocol", "RequestResponseCycle", "Server", "TrustedHosts"]

USED: Mapping[type, str] = {
    HttpToolsProtocol: """
        _start_asgi_task _unset_keepalive_if_required client config cycle expect_100_continue flow headers loop
        on_response_complete parser pause_writing pipeline resume_writing scope server_state timeout_keep_alive
        timeout_keep_alive_handler timeout_keep_alive_task transport url
    """,
    RequestResponseCycle: """
        chunked_encoding disconnected expected_content_length keep_alive message_event more_body response_complete
        response_started scope
    """,
    ProxyHeadersMiddleware: "get_trusted_client_address",
    FlowControl: "read_paused",
    ServerState: "connections default_headers",
    Server: "on_tick server_state shutdown started startup",
}
"""The attributes and methods that `src.server` and `cli` read, set, call or override."""


def missing_names(used: Mapping[type, str]) -> list[str]:
    """Those that the code of their class does not mention: then nothing sets the attribute, nothing calls the hook."""
    return [
        f"{kind.__name__}.{name}" for kind, names in used.items() for name in names.split() if name not in _names(kind)
    ]


def _names(kind: type) -> set[str]:
    functions = (value for value in vars(kind).values() if isinstance(value, FunctionType))
    return {name for function in functions for name in function.__code__.co_names}


def check_names(used: Mapping[type, str] = USED) -> None:
    """Raises ImportError."""
    if missing := missing_names(used):
        raise ImportError(
            f"uvicorn {version('uvicorn')} has no {', '.join(missing)}; Tasktrail needs uvicorn{SUPPORTED}"
        )
