"""The catalogue of bad requests, each with its status and error.

`qwxz` marks what must not come back in any answer. First the kinds of bad values, then the requests made of them, and
at the end what is wrong on the wire already.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MARK = "qwxz"
LONG_NUMBER = "9" * 5000
DEEP = 50_000

BODIES: dict[str, tuple[bytes | str, str]] = {
    # no JSON at all
    "nothing": ("", "body: is required"),
    "white space": (" \n ", "body: must be valid JSON"),
    "a word": (MARK, "body: must be valid JSON"),
    "a form": (f"title={MARK}", "body: must be valid JSON"),
    "an object that never ends": (f'{{"title": "{MARK}"', "body: must be valid JSON"),
    "a string that never ends": (f'{{"title": "{MARK}', "body: must be valid JSON"),
    "names without quotes": (f'{{title: "{MARK}"}}', "body: must be valid JSON"),
    "single quotes": (f"{{'title': '{MARK}'}}", "body: must be valid JSON"),
    "a trailing comma": (f'{{"title": "{MARK}",}}', "body: must be valid JSON"),
    "a comment": (f'{{"title": "{MARK}"}} // yes', "body: must be valid JSON"),
    "two objects": (f'{{"title": "{MARK}"}} {{"title": "{MARK}"}}', "body: must be valid JSON"),
    "a raw line feed in a string": (f'{{"title": "{MARK}\n"}}', "body: must be valid JSON"),
    "a raw NUL in a string": (f'{{"title": "{MARK}\0"}}', "body: must be valid JSON"),
    "an unknown escape": (rf'{{"title": "{MARK}\x41"}}', "body: must be valid JSON"),
    "half an escape": (r'{"title": "\u00"}', "body: must be valid JSON"),
    "NaN": ('{"title": NaN}', "body: must be valid JSON"),
    "Infinity": ('{"title": "Buy milk", "description": Infinity}', "body: must be valid JSON"),
    "-Infinity": ('{"title": -Infinity}', "body: must be valid JSON"),
    # JSON, but deep
    "50,000 nested lists": ("[" * DEEP + "]" * DEEP, "body: must be valid JSON"),
    "50,000 lists that never end": ("[" * DEEP, "body: must be valid JSON"),
    "50,000 nested lists as a title": (f'{{"title": {"[" * DEEP + "]" * DEEP}}}', "body: must be valid JSON"),
    "13,000 nested objects": ('{"title":' * 13_000 + "1" + "}" * 13_000, "body: must be valid JSON"),
    # not UTF-8
    "UTF-16": (f'{{"title": "{MARK}"}}'.encode("utf-16"), "body: must be UTF-8"),
    "UTF-16, little-endian, no mark": (
        f'{{"title": "{MARK}"}}'.encode("utf-16-le"),
        "body: must be valid JSON",
    ),
    "UTF-16, big-endian, no mark": (f'{{"title": "{MARK}"}}'.encode("utf-16-be"), "body: must be valid JSON"),
    "UTF-32": (f'{{"title": "{MARK}"}}'.encode("utf-32"), "body: must be UTF-8"),
    "a byte-order mark": (
        f'{{"title": "{MARK}"}}'.encode("utf-8-sig"),
        "body: must not begin with a byte-order mark",
    ),
    "Latin-1": ('{"title": "Käse"}'.encode("latin-1"), "body: must be UTF-8"),
    "an overlong sequence": (b'{"title": "\xc0\xaf"}', "body: must be UTF-8"),
    "half a sequence": (b'{"title": "\xf0\x9f\xa5"}', "body: must be UTF-8"),
    "a surrogate in bytes": (b'{"title": "\xed\xa0\x80"}', "body: must be UTF-8"),
    "beyond Unicode": (b'{"title": "\xf5\x80\x80\x80"}', "body: must be UTF-8"),
    # JSON, but not an object with these fields
    "null": ("null", "body: must be an object"),
    "a list": (f'["{MARK}"]', "body: must be an object"),
    "a string": (f'"{MARK}"', "body: must be an object"),
    "a number": ("1", "body: must be an object"),
    "a boolean": ("true", "body: must be an object"),
    "a field twice": (
        f'{{"title": "Buy milk", "title": "{MARK}"}}',
        "body: must not have the same key twice",
    ),
    "a field twice, once escaped": (
        r'{"title": "Buy milk", "\u0074itle": "Buy"}',
        "body: must not have the same key twice",
    ),
    "an unknown key twice": (
        f'{{"title": "x", "{MARK}": 1, "{MARK}": 1}}',
        "body: must not have the same key twice",
    ),
    "a key twice deep inside": (
        f'{{"title": [{{"{MARK}": 1, "{MARK}": 2}}]}}',
        "body: must not have the same key twice",
    ),
    # lone surrogates
    "a high surrogate in the title": (rf'{{"title": "{MARK}\ud83e"}}', "body: must be valid Unicode"),
    "a low surrogate in the title": (rf'{{"title": "{MARK}\udd5b"}}', "body: must be valid Unicode"),
    "surrogates the wrong way round": (rf'{{"title": "{MARK}\udd5b\ud83e"}}', "body: must be valid Unicode"),
    "a surrogate in the description": (
        r'{"title": "x", "description": "\ud800"}',
        "body: must be valid Unicode",
    ),
    "a surrogate in a name": (r'{"title": "x", "\udfff": 1}', "body: must be valid Unicode"),
    # types are exact
    "a number for a title": ('{"title": 1}', "title: must be a string"),
    "a number of 5,000 digits for a title": (f'{{"title": {LONG_NUMBER}}}', "title: must be a string"),
    "a number beyond all numbers for a title": ('{"title": 1e999}', "title: must be a string"),
    "a boolean for a title": ('{"title": true}', "title: must be a string"),
    "a list for a title": (f'{{"title": ["{MARK}"]}}', "title: must be a string"),
    "an object for a title": (f'{{"title": {{"{MARK}": 1}}}}', "title: must be a string"),
    "a number for a description": (
        '{"title": "Buy milk", "description": 0}',
        "description: must be a string",
    ),
    "a boolean for a description": (
        '{"title": "Buy milk", "description": false}',
        "description: must be a string",
    ),
    "a list for a description": ('{"title": "Buy milk", "description": []}', "description: must be a string"),
    # texts; `test_task_text.py` has all their rules
    "an empty title": ('{"title": ""}', "title: must not be empty"),
    "a blank title": ('{"title": " \u00a0\u3000"}', "title: must not be empty"),
    "an invisible title": (r'{"title": "\u200b"}', "title: must contain a visible character"),
    "a NUL in the title": (rf'{{"title": "{MARK}\u0000"}}', "title: must not contain control characters"),
    "a long title": (f'{{"title": "{MARK * 64}"}}', "title: must be at most 255 characters long"),
    "a NUL in the description": (
        rf'{{"title": "Buy milk", "description": "{MARK}\u0000"}}',
        "description: must not contain control characters other than line feed, carriage return and tab",
    ),
    "a long description": (
        f'{{"title": "Buy milk", "description": "{MARK * 1251}"}}',
        "description: must be at most 5000 characters long",
    ),
}
"""Bodies that POST /tasks and PUT /tasks/{id} refuse."""

UNKNOWN_FIELDS = {
    "an unknown field": f'{{"title": "Buy milk", "{MARK}": 1}}',
    "a field of another case": '{"title": "Buy milk", "Title": "Buy milk"}',
    "an empty name": '{"title": "Buy milk", "": 1}',
    "a field of the history": '{"title": "Buy milk", "seq": 1}',
}
READ_ONLY = {
    "an id": '{"title": "Buy milk", "id": "01938f0e-1c2b-7d3a-8e4f-5a6b7c8d9e0f"}',
    "a state": '{"title": "Buy milk", "is_completed": true}',
    "a version": '{"title": "Buy milk", "version": 7}',
}
"""Bodies with fields that POST /tasks does not know; PUT /tasks/{id} refuses only the first."""

KNOWN_TO_POST = "body: has an unknown field, known are title and description"
KNOWN_TO_PUT = (
    "body: has an unknown field, known are title, description, id, is_completed, created_at, updated_at, completed_at "
    "and version"
)

NOTHING_GIVEN = {
    "nothing": "{}",
    "nulls": '{"title": null, "description": null}',
    "a version alone": '{"version": 1}',
    "a state and nulls": '{"title": null, "is_completed": false, "completed_at": null}',
}
"""Bodies that change nothing, whatever the task is."""

SENT_BACK = {
    "another id": ('"id": "01938f0e-1c2b-7d3a-8e4f-5a6b7c8d9e0f"', "id: is the one in the path"),
    "another state": ('"is_completed": true', "is_completed: is changed by /complete and /incomplete"),
    "another creation": ('"created_at": "2020-01-01T00:00:00Z"', "created_at: is set when the task is created"),
    "another change": ('"updated_at": "2020-01-01T00:00:00Z"', "updated_at: is set by each change"),
    "a completion": (
        '"completed_at": "2020-01-01T00:00:00Z"',
        "completed_at: is changed by /complete and /incomplete",
    ),
    "several": (
        '"completed_at": "2020-01-01T00:00:00Z", "is_completed": true',
        "is_completed: is changed by /complete and /incomplete; completed_at: is changed by /complete and /incomplete",
    ),
    "a number for a state": ('"is_completed": 0', "is_completed: must be true or false"),
    "a string for a state": ('"is_completed": "false"', "is_completed: must be true or false"),
    "a number for a time": (
        '"created_at": 1763287200',
        "created_at: must be a time with its zone, such as 2026-11-22T10:00:00Z",
    ),
    "a time without a zone": (
        '"updated_at": "2026-11-22T10:00:00"',
        "updated_at: must be a time with its zone, such as 2026-11-22T10:00:00Z",
    ),
    "a number for an id": ('"id": 1', "id: must be a UUID of 8-4-4-4-12 hexadecimal digits"),
    "a word for an id": (f'"id": "{MARK}"', "id: must be a UUID of 8-4-4-4-12 hexadecimal digits"),
    "a string for a version": ('"version": "1"', "version: must be a whole number"),
    "nought for a version": ('"version": 0', "version: must be at least 1"),
}
"""Fields beside a new title that PUT /tasks/{id} refuses for a task at version 1."""

MISSING_TITLE: dict[str, tuple[bytes | str, str]] = {
    "an empty object": ("{}", "title: is required"),
    "a description alone": ('{"description": "Two litres"}', "title: is required"),
    "null for a title": ('{"title": null}', "title: must be a string"),
}
"""Bodies that POST /tasks refuses."""

CONTENT_ENCODINGS = {
    "gzip": "gzip",
    "brotli": "br",
    "capitals": "GZIP",
    "the old name": "x-gzip",
    "with identity": "identity, gzip",
    "an unknown one": MARK,
}
"""Unsupported encodings of a body."""

CONTENT_TYPES: dict[str, dict[str, str]] = {
    "none": {},
    "an empty one": {"content-type": ""},
    "text": {"content-type": "text/plain"},
    "a space within": {"content-type": "app lication/json"},
    "a form": {"content-type": "application/x-www-form-urlencoded"},
    "a form with files": {"content-type": "multipart/form-data; boundary=x"},
    "other JSON": {"content-type": "application/foo+json"},
    "JSON lines": {"content-type": "application/jsonl"},
    "JSON of another family": {"content-type": "text/json"},
    "in UTF-16": {"content-type": "application/json; charset=utf-16"},
    "in Latin-1": {"content-type": "application/json; charset=iso-8859-1"},
    "with another parameter": {"content-type": "application/json; version=1"},
    "with one parameter too many": {"content-type": "application/json; charset=utf-8; version=1"},
    "two at once": {"content-type": "application/json, text/plain"},
}
"""Content types other than JSON in UTF-8."""

IDS = {
    "a number": "1",
    "a word": MARK,
    "null": "null",
    "without hyphens": "01938f0e1c2b7d3a8e4f5a6b7c8d9e0f",
    "in braces": "%7B01938f0e-1c2b-7d3a-8e4f-5a6b7c8d9e0f%7D",
    "as a URN": "urn:uuid:01938f0e-1c2b-7d3a-8e4f-5a6b7c8d9e0f",
    "one digit short": "01938f0e-1c2b-7d3a-8e4f-5a6b7c8d9e0",
    "one digit long": "01938f0e-1c2b-7d3a-8e4f-5a6b7c8d9e0f0",
    "hyphens elsewhere": "01938f0e1-c2b-7d3a-8e4f-5a6b7c8d9e0f",
    "underscores": "01938f0e_1c2b_7d3a_8e4f_5a6b7c8d9e0f",
    "no hexadecimal digit": "01938f0g-1c2b-7d3a-8e4f-5a6b7c8d9e0f",
    "full-width digits": "０1938f0e-1c2b-7d3a-8e4f-5a6b7c8d9e0f",
    "a space in front": "%2001938f0e-1c2b-7d3a-8e4f-5a6b7c8d9e0f",
    "a line feed behind": "01938f0e-1c2b-7d3a-8e4f-5a6b7c8d9e0f%0A",
    "a NUL behind": "01938f0e-1c2b-7d3a-8e4f-5a6b7c8d9e0f%00",
    "no UTF-8": "%FF%FE",
    "very long": MARK * 1000,
    "two of them": "01938f0e-1c2b-7d3a-8e4f-5a6b7c8d9e0f,01938f0e-1c2b-7d3a-8e4f-5a6b7c8d9e0f",
}
"""Invalid ids in a path or query."""

WRONG_NUMBERS = {
    "empty": "",
    "a word": MARK,
    "minus nought": "-0",
    "negative with a leading zero": "-01",
    "two minuses": "--1",
    "with a plus": "%2B1",
    "with a leading zero": "01",
    "two zeros": "00",
    "with a space": "%201",
    "with a plus for a space": "+1",
    "with a line feed": "1%0A",
    "with a fraction": "1.0",
    "with an exponent": "1e1",
    "with an underscore": "1_0",
    "hexadecimal": "0x1",
    "a boolean": "true",
    "NaN": "NaN",
    "Infinity": "Infinity",
    "in quotes": "%221%22",
    "full-width": "１",
    "Arabic-Indic": "١",
    "superscript": "²",
    "full-width after the first digit": "1０",
    "a list": "1,2",
    "no UTF-8": "%FF",
    "a NUL": "%00",
}
"""Invalid numbers in a query."""

OUT_OF_BOUNDS = {
    "page=0": "page: must be at least 1",
    "page=1000000001": "page: must be at most 1000000000",
    "page=9223372036854775807": "page: must be at most 1000000000",
    "page=9223372036854775808": "page: must be at most 1000000000",
    f"page={LONG_NUMBER}": "page: must be at most 1000000000",
    "page=-1": "page: must be at least 1",
    f"page=-{LONG_NUMBER}": "page: must be at least 1",
    "limit=0": "limit: must be at least 1",
    "limit=-10": "limit: must be at least 1",
    "offset=-1": "offset: must be at least 0",
    "limit=101": "limit: must be at most 100",
    f"limit={LONG_NUMBER}": "limit: must be at most 100",
    "offset=1000000001": "offset: must be at most 1000000000",
    f"offset={LONG_NUMBER}": "offset: must be at most 1000000000",
    "page=1&limit=0": "limit: must be at least 1",
    "page=1&offset=1000000001": "offset: must be at most 1000000000",
}
"""Invalid numbers of a page of the history."""

CURSORS = {
    "empty": "",
    "a word": MARK,
    "a number": "1",
    "not base64": "%21%21%21%21",
    "the other base64": "YWJj%2B%2F8",
    "padded": "YWJjZA%3D%3D",
    "not ASCII": "caf%C3%A9",
    "no UTF-8": "%FF%FE",
    "a NUL": "%00",
    "zeros": "A" * 38,
    "zeros, of the length of a place": "A" * 43,
    "very long": MARK * 2000,
}
"""Invalid cursors."""

SEARCHES = {
    "empty": ("", "must not be empty"),
    "blank": ("%20%E3%80%80+", "must not be empty"),
    "a line feed": (f"{MARK}%0A", "must not contain control characters"),
    "a tab": (f"a%09{MARK}", "must not contain control characters"),
    "a NUL": (f"{MARK}%00", "must not contain control characters"),
    "DEL": (f"{MARK}%7F", "must not contain control characters"),
    "a C1 control": (f"{MARK}%C2%85", "must not contain control characters"),
    "256 characters": (MARK * 64, "must be at most 255 characters long"),
    "very long": (MARK * 2500, "must be at most 255 characters long"),
    "31 combining marks": ("a" + "%CC%81" * 31, "must not have more than 30 combining marks in a row"),
    "Latin-1": (f"{MARK}%E4", "must be valid Unicode"),
    "half a sequence": (f"{MARK}%F0%9F%A5", "must be valid Unicode"),
    "a surrogate": (f"{MARK}%ED%A0%80", "must be valid Unicode"),
    "an overlong sequence": (f"{MARK}%C0%AF", "must be valid Unicode"),
}
"""Invalid search words in a query."""

STATUSES = ["", MARK, "Active", "active ", "ALL", "incomplete", "active,completed", "true", "0", "null", "%00"]
"""Invalid statuses of tasks."""

ACTIONS = [
    "",
    MARK,
    "created",
    "CREATED ",
    "CREATED,UPDATED",
    "TASK_CREATED",
    "INCOMPLETE",
    "1",
    "null",
    "%00",
]
"""Invalid action types."""

REPEATED = [
    "page=1&page=1",
    "limit=5&limit=6",
    "offset=0&page=1&offset=0",
    "action_type=CREATED&action_type=DELETED",
    "cursor=a&cursor=b",
]
"""Parameters given twice."""

UNKNOWN = [f"{MARK}=1", "Page=1", "page_size=5", "page%5B%5D=1", "=1", f"page=1&{MARK}", "%FF=1", "%00=1"]
"""Parameters that no route has."""

TAGS = {
    "nothing": "",
    "a word": MARK,
    "a bare number": "3",
    "single quotes": "'3'",
    "an open quote": '"3',
    "a weak star": "W/*",
    "a space within": '"3 4"',
    "a small w": 'w/"3"',
    "any and a tag": '*, "3"',
    "no comma": '"3" "4"',
    "quotes within": '"3"4"',
}
"""Invalid entity tags."""

KEYS: dict[str, Sequence[str]] = {
    "empty": [""],
    "a space": [" "],
    "a space within": [f"{MARK} {MARK}"],
    "a tab within": [f"{MARK}\t{MARK}"],
    "a control character": [f"{MARK}\x1f"],
    "DEL": [f"{MARK}\x7f"],
    "an umlaut": [f"{MARK}ü"],
    "256 characters": [MARK * 64],
    "two": [MARK, f"{MARK}2"],
    "the same twice": [MARK, MARK],
}
"""Invalid idempotency keys."""

HOSTS: dict[str, Sequence[str]] = {
    "another": [f"{MARK}.example"],
    "one that begins alike": [f"localhost.{MARK}.example"],
    "one that ends alike": [f"{MARK}localhost"],
    "empty": [""],
    "two": ["localhost", "localhost"],
    "two, one of them foreign": ["localhost", f"{MARK}.example"],
    "a list": [f"localhost, {MARK}.example"],
    "with a user": [f"{MARK}@localhost"],
    "with a path": [f"localhost/{MARK}"],
    "with a word for a port": [f"localhost:{MARK}"],
    "with an empty port": ["localhost:"],
    "with two ports": ["localhost:80:80"],
    "with a port of six digits": ["localhost:655360"],
    "with a dot behind": ["localhost."],
    "in brackets": ["[localhost]"],
    "IPv6 without brackets": ["::1"],
    "a number for an address": ["2130706433"],
    "a look-alike": ["loc\u0430lhost"],
}
"""Host names of other servers."""

LENGTHS = ["131073", "99999999999999999999", "-1", "+5", "0x10", "1_0", "5, 5", "1.5", "five"]
"""Invalid lengths of a body; over a socket some are refused earlier."""

MOMENTS = ["", "now", "2026-11-16", "2026-11-16T10:00:00", "2026-02-30T10:00:00Z", "2026-11-16T10:00:60Z", "1763287200"]
"""Invalid moments; `test_time_travel.py` has more."""

CONTROLS = {"NUL": "%00", "a line feed": "%0A", "DEL": "%7F", "no UTF-8": "%C3"}
"""Characters that a path must not have."""

GOOD_BODY = '{"title": "Buy milk"}'
JSON_TYPE = [("content-type", "application/json")]
UUID_SENTENCE = "must be a UUID of 8-4-4-4-12 hexadecimal digits"
NUMBER_SENTENCE = "must be a whole number in digits, without sign or leading zero"
ENCODING_SENTENCE = "Content encoding is not supported"
TAG_SENTENCE = 'must be * or entity tags such as "3"'
HOST_SENTENCE = "host: is not one that this server answers to; see ALLOWED_HOSTS"
KEY_SENTENCE = "Idempotency-Key: must be 1 to 255 visible ASCII characters, once"
ZONE_SENTENCE = "as_of: must be a time with its zone, such as 2026-11-22T10:00:00Z"
TWICE_SENTENCE = "query: must not have the same parameter twice"
CURSOR_SENTENCE = "cursor: must be one that this list gave, with the same filters"
TWO_PLACES_SENTENCE = "cursor: must not be given together with page or offset"
JSON_SENTENCE = "Content type must be application/json"
TASK = "/tasks/{id}"
"""`{id}` is the id of a task that a bad change would affect, `{gone}` of none."""

TASK_ROUTES = [
    ("GET", TASK),
    ("PUT", TASK),
    ("DELETE", TASK),
    ("PATCH", f"{TASK}/complete"),
    ("PATCH", f"{TASK}/incomplete"),
    ("POST", f"{TASK}/restore"),
    ("GET", f"{TASK}/history"),
]
ROUTES = [
    *TASK_ROUTES,
    ("GET", "/tasks"),
    ("POST", "/tasks"),
    ("GET", "/history"),
    ("GET", "/history/verify"),
    ("GET", "/changes"),
    ("GET", "/events"),
    ("GET", "/stats/weekly"),
    ("GET", "/health"),
    ("GET", "/health/ready"),
]
KNOWN = {
    ("GET", "/tasks"): "known are status, q, as_of, limit and cursor",
    ("GET", TASK): "only version is known",
    ("GET", f"{TASK}/history"): "known are page, limit, offset and cursor",
    ("GET", "/history"): "known are page, limit, offset, cursor, task_id and action_type",
    ("GET", "/changes"): "known are since and limit",
    ("GET", "/events"): "known are since and lastEventId",
}
"""The known parameters of a route, as a refusal lists them."""

WITH_BODY = [("POST", "/tasks"), ("PUT", TASK)]
CHANGES = [route for route in ROUTES if route[0] != "GET"]


@dataclass(frozen=True)
class Case:
    """One bad request and its answer."""

    method: str
    path: str
    status: int
    sentence: str
    body: bytes | str | None = None
    headers: Sequence[tuple[str, str]] = ()


def good_body(method: str, path: str) -> str | None:
    """A valid body for the route."""
    return GOOD_BODY if (method, path) in WITH_BODY else None


def unknown_to(method: str, path: str) -> str:
    """The error for a parameter that this route does not know."""
    return f"query: has an unknown parameter, {KNOWN.get((method, path), 'none is known here')}"


def terms(method: str, path: str, *headers: tuple[str, str]) -> tuple[str | None, list[tuple[str, str]]]:
    """A valid body, and these headers with its content type."""
    body = good_body(method, path)
    return body, [*headers, *(JSON_TYPE if body else [])]


def some(values: dict[str, str], *, of_all: bool) -> list[tuple[str, str]]:
    """All of them, or a few if another route tests the same code with all."""
    return list(values.items())[:: 1 if of_all else 6]


def bodies() -> Iterator[tuple[str, Case]]:
    """Invalid bodies."""
    for method, path in WITH_BODY:
        for name, (body, sentence) in BODIES.items():
            yield f"{method} body: {name}", Case(method, path, 400, sentence, body, JSON_TYPE)
        for name, header in CONTENT_TYPES.items():
            yield f"{method} type: {name}", Case(method, path, 415, JSON_SENTENCE, GOOD_BODY, list(header.items()))
    for method, path in CHANGES:
        large = Case(method, path, 413, "Request body is too large", b" " * 131_073, JSON_TYPE)
        yield f"{method} {path} body: too large", large
    both = f"id: {UUID_SENTENCE}; title: must not be empty"
    yield "PUT path and body", Case("PUT", f"/tasks/{MARK}", 400, both, '{"title": ""}', JSON_TYPE)


def fields() -> Iterator[tuple[str, Case]]:
    """Invalid fields of one route's body, and invalid encodings of any body."""
    for name, (body, sentence) in MISSING_TITLE.items():
        yield f"POST body: {name}", Case("POST", "/tasks", 400, sentence, body, JSON_TYPE)
    for name, body in {**UNKNOWN_FIELDS, **READ_ONLY}.items():
        yield f"POST body: {name}", Case("POST", "/tasks", 400, KNOWN_TO_POST, body, JSON_TYPE)
    for name, body in UNKNOWN_FIELDS.items():
        yield f"PUT body: {name}", Case("PUT", TASK, 400, KNOWN_TO_PUT, body, JSON_TYPE)
    nothing = "at least one of title and description is required"
    for name, body in NOTHING_GIVEN.items():
        yield f"PUT body: {name}", Case("PUT", TASK, 400, nothing, body, JSON_TYPE)
    for name, (fields, sentence) in SENT_BACK.items():
        yield f"PUT body: {name}", Case("PUT", TASK, 400, sentence, f'{{"title": "x", {fields}}}', JSON_TYPE)
    for method, path in [*WITH_BODY, ("POST", f"{TASK}/restore")]:
        for name, coding in CONTENT_ENCODINGS.items():
            good, sent = terms(method, path, ("content-encoding", coding))
            yield f"{method} {path} encoding: {name}", Case(method, path, 415, ENCODING_SENTENCE, good, sent)


