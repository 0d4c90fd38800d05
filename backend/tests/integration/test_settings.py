"""Settings: invalid values are named but never shown."""

import os
import re
import socket
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from config import BACKEND, Settings, load_settings
from main import create_app
from src.exceptions.errors import StartError
from tests.databases import Database
from tests.forked import run_main
from tests.programs import free_port, started

SECRET = "hunter2"  # noqa: S105  # it opens nothing
BAD_VALUES = {
    "PORT": ["abc", "0", "65536", "80.5", "-1"],
    "LOG_LEVEL": ["loud"],
    "DEBUG": ["perhaps"],
    "AUTO_MIGRATE": ["perhaps"],
    "DATABASE_POOLER": ["perhaps"],
    "ALLOW_UNAUTHENTICATED": ["perhaps"],
    "API_TOKEN": ["short", "x" * 31, "x" * 40 + " ", "ä" * 40, "two words " * 5],
    "API_TOKEN_READ": ["short", "x" * 40],
    "RATE_LIMIT": ["-1", "many", "1.5"],
    "MAX_LISTENERS": ["0", "-1", "many"],
    "FRONTEND_URL": [
        "example.org",
        "ftp://example.org",
        "http://example.org/app",
        "http://ok.org,nonsense",
        "http://[",
        "http://localhost:port",
        "http://localhost:0",
        "http://localhost:65536",
        "http://user@localhost:3000",
        "http://localhost:3000?",
        "null",
        "*",
    ],
    "ROOT_PATH": [
        "tasks-app",
        "//",
        "/tasks-app//",
        "//tasks-app",
        "/tasks app",
        "/tasks/../app",
        "/./app",
        "/..",
        "/tasks?a=1",
        "/täsks",
        "/tasks\n",
        "/api",
        "/api/v1",
        "/docs",
        "/web/",
        "http://localhost/tasks",
    ],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in BAD_VALUES for value in BAD_VALUES[name]])
def test_an_invalid_value_is_a_start_error_that_does_not_show_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(StartError) as caught:
        load_settings()

    assert str(caught.value).startswith(f"{name}: ")
    assert not re.search(rf"(?<![\w:/.]){re.escape(value)}(?![\w:/.])", str(caught.value).replace("65535", ""))


def test_all_invalid_values_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "abc")
    monkeypatch.setenv("LOG_LEVEL", "loud")

    with pytest.raises(StartError) as caught:
        load_settings()

    assert "PORT: " in str(caught.value)
    assert "LOG_LEVEL: " in str(caught.value)


def test_tokens_are_not_in_the_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", SECRET * 5)
    monkeypatch.setenv("API_TOKEN_READ", SECRET * 6)

    settings = load_settings()

    assert settings.api_token
    assert settings.api_token.get_secret_value() == SECRET * 5
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_the_read_only_token_must_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", SECRET * 5)
    monkeypatch.setenv("API_TOKEN_READ", SECRET * 5)

    with pytest.raises(StartError) as caught:
        load_settings()

    assert str(caught.value) == "API_TOKEN_READ: must differ from API_TOKEN"


def test_the_read_only_token_requires_the_full_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN_READ", SECRET * 5)

    with pytest.raises(StartError) as caught:
        load_settings()

    assert str(caught.value) == "API_TOKEN_READ: needs API_TOKEN, which may also write"


def test_all_tokens_must_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = []
    for previous, read in [("a", "b"), ("c", "c"), ("c", "a")]:
        monkeypatch.setenv("API_TOKEN", "a" * 32)
        monkeypatch.setenv("API_TOKEN_PREVIOUS", previous * 32)
        monkeypatch.setenv("API_TOKEN_READ", read * 32)
        with pytest.raises(StartError) as caught:
            load_settings()
        sentences.append(str(caught.value))

    assert sentences == [
        "API_TOKEN_PREVIOUS: must differ from API_TOKEN",
        "API_TOKEN_READ: must differ from API_TOKEN_PREVIOUS",
        "API_TOKEN_READ: must differ from API_TOKEN",
    ]


TOKENS = ["API_TOKEN", "API_TOKEN_PREVIOUS", "API_TOKEN_READ"]


