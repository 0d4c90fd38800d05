"""HOST: the address that the server listens on."""

from pathlib import Path

import pytest

from tests.forked import run_main
from tests.programs import free_port, started

TOKEN = "t0ken-" + "full" * 10
UNRESOLVABLE = "HOST: is neither an address nor a name that can be resolved"
NOT_LOCAL = "HOST: is not an address of this machine"
UNUSABLE = {
    "nowhere.invalid": UNRESOLVABLE,
    "\N{LATIN SMALL LETTER A WITH DIAERESIS}..b": UNRESOLVABLE,
    "[::1": UNRESOLVABLE,
    "127.0.0.1:8000": UNRESOLVABLE,
    "192.0.2.1": NOT_LOCAL,
    "[2001:db8::1]": NOT_LOCAL,
}


@pytest.mark.parametrize("host", ["[::1]", "::1", " 127.0.0.1 ", "localhost"])
def test_the_server_listens_on_loopback_addresses_without_a_token(tmp_path: Path, host: str) -> None:
    port = str(free_port())

    with started(HOST=host, PORT=port, DATABASE_URL=f"sqlite:///{tmp_path}/tasks.db") as (_, output):
        text = "".join(output)

    shown = "[::1]" if "::1" in host else host.strip()
    assert f"http://{shown}:{port}/api/v1" in text


@pytest.mark.parametrize(("host", "sentence"), UNUSABLE.items(), ids=list(UNUSABLE))
def test_an_unusable_host_is_a_start_error(tmp_path: Path, host: str, sentence: str) -> None:
    settings = {"HOST": host, "API_TOKEN": TOKEN, "DATABASE_URL": f"sqlite:///{tmp_path}/tasks.db"}

    ended = run_main({**settings, "PORT": str(free_port())})

    assert ended.code == 1
    assert sentence in ended.output
    assert "PORT" not in ended.output
    assert "Traceback" not in ended.output


@pytest.mark.parametrize("host", ["nowhere.invalid", "[::1"])
def test_an_unresolvable_host_is_reported_before_missing_authentication(tmp_path: Path, host: str) -> None:
    settings = {"HOST": host, "DATABASE_URL": f"sqlite:///{tmp_path}/tasks.db"}

    ended = run_main({**settings, "PORT": str(free_port())})

    assert UNRESOLVABLE in ended.output