def paths() -> Iterator[tuple[str, Case]]:
    """Invalid paths and methods."""
    for method, path in TASK_ROUTES:
        body, headers = terms(method, path)
        for name, bad in some(IDS, of_all=method == "PUT"):
            bad_path = path.replace("{id}", bad)
            yield f"{method} {path} id: {name}", Case(method, bad_path, 400, f"id: {UUID_SENTENCE}", body, headers)
        gone = path.replace("{id}", "{gone}")
        yield f"{method} {path} id: of none", Case(method, gone, 404, "Task not found", body, headers)
    for method, path in ROUTES:
        body, headers = terms(method, path)
        yield f"{method} {path}/", Case(method, f"{path}/", 404, "Not found", body, headers)
        yield f"BREW {path}", Case("BREW", path, 405, "Method not allowed")
        for name, control in CONTROLS.items() if path != "/tasks" else ():  # there it would be a task's id
            yield f"{method} {path} with {name}", Case(method, f"{path}/{control}", 404, "Not found", body, headers)
    for path in ("", "/", "/nowhere", "/task", f"{TASK}/nothing", "//tasks", "/TASKS", "/../../etc/passwd", "/%2e%2e"):
        yield f"GET {path}", Case("GET", path, 404, "Not found")


def queries() -> Iterator[tuple[str, Case]]:
    """Invalid queries."""
    for method, path in ROUTES:
        body, headers = terms(method, path)
        unknown = Case(method, f"{path}?{MARK}=1", 400, unknown_to(method, path), body, headers)
        yield f"{method} {path} unknown parameter", unknown
    for query in UNKNOWN:
        yield f"unknown: {query}", Case("GET", f"/history?{query}", 400, unknown_to("GET", "/history"))
    for query in ("page=1", "offset=0", "Q=milk", "q%5B%5D=milk", "state=all", "is_completed=true"):
        yield f"unknown to tasks: {query}", Case("GET", f"/tasks?{query}", 400, unknown_to("GET", "/tasks"))
    for query in REPEATED:
        yield f"repeated: {query}", Case("GET", f"/history?{query}", 400, TWICE_SENTENCE)
    for query in ("q=a&q=b", "status=all&limit=1&status=all", "limit=1&limit=1", "cursor=a&cursor=a", "q=a&%71=b"):
        yield f"repeated for tasks: {query}", Case("GET", f"/tasks?{query}", 400, TWICE_SENTENCE)
    for query, sentence in OUT_OF_BOUNDS.items():
        for path in NUMBERED:
            yield f"{path} bounds: {query[:30]}", Case("GET", f"{path}?{query}", 400, sentence)
        if query.startswith("limit"):
            yield f"bounds of tasks: {query[:30]}", Case("GET", f"/tasks?{query}", 400, sentence)
    several = f"page: must be at least 1; limit: must be at most 100; task_id: {UUID_SENTENCE}"
    of_tasks = f"{STATUS_SENTENCE}; q: must not be empty; {ZONE_SENTENCE}; limit: must be at least 1"
    yield "several for tasks", Case("GET", f"/tasks?status={MARK}&q=&as_of={MARK}&limit=0&cursor=a", 400, of_tasks)
    yield "several", Case("GET", f"/history?page=0&limit=101&task_id={MARK}", 400, several)


