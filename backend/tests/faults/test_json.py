"""JSON is parsed according to RFC 8259: valid texts are accepted with their values, invalid ones are rejected."""

import json
from asyncio import gather
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.answer import Answer
from tests.api_client import Api
from tests.faults.json_texts import BOTTOMLESS, altered, any_value, is_json, table, written
from tests.faults.naughty_strings import CATALOGUE
from tests.faults.proof import Proof, promise
from tests.faults.texts import as_description, as_title

SEED = 4
NO_JSON = {"body: must be valid JSON", "body: must be UTF-8", "body: must not begin with a byte-order mark"}
NO_JSON |= {"body: is required"}
ACCEPTED, REFUSED, NEVER_READ = "accepted", "refused", "no JSON"

Fields = dict[str, object]
Verdict = tuple[str, object]


@promise("always the envelope, never a surprise", "JSON by table and by grammar, and with one thing altered")
async def test_json_is_read_as_rfc_8259_defines_it(proof: Proof, both: tuple[Api, Api]) -> None:
    bodies = [*table(), *by_chance(Random(SEED), proof.size(150, 10_000))]
    expected = [(body, verdict(body)) for body in bodies]

    wrong = []
    for body, right in expected:
        answers = await gather(*(api.send("POST", "/tasks", body) for api in both))
        wrong += [(body, right, answer.envelope) for answer in answers if given(answer) != right]
    accepted = sorted((right for _, (kind, right) in expected if kind == ACCEPTED), key=repr)
    stored = [sorted(((task["title"], task["description"]) for task in await api.tasks()), key=repr) for api in both]
    bottomless = [await api.send("POST", "/tasks", body) for body in BOTTOMLESS for api in both]

    counts = [
        f"{sum(kind == right for _, (right, _) in expected):,} {kind}" for kind in (ACCEPTED, REFUSED, NEVER_READ)
    ]
    proof.figure(f"{len(expected):,} texts on each database: {', '.join(counts)}; {len(wrong)} answered wrongly")
    proof.figure(f"{len(accepted):,} read back from each")
    assert wrong == []
    assert stored == [accepted, accepted]
    assert {answer.status for answer in bottomless} <= {201, 400, 413}
    assert len({len(await api.tasks()) for api in both}) == 1
    assert len(expected) >= 150


def by_chance(chance: Random, count: int) -> Iterator[bytes]:
    """Bodies of many forms, each followed by one that differs from it in one place."""
    for _ in range(count // 2):
        fields: Fields = {"title": chance.choice(GOOD_TITLES)}
        if chance.random() < 0.7:
            fields["description"] = chance.choice([None, any_value(chance), chance.choice(GOOD_TITLES)])
        text = written(chance, fields)
        assert_means(text, fields)
        yield text.encode()
        yield altered(chance, text).encode()


GOOD_TITLES = [text for text in CATALOGUE if as_title(text) == text and len(text) < 100]


def assert_means(text: str, fields: Fields) -> None:
    """What the grammar has made is right, and nothing but what it was made of."""
    assert is_json(text)
    assert json.loads(text) == fields


def verdict(body: bytes) -> Verdict:
    """What is to become of a body: the texts that are stored, a refusal of what it says, or a refusal to read it."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return NEVER_READ, None
    if not is_json(text):
        return NEVER_READ, None
    fields = json.loads(text, object_pairs_hook=Members)
    if (
        not isinstance(fields, Members)
        or has_twins(fields)
        or not {"title"} <= fields.keys() <= {"title", "description"}
    ):
        return REFUSED, None
    return of_fields(**fields)


class Members(dict[str, Any]):
    """An object's members, which knows whether a name was there twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.has_twins = len(pairs) > len(self)


def has_twins(value: object) -> bool:
    if isinstance(value, Members):
        return value.has_twins or any(map(has_twins, value.values()))
    return isinstance(value, list) and any(map(has_twins, value))


def of_fields(title: object, description: object = None) -> Verdict:
    kept = as_title(title) if isinstance(title, str) else None
    text = as_description(description) if isinstance(description, str) else None
    if kept is None or (description is not None and text is None):
        return REFUSED, None
    return ACCEPTED, (kept, text)


def given(answer: Answer) -> Verdict:
    if answer.status == 201:
        return ACCEPTED, (answer.task["title"], answer.task["description"])
    if answer.status == 400:
        return (NEVER_READ if answer.error in NO_JSON else REFUSED), None
    return str(answer.status), None
