"""What stands in DATABASE_URL is obeyed or refused, never dropped, and no value of it is shown."""

from pathlib import Path

import pytest

from config import BACKEND
from src.database.connection import DatabaseOptions, write_engine
from src.exceptions.errors import StartError
from tests.integration.test_connection import driver_options
from tests.programs import free_port, run_main, run_python

SECRET = "hunter2"  # noqa: S105  # it opens nothing
POSTGRESQL = f"postgresql://tasks:{SECRET}@127.0.0.1:1/tasks"


def refusal_of(url: str) -> str:
    with pytest.raises(StartError) as refusal:
        DatabaseOptions.parse(url, directory=BACKEND)
    assert SECRET not in str(refusal.value)
    assert str(refusal.value).startswith("DATABASE_URL: ")
    return str(refusal.value).removeprefix("DATABASE_URL: ")


@pytest.mark.parametrize(
    ("parameter", "way"),
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
def test_a_parameter_of_another_driver_is_named_with_what_to_do(scheme: str, parameter: str, way: str) -> None:
    name = parameter.rsplit("&", maxsplit=1)[-1].partition("=")[0]

    said = refusal_of(f"{scheme}://tasks:{SECRET}@localhost/tasks?{parameter}")

    assert said.startswith(f"PostgreSQL has no parameter {name}; ")
    assert way in said


@pytest.mark.parametrize("parameter", [f"{SECRET}=1", f"a={SECRET}", f"x&{SECRET}"])
def test_a_parameter_that_nobody_knows_is_not_shown(parameter: str) -> None:
    assert "no parameter of that name" in refusal_of(f"postgresql://tasks@localhost/tasks?{parameter}")


@pytest.mark.parametrize("parameter", ["client_encoding=LATIN1", "client_encoding=auto"])
def test_another_encoding_is_refused(parameter: str) -> None:
    assert refusal_of(f"{POSTGRESQL}?{parameter}") == "client_encoding is always UTF8; leave it out"


@pytest.mark.parametrize("parameter", ["client_encoding=utf8", "client_encoding=UTF-8", "sslmode="])
def test_what_says_no_more_than_is_so_anyway_is_taken(parameter: str) -> None:
    DatabaseOptions.parse(f"{POSTGRESQL}?{parameter}", directory=BACKEND)


def test_what_libpq_knows_is_obeyed_before_our_own_values() -> None:
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
def test_a_parameter_for_sqlite_is_refused_for_it_would_not_be_obeyed(url: str, name: str) -> None:
    assert refusal_of(url).startswith(f"SQLite has no parameter {name}; ")


@pytest.mark.parametrize("url", ["sqlite://data/tasks.db", f"sqlite://{SECRET}@/tasks.db", "sqlite://:80/tasks.db"])
def test_a_host_for_sqlite_is_refused_for_another_file_would_be_opened(url: str) -> None:
    assert "three slashes" in refusal_of(url)


def test_sqlites_own_form_of_a_url_is_refused() -> None:
    assert "without file:" in refusal_of("sqlite:///file:tasks.db")


INVISIBLE = ["\n", "\r\n", "\t", " ", "\x00", "\x1b", "\u200b", "\ufeff", "\u2028"]
IDS = [ascii(character) for character in INVISIBLE]


@pytest.mark.parametrize("character", INVISIBLE, ids=IDS)
@pytest.mark.parametrize("url", ["sqlite:///./tasks.db", POSTGRESQL, f"{POSTGRESQL}?sslmode=require"])
def test_nothing_that_nobody_sees_may_stand_around_it(url: str, character: str) -> None:
    assert "no control character" in refusal_of(url + character)
    assert "no control character" in refusal_of(character + url)


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
def test_nor_stand_in_it_in_disguise(url: str) -> None:
    assert "no control character" in refusal_of(url)


@pytest.mark.parametrize("password", ["%0A", "%20", "a%09b"])
def test_a_password_may_hold_anything(password: str) -> None:
    DatabaseOptions.parse(f"postgresql://tasks:{password}@localhost/tasks", directory=BACKEND)


@pytest.mark.parametrize("name", ["with a blank.db", "%25.db", "ä.db", "a#b.db"])
def test_odd_names_of_files_are_taken(tmp_path: Path, name: str) -> None:
    options = DatabaseOptions.parse(f"sqlite:///{tmp_path}/{name}", directory=BACKEND)

    assert options.sqlite_file == tmp_path / name.replace("%25", "%")


def test_a_start_with_a_line_feed_opens_no_other_file(tmp_path: Path) -> None:
    ended = run_main({"DATABASE_URL": f"sqlite:///{tmp_path}/tasks.db\n", "PORT": str(free_port())})

    assert ended.code == 1
    assert "Tasktrail can't start: DATABASE_URL: must have no control character" in ended.output
    assert list(tmp_path.iterdir()) == []


def test_alembic_says_it_in_a_sentence_too() -> None:
    ended = run_python(["-m", "alembic", "current"], {"DATABASE_URL": f"{POSTGRESQL}?schema=public"})

    assert ended.code != 0
    assert "DATABASE_URL: PostgreSQL has no parameter schema" in ended.output
    assert "Traceback" not in ended.output
    assert SECRET not in ended.output