@pytest.fixture
def full_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set API_TOKEN, which the other tokens require."""
    monkeypatch.setenv("API_TOKEN", "a" * 32)


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
@pytest.mark.parametrize("name", TOKENS)
@pytest.mark.usefixtures("full_token")
def test_a_token_can_be_read_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, end: str) -> None:
    monkeypatch.delenv(name, raising=False)
    (tmp_path / "secret").write_bytes(f"{SECRET * 5}{end}".encode())
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))

    settings = load_settings()

    token = getattr(settings, name.lower())
    assert token.get_secret_value() == SECRET * 5
    assert SECRET not in f"{settings!r} {settings.model_dump()}"


def test_a_relative_token_file_is_relative_to_backend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("b" * 32)
    monkeypatch.setenv("API_TOKEN_FILE", os.path.relpath(tmp_path / "secret", BACKEND))
    monkeypatch.chdir("/")

    assert load_settings().full_tokens == (SecretStr("b" * 32),)


BAD_FILES = {
    "none": None,
    "a folder": "",
    "a short token": b"short",
    "two tokens": b"a" * 32 + b"\n" + b"b" * 32,
    "nothing": b"\n",
    "no ASCII": "ä".encode() * 40,
    "a byte-order mark": b"\xef\xbb\xbf" + b"a" * 32,
}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES)
@pytest.mark.parametrize("name", TOKENS)
@pytest.mark.usefixtures("full_token")
def test_an_invalid_token_file_is_a_start_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, content: bytes | str | None
) -> None:
    monkeypatch.delenv(name, raising=False)
    if isinstance(content, bytes):
        (tmp_path / "secret").write_bytes(content)
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path if content == "" else tmp_path / "secret"))

    with pytest.raises(StartError) as caught:
        load_settings()

    assert str(caught.value).startswith(f"{name}_FILE: ")
    assert str(caught.value).count("API_TOKEN") == 1
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("name", TOKENS)
@pytest.mark.usefixtures("full_token")
def test_a_token_and_its_file_exclude_each_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("b" * 32)
    monkeypatch.setenv(name, "c" * 32)
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))

    with pytest.raises(StartError) as caught:
        load_settings()

    assert str(caught.value) == f"{name}: is set twice, here and as {name}_FILE"


@pytest.mark.parametrize("name", ["DATABASE_URL", "HOST", "ALLOWED_HOSTS", "FRONTEND_URL", "API_TOKEN", "LOG_LEVEL"])
def test_a_setting_that_is_not_utf8_is_a_start_error(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, os.fsdecode(b"postgresql://\xff"))

    with pytest.raises(StartError) as caught:
        load_settings()

    assert str(caught.value) == f"{name}: must be text in UTF-8"


BAD_URLS = {
    "nothing but a word": SECRET,
    "another database": f"mysql://tasks:{SECRET}@localhost/tasks",
    "a port that is no number": f"postgresql://tasks:{SECRET}@localhost:port/tasks",
    "a password with a sign that must be escaped": f"postgresql://tasks:p@ss:{SECRET}@localhost/tasks",
    "a password without a host": f"postgresql://tasks:{SECRET}/tasks",
    "SQLite without a file": "sqlite://",
    "SQLite in memory": "sqlite:///:memory:",
    "a folder that does not exist": f"sqlite:////nowhere/{SECRET}/tasks.db",
    "nothing but spaces": "  ",
}


@pytest.mark.parametrize("url", BAD_URLS.values(), ids=BAD_URLS)
def test_an_invalid_database_url_is_a_start_error_that_does_not_show_it(url: str) -> None:
    with pytest.raises(StartError) as caught:
        create_app(Settings(_env_file=None, database_url=url))

    assert str(caught.value).startswith("DATABASE_URL: ")
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


INVALID_SETTINGS: dict[str, dict[str, str]] = {
    "PORT": {"PORT": "hunter2"},
    "DATABASE_URL": {"DATABASE_URL": f"postgresql://tasks:p@ss:{SECRET}@localhost/tasks"},
    "DATABASE_URL: unreachable": {"DATABASE_URL": f"postgresql://tasks:{SECRET}@127.0.0.1:1/tasks"},
    "DATABASE_URL: bad option": {"DATABASE_URL": f"postgresql://tasks@127.0.0.1:1/tasks?sslmode={SECRET}"},
    "DATABASE_URL: unknown option": {"DATABASE_URL": f"postgresql://tasks@127.0.0.1:1/tasks?{SECRET}=1"},
    "HOST: an empty label": {"HOST": "ä..b", "ALLOW_UNAUTHENTICATED": "true"},
    "HOST: a label that is too long": {"HOST": f"{'x' * 64}.example", "API_TOKEN": "x" * 32},
    "HOST: nothing but a dot": {"HOST": ".", "API_TOKEN": "x" * 32},
    "DATABASE_URL: no database": {"DATABASE_URL": f"sqlite:///{Path(__file__)}"},
}


@pytest.mark.parametrize(("name", "settings"), INVALID_SETTINGS.items(), ids=INVALID_SETTINGS)
def test_an_invalid_setting_ends_the_process_with_one_sentence(name: str, settings: dict[str, str]) -> None:
    ended = run_main({"PORT": str(free_port()), **settings})

    assert ended.code != 0
    assert f"Tasktrail can't start: {name.partition(':')[0]}: " in ended.output
    assert SECRET not in ended.output
    assert "Traceback" not in ended.output


REMEDIES = ("HOST=127.0.0.1", "API_TOKEN", "ALLOW_UNAUTHENTICATED=true")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]", "192.0.2.1", "example.org"])  # noqa: S104  # the case under test
def test_a_public_host_needs_a_token_or_consent(host: str) -> None:
    exposed = Settings(_env_file=None, host=host)
    unauthenticated = Settings(_env_file=None, host=host, allow_unauthenticated=True)
    guarded = Settings(_env_file=None, host=host, api_token=SecretStr(SECRET * 5))

    with pytest.raises(StartError) as caught:
        exposed.check_exposure()
    unauthenticated.check_exposure()
    guarded.check_exposure()

    assert str(caught.value).startswith("HOST: ")
    assert all(remedy in str(caught.value) for remedy in REMEDIES)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "::1", "localhost", "127.0.0.2", "::ffff:127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_a_loopback_host_needs_neither(host: str) -> None:
    Settings(_env_file=None, host=host).check_exposure()


def test_a_public_host_without_a_token_is_a_start_error(tmp_path: Path) -> None:
    database = tmp_path / "tasks.db"

    ended = run_main({"HOST": "0.0.0.0", "PORT": str(free_port()), "DATABASE_URL": f"sqlite:///{database}"})  # noqa: S104  # likewise

    assert ended.code == 1
    assert all(remedy in ended.output for remedy in REMEDIES)
    assert not database.exists()


def test_a_port_in_use_is_a_start_error(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        ended = run_main({"PORT": str(port), "DATABASE_URL": f"sqlite:///{tmp_path}/tasks.db"})

    assert ended.code == 1
    assert f"PORT: 127.0.0.1 port {port} is in use" in ended.output
    assert "Traceback" not in ended.output


def test_the_greeting_shows_the_addresses_and_no_password(database: Database) -> None:
    port = str(free_port())

    with started(DATABASE_URL=database.url, PORT=port) as (_, output):
        text = "".join(output)

    assert f"http://127.0.0.1:{port}/api/v1" in text
    assert f"http://127.0.0.1:{port}/docs" in text
    assert "password" not in text
    assert database.url not in text


def test_the_greeting_shows_the_absolute_path_of_the_database(tmp_path: Path) -> None:
    with started(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/tasks.db", PORT=str(free_port())) as (_, output):
        assert output[-1] == f"  Data  {tmp_path}/tasks.db\n"


@pytest.mark.parametrize("url", ["sqlite:///./tasks.db", "sqlite:///tasks.db", "sqlite:///tests/../tasks.db"])
def test_a_relative_sqlite_path_is_relative_to_backend(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str
) -> None:
    monkeypatch.chdir(tmp_path)

    assert Settings(_env_file=None, database_url=url).database.sqlite_file == BACKEND / "tasks.db"


def test_an_absolute_sqlite_path_is_kept(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, database_url=f"sqlite:///{tmp_path}/tasks.db")

    assert settings.database.sqlite_file == tmp_path / "tasks.db"


def test_the_database_url_is_not_in_the_repr() -> None:
    settings = Settings(_env_file=None, database_url=f"postgresql://tasks:{SECRET}@localhost/tasks")

    assert SECRET not in f"{settings!r} {settings} {settings.database!r}"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_an_empty_value_means_the_default(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name.upper(), "")

    assert getattr(Settings(_env_file=None), name) == Settings.model_fields[name].default


def test_origins_and_hosts_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTEND_URL", "http://localhost:3000, HTTPS://Tasks.Example.org/,")
    monkeypatch.setenv("ALLOWED_HOSTS", "tasks.example.org,tasks.internal")

    settings = load_settings()

    assert settings.frontend_url == ("http://localhost:3000", "https://tasks.example.org")
    assert settings.hosts == ("localhost", "127.0.0.1", "[::1]", "tasks.example.org", "tasks.internal")


@pytest.mark.parametrize(
    ("written", "sent"),
    {
        "http://localhost:80": "http://localhost",
        "https://Tasks.Example.org:443/": "https://tasks.example.org",
        "https://tasks.example.org:80": "https://tasks.example.org:80",
        "http://[::1]:3000": "http://[::1]:3000",
        "http://localhost:03000": "http://localhost:3000",
    }.items(),
)
def test_origins_are_normalized_to_the_form_of_browsers(written: str, sent: str) -> None:
    assert Settings(_env_file=None, frontend_url=written).frontend_url == (sent,)  # type: ignore[arg-type]  # as from outside


@pytest.mark.parametrize("written", ["/tasks-app", "/tasks-app/", "/a/b.c/~d_e-f", "/apis", "/v1/api"])
def test_a_trailing_slash_of_the_root_path_is_removed(written: str) -> None:
    assert Settings(_env_file=None, root_path=written).root_path == written.removesuffix("/")


EXAMPLE = re.findall(r"^# ([A-Z_]+)=(.*)$", (BACKEND / ".env.example").read_text(), re.MULTILINE)


def test_the_example_lists_every_setting_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in EXAMPLE:
        monkeypatch.setenv(name, value)

    settings = Settings(_env_file=None)

    assert sorted(name.lower() for name, _ in EXAMPLE) == sorted(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        assert field.default is not PydanticUndefined
        assert getattr(settings, name) == field.default