def parameters() -> Iterator[tuple[str, Case]]:
    """Invalid values of one parameter."""
    for name, bad in {"empty": "", **IDS}.items():
        yield f"task_id: {name}", Case("GET", f"/history?task_id={bad}", 400, f"task_id: {UUID_SENTENCE}")
    for path, parameter in NUMBERS:
        for name, number in some(WRONG_NUMBERS, of_all=(path, parameter) == ("/history", "page")):
            bad_number = Case("GET", f"{path}?{parameter}={number}", 400, f"{parameter}: {NUMBER_SENTENCE}")
            yield f"{path} {parameter}: {name}", bad_number
    for action in ACTIONS:
        yield f"action: {action}", Case("GET", f"/history?action_type={action}", 400, ACTION_SENTENCE)
    for status in STATUSES:
        yield f"status: {status}", Case("GET", f"/tasks?status={status}", 400, STATUS_SENTENCE)
    for name, (search, sentence) in SEARCHES.items():
        yield f"q: {name}", Case("GET", f"/tasks?q={search}", 400, f"q: {sentence}")
    for moment in MOMENTS:
        yield f"as_of: {moment}", Case("GET", f"/tasks?as_of={moment}", 400, ZONE_SENTENCE)
    not_yet = "as_of: must not be later than now"
    yield "as_of: to come", Case("GET", "/tasks?as_of=9999-12-31T23:59:59Z", 400, not_yet)
    for path in ("/changes", "/events"):
        yield f"{path}: beyond", Case("GET", f"{path}?since=1000000", 400, "since: is beyond the newest entry")
        yield f"{path}: negative", Case("GET", f"{path}?since=-1", 400, "since: must be at least 0")
    yield "version: negative", Case("GET", f"{TASK}?version=-1", 400, "version: must be at least 1")
    for start in ("lastEventId=1000000", "lastEventId=1000000&since=0"):
        yield start, Case("GET", f"/events?{start}", 400, "lastEventId: is beyond the newest entry")


