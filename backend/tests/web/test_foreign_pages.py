"""In a browser: requests that other sites send without a preflight change nothing and are refused early."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from config import Settings
from tests.api_client import Api, id_of
from tests.databases import Database
from tests.openapi_document import operations
from tests.web.conftest import Visit
from tests.web.other_sites import Recorder, another_site, opened, origin_at
from tests.web.site import Site, serve
from tests.web.tabs import Tabs

AWAY = "tasks.example"
"""A name that the browser does not trust, so that it sends no Sec-Fetch-Site over plain http."""
PATHS = sorted({operation.path for operation in operations()} - {"/health", "/health/ready"})
READS = sorted({operation.path for operation in operations() if operation.method == "GET"} & set(PATHS))
TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
FETCH = """async ({urls, types}) => {
  const send = (url, request) => fetch(url, { mode: "no-cors", credentials: "include", ...request }).catch(() => null);
  for (const url of urls) {
    for (const method of ["GET", "HEAD", "POST"]) await send(url, { method });
    for (const type of types) {
      await send(url, { method: "POST", headers: { "Content-Type": type }, body: '{"version": 1}' });
    }
    for (const method of ["PUT", "PATCH", "DELETE"]) await send(url, { method, mode: "cors" });
    await send(url, { method: "POST", mode: "cors", headers: { "Content-Type": "application/json" }, body: "{}" });
  }
}"""
BEACONS = """({urls, types}) => {
  for (const url of urls) {
    navigator.sendBeacon(url);
    for (const type of types) navigator.sendBeacon(url, new Blob(['{"version": 1}'], { type }));
  }
}"""
FORMS = """({urls, types}) => {
  for (const url of urls) for (const type of types) {
    const frame = Object.assign(document.createElement("iframe"), { name: url + type });
    const form = Object.assign(document.createElement("form"), { method: "POST", action: url, enctype: type });
    form.target = frame.name;
    document.body.append(frame, form);
    form.submit();
  }
}"""
EMBEDDED = {
    "image": "img",
    "script": "script",
    "iframe": "iframe",
    "style": "link",
    "object": "object",
    "embed": "embed",
}
EMBED = """({urls, tags}) => {
  for (const url of urls) for (const tag of tags) {
    const element = document.createElement(tag);
    if (tag === "link") element.rel = "stylesheet";
    element[{ link: "href", object: "data" }[tag] ?? "src"] = url;
    document.body.append(element);
  }
}"""
SUBMIT = """({url, type}) => {
  const form = Object.assign(document.createElement("form"), { method: "POST", action: url, enctype: type });
  document.body.append(form);
  form.submit();
}"""
FOLLOW = """(url) => {
  const link = Object.assign(document.createElement("a"), { href: url, textContent: "there" });
  document.body.append(link);
  link.click();
}"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Allow the server's host name."""
    return settings.model_copy(update={"allowed_hosts": (AWAY,), "log_level": "error"})


@pytest.fixture
def recorder(app: FastAPI) -> Recorder:
    """Record the server's requests."""
    return Recorder(app)


@pytest.fixture
def site(recorder: Recorder) -> Iterator[Site]:
    """Serve the recorded application."""
    with serve(recorder) as place:
        yield place


@pytest.fixture
async def task_id(api: Api, recorder: Recorder) -> str:
    """Return a deleted task, which a restore without a body would bring back."""
    task = await api.create()
    await api.delete(task)
    recorder.answered.clear()
    return id_of(task)


@pytest.fixture(params=["localhost", "127.0.0.1"], ids=["another site", "the same site"])
def elsewhere(request: pytest.FixtureRequest) -> Iterator[str]:
    """Serve a foreign page: another host name is another site, another port only another origin."""
    with another_site(request.param) as origin:
        yield origin


def urls_of(place: str, paths: list[str], task_id: str) -> list[str]:
    return [f"{place}/api/v1{path.replace('{id}', task_id)}" for path in paths]


async def test_no_request_of_a_script_is_answered(
    tabs: Tabs, site: Site, recorder: Recorder, database: Database, elsewhere: str, task_id: str
) -> None:
    urls = urls_of(origin_at(site, "127.0.0.1"), PATHS, task_id)

    async with opened(tabs, elsewhere) as page:
        with database.unchanged():
            await page.evaluate(FETCH, {"urls": urls, "types": TYPES})

    sent = [asked for asked in recorder.answered if asked.method != "OPTIONS"]
    assert {asked.status for asked in sent} == {403}
    assert {asked.method for asked in sent} == {"GET", "HEAD", "POST"}
    assert len(sent) == len(PATHS) * 6
    assert {asked.status for asked in recorder.answered if asked.method == "OPTIONS"} == {400}


