"""In a browser: pages whose origin `FRONTEND_URL` names, and pages behind a development server's proxy."""

from collections.abc import Iterator

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from config import Settings
from main import create_app
from tests.conftest import settings_for
from tests.databases import Database
from tests.web.other_sites import Recorder, another_site, opened, origin_at, serve_blank_page
from tests.web.site import Site, serve
from tests.web.tabs import Tabs

PLACES = {
    "another site": ("localhost", "127.0.0.1"),
    "the same site": ("127.0.0.1", "127.0.0.1"),
    "plain http away from this machine": ("app.example", "tasks.example"),
}
"""Host names of the page's server and of ours."""
CALLS = """async (api) => {
  const headers = {
    "Content-Type": "application/json",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "baggage": "userId=alice",
    "sentry-trace": "771a43a4192642f0b136d5159a501700-1234567890abcdef",
    "X-Requested-With": "XMLHttpRequest",
    "Cache-Control": "no-cache",
  };
  const call = async (method, path, body) => {
    const answer = await fetch(`${api}${path}`, { method, headers, body, credentials: "include" });
    return [answer.status, answer.headers.get("ETag"), (await answer.json()).error];
  };
  return [
    await call("POST", "/tasks", '{"title": "Buy milk"}'),
    await call("POST", "/tasks", '{"title": ""}'),
    await call("GET", "/nowhere"),
    await call("DELETE", "/tasks"),
  ];
}"""
OLD_CALL = """(api) => new Promise((done, failed) => {
  const request = new XMLHttpRequest();
  request.open("GET", `${api}/tasks?limit=1`);
  request.withCredentials = true;
  request.onload = () => done([request.status, request.getResponseHeader("Link")?.slice(0, 16)]);
  request.onerror = failed;
  request.send();
})"""
LISTEN = """(api) => new Promise((heard, failed) => {
  const events = new EventSource(`${api}/events?since=0`, { withCredentials: true });
  events.addEventListener("CREATED", (event) => { events.close(); heard(JSON.parse(event.data).task_title); });
  events.onerror = failed;
})"""
WRITE = """async () => {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/api/v1/tasks", { method: "POST", headers, body: '{"title": "Buy milk"}' });
  return answer.status;
}"""


@pytest.fixture(params=PLACES)
def places(request: pytest.FixtureRequest, settings: Settings) -> Iterator[tuple[str, str]]:
    """Serve a page and the API; yield the page's origin and the API's address."""
    page, ours = PLACES[request.param]
    with another_site(page) as origin:
        named = settings.model_copy(update={"frontend_url": (origin,), "allowed_hosts": (ours,)})
        with serve(create_app(named)) as place:
            yield origin, f"{origin_at(place, ours)}/api/v1"


async def test_a_named_page_reads_every_answer_to_a_call_with_credentials(tabs: Tabs, places: tuple[str, str]) -> None:
    origin, api = places

    async with opened(tabs, origin) as page:
        answers = await page.evaluate(CALLS, api)
        await page.evaluate(CALLS, api)
        read = await page.evaluate(OLD_CALL, api)
        heard = await page.evaluate(LISTEN, api)

    assert answers == [
        [201, '"1"', None],
        [400, None, "title: must not be empty"],
        [404, None, "Not found"],
        [405, None, "Method not allowed"],
    ]
    assert read == [200, "<?limit=1&cursor"]
    assert heard == "Buy milk"


class DevelopmentServer:
    """Serves its own page and proxies API requests with the browser's `Origin`, as Vite does."""

    def __init__(self, app: ASGIApp, host: bytes | None) -> None:
        """`host` is the Host header it sends to the API; None keeps the browser's."""
        self._app = app
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/api/"):
            await self._app(self._passed_on(scope), receive, send)
        else:
            await serve_blank_page(scope, receive, send)

    def _passed_on(self, scope: Scope) -> Scope:
        if scope["type"] != "http" or self._host is None:
            return scope
        kept = [(name, value) for name, value in scope["headers"] if name != b"host"]
        return {**scope, "headers": [*kept, (b"host", self._host)]}


@pytest.mark.parametrize("host", [b"127.0.0.1:8000", b"localhost", None])
async def test_a_page_behind_a_development_servers_proxy_needs_no_setting(
    tabs: Tabs, database: Database, host: bytes | None
) -> None:
    recorder = Recorder(create_app(settings_for(database)))

    with serve(DevelopmentServer(recorder, host)) as place:
        async with opened(tabs, origin_at(place, "localhost")) as page:
            status = await page.evaluate(WRITE)

    assert status == 201
    assert [asked.site for asked in recorder.answered] == ["same-origin"]


async def test_a_page_that_no_setting_names_reads_nothing(tabs: Tabs, site: Site) -> None:
    with another_site("localhost") as origin:
        async with opened(tabs, origin) as page:
            refused = await page.evaluate(
                """(api) => fetch(`${api}/tasks`, { credentials: "include" }).then(() => false, () => true)""",
                site.address,
            )

    assert refused
