"""DATABASE_URL: every part is used or rejected, none is ignored, and no value is shown."""

from pathlib import Path

import pytest

from config import BACKEND
from src.database.connection import DatabaseOptions, write_engine
from src.exceptions.errors import StartError
from tests.forked import run_main
from tests.integration.test_connection import driver_options
from tests.programs import free_port, run_python

SECRET = "hunter2"  # noqa: S105  # it opens nothing
POSTGRESQL = f"postgresql://tasks:{SECRET}@127.0.0.1:1/tasks"


def error_of(url: str) -> str:
    with pytest.raises(StartError) as caught:
        DatabaseOptions.parse(url, directory=BACKEND)
    assert SECRET not in str(caught.value)
    assert str(caught.value).startswith("DATABASE_URL: ")
    return str(caught.value).removeprefix("DATABASE_URL: ")


@pytest.mark.parametrize(
    ("parameter", "advice"),
    [
        ("schema=public", "search_path"),
        ("currentSchema=tasks", "search_path"),
        ("pgbouncer=true", "DATABASE_POOLER=true"),
        ("pgbouncer", "DATABASE_POOLER=true"),
        ("ssl=true", "sslmode=require"),
        ("sslmode=require&ssl=", "sslmode=require"),
        ("sslaccept=strict", "sslmode=require"),
        ("connection_limit=1", "leave it out"),
        ("sslmode=require&prepared_statement_cache_size=0", "leave it out"),
        ("autocommit=true", "leave it out"),
    ],
)
@pytest.mark.parametrize("scheme", ["postgres", "postgresql+asyncpg"])
def test_a_parameter_of_another_driver_is_rejected_with_advice(scheme: str, parameter: str, advice: str) -> None:
    name = parameter.rsplit("&", maxsplit=1)[-1].partition("=")[0]

    error = error_of(f"{scheme}://tasks:{SECRET}@localhost/tasks?{parameter}")

    assert error.startswith(f"PostgreSQL has no parameter {name}; ")
    assert advice in error


@pytest.mark.parametrize("parameter", [f"{SECRET}=1", f"a={SECRET}", f"x&{SECRET}"])
def test_the_name_of_an_unknown_parameter_is_not_shown(parameter: str) -> None:
    assert "no parameter of that name" in error_of(f"postgresql://tasks@localhost/tasks?{parameter}")


@pytest.mark.parametrize("parameter", ["client_encoding=LATIN1", "client_encoding=auto"])
def test_an_encoding_other_than_utf8_is_rejected(parameter: str) -> None:
    assert error_of(f"{POSTGRESQL}?{parameter}") == "client_encoding is always UTF8; leave it out"


@pytest.mark.parametrize("parameter", ["client_encoding=utf8", "client_encoding=UTF-8", "sslmode="])
def test_parameters_with_our_own_values_are_accepted(parameter: str) -> None:
    DatabaseOptions.parse(f"{POSTGRESQL}?{parameter}", directory=BACKEND)


def test_parameters_of_libpq_override_our_defaults() -> None:
    options = DatabaseOptions.parse(f"{POSTGRESQL}?connect_timeout=2&application_name=mine", directory=BACKEND)

    called = driver_options(write_engine(options))

    assert (int(called["connect_timeout"]), called["application_name"]) == (2, "mine")
    assert called["client_encoding"] == "UTF8"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///./tasks.db?mode=ro", "mode"),
        ("sqlite:///./tasks.db?mode", "mode"),
        ("sqlite:///./tasks.db?cache=shared", "cache"),
        ("sqlite:///./tasks.db?immutable=1", "immutable"),
        (f"sqlite:///./tasks.db?{SECRET}=1", "of that name"),
    ],
)
def test_parameters_for_sqlite_are_rejected(url: str, name: str) -> None:
    assert error_of(url).startswith(f"SQLite has no parameter {name}; ")


@pytest.mark.parametrize("url", ["sqlite://data/tasks.db", f"sqlite://{SECRET}@/tasks.db", "sqlite://:80/tasks.db"])
def test_a_host_for_sqlite_is_rejected(url: str) -> None:
    assert "three slashes" in error_of(url)


def test_the_file_uri_of_sqlite_is_rejected() -> None:
    assert "without file:" in error_of("sqlite:///file:tasks.db")


INVISIBLE = ["\n", "\r\n", "\t", " ", "\x00", "\x1b", "\u200b", "\ufeff", "\u2028"]
IDS = [ascii(character) for character in INVISIBLE]


@pytest.mark.parametrize("character", INVISIBLE, ids=IDS)
@pytest.mark.parametrize("url", ["sqlite:///./tasks.db", POSTGRESQL, f"{POSTGRESQL}?sslmode=require"])
def test_surrounding_invisible_characters_are_rejected(url: str, character: str) -> None:
    assert "no control character" in error_of(url + character)
    assert "no control character" in error_of(character + url)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///./tasks.db%0A",
        "sqlite:///./ta%00sks.db",
        "postgresql://tasks@localhost/tasks%0a",
        "postgresql://ta%1bsks@localhost/tasks",
        "postgresql://tasks@localhost/tasks?options=%0A-c",
    ],
)
def test_escaped_control_characters_are_rejected(url: str) -> None:
    assert "no control character" in error_of(url)


@pytest.mark.parametrize("password", ["%0A", "%20", "a%09b"])
def test_a_password_may_contain_any_character(password: str) -> None:
    DatabaseOptions.parse(f"postgresql://tasks:{password}@localhost/tasks", directory=BACKEND)


@pytest.mark.parametrize("name", ["with a blank.db", "%25.db", "ä.db", "a#b.db"])
def test_unusual_file_names_are_accepted(tmp_path: Path, name: str) -> None:
    options = DatabaseOptions.parse(f"sqlite:///{tmp_path}/{name}", directory=BACKEND)

    assert options.sqlite_file == tmp_path / name.replace("%25", "%")


def test_a_trailing_line_feed_is_a_start_error(tmp_path: Path) -> None:
    ended = run_main({"DATABASE_URL": f"sqlite:///{tmp_path}/tasks.db\n", "PORT": str(free_port())})

    assert ended.code == 1
    assert "Tasktrail can't start: DATABASE_URL: must have no control character" in ended.output
    assert list(tmp_path.iterdir()) == []


def test_alembic_reports_a_bad_url_without_a_traceback() -> None:
    ended = run_python(["-m", "alembic", "current"], {"DATABASE_URL": f"{POSTGRESQL}?schema=public"})

    assert ended.code != 0
    assert "DATABASE_URL: PostgreSQL has no parameter schema" in ended.output
    assert "Traceback" not in ended.output
    assert SECRET not in ended.output
