"""Starts in unusual environments, which work or fail with one sentence."""

import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, STDOUT, CompletedProcess, Popen, run

import pytest

from tests.databases import Database
from tests.programs import BACKEND, environment, free_port
from tests.served import CLEAN_EXIT_CODES, Command, connected, serving
from tests.stored_history import assert_whole

PROGRAM = ("main.py", "cli.py", "config.py", "alembic.ini", "alembic", "src")
ASCII_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""The C locale with Python's UTF-8 mode off, the only locale without UTF-8 that exists on every system."""
HANG_SECONDS = 60


def checked_out(folder: Path) -> Path:
    """Copy the program to a path of its own, with its own `.env`."""
    folder.mkdir(parents=True)
    for name in PROGRAM:
        copy = shutil.copytree if (BACKEND / name).is_dir() else shutil.copy
        copy(BACKEND / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One copy for the whole file; only its `.env` changes."""
    return checked_out(tmp_path_factory.mktemp("checkout") / "backend")


def command(
    folder: Path, *arguments: str, by: Sequence[str] = (), settings: Mapping[str, str] | None = None
) -> CompletedProcess[bytes]:
    """Run `main.py` there to its end, without the tests' PYTHONPATH, so that it reads its `.env`."""
    program = [*by, sys.executable, str(folder / "main.py"), *arguments]
    return run(program, env=_own(settings or {}), capture_output=True, timeout=HANG_SECONDS, check=False)


@contextmanager
def beginning(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[tuple[Popen[str], list[str]]]:
    """Start `main.py` there, and yield its output up to the line that names the data, or to the end."""
    program = [sys.executable, str(folder / "main.py")]
    given = {"PORT": str(free_port()), **(settings or {})}
    with Popen(program, env=_own(given), stdout=PIPE, stderr=STDOUT, text=True) as process:
        assert process.stdout
        output: list[str] = []
        while (line := process.stdout.readline()) and not line.startswith("  Data"):
            output.append(line)
        try:
            yield process, [*output, line]
        finally:
            process.kill()


def _own(settings: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment(settings).items() if name != "PYTHONPATH" or name in settings}


@pytest.mark.parametrize("name", ["100% %(here)s ä ö", "a:b#c?d=e&'quoted\""])
def test_the_path_of_the_checkout_may_contain_special_characters(tmp_path: Path, name: str) -> None:
    folder = checked_out(tmp_path / name / "backend")

    with beginning(folder) as (_, output):
        pass
    examined = command(folder, "doctor")
    program = [sys.executable, "-m", "alembic", "current"]
    migrated = run(program, cwd=folder, env=_own({}), capture_output=True, timeout=HANG_SECONDS, check=False)

    assert output[-1] == f"  Data  {folder}/tasks.db\n"
    assert (folder / "tasks.db").exists()
    assert examined.returncode == migrated.returncode == 0
    assert b"(head)" in migrated.stdout


@pytest.mark.parametrize("settings", [{"PORT": "hunter2"}, {"DATABASE_URL": "hunter2"}, {"API_TOKEN_FILE": "/hunter2"}])
def test_alembic_names_an_invalid_setting(settings: dict[str, str]) -> None:
    program = [sys.executable, "-m", "alembic", "current"]

    ended = run(program, cwd=BACKEND, env=environment(settings), capture_output=True, timeout=HANG_SECONDS, check=False)

    output = (ended.stdout + ended.stderr).decode()
    (name,) = settings
    assert ended.returncode != 0
    assert f"{name}: " in output
    assert "Traceback" not in output
    assert "hunter2" not in output


UNREADABLE = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
"""Runs a command as root without the capabilities that override file modes."""


def start_error(ended: CompletedProcess[bytes]) -> str:
    """The sentence of a failed start, which must be its only output."""
    assert ended.returncode == 1
    assert ended.stdout == b""
    (sentence,) = re.findall(r"\ATasktrail can't start: (.*)\.\n\Z", ended.stderr.decode())
    return str(sentence)


@pytest.mark.parametrize(
    "content",
    ["FRONTEND_URL=http://bücher.example".encode("latin-1"), "PORT=8001".encode("utf-16"), b"# \xff\nPORT=8001"],
    ids=["Latin-1", "UTF-16", "in a comment"],
)
def test_an_env_file_that_is_not_utf8_is_a_start_error(checkout: Path, content: bytes) -> None:
    (checkout / ".env").write_bytes(content)

    ended = command(checkout)

    assert start_error(ended) == ".env: must be text in UTF-8"


def test_an_unreadable_env_file_is_a_start_error(checkout: Path) -> None:
    if not shutil.which("setpriv") or os.geteuid() != 0:
        pytest.skip("only root can drop capabilities")
    (checkout / ".env").write_text("PORT=8001")
    (checkout / ".env").chmod(0)

    ended = command(checkout, by=UNREADABLE)

    assert start_error(ended) == ".env: can't be read; the server's user must be allowed to"


def test_a_folder_named_env_is_a_start_error(checkout: Path) -> None:
    (checkout / ".env").unlink(missing_ok=True)
    (checkout / ".env").mkdir()

    ended = command(checkout)
    (checkout / ".env").rmdir()

    assert start_error(ended) == ".env: is a folder; it must be a file"


def test_a_byte_order_mark_in_an_env_file_is_ignored(checkout: Path) -> None:
    (checkout / ".env").write_text("PORT=hunter2", encoding="utf-8-sig")

    ended = command(checkout)
    (checkout / ".env").unlink()

    assert start_error(ended).startswith("PORT: ")


DOCUMENT = (BACKEND / "openapi.json").read_bytes()


@pytest.mark.parametrize(
    "env",
    [{}, ASCII_LOCALE, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}, {"PYTHONUTF8": "1"}],
    ids=["usual", "ASCII locale", "ASCII output", "Latin-1 output", "UTF-8"],
)
def test_the_openapi_document_is_the_same_in_every_locale(env: dict[str, str]) -> None:
    assert DOCUMENT.decode().encode("ascii", "replace") != DOCUMENT  # otherwise the test shows nothing

    ended = command(BACKEND, "openapi", settings=env)

    assert ended.stderr == b""
    assert ended.stdout == DOCUMENT


def test_no_file_is_opened_in_the_locale_s_encoding() -> None:
    """Python warns of each text file that is opened without an encoding."""
    program = [sys.executable, "-X", "warn_default_encoding", "main.py", "openapi"]

    ended = run(program, cwd=BACKEND, env=environment({}), capture_output=True, timeout=HANG_SECONDS, check=False)

    assert ended.stdout == DOCUMENT
    assert f"{BACKEND}/src" not in ended.stderr.decode()
    assert f"{BACKEND}/main.py" not in ended.stderr.decode()


@pytest.mark.parametrize("env", [ASCII_LOCALE, {"PYTHONIOENCODING": "ascii"}], ids=["locale", "output"])
def test_a_path_is_printed_to_an_ascii_output(tmp_path: Path, env: dict[str, str]) -> None:
    (tmp_path / "ä").mkdir()

    url = f"sqlite:///{tmp_path}/ä/tasks.db"

    with beginning(BACKEND, {"DATABASE_URL": url, **env}) as (_, output):
        pass

    assert output[-1].startswith("  Data  ")


INTO = {"a full disk": ">/dev/full", "a pipe that is closed": "| true"}


@pytest.mark.parametrize("into", INTO.values(), ids=INTO)
def test_an_unwritable_output_is_an_error(into: str) -> None:
    line = f'{{ "{sys.executable}" main.py openapi; echo "exit $?" >&2; }} {into}'
    settings = environment({})

    ended = run(["sh", "-c", line], cwd=BACKEND, env=settings, capture_output=True, timeout=HANG_SECONDS, check=False)  # noqa: S607  # the shell

    assert ended.stderr.decode() == "The output can't be written.\nexit 1\n"


CLOSED: Command = (
    "-c",
    "import os, sys; [os.close(number) for number in {numbers}]; os.execv(sys.executable, [sys.executable, 'main.py'])",
)


@pytest.mark.parametrize("numbers", ["(1,)", "(1, 2)", "(0, 1, 2)", "(0, 2)"])
@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_standard_streams_may_be_closed(database: Database, numbers: str) -> None:
    closed = ("-c", CLOSED[1].replace("{numbers}", numbers))

    with serving(database, closed, LOG_LEVEL="info") as server:
        async with connected(server) as api:
            statuses = [(await api.create()).status, (await api.raw("GET", "/nowhere")).status_code]
        server.send_signal(signal.SIGTERM)
        code = server.wait()

    assert statuses == [201, 404]
    assert code in CLEAN_EXIT_CODES
    assert_whole(database)


HANGING_MODULE = """
import time
print("importing", flush=True)
time.sleep(3600)
"""


@contextmanager
def importing(folder: Path, by: tuple[str, ...] = ()) -> Iterator[Popen[str]]:
    """Start `main.py`, which hangs while it imports its first library."""
    (folder / "anyio.py").write_text(HANGING_MODULE)
    settings = environment({}) | {"PYTHONPATH": str(folder)}
    program = [*by, sys.executable, "main.py"]
    with Popen(program, cwd=BACKEND, env=settings, stdout=PIPE, stderr=STDOUT, text=True) as process:
        assert process.stdout
        if process.stdout.readline() != "importing\n":
            pytest.skip("unshare is not permitted here")
        try:
            yield process
        finally:
            process.kill()


def test_pid_1_ends_on_sigterm_while_it_imports(tmp_path: Path) -> None:
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare")
    with importing(tmp_path, ("unshare", "--pid", "--fork", "--kill-child")) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()

        os.kill(int(children[0]), signal.SIGTERM)
        code = process.wait(HANG_SECONDS)

    assert code == 128 + signal.SIGTERM


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 128 + signal.SIGINT)])
def test_a_process_ends_on_a_signal_while_it_imports(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with importing(tmp_path) as process:
        process.send_signal(number)
        ended = process.wait(HANG_SECONDS)
        output = process.stdout.read() if process.stdout else ""

    assert ended == code
    assert output == ""