def cursors() -> Iterator[tuple[str, Case]]:
    """Invalid cursors in requests."""
    for path in PAGED:
        for name, cursor in CURSORS.items():
            yield f"{path} cursor: {name}", Case("GET", f"{path}?cursor={cursor}", 400, CURSOR_SENTENCE)
    for path in NUMBERED:
        for place in ("page=1", "offset=0", "page=1&offset=0"):
            yield f"{path} cursor, {place}", Case("GET", f"{path}?cursor={MARK}&{place}", 400, TWO_PLACES_SENTENCE)


NUMBERED = ["/history", f"{TASK}/history"]
PAGED = [*NUMBERED, "/tasks"]
NUMBERS = [
    ("/history", "page"),
    ("/history", "limit"),
    ("/history", "offset"),
    ("/tasks", "limit"),
    (f"{TASK}/history", "page"),
    (f"{TASK}/history", "limit"),
    (f"{TASK}/history", "offset"),
    (TASK, "version"),
    ("/changes", "since"),
    ("/changes", "limit"),
    ("/events", "since"),
    ("/events", "lastEventId"),
]
STATUS_SENTENCE = "status: must be one of 'all', 'active' or 'completed'"
ACTION_SENTENCE = (
    "action_type: must be one of 'CREATED', 'UPDATED', 'COMPLETED', 'INCOMPLETED', 'DELETED', 'RESTORED' or 'ERASED'"
)

