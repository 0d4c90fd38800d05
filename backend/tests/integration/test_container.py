"""The container's health check, and the limits in compose.yaml."""

import os
import sys
from contextlib import closing
from socket import create_server
from subprocess import run
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it has no types of its own

from health_check import TIMEOUT_SECONDS
from tests.databases import Database
from tests.programs import BACKEND, environment, free_port
from tests.served import serving

CHECK = "health_check.py"
NO_PROXY = {"http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}


def check(**settings: str) -> int:
    """The exit code of the health check."""
    return run([sys.executable, CHECK], cwd=BACKEND, env=environment(settings), check=False).returncode


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_the_health_check_uses_no_proxy(database: Database) -> None:
    with serving(database) as server:
        port = str(server.port)

        codes = [
            check(PORT=port, **NO_PROXY),
            check(PORT=port, HOST=""),
            *(check(PORT=port, HOST=host) for host in ("0.0.0.0", "127.0.0.1", "localhost")),  # noqa: S104  # what a container has
        ]

    assert codes == [0] * 5


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_the_health_check_uses_the_address_of_host(database: Database) -> None:
    with serving(database, HOST="::", ALLOW_UNAUTHENTICATED="true") as server:
        codes = [check(PORT=str(server.port), HOST=host) for host in ("::", "::1", "[::1]")]

    assert codes == [0] * 3


def test_the_health_check_fails_without_a_server() -> None:
    assert check(PORT=str(free_port())) == 1


def test_the_health_check_fails_for_another_server() -> None:
    with closing(create_server(("127.0.0.1", 0))) as listener:
        if os.fork() == 0:
            connection, _ = listener.accept()
            connection.sendall(b"no http at all\r\n\r\n")
            os._exit(0)

        code = check(PORT=str(listener.getsockname()[1]))

    os.wait()
    assert code == 1


def test_the_timeout_of_the_image_is_longer_than_the_health_check_s() -> None:
    text = (BACKEND / "Dockerfile").read_text()

    assert f'CMD ["python", "{CHECK}"]' in text
    assert f"--timeout={TIMEOUT_SECONDS + 5}s" in text


COMPOSE: dict[str, Any] = yaml.safe_load((BACKEND.parent / "compose.yaml").read_text("utf-8"))["services"]


@pytest.mark.parametrize("service", COMPOSE.values(), ids=COMPOSE)
def test_each_service_has_limits(service: dict[str, Any]) -> None:
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert "/tmp" in service["tmpfs"]  # noqa: S108  # in the container
    assert service["mem_limit"]
    assert {"max-size", "max-file"} <= service["logging"]["options"].keys()


def test_the_api_service_has_no_capability_and_is_published_to_loopback_only() -> None:
    api = COMPOSE["api"]

    assert "cap_add" not in api
    assert [port.startswith("127.0.0.1:") for port in api["ports"]] == [True]


def test_compose_sets_only_known_settings() -> None:
    settings = {line.split("=")[0].lstrip("# ") for line in (BACKEND / ".env.example").read_text().splitlines()}

    assert set(COMPOSE["api"]["environment"]) <= settings | {"PGPASSWORD"}
