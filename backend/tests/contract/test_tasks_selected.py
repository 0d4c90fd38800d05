"""GET /tasks with `status` and `q`, now and with `as_of`."""

import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.answer import Answer, Task
from tests.api_client import Api
from tests.faults.naughty_strings import CATALOGUE, INJECTIONS, WORDS
from tests.faults.texts import as_title

NASTY = [
    "%",
    "_",
    "\\",
    "'",
    '"',
    "*",
    "?",
    "[a]",
    ".",
    "%25",
    "ß",
    "ss",
    "SS",
    "ẞ",
    "İ",
    "i",
    "I",
    "ı",
    "é",
    "e\u0301",
]
NASTY += [
    "É",
    "Σ",
    "ς",
    "σ",
    "ﬁ",
    "fi",
    "ᾳ",
    "Α",
    "\u0345",
    "🧀",
    "\u200d",
    "\u00ad",
    "\ufeff",
    "牛",
    "\u1112",
    "\u1161",
]
NASTY += ["a", "A", " ", "\u3000", "--", "/*", "\ufffd", "\U0010ffff", "&", "=", "+", "#", ";"]
TEXTS = st.lists(st.sampled_from(NASTY), min_size=1, max_size=6).map("".join)
TITLES = TEXTS.filter(lambda text: as_title(text) is not None)
QUERIES = TEXTS.filter(lambda text: bool(text.strip()))


async def found(api: Api, q: str, **others: str) -> Answer:
    """Search for these words."""
    return Answer(await api.client.get("/tasks", params={"q": q, **others}))


async def titles(api: Api, q: str, **others: str) -> list[str]:
    return [task["title"] for task in (await found(api, q, **others)).tasks]


def normalized(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def chosen(tasks: Sequence[Task], q: str) -> list[Task]:
    """Search titles and descriptions in plain Python."""
    words = [normalized(word) for word in q.split()]
    texts = [(task, normalized(task["title"]), normalized(task["description"] or "")) for task in tasks]
    return [task for task, title, more in texts if all(word in title or word in more for word in words)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Four", "Two", "Three", "One"]),
        ("status=all", ["Four", "Two", "Three", "One"]),
        ("status=active", ["Four", "Two"]),
        ("status=completed", ["Three", "One"]),
    ],
)
async def test_filtering_by_status_keeps_the_order(api: Api, query: str, expected: list[str]) -> None:
    tasks = [await api.create(title) for title in ("One", "Two", "Three", "Four")]
    await api.complete(tasks[2])
    await api.complete(tasks[0])

    answer = await api.send("GET", f"/tasks?{query}")

    assert [task["title"] for task in answer.tasks] == expected
    assert answer.link is None


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("milk", ["Oat MILK", "Buy milk"]),
        ("MILK", ["Oat MILK", "Buy milk"]),
        ("ilk", ["Oat MILK", "Buy milk"]),
        ("buy milk", ["Buy milk"]),
        ("milk  \u3000 buy", ["Buy milk"]),
        (" milk ", ["Oat MILK", "Buy milk"]),
        ("litres", ["Oat MILK"]),
        ("oat litres", ["Oat MILK"]),
        ("bread", []),
        ("milk bread", []),
        ("milktwo", []),
    ],
)
async def test_every_word_must_be_in_title_or_description(api: Api, q: str, expected: list[str]) -> None:
    await api.create("Buy milk")
    await api.create("Oat MILK", "Two\nLitres")

    assert await titles(api, q) == expected


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("100%", "100% wool"),
        ("%", "100% wool"),
        ("a_b", "a_b"),
        ("_", "a_b"),
        ("\\", "C:\\fridge"),
        ("\\fridge", "C:\\fridge"),
        ("'", "it's"),
        ('"oat"', 'buy "oat" milk'),
        ("*", "5 * 5"),
        ("'; DROP TABLE tasks; --", "Robert'; DROP TABLE tasks; --"),
    ],
)
async def test_no_character_is_a_wildcard(api: Api, q: str, title: str) -> None:
    await api.create("Buy milk")
    await api.create(title)

    assert await titles(api, q) == [title]


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("strasse", "Große STRAẞE"),
        ("STRASSE", "Straße"),
        ("σισυφοσ", "ΣΙΣΥΦΟΣ"),
        ("купить", "КУПИТЬ МОЛОКО"),
        ("cafe\u0301", "CAFÉ"),
        ("CAFÉ", "cafe\u0301"),
        ("ﬁ", "Final"),
        ("牛乳", "牛乳を買う"),
        ("🥛", "Milk 🥛"),
    ],
)
async def test_case_makes_no_difference_in_any_script(api: Api, q: str, title: str) -> None:
    await api.create("Buy bread")
    await api.create(title)

    assert await titles(api, q) == [title]


