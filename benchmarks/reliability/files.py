"""Hostile files: what a reader may be given. Each stands beside an honest file, which must be read all the same."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Sequence

from benchmarks.reliability import Fault
from benchmarks.reliability.corpora import attempt
from benchmarks.reliability.files_on_disk import ON_DISK
from benchmarks.reliability.reading_process import PROCESS
from benchmarks.reliability.streams import STREAMS

_PROSE = "Bees dance for their sisters, and they tell the way to flowers. " * 4


def _macros() -> str:
    levels = "".join(f"@string{{a{n} = {' # '.join([f'a{n - 1}'] * 10)}}}\n" for n in range(1, 9))
    return '@string{a0 = "aaaaaaaaaa"}\n' + levels + "@misc{b, title = a8}\n@misc{c, title = {Bees}}\n"


def _zip(name: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"0" * 50_000_000)
    return written.getvalue()


def _laughs() -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{entities}]><x>&l9;</x>'


def _brackets() -> str:
    return f"Title: Bees\nAuthors: {'(' * 50_000}{')' * 50_000}\nAbstract: {_PROSE}\n"


def _random(seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(200_000)


def _steering() -> str:
    hostile = "\x1b[2J\x07\x9b\u202e\u2066\U000e0041"
    return json.dumps({"title": f"Bees{hostile}", "abstract": f"{hostile}Bees dance.", "authors": [hostile]}, ensure_ascii=False)


_READ, _TOLD = None, ""
# What the file is, its name, what makes it, and what must be told of it (None: it is read; "": any problem).
_CONTENTS: tuple[tuple[str, str, Callable[[], str | bytes], str | None], ...] = (
    ("BibTeX names that double each other to 1.7 GB", "a.bib", _macros, "too long a text"),
    ("a BibTeX title in 50,000 layers of braces", "a.bib", lambda: "@misc{a, title={" + "{" * 50_000 + "Bees" + "}" * 50_000 + "}}", _READ),
    ("30,000 BibTeX entries that never close", "a.bib", lambda: "@misc{a, title={T\n" * 30_000, _TOLD),
    ("100,000 authors within an open brace", "a.bib", lambda: '@misc{a, title={T}, author={"{' + "A and " * 100_000 + "B}}}", _TOLD),
    ("20,000 BibTeX entries with the same key", "a.bib", lambda: "@misc{a, title={T}}\n" * 20_000, "and 19,7"),
    ("quotation marks in BibTeX that never close", "a.bib", lambda: '@misc{a, title="' + '{"}' * 30_000, _READ),
    ("20,000 RIS entries without an end", "a.ris", lambda: "TY  - JOUR\n" * 20_000, "and "),
    ("a RIS entry of 6 MB", "a.ris", lambda: "TY  - JOUR\nTI  - Bees\n" + "AB  - b\n" * 750_000, "characters"),
    ("a CSV quotation mark that never closes", "a.csv", lambda: "title,abstract\n" + 'x,"open\n' * 50_000, _TOLD),
    ("a CSV header of 500,000 columns", "a.csv", lambda: "title," * 500_000 + "\n1\n", "columns"),
    ("a CSV cell of 30 MB", "a.csv", lambda: 'title,abstract\nBees,"' + "bees " * 6_000_000 + '"\n', _TOLD),
    ("50,000 CSV rows with a cell too many", "a.csv", lambda: "title,abstract\n" + "a,b,c\n" * 50_000, "and 49,8"),
    ("CSV cells that a spreadsheet would run", "a.csv", lambda: 'title,abstract\n"=cmd|\'/C calc\'!A0","@SUM(1+1)*cmd"\n', _READ),
    ("JSON nested 300,000 deep", "a.json", lambda: '[{"a":' * 300_000, _TOLD),
    ("a JSON number of 100,000 digits", "a.jsonl", lambda: '{"title": "Bees", "year": ' + "9" * 100_000 + "}", _TOLD),
    ("a JSON key that is there 100,000 times", "a.jsonl", lambda: "{" + '"title": "Bees",' * 100_000 + '"x": 1}', _READ),
    ("half characters in JSON keys and values", "a.jsonl", lambda: '{"\\ud800": "\\udfff", "title": "Bees\\ud800"}', _READ),
    ("half characters alone in JSON", "a.jsonl", lambda: '{"\\ud800": "\\udfff"}', _TOLD),
    ("20,000 broken JSON objects", "a.json", lambda: "[" + '{"title":},' * 20_000 + "]", _TOLD),
    ("100,000 lines of JSON that are no objects", "a.jsonl", lambda: '{"title": "Bees"}\n' + "17\n" * 100_000, "99990 more like this"),
    ("JSON that is cut off in the middle", "a.json", lambda: '[{"title": "Bees"}, {"title": "Was', _TOLD),
    ("a line of 50 MB", "a.txt", lambda: f"Abstract: {_PROSE}\n" + "word " * 10_000_000, "a line of"),
    ("three million empty lines", "a.txt", lambda: "\n" * 3_000_000, "empty"),
    (
        "authors in 50,000 layers of brackets",
        "a.txt",
        _brackets,
        _READ,
    ),
    ("an abstract of 50,000 lines", "a.txt", lambda: "Title: Bees\nAbstract: They\n" + " dance and dance\n" * 50_000, _READ),
    ("100,000 accents on one letter", "a.jsonl", lambda: json.dumps({"title": "Bees", "text": "a" + "\u0301\u0327" * 50_000}), _READ),
    ("200,000 lines that are no papers", "a.txt", lambda: f"Abstract: {_PROSE * 400}\n" + "x\n" * 20_000, "and "),
    ("NUL bytes within a text", "a.txt", lambda: b"Bees\0dance\0", "binary"),
    ("NUL characters within JSON", "a.jsonl", lambda: '{"title": "Bees\\u0000", "abstract": "a\\u0000b"}', _READ),
    ("bytes by chance", "a.csv", _random, "binary"),
    ("a ZIP bomb called .csv", "a.csv", lambda: _zip("a.csv"), "archive"),
    ("a Word file called .txt", "a.txt", lambda: _zip("word/document.xml"), "Word"),
    ("a gzip bomb called .jsonl", "a.jsonl", lambda: gzip.compress(b"0" * 50_000_000), "archive"),
    ("a PDF called .bib", "a.bib", lambda: b"%PDF-1.7\n" + _random(), "PDF"),
    ("a database called .json", "a.json", lambda: b"SQLite format 3\0" + bytes(4096), "database"),
    ("a program called .ris", "a.ris", lambda: b"\x7fELF" + _random(), "program"),
    ("a web page called .csv", "a.csv", lambda: "<!doctype html><script>alert(1)</script>", "web page"),
    ("XML with a billion laughs", "a.json", _laughs, "XML"),
    ("UTF-16 without its mark", "a.txt", lambda: f"Abstract: {_PROSE}".encode("utf-16-le"), "binary"),
    ("UTF-16 with half a character at its end", "a.jsonl", lambda: '{"title": "Bees"}\n'.encode("utf-16") + b"\x00", _READ),
    ("UTF-32 with numbers beyond Unicode", "a.txt", lambda: b"\xff\xfe\x00\x00" + b"\xff\xff\xff\x7f" * 1000, _TOLD),
    ("UTF-8 that is longer than it may be", "a.txt", lambda: b"Abstract: " + b"\xc0\xaf\xe0\x80\xaf" * 1000, _TOLD),
    ("two encodings in one file", "a.jsonl", lambda: '{"title": "Bees é"}\n'.encode() + '{"title": "Wasps é"}\n'.encode("latin-1"), _READ),
    ("1,000 byte order marks", "a.jsonl", lambda: "\ufeff" * 1000 + '{"title": "Bees"}', _TOLD),
    ("line ends of three systems, mixed", "a.jsonl", lambda: '{"title": "A"}\r{"title": "B"}\r\n{"title": "C"}\n\r{"title": "D"}', _READ),
    ("text that steers a terminal", "a.jsonl", _steering, _READ),
    ("dates that no calendar has", "a.csv", lambda: "title,date\nBees,2024-13-45\nWasps,0000\nFlies,99999999999\n", _TOLD),
    ("an empty file", "a.csv", lambda: "", "empty"),
)


def _content(name: str, make: Callable[[], str | bytes], told: str | None) -> Callable[..., str]:
    def prepare(corpus: object) -> None:
        made = make()
        (corpus / name).write_bytes(made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass"))  # type: ignore[operator]

    return attempt(prepare, [name], told)


FAULTS: Sequence[Fault] = (
    *(
        Fault("files", fault, _content(name, make, told), tries=3, sampled=int(number % 4 == 1))
        for number, (fault, name, make, told) in enumerate(_CONTENTS)
    ),
    *ON_DISK,
    *PROCESS,
    *STREAMS,
)
