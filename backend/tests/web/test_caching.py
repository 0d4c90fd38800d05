"""Size, compression and caching of the page and its files."""

import pytest

from tests.api_client import Api
from tests.web.files import LAZY_MODULES, PLAIN, ROOT, fetch, links

LARGEST_FIRST_VIEW = 100_000


@pytest.fixture
def api(shared_api: Api) -> Api:
    """Share one application, in this process: these tests only read."""
    return shared_api


async def test_the_first_view_is_small(api: Api) -> None:
    linked = await links(api)
    later = [f"{linked[0].rsplit('/', 1)[0]}/{name}" for name in LAZY_MODULES]
    files = [await fetch(api, path) for path in ["/", *dict.fromkeys(linked), *later]]

    assert all(file.headers["content-encoding"] == "gzip" for file in files)
    assert sum(int(file.headers["content-length"]) for file in files) <= LARGEST_FIRST_VIEW


async def test_the_page_is_revalidated_and_its_files_are_immutable(api: Api) -> None:
    page, file = await fetch(api), await fetch(api, (await links(api))[0])

    again = await fetch(api, "/", {"accept-encoding": "gzip", "if-none-match": page.headers["etag"]})

    assert page.headers.get_list("cache-control") == ["no-cache"]
    assert file.headers.get_list("cache-control") == ["public, max-age=31536000, immutable"]
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", page.headers["etag"])


async def test_files_do_not_vary_by_origin(api: Api) -> None:
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
        ("br, gzip", True),
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
async def test_accept_encoding_is_negotiated(api: Api, accepted: str, is_compressed: bool) -> None:
    page, plain = await fetch(api, "/", {"accept-encoding": accepted}), await fetch(api, "/", PLAIN)

    assert page.text == plain.text
    assert (page.headers.get("content-encoding") == "gzip") is is_compressed
    assert (page.headers["etag"] == plain.headers["etag"]) is not is_compressed
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
async def test_a_matching_etag_gets_304(api: Api, known: str, status: int) -> None:
    for path in ("/", (await links(api))[0]):
        tag = (await fetch(api, path, PLAIN)).headers["etag"]

        answer = await fetch(api, path, PLAIN | {"if-none-match": known.format(tag=tag, bare=tag.strip('"'))})

        assert (answer.status_code, answer.headers["etag"]) == (status, tag)
        assert bool(answer.content) is (status == 200)
