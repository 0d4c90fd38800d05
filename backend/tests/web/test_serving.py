"""The page at `/` and its files as the server sends them."""

import re

import pytest
from pydantic import SecretStr

from config import Settings
from main import create_app
from tests.answer import Answer
from tests.api_client import Api, calling, running
from tests.conftest import settings_for
from tests.databases import Database
from tests.web.files import LAZY_MODULES, PLAIN, ROOT, WEB, fetch, links

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


@pytest.fixture
def api(shared_api: Api) -> Api:
    """Share one application, in this process: these tests only read."""
    return shared_api


async def test_linked_files_exist(api: Api) -> None:
    answers = [await fetch(api, link) for link in await links(api)]

    assert len(answers) > 20
    assert {answer.status_code for answer in answers} == {200}


async def test_every_module_is_served_and_those_of_the_first_view_are_preloaded(api: Api) -> None:
    linked = await links(api)
    folder = linked[0].rsplit("/", 1)[0]
    modules = {path.relative_to(WEB).as_posix() for path in WEB.rglob("*") if path.suffix in {".js", ".mjs"}}

    assert {(await fetch(api, f"{folder}/{name}")).status_code for name in modules} == {200}
    announced = {link.removeprefix(f"{folder}/") for link in linked}
    assert {"main.js", "prefetch.js", "views/tasks.js", "vendor/preact.mjs"} <= announced
    assert modules - announced == LAZY_MODULES


async def test_the_security_policy_allows_only_our_own_origin(api: Api) -> None:
    for path in ["/", *await links(api)]:
        headers = (await fetch(api, path)).headers

        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy == POLICY
        assert headers.get_list("x-content-type-options") == ["nosniff"]
        assert headers.get_list("x-frame-options") == ["DENY"]
        assert headers["cross-origin-resource-policy"] == "same-origin"


async def test_the_page_has_no_inline_script_or_style(api: Api) -> None:
    page = (await fetch(api)).text

    assert re.findall(r"<script[^>]*>([^<]+)</script>|<style| style=| on\w+=", page) == []


async def test_files_are_served_unchanged(api: Api) -> None:
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
async def test_other_paths_are_not_found(api: Api, path: str) -> None:
    answers = [await api.send(method, f"{ROOT}{path}") for method in ("GET", "POST", "DELETE", "BREW", "OPTIONS")]

    assert [answer.refusal for answer in answers] == [(404, "Not found")] * 5


async def test_manifests_and_licences_are_not_served(api: Api) -> None:
    folder = (await links(api))[0].rsplit("/", 1)[0]

    for name in ("vendor/manifest.json", "vendor/preact.LICENSE", "index.html"):
        assert (await api.send("GET", f"{ROOT}{folder}/{name}")).status == 404


async def test_the_page_can_be_turned_off(database: Database) -> None:
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


async def test_the_openapi_document_leaves_out_the_page(api: Api) -> None:
    document = (await api.raw("GET", f"{ROOT}/openapi.json")).json()

    assert all(path.startswith("/api/v1/") for path in document["paths"])
