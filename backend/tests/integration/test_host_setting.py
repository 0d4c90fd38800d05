"""`HOST`: the address that the server listens on, and what is said where it can't."""

from pathlib import Path

import pytest

from tests.programs import free_port, run_main, started

TOKEN = "t0ken-" + "full" * 10
NOWHERE = "HOST: is no address, and no name that leads to one"
ELSEWHERE = "HOST: is not an address of this machine"
WRONG = {
    "nowhere.invalid": NOWHERE,
    "\N{LATIN SMALL LETTER A WITH DIAERESIS}..b": NOWHERE,
    "[::1": NOWHERE,
    "127.0.0.1:8000": NOWHERE,
    "192.0.2.1": ELSEWHERE,
    "[2001:db8::1]": ELSEWHERE,
}


@pytest.mark.parametrize("host", ["[::1]", "::1", " 127.0.0.1 ", "localhost"])
def test_an_address_of_this_machine_alone_is_listened_on(tmp_path: Path, host: str) -> None:
    port = str(free_port())

    with started(HOST=host, PORT=port, DATABASE_URL=f"sqlite:///{tmp_path}/tasks.db") as (_, said):
        text = "".join(said)

    shown = "[::1]" if "::1" in host else host.strip()
    assert f"http://{shown}:{port}/api/v1" in text


@pytest.mark.parametrize(("host", "sentence"), WRONG.items(), ids=list(WRONG))
def test_a_host_that_is_wrong_is_named(tmp_path: Path, host: str, sentence: str) -> None:
    settings = {"HOST": host, "API_TOKEN": TOKEN, "DATABASE_URL": f"sqlite:///{tmp_path}/tasks.db"}

    ended = run_main({**settings, "PORT": str(free_port())})

    assert ended.code == 1
    assert sentence in ended.output
    assert "PORT" not in ended.output
    assert "Traceback" not in ended.output


@pytest.mark.parametrize("host", ["nowhere.invalid", "[::1"])
def test_a_name_that_leads_nowhere_is_said_before_who_reaches_it(tmp_path: Path, host: str) -> None:
    settings = {"HOST": host, "DATABASE_URL": f"sqlite:///{tmp_path}/tasks.db"}

    ended = run_main({**settings, "PORT": str(free_port())})

    assert NOWHERE in ended.output
