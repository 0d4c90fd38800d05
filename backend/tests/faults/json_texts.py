"""Valid and invalid JSON: a table, a grammar that generates texts with a known value, and small mutations."""

import json
import re
from random import Random

VALUES = r"""
0 -0 1 -1 10 1.5 -0.0 0e0 0E+1 1e-1 1e999 -1E-999 123456789012345678901234567890 0.1e1 20e1 1.0000000000000000000001
true false null [] {} [[]] [{}] {"":0} {"a":[]} [null] [1,"2",{"3":4}] [[[[[[[[]]]]]]]] {"a":{"a":{"a":{}}}}
"" "a" "\"" "\\" "\/" "/" "\b" "\f" "\n" "\r" "\t" "\u0041" "\u00e9" "\u00E9" "\uD83E\uDD5B" "\ud83e\udd5b"
"\uD83e\uDd5B" "\u0000" "\u007f" "\u0085" "\u2028" "\ufeff" "\uffff" "\ud800" "\udc00" "\udc00\ud800" "\ud800\ud800"
"\ud800x" "\\ud800" "\\u0041" "\\\u0041" "\u005c\u0022" "é" "牛乳" "🥛" "'" "//" "/**/" "[" "}" "\ud83e" "\ud83e\u0041"
"x\udfff" 01 -01 00 1. .5 -.5 1.e1 1e 1e+ +1 - -- 0x10 0b1 1_0 1,0 1e1.5 ١ １ 1a -a NaN -NaN Infinity -Infinity inf nan
1/2 1.2.3 1e--1 True TRUE tru nul None undefined nil yes truefalse nulll [ ] [,] [1,] [,1] [1,,2] [1:2] [1 [}  {] ]{ [[]
[]] [1} } {1:2} {a:1} {'a':1} {"a"} {"a":} {:1} {"a":1,} {,"a":1} {"a":1,,"b":2} {"a":1"b":2} {"a"1} {"a"::1} {"a":1:2}
{"a",1} {"a":1 {null:1} {[]:1} {"a":1}} {{}} {"a":1;"b":2} {"a":1}x {"a":1}{"b":2} {"a":1,"a":1} {"a":1,"\u0061":1}
{"\ud800":1} " "a a" "a\" "\x41" "\a" "\u" "\u1" "\u12" "\u123" "\u123g" "\U0041" "\u{41}" "\0" "\'" "\" "a""b" 'a' `a`
“a” a \u0041 \n "a"+"b" "\ud83e\u" "\uD83E\" "\é" /**/1 1// #1 1; 1,1 <!-- @ $ & * ? "\u+041" "\u-041" "\u004١"
"\N{DASH}"
"""
"""What may stand where a description stands, right and wrong, parted by white space."""

SPACED = [
    "[ ]",
    "{ }",
    "[ 1 , 2 ]",
    '{ "a" : 1 }',
    "[1 2]",
    '{"a" 1}',
    "1 2",
    "- 1",
    "1 .5",
    "t rue",
    '"\\ "',
    '"a" "b"',
]
SPACED += [
    '"\t"',
    '"\n"',
    '"\r"',
    '"\0"',
    '"\x1f"',
    '"\x7f"',
    '"\u2028"',
    '"\ufeff"',
    '"\ue000"',
    '"\U0010ffff"',
    '"\u00a0"',
]
SPACED += [
    "\u00a01",
    "\ufeff1",
    "1\u2003",
    "\u20281",
    "1\v",
    "1\f",
    "1\0",
    "\x1a",
    "[1,\u30002]",
    "[\v]",
    '"\\\n"',
    '"a\\\tb"',
]