DATES = [
    "",
    MARK,
    "2026-11-31",
    "2026-1-2",
    "20261122",
    "2026-W47-7",
    "2026-11-22T00:00:00Z",
    " 2026-11-22",
    "2026-11-22%0A",
    "٢٠٢٦-11-22",
    "0000-01-01",
    "1764547200",
]
DAYS = {
    "from=2026-11-22&to=2026-11-21": "to: must not be before from",
    "from=2026-01-01&to=2027-01-02": "to: must be less than 366 days after from",
    "from=0001-01-01&to=9999-12-31": "to: must be less than 366 days after from",
}
"""Invalid days, and invalid ranges of days."""


def dates() -> Iterator[tuple[str, Case]]:
    """Invalid queries for days."""
    for parameter in ("from", "to"):
        for day in DATES:
            refused = f"{parameter}: must be a date such as 2026-11-22"
            yield f"{parameter}: {day}", Case("GET", f"/stats/daily?{parameter}={day}", 400, refused)
    for both, sentence in DAYS.items():
        yield f"days: {both}", Case("GET", f"/stats/daily?{both}", 400, sentence)


def headers() -> Iterator[tuple[str, Case]]:
    """Invalid headers."""
    for method, path in CHANGES:
        for name, keys in KEYS.items():
            body, sent = terms(method, path, *(("idempotency-key", key) for key in keys))
            yield f"{method} {path} key: {name}", Case(method, path, 400, KEY_SENTENCE, body, sent)
    for method, path in [route for route in CHANGES if route != ("POST", "/tasks")] + [("GET", TASK)]:
        for condition in ("If-Match", "If-None-Match"):
            for name, tag in TAGS.items():
                body, sent = terms(method, path, (condition.lower(), tag))
                case = Case(method, path, 400, f"{condition}: {TAG_SENTENCE}", body, sent)
                yield f"{method} {path} {condition.lower()}: {name}", case
    for name, hosts in HOSTS.items():
        sent = [*(("host", host) for host in hosts), *JSON_TYPE]
        yield f"host: {name}", Case("POST", "/tasks", 400, HOST_SENTENCE, GOOD_BODY, sent)
    for length in LENGTHS:
        for method, path in CHANGES[::3]:
            sent = [("content-length", length), *JSON_TYPE]
            case = Case(method, path, 413, "Request body is too large", GOOD_BODY, sent)
            yield f"{method} {path} length: {length}", case
    for name, number in WRONG_NUMBERS.items():
        sent = [("last-event-id", number)]
        yield f"last-event-id: {name}", Case("GET", "/events", 400, f"Last-Event-ID: {NUMBER_SENTENCE}", None, sent)


