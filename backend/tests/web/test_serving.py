"""The page at `/` and its files, as a server hands them out; what they do is shown in a browser by the other tests."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Response
from pydantic import SecretStr

from config import Settings
from main import create_app
from tests.answer import Answer
from tests.api_client import Api, calling, running
from tests.conftest import settings_for
from tests.databases import Database

WEB = Path(__file__).parents[2] / "src" / "web"
ROOT = "http://testserver"
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
PLAIN = {"accept-encoding": "identity"}
LARGEST_FIRST_VIEW = 100_000
WAITING = {
    "state/past.js",
    "vendor/sweetalert2.mjs",
    "views/as-of.js",
    "views/chart.js",
    "views/entry.js",
    "views/history.js",
    "views/integrity.js",
    "views/timeline.js",
    "views/version.js",
    "views/week.js",
}
"""What is fetched after the tasks are seen."""


@pytest.fixture
async def api(app: FastAPI) -> AsyncIterator[Api]:
    """Serve the application in this process: here no browser looks."""
    async with running(app) as client:
        yield client


async def fetch(api: Api, path: str = "/", headers: dict[str, str] | None = None) -> Response:
    """Read a file of the page, compressed unless something else is asked for."""
    return await api.raw("GET", f"{ROOT}{path}", None, headers or {"accept-encoding": "gzip"})


async def links(api: Api) -> list[str]:
    """Name all that the page fetches at once."""
    page = await fetch(api)
    return [f"/{link}" for link in re.findall(r'(?:href|src)="([^"]+)"', page.text)]


async def test_what_the_page_links_is_there(api: Api) -> None:
    answers = [await fetch(api, link) for link in await links(api)]

    assert len(answers) > 20
    assert {answer.status_code for answer in answers} == {200}


async def test_every_module_is_there_the_first_ones_are_announced_and_the_others_can_wait(api: Api) -> None:
    linked = await links(api)
    folder = linked[0].rsplit("/", 1)[0]
    modules = {path.relative_to(WEB).as_posix() for path in WEB.rglob("*") if path.suffix in {".js", ".mjs"}}

    assert {(await fetch(api, f"{folder}/{name}")).status_code for name in modules} == {200}
    announced = {link.removeprefix(f"{folder}/") for link in linked}
    assert {"main.js", "early.js", "views/tasks.js", "vendor/preact.mjs"} <= announced
    assert modules - announced == WAITING


async def test_the_first_view_is_small(api: Api) -> None:
    linked = await links(api)
    later = [f"{linked[0].rsplit('/', 1)[0]}/{name}" for name in WAITING]
    files = [await fetch(api, path) for path in ["/", *dict.fromkeys(linked), *later]]

    assert all(file.headers["content-encoding"] == "gzip" for file in files)
    assert sum(int(file.headers["content-length"]) for file in files) <= LARGEST_FIRST_VIEW


async def test_page_and_files_may_run_and_fetch_nothing_from_elsewhere(api: Api) -> None:
    for path in ["/", *await links(api)]:
        headers = (await fetch(api, path)).headers

        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy == POLICY
        assert headers.get_list("x-content-type-options") == ["nosniff"]
        assert headers.get_list("x-frame-options") == ["DENY"]
        assert headers["cross-origin-resource-policy"] == "same-origin"


async def test_the_page_has_no_script_or_style_of_its_own(api: Api) -> None:
    page = (await fetch(api)).text

    assert re.findall(r"<script[^>]*>([^<]+)</script>|<style| style=| on\w+=", page) == []


@pytest.mark.parametrize(
    ("accepted", "is_compressed"), [("gzip", True), ("br, gzip", True), ("gzip;q=0", False), ("identity", False)]
)
async def test_files_are_compressed_for_who_takes_that(api: Api, accepted: str, is_compressed: bool) -> None:
    answer = await fetch(api, "/", {"accept-encoding": accepted})

    plain = await fetch(api, "/", PLAIN)
    assert ("content-encoding" in answer.headers) is is_compressed
    assert answer.headers["vary"].startswith("Accept-Encoding")
    assert answer.text == plain.text
    assert (answer.headers["etag"] == plain.headers["etag"]) is not is_compressed


async def test_the_page_is_asked_for_each_time_and_its_files_never_again(api: Api) -> None:
    page, file = await fetch(api), await fetch(api, (await links(api))[0])

    again = await fetch(api, "/", {"accept-encoding": "gzip", "if-none-match": page.headers["etag"]})

    assert page.headers.get_list("cache-control") == ["no-cache"]
    assert file.headers.get_list("cache-control") == ["public, max-age=31536000, immutable"]
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", page.headers["etag"])


async def test_files_are_the_same_whatever_asks_for_them(api: Api) -> None:
    for path in ["/", *await links(api)]:
        answers = [await fetch(api, path, PLAIN), await fetch(api, path, {**PLAIN, "origin": "http://localhost:3000"})]

        assert [answer.headers.get_list("vary") for answer in answers] == [["Accept-Encoding"]] * 2
        assert not [name for answer in answers for name in answer.headers if name.startswith("access-control-")]
    refused = await api.raw("POST", f"{ROOT}/", None, {"origin": "http://localhost:3000"})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (405, "http://localhost:3000")


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [
        ("gzip", True),
        ("deflate, GZip", True),
        ("x-gzip", True),
        ("gzip;q=0.5", True),
        ("br;q=1, gzip ; q=0.001", True),
        ("*", True),
        ("gzip, identity;q=0", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; Q=0.000", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("identity, gzip;q=0.5", False),
        ("not-gzip", False),
        ("gzippy", False),
        ("gzip;q=none", False),
    ],
)
async def test_a_file_is_compressed_for_who_takes_it_so(api: Api, accepted: str, is_compressed: bool) -> None:
    page = await fetch(api, "/", {"accept-encoding": accepted})

    assert (page.headers.get("content-encoding") == "gzip") is is_compressed
    assert page.headers["etag"].endswith('-gzip"') is is_compressed
    assert page.headers.get_list("vary", split_commas=True).count("Accept-Encoding") == 1


@pytest.mark.parametrize(
    ("known", "status"),
    [
        ("{tag}", 304),
        ("W/{tag}", 304),
        ("*", 304),
        ('"another", W/{tag}', 304),
        ('{tag},"another"', 304),
        ('"another"', 200),
        ('"another, {bare}"', 200),
        ("{bare}", 200),
        ("", 200),
    ],
)
async def test_what_the_client_has_is_not_sent_again(api: Api, known: str, status: int) -> None:
    for path in ("/", (await links(api))[0]):
        tag = (await fetch(api, path, PLAIN)).headers["etag"]

        answer = await fetch(api, path, PLAIN | {"if-none-match": known.format(tag=tag, bare=tag.strip('"'))})

        assert (answer.status_code, answer.headers["etag"]) == (status, tag)
        assert bool(answer.content) is (status == 200)


async def test_what_is_served_is_what_lies_in_the_folder(api: Api) -> None:
    for link in await links(api):
        answer, name = await fetch(api, link, PLAIN), link.split("/", 3)[3]

        parts = sorted((WEB / "styles").iterdir()) if name == "style.css" else [WEB / name]
        assert answer.content == b"\n".join(part.read_bytes() for part in parts)


async def test_head_options_and_wrong_methods_are_answered_as_everywhere(api: Api) -> None:
    for path in ("/", (await links(api))[0], "/docs-assets/swagger-ui.css"):
        head = await api.raw("HEAD", f"{ROOT}{path}", None, PLAIN)
        options = await api.raw("OPTIONS", f"{ROOT}{path}")
        wrong = await api.send("POST", f"{ROOT}{path}", "{}")

        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 0
        assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
        assert wrong.refusal == (405, "Method not allowed")
        assert wrong.allow == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    "path",
    [
        "/web",
        "/web/",
        "/web/main.js",
        "/web/000000000000/main.js",
        "/index.html",
        "/web/../config.py",
        "/web/%2e%2e/x",
        "/docs-assets/x",
        "/docs-assets/",
    ],
)
async def test_what_is_no_file_of_the_page_is_not_found(api: Api, path: str) -> None:
    answers = [await api.send(method, f"{ROOT}{path}") for method in ("GET", "POST", "DELETE", "BREW", "OPTIONS")]

    assert [answer.refusal for answer in answers] == [(404, "Not found")] * 5


async def test_manifests_and_licences_are_not_served(api: Api) -> None:
    folder = (await links(api))[0].rsplit("/", 1)[0]

    for name in ("vendor/manifest.json", "vendor/preact.LICENSE", "index.html"):
        assert (await api.send("GET", f"{ROOT}{folder}/{name}")).status == 404


async def test_switched_off_there_is_no_page(database: Database) -> None:
    settings = settings_for(database).model_copy(update={"web_ui": False})
    async with running(create_app(settings)) as api:
        answers = [await api.send(method, f"{ROOT}/") for method in ("GET", "POST", "OPTIONS")]

    assert [answer.refusal for answer in answers] == [(404, "Not found")] * 3


async def test_the_page_needs_no_token_and_the_api_below_it_does(database: Database) -> None:
    settings = Settings(_env_file=None, database_url=database.url, api_token=SecretStr("t" * 32))
    app = create_app(settings)
    async with running(app), calling(app) as api:
        page = await fetch(api)
        files = [await fetch(api, link) for link in await links(api)]
        tasks = Answer(await api.raw("GET", "/tasks"))

    assert {answer.status_code for answer in [page, *files]} == {200}
    assert tasks.status == 401
    assert "t" * 32 not in page.text


async def test_the_document_does_not_speak_of_the_page(api: Api) -> None:
    document = (await api.raw("GET", f"{ROOT}/openapi.json")).json()

    assert all(path.startswith("/api/v1/") for path in document["paths"])