BODIES = [
    b"",
    b" ",
    b"\n\t\r ",
    b"\0",
    b'{"title":"x"}\0',
    b'\0{"title":"x"}',
    b'\xef\xbb\xbf{"title":"x"}',
    b'\xff\xfe{"title":"x"}',
    b'{"title":"x"}\xff',
    b'{"title":"\x80"}',
    b'{"title":"\xc3"}',
    b'{"title":"\xc3("}',
    b'{"title":"\xc0\x80"}',
    b'{"title":"\xe0\x80\xaf"}',
    b'{"title":"\xed\xa0\x80"}',
    b'{"title":"\xed\xb0\x80"}',
    b'{"title":"\xf0\x80\x80\xaf"}',
    b'{"title":"\xf4\x90\x80\x80"}',
    b'{"title":"\xf8\x88\x80\x80\x80"}',
    b'{"title":"\xfe"}',
    b'{"title":"\xf0\x9f\xa5"}',
    b'{"\xfftitle":"x"}',
    '{"title":"x"}'.encode("utf-16"),
    '{"title":"x"}'.encode("utf-16-le"),
    '{"title":"x"}'.encode("utf-16-be"),
    '{"title":"x"}'.encode("utf-32"),
    '{"title":"é"}'.encode("latin-1"),
    '{"title":"€"}'.encode("cp1252"),
    '{"title":"x"}\u00a0'.encode(),
    '\u2028{"title":"x"}'.encode(),
    '{"title"\u3000:"x"}'.encode(),
    b'{"title":"x"}\v',
    b'{"title":"x"}\f',
    b' \t\r\n{ \t\r\n"title" \t\r\n: \t\r\n"x" \t\r\n} \t\r\n',
    b'{"\\u0074itle":"x"}',
    b'{"title":"x","title":"x"}',
    b'{"title":"x","description":null}',
    b'{"description":null}',
    b'{"title":null}',
    b'{"title":"x","Title":"x"}',
    b'{"title":"x","__proto__":null}',
    b'{"title":"x","description":"y","description":"z"}',
    b'[{"title":"x"}]',
    b'"title"',
    b'{"title":"x"}{"title":"x"}',
    b'{"title":"x"},',
    b'({"title":"x"})',
    b"title=x",
    b')]}\'\n{"title":"x"}',
]  # fmt: skip
BOTTOMLESS = [
    b"[" * 60_000,
    b"[" * 60_000 + b"]" * 60_000,
    b'{"title":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"title":"x","description":' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"title":"x","description":' + b"[" * 2_000 + b"]" * 2_000 + b"}",
    b'{"title":"x","description":' + b"9" * 100_000 + b"}",
    b'{"title":"x","description":0.' + b"9" * 100_000 + b"}",
    b'{"title":"x","description":1e' + b"9" * 100_000 + b"}",
    b'{"title":"x","description":"' + b"\\" * 100_000 + b'"}',
    b'{"title":"x","description":"' + b"\\ud800" * 20_000 + b'"}',
    b'{"title":"x"' + b" " * 131_060,
    b'{"title":"x"' + b" " * 131_058 + b"}",
    b'{"title":"x"' + b" " * 131_060 + b"}",
    b'{"a":0,' * 15_000,
    b"{" + b",".join(b'"%d":0' % number for number in range(10_000)) + b"}",
]
"""Deep, long and wide: to be accepted or refused, never to be a surprise."""

WHITE_SPACE = " \t\r\n"
SHORT_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}

_TOKEN = re.compile(
    r"""(?P<s>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")
      | (?P<v>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)
      | (?P<mark>[\[\]{}:,]) | (?P<space>[ \t\r\n]+) | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_COMPOSED = re.compile(r"\[(?:[sv](?:,[sv])*)?\]|\{(?:s:[sv](?:,s:[sv])*)?\}")


def is_json(text: str) -> bool:
    """RFC 8259's grammar, without a parser: strings and other values are matched separately, and then combined."""
    kinds = {"s": "s", "v": "v", "space": "", "other": "?"}
    left = "".join(kinds.get(str(token.lastgroup), token[0]) for token in _TOKEN.finditer(text))
    while (composed := _COMPOSED.sub("v", left)) != left:
        left = composed
    return left in {"s", "v"}


def table() -> list[bytes]:
    """Each value as a description, as a title and alone, and the bodies that are made by hand."""
    values = [value.encode() for value in [*VALUES.split(), *SPACED]]
    return [
        *BODIES,
        *(b'{"title":"x","description":' + value + b"}" for value in values),
        *(b'{"title":' + value + b"}" for value in values),
        *values,
    ]


def written(chance: Random, value: object) -> str:
    """One of the many texts of a value."""
    space = "".join(chance.choices(WHITE_SPACE, k=chance.choice([0, 0, 0, 1, 3])))
    if isinstance(value, str):
        text = '"' + "".join(_written_character(chance, character) for character in value) + '"'
    elif isinstance(value, list):
        text = "[" + ",".join(written(chance, item) for item in value) + (space if not value else "") + "]"
    elif isinstance(value, dict):
        members = [written(chance, name) + ":" + written(chance, item) for name, item in value.items()]
        text = "{" + ",".join(chance.sample(members, len(members))) + "}"
    else:
        text = json.dumps(value)
    return space + text + space[::-1]


def _written_character(chance: Random, character: str) -> str:
    if character in SHORT_ESCAPES and (chance.random() < 0.5 or character in '"\\'):
        return "\\" + SHORT_ESCAPES[character]
    if character < " " or chance.random() < 0.2:
        units = character.encode("utf-16-be").hex()
        return "".join(
            "\\u" + chance.choice([str.upper, str.lower])(units[at : at + 4]) for at in range(0, len(units), 4)
        )
    return character


def any_value(chance: Random, depth: int = 3) -> object:
    """What is no text."""
    leaves = [None, True, False, 0, -1, 2.5, 1e300, 10**30, "x", ""]
    match chance.randrange(4 if depth else 2):
        case 2:
            return [any_value(chance, depth - 1) for _ in range(chance.randrange(4))]
        case 3:
            return {str(number): any_value(chance, depth - 1) for number in range(chance.randrange(4))}
    return chance.choice(leaves)


def altered(chance: Random, text: str) -> str:
    """One character or piece taken out, put in, doubled or exchanged."""
    start, end = sorted(chance.choices(range(len(text) + 1), k=2))
    end = chance.choice([end, min(start + 1, len(text))])
    piece = chance.choice(
        ['"', "\\", "{", "}", "[", "]", ",", ":", "0", "-", ".", "e", "u", "null", "\0", "\n", " ", "x", "é"]
    )
    return text[:start] + chance.choice(["", piece, text[start:end] * 2, piece + text[start:end]]) + text[end:]