CATALOGUE = {
    name: case
    for part in (bodies, fields, paths, queries, parameters, cursors, dates, headers)
    for name, case in part()
}


def request(
    line: str = "POST /api/v1/tasks HTTP/1.1", *more: str, host: str | None = "Host: localhost", body: str = ""
) -> bytes:
    """The bytes of a request; the body is chunked unless there is a length."""
    lines = [line, *([host] if host else []), "Content-Type: application/json", *more]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1")


def chunked(body: str) -> bytes:
    """The bytes of a request with these bytes as its chunks."""
    return request("POST /api/v1/tasks HTTP/1.1", "Transfer-Encoding: chunked", body=body)


READ = "GET /api/v1/tasks HTTP/1.1"


LARGEST_HEAD = 16 * 1024
UNCOUNTED = len("GET  HTTP/1.1\r\n\r\n")
"""A head in one piece is limited by its target and headers; one in several pieces by every byte."""


def with_head_of(size: int) -> bytes:
    """A valid request whose head has this many bytes, the empty line included."""
    empty = request(READ, "X: ")
    return request(READ, "X: " + "x" * (size - len(empty)))


NO_HTTP = (400, "request: is not valid HTTP/1.1")
NO_PATH = (400, "request: its target must be a path")
FOREIGN = (400, HOST_SENTENCE)
LARGE_HEAD = (431, "Request headers are too large")
LARGE_BODY = (413, "Request body is too large")
LENGTH = f"Content-Length: {len(GOOD_BODY)}"
CHUNK = f"{len(GOOD_BODY):x}\r\n{GOOD_BODY}\r\n"