async def test_the_search_uses_the_current_texts(api: Api) -> None:
    task = await api.create("Buy milk")

    await api.update(task, title="Buy bread", description="MILK is out")
    both = [await titles(api, "milk"), await titles(api, "bread")]
    await api.update(task, description="")
    only_title = [await titles(api, "milk"), await titles(api, "bread")]
    await api.restore(task, 1)
    as_before = [await titles(api, "milk"), await titles(api, "bread")]
    await api.delete(task)
    gone = await titles(api, "milk")
    await api.restore(task)

    assert both == [["Buy bread"], ["Buy bread"]]
    assert only_title == [[], ["Buy bread"]]
    assert as_before == [["Buy milk"], []]
    assert gone == []
    assert await titles(api, "milk") == ["Buy milk"]


async def test_words_and_status_can_be_combined(api: Api) -> None:
    milk, bread = await api.create("Buy milk"), await api.create("Buy bread")
    await api.create("Drink milk")
    await api.complete(milk)
    await api.complete(bread)

    assert await titles(api, "milk", status="completed") == ["Buy milk"]
    assert await titles(api, "milk", status="active") == ["Drink milk"]
    assert await titles(api, "buy", status="active") == []
    assert await titles(api, "buy", status="all") == ["Buy bread", "Buy milk"]


async def test_as_of_searches_the_past_texts(api: Api) -> None:
    milk = await api.create("Buy milk", "Two litres")
    await api.complete(milk)
    moment = (await api.entries())[0]["timestamp"]
    await api.update(milk, title="Buy bread", description="")
    await api.reopen(milk)
    await api.delete(milk)

    assert await titles(api, "MILK litres", as_of=moment) == ["Buy milk"]
    assert await titles(api, "milk", as_of=moment, status="completed") == ["Buy milk"]
    assert await titles(api, "milk", as_of=moment, status="active") == []
    assert await titles(api, "bread", as_of=moment) == []


async def test_every_title_is_found_by_itself(shared_api: Api) -> None:
    strings = [text for text in (*CATALOGUE, *INJECTIONS.values(), *WORDS.values()) if as_title(text) == text]
    for text in strings:
        await shared_api.create(text)

    for text in strings:
        assert text in await titles(shared_api, text)
        assert text in await titles(shared_api, text.casefold()[:255])
    assert len(strings) > 100


@settings(max_examples=100, deadline=None)
@given(made=st.tuples(TITLES, TEXTS), q=QUERIES, status=st.sampled_from(["all", "active", "completed"]))
async def test_the_search_agrees_with_plain_python(shared_api: Api, made: tuple[str, str], q: str, status: str) -> None:
    task = await shared_api.create(*made)
    if len(made[0]) % 2:
        await shared_api.complete(task)
    everything = await shared_api.tasks()
    moment = (await shared_api.entries("limit=1"))[0]["timestamp"]

    answer = await found(shared_api, q, status=status)
    past = await found(shared_api, q, status=status, as_of=moment)

    states = {"all": (False, True), "active": (False,), "completed": (True,)}[status]
    expected = [task for task in chosen(everything, q) if task["is_completed"] in states]
    assert answer.tasks == expected
    assert past.tasks == expected


async def test_the_longest_search_finds_its_task(api: Api) -> None:
    title = "ß" * 255
    await api.create(title)

    assert await titles(api, title) == [title]
    assert await titles(api, " ".join(["ss"] * 85)) == [title]
    assert await titles(api, "x" * 255) == []
