"""Bad input and the sentence it gets. `qwxz` marks what must not come back in any answer."""

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
    "an unknown field": (f'{{"title": "Buy milk", "{MARK}": 1}}', "body: has an unknown field"),
    "a field of another case": ('{"title": "Buy milk", "Title": "Buy milk"}', "body: has an unknown field"),
    "an id": ('{"title": "Buy milk", "id": "1"}', "body: has an unknown field"),
    "a state": ('{"title": "Buy milk", "is_completed": true}', "body: has an unknown field"),
    "a version": ('{"title": "Buy milk", "version": 7}', "body: has an unknown field"),
    "an empty name": ('{"title": "Buy milk", "": 1}', "body: has an unknown field"),
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
"""Bodies that neither POST /tasks nor PUT /tasks/{id} takes."""

MISSING_TITLE: dict[str, tuple[bytes | str, str]] = {
    "an empty object": ("{}", "title: is required"),
    "a description alone": ('{"description": "Two litres"}', "title: is required"),
    "null for a title": ('{"title": null}', "title: must be a string"),
}
"""Bodies that POST /tasks does not take."""

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
"""Announcements of a body that are not JSON in UTF-8."""

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
"""What is no id, as it stands in a path or query."""

WRONG_NUMBERS = {
    "empty": "",
    "a word": MARK,
    "negative": "-1",
    "minus nought": "-0",
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
"""What is no whole number, as it stands in a query."""

OUT_OF_BOUNDS = {
    "page=0": "page: must be at least 1",
    "page=1000000001": "page: must be at most 1000000000",
    "page=9223372036854775807": "page: must be at most 1000000000",
    "page=9223372036854775808": "page: must be at most 1000000000",
    f"page={LONG_NUMBER}": "page: must be at most 1000000000",
    "limit=0": "limit: must be at least 1",
    "limit=101": "limit: must be at most 100",
    f"limit={LONG_NUMBER}": "limit: must be at most 100",
    "offset=1000000001": "offset: must be at most 1000000000",
    f"offset={LONG_NUMBER}": "offset: must be at most 1000000000",
    "page=1&limit=0": "limit: must be at least 1",
    "page=1&offset=1000000001": "offset: must be at most 1000000000",
}
"""Numbers that a page of the history can't have."""

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
"""What is no action type."""

REPEATED = [
    "page=1&page=1",
    "limit=5&limit=6",
    "offset=0&page=1&offset=0",
    "action_type=CREATED&action_type=DELETED",
]
"""Parameters given twice."""

UNKNOWN = [f"{MARK}=1", "Page=1", "page_size=5", "page%5B%5D=1", "=1", f"page=1&{MARK}", "%FF=1", "%00=1"]
"""Parameters that no route has."""