WIRE: dict[str, tuple[bytes, int, str]] = {
    # no HTTP, or another one
    "no HTTP": (f"{MARK}\r\n\r\n".encode(), *NO_HTTP),
    "TLS": (bytes.fromhex("16030100c8010000c40303") + b"\0" * 50, *NO_HTTP),
    "HTTP/0.9": (b"GET /api/v1/tasks\r\n\r\n", *NO_HTTP),
    "HTTP/0.9 by name": (request("GET /api/v1/tasks HTTP/0.9"), *NO_HTTP),
    "HTTP/1.2": (request("GET /api/v1/tasks HTTP/1.2"), *NO_HTTP),
    "HTTP/2.0": (request("GET /api/v1/tasks HTTP/2.0"), *NO_HTTP),
    "HTTP/2's preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", *NO_HTTP),
    "no number": (request("GET /api/v1/tasks HTTP/x"), *NO_HTTP),
    "line feeds alone": (request(READ).replace(b"\r\n", b"\n"), *NO_HTTP),
    "carriage returns alone": (request(READ).replace(b"\r\n", b"\r"), *NO_HTTP),
    "one line feed alone": (request(READ).replace(b"localhost\r\n", b"localhost\n"), *NO_HTTP),
    # method and target
    "an unknown method": (request("BREW /api/v1/tasks HTTP/1.1"), *NO_HTTP),
    "a method in small letters": (request("get /api/v1/tasks HTTP/1.1"), *NO_HTTP),
    "a space in the target": (request(f"GET /api/v1/tasks {MARK} HTTP/1.1"), *NO_HTTP),
    "a NUL in the target": (request("GET /api/v1/tasks\0 HTTP/1.1"), *NO_HTTP),
    "Latin-1 in the target": (request("GET /api/v1/t\xe4sks HTTP/1.1"), *NO_HTTP),
    "UTF-8 in the query": (request("GET /api/v1/tasks?q=k\xc3\xa4se HTTP/1.1"), *NO_HTTP),
    "no target": (request("GET HTTP/1.1"), *NO_HTTP),
    "a target without a slash": (request("GET api/v1/tasks HTTP/1.1"), *NO_HTTP),
    "all of the server": (request("OPTIONS * HTTP/1.1"), *NO_PATH),
    "a tunnel": (request("CONNECT localhost:80 HTTP/1.1"), *NO_HTTP),
    "a file": (request("GET file://localhost/etc/passwd HTTP/1.1"), *NO_PATH),
    "a whole address, foreign": (request(f"GET http://{MARK}.example/api/v1/tasks HTTP/1.1"), *FOREIGN),
    "a whole address, foreign host in the header": (
        request("GET http://localhost/nowhere HTTP/1.1", host=f"Host: {MARK}.example"),
        404,
        "Not found",
    ),
    "a target of 20 KiB": (request(f"GET /{MARK * 5120} HTTP/1.1"), *LARGE_HEAD),
    # hosts
    "no host": (request(READ, host=None), *FOREIGN),
    "no host in HTTP/1.0": (request("GET /api/v1/tasks HTTP/1.0", host=None), *FOREIGN),
    "two hosts": (request(READ, "Host: localhost"), *FOREIGN),
    "two hosts, one of them foreign": (request(READ, f"Host: {MARK}.example"), *FOREIGN),
    "two hosts and a whole address": (request("GET http://localhost/ HTTP/1.1", "Host: localhost"), *FOREIGN),
    "a space before the colon": (request(READ, host="Host : localhost"), *NO_HTTP),
    # headers
    "a header with a NUL": (request(READ, f"X-Request-ID: {MARK}\0"), *NO_HTTP),
    "a header with a control character": (request(READ, f"X-Request-ID: {MARK}\x01"), *NO_HTTP),
    "a header with a carriage return": (request(READ, f"X-Request-ID: {MARK}\r{MARK}"), *NO_HTTP),
    "a header without a colon": (request(READ, MARK), *NO_HTTP),
    "a header without a name": (request(READ, f": {MARK}"), *NO_HTTP),
    "a header with a space in its name": (request(READ, f"X {MARK}: 1"), *NO_HTTP),
    "a folded header": (request(READ, "X-Request-ID: a\r\n b"), *NO_HTTP),
    "a header that begins with a space": (request(READ, f" X: {MARK}"), *NO_HTTP),
    "a header of 20 KiB": (request(READ, f"X: {MARK * 5120}"), *LARGE_HEAD),
    "a head of just over 16 KiB": (with_head_of(LARGEST_HEAD + UNCOUNTED + 1), *LARGE_HEAD),
    "4,000 headers": (request(READ, *[f"X: {MARK}"] * 4000), *LARGE_HEAD),
    "a header of 1 MiB that never ends": (request(READ, f"X: {MARK * 262_144}")[:-4], *LARGE_HEAD),
    # lengths
    "a length and chunks": (request(READ, LENGTH, "Transfer-Encoding: chunked", body=CHUNK), *NO_HTTP),
    "chunks and a length": (request(READ, "Transfer-Encoding: chunked", LENGTH, body=CHUNK), *NO_HTTP),
    "two lengths": (request(READ, LENGTH, "Content-Length: 5", body=GOOD_BODY), *NO_HTTP),
    "the same length twice": (request(READ, LENGTH, LENGTH, body=GOOD_BODY), *NO_HTTP),
    "a list of lengths": (request(READ, "Content-Length: 5, 5"), *NO_HTTP),
    "a negative length": (request(READ, "Content-Length: -5"), *NO_HTTP),
    "a length with a plus": (request(READ, "Content-Length: +5"), *NO_HTTP),
    "a hexadecimal length": (request(READ, "Content-Length: 0x5"), *NO_HTTP),
    "an empty length": (request(READ, "Content-Length:"), *NO_HTTP),
    "a length of two numbers": (request(READ, "Content-Length: 5 5"), *NO_HTTP),
    "a length beyond all numbers": (request(READ, f"Content-Length: {LONG_NUMBER}"), *NO_HTTP),
    "a length beyond the limit": (request("POST /api/v1/tasks HTTP/1.1", "Content-Length: 131073"), *LARGE_BODY),
    # encodings
    "an unknown encoding": (request(READ, "Transfer-Encoding: gzip", body=CHUNK), *NO_HTTP),
    "an encoding that looks like chunks": (request(READ, "Transfer-Encoding: xchunked", body=CHUNK), *NO_HTTP),
    "chunks, then something else": (request(READ, "Transfer-Encoding: chunked, identity", body=CHUNK), *NO_HTTP),
    "two encodings": (request(READ, "Transfer-Encoding: chunked", "Transfer-Encoding: x", body=CHUNK), *NO_HTTP),
    # chunks
    "a chunk with a word for its size": (chunked(f"{MARK}\r\n"), *NO_HTTP),
    "a chunk of negative size": (chunked("-1\r\n"), *NO_HTTP),
    "a chunk of 0x": (chunked("0x1\r\n{\r\n0\r\n\r\n"), *NO_HTTP),
    "a chunk beyond all numbers": (chunked("f" * 17 + "\r\n"), *NO_HTTP),
    "a chunk longer than it says": (chunked("1" + CHUNK[2:]), *NO_HTTP),
    "a chunk shorter than it says": (chunked("ff" + CHUNK[2:] + "0\r\n\r\n" + " " * 300), *NO_HTTP),
    "a chunk with a line feed alone": (chunked(CHUNK.replace("\r\n", "\n", 1)), *NO_HTTP),
    "chunks beyond the limit": (chunked(f"8000\r\n{' ' * 32_768}\r\n" * 5 + "0\r\n\r\n"), *LARGE_BODY),
    "200,000 chunks of one byte": (chunked("1\r\n \r\n" * 200_000 + "0\r\n\r\n"), *LARGE_BODY),
    "a change of which a chunk is bad": (
        request("DELETE /api/v1/tasks/{id} HTTP/1.1", "Transfer-Encoding: chunked", body="x\r\n"),
        *NO_HTTP,
    ),
    # more than one thing at once
    "a tunnel to a path": (request("CONNECT /api/v1/tasks HTTP/1.1"), *NO_PATH),
    "an upgrade with a bad body": (
        request("POST /api/v1/tasks HTTP/1.1", "Content-Length: 1", "Connection: Upgrade", "Upgrade: h2c", body="{"),
        400,
        "body: must be valid JSON",
    ),
    "a fragment in the target": (request("GET /api/v1/tasks#top HTTP/1.1"), *NO_HTTP),
    "a type as it comes after the body": (
        chunked(f"{CHUNK}0\r\nContent-Type: text/plain\r\n\r\n").replace(b"application/json", b"text/html"),
        415,
        JSON_SENTENCE,
    ),
}
"""Malformed HTTP: the bytes, and the status and error of the first answer."""