@pytest.mark.parametrize("script", [BEACONS, FORMS], ids=["beacons", "forms"])
async def test_no_beacon_or_form_is_accepted(
    tabs: Tabs, site: Site, recorder: Recorder, database: Database, elsewhere: str, task_id: str, script: str
) -> None:
    urls = urls_of(origin_at(site, "127.0.0.1"), PATHS, task_id)
    types = TYPES if script is FORMS else TYPES[:2]

    async with opened(tabs, elsewhere) as page:
        with database.unchanged():
            await page.evaluate(script, {"urls": urls, "types": types})
            await recorder.until(lambda answered: len(answered) == len(PATHS) * 3)

    assert {(asked.method, asked.status) for asked in recorder.answered} == {("POST", 403)}


async def test_nothing_can_be_embedded(
    tabs: Tabs, site: Site, recorder: Recorder, elsewhere: str, task_id: str
) -> None:
    urls = urls_of(origin_at(site, "127.0.0.1"), READS, task_id)
    expected = {(url.split("/", 3)[3], destination) for url in urls for destination in EMBEDDED}

    async with opened(tabs, elsewhere) as page:
        await page.evaluate(EMBED, {"urls": urls, "tags": list(EMBEDDED.values())})
        await recorder.until(lambda answered: {(each.path[1:], each.destination) for each in answered} >= expected)

    assert {asked.status for asked in recorder.answered} == {403}


@pytest.mark.parametrize("type_", TYPES)
async def test_a_person_who_sends_a_form_to_us_changes_nothing(
    tabs: Tabs, site: Site, recorder: Recorder, database: Database, elsewhere: str, task_id: str, type_: str
) -> None:
    (url,) = urls_of(origin_at(site, "127.0.0.1"), ["/tasks/{id}/restore"], task_id)

    async with opened(tabs, elsewhere) as page:
        with database.unchanged():
            await page.evaluate(SUBMIT, {"url": url, "type": type_})
            await page.wait_for_url(url)

    assert [(asked.destination, asked.status) for asked in recorder.answered] == [("document", 403)]


async def test_a_person_who_follows_a_link_may_read(tabs: Tabs, site: Site, recorder: Recorder, elsewhere: str) -> None:
    url = f"{origin_at(site, '127.0.0.1')}/api/v1/history"

    async with opened(tabs, elsewhere) as page:
        await page.evaluate(FOLLOW, url)
        await page.wait_for_url(url)
        read = await page.locator("body").inner_text()

    assert [(asked.destination, asked.status) for asked in recorder.answered] == [("document", 200)]
    assert recorder.answered[0].site in {"same-site", "cross-site"}
    assert '"success":true' in read


@pytest.mark.parametrize("script", [FETCH, BEACONS, FORMS], ids=["fetch", "beacons", "forms"])
async def test_no_write_is_answered_where_the_browser_does_not_say_which_site_asks(
    tabs: Tabs, site: Site, recorder: Recorder, database: Database, task_id: str, script: str
) -> None:
    urls = urls_of(origin_at(site, AWAY), ["/tasks/{id}/restore", "/tasks/{id}/complete"], task_id)

    with another_site("evil.example") as elsewhere:
        async with opened(tabs, elsewhere) as page:
            with database.unchanged():
                await page.evaluate(script, {"urls": urls, "types": TYPES[:2]})
                await recorder.until(lambda answered: sum(each.method == "POST" for each in answered) >= 4)

    assert {asked.site for asked in recorder.answered} == {""}
    assert {asked.status for asked in recorder.answered if asked.method == "POST"} == {403}


async def test_our_own_page_works_where_the_browser_does_not_say_which_site_asks(
    visit: Visit, site: Site, recorder: Recorder
) -> None:
    site.address = site.address.replace("127.0.0.1", AWAY)

    person = await visit()
    await person.adds("Buy milk")
    await person.sees_toast("Task added")
    await person.deletes("Buy milk")
    await person.sees_toast("Task deleted")

    assert {asked.site for asked in recorder.answered} == {""}
    assert {asked.method for asked in recorder.answered} >= {"GET", "POST", "DELETE"}


async def test_our_own_page_says_that_it_is_ours(visit: Visit, recorder: Recorder) -> None:
    person = await visit()
    await person.adds("Buy milk")
    await person.sees_toast("Task added")

    assert {asked.site for asked in recorder.answered} == {"none", "same-origin"}
