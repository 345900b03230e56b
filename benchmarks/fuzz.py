"""Hostile files made by a grammar, and whether each is read or explained within 2 seconds of the processor and 300 MB.

    python -m benchmarks.fuzz [--files 10000] [--first 0]

A file is told by its number: the same number gives the same bytes. Exit status 1 where one was not survived.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag.corpus.draft import Reading
from rag.corpus.gate import Gate
from rag.corpus.gate_limits import Limits
from rag.model import dumps

# The system counts whole seconds: one and the second that has begun.
STRICT = Limits(memory=300_000_000, memory_per_byte=0, seconds=1.0, seconds_per_megabyte=0.0)
_LIMIT = "limit: "  # in the reason of what broke one
_FAULTS = ("report this as a fault", "reading process")
_MOST = 300_000  # characters of a file

# The pieces that texts are made of.

_WORDS = "bees dance for sisters tell way flowers hive deep learning of graphs we propose method results show Novel The a".split()
_SPECIAL = (
    *"\0 \x1b[31m \x07 \x85 \x9b \u2028 \u202e \u2066 \ufeff \u200b \U000e0041 \ud800 \ufffd 😀 深度学习 ﷺ İ ß ŉ é é नमस्ते".split(" "),
    *'{ } " " \' , ; | \\ @ # = $ % & ~ ^ _ < > ( ) [ ] : - – · * \t \\" {{ }} [[ ]] "" """'.split(" "),
    *r"\alpha \textbf{x} {\'e} \\ %s {0} </p> &amp; &#x202e; <script> =1+1 -1 +A1 http://x.y/ 10.1/x arXiv:2401.00001 nan null".split(" "),
    "\r",
    "\n",
    "\r\n",
    "\n\n",
)
_NUMBERS = ("0", "-1", "1" * 400, "1e999", "1,234", "١٢", "½", "NaN", "2024", "9999999999999", "0x10", "1.5k", "²")
_DATES = ("2024", "2024-13-45", "31 Feb 2024", "Dec 17, 2024", "99999999999", "0000", "Spring 2024", "2024-01-01T25:61", "13/06/2024", "")
_NAMES = (
    "title title title abstract abstract text authors author year date doi url id month upvotes comments venue journal keywords x "
    "title_ TITLE Ab.stract"
).split()


class Maker:
    """Makes one hostile file of each kind, by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self._oddness = self.chance.choice((0.01, 0.05, 0.3, 1.0))

    def usual(self, usual: str, *odd: str) -> str:
        """What usually stands somewhere, or something odd: the more often the odder the whole file is."""
        return usual if self.chance.random() >= self._oddness else self.chance.choice((usual, *odd))

    def size(self, most: int = 2000) -> int:
        """A number that is mostly small and sometimes large."""
        return min(most, int(3 * self.chance.paretovariate(0.7)))

    def text(self) -> str:
        """Words, with something odd between them; sometimes one thing very often."""
        if self.chance.random() < 0.06:
            return (self.one((*_SPECIAL, *_WORDS, "\u0301", "\u0301\u0327", "a" * 50)) + self.one(("", " ", "\n"))) * self.size(20_000)
        words = [self.one(_WORDS) if self.chance.random() < 0.97 else self.one(_SPECIAL) for _ in range(self.size(400))]
        return self.one((" ", " ", " ", "", "  ")).join(words) + self.one((".", "", "?"))

    def one(self, things: tuple[str, ...] | list[str]) -> str:
        """One of some things."""
        return self.chance.choice(things)

    def value(self) -> str:
        """What may stand in a field."""
        kind = self.chance.random()
        return self.text() if kind < 0.6 else self.one(_NUMBERS) if kind < 0.75 else self.one(_DATES) if kind < 0.9 else self.names()

    def names(self) -> str:
        """People, as nobody would write them."""
        joint = self.one((" and ", ", ", "; ", " & ", " and and ", ",", "\n", " et al., "))
        return joint.join(
            self.one(("Ann Bee", "Bee, Ann", "{Bee Ann}", "", "others", "A.", "von", "李", "\x1b")) for _ in range(self.size(3000))
        )

    def some(self, make: Callable[[], str], most: int = 300) -> list[str]:
        """Pieces of one kind, until the file would be too large."""
        found, length = [], 0
        for _ in range(self.size(most)):
            found.append(make())
            length += len(found[-1])
            if length > _MOST:
                break
        return found

    def nested(self, opening: str, inner: str, closing: str) -> str:
        """Something within layers, not always as many closed as opened."""
        layers = self.size(3000)
        return opening * layers + inner + closing * (layers + self.chance.choice((0, 0, 0, -1, 1)))

    # A file of each kind.

    def bibtex(self) -> str:
        """Entries, macros that are made of macros, comments, and what is none of these."""
        return self.one(("", "\n", "% comment\n")) + self.one(("\n", "", "\n\n", " ")).join(self.some(self._bibtex_block))

    def _bibtex_block(self) -> str:
        kind = self.chance.random()
        if kind < 0.15:
            levels = self.chance.randint(1, 12)
            names = [f"m{self.chance.randint(0, 3)}{level}" for level in range(levels)]
            return "".join(
                f"@string{{{name} = {' # '.join([before or self.quoted()] * self.chance.randint(1, 10))}}}\n"
                for before, name in zip(["", *names], names, strict=False)
            )
        if kind < 0.25:
            return self.one(("@comment{x}", "@preamble{", "@", "@{}", "@x", "}", "@@@misc{", "@misc(a, title={x})", "@string{", "\0"))
        fields = [f"{self.one(_NAMES)} = {self.bibtex_value()}" for _ in range(self.size(30))]
        head = f"@{self.usual('misc', 'article', 'ARTICLE', '', 'x y')}{{{self.usual('a', 'b', '', 'é', 'a b', 'k' * 999)},"
        return head + ",\n".join(fields) + self.usual("}", "\n}\n", ",}", "", "}}")

    def bibtex_value(self) -> str:
        """A field's text: quoted, braced, nested, joined, or a macro."""
        kind = self.chance.random()
        if kind < 0.1:
            return self.nested("{", self.text()[:200], "}")
        return " # ".join(
            self.one((self.quoted(), f"m{self.chance.randint(0, 3)}{self.chance.randint(0, 11)}")) for _ in range(self.size(20))
        )

    def quoted(self) -> str:
        """A text in braces or quotation marks, closed or not."""
        return self.usual("{", '"', "{{", "") + self.value() + self.usual("}", '"', "}}", "")

    def ris(self) -> str:
        """Entries with and without an end, with tags that repeat or do not exist."""
        return self.one(("\n", "\r\n", "\r")).join(self.some(self._ris_line, 3000))

    def _ris_line(self) -> str:
        tag = self.one("TY TY ER ER TI AB AU PY DA DO UR ID N2 JO ZZ t1 T1 KW".split())
        return tag + self.usual("  - ", " - ", "  -", "- ", "\t- ") + ("JOUR" if tag == "TY" else self.value())

    def table(self) -> str:
        """Rows whose quotation marks, cells and delimiters do not always fit."""
        delimiter = self.one((",", "\t", ";", "|"))
        columns = [self.one(_NAMES) for _ in range(self.size(1500))]
        lines = [self.usual(delimiter.join(columns), "", "x")]
        lines += self.some(lambda: self._row(delimiter, len(columns)), 2000)
        return self.one(("", "", "sep=;\n", "\ufeff")) + self.one(("\n", "\r\n", "\r", "\n\n")).join(lines)

    def _row(self, delimiter: str, width: int) -> str:
        cells = min(200, width) + len(self.usual("", "x", "x" * 40))
        return delimiter.join(self._table_cell() for _ in range(cells))

    def _table_cell(self) -> str:
        value = self.value()[: self.chance.choice((20, 200, 100_000))]
        return self.usual('"' + value.replace('"', '""') + '"', value, f'"{value}"', f'"{value}', f'{value}"', "")

    def json(self) -> str:
        """Objects: in an array, in an object, one after another, cut off, or nested without end."""
        rows = self.some(self._object)
        joint = self.usual(",\n", ",", "\n", "", " , , ", "\n\n")
        head, tail = self.usual("[", '{"papers":[', "", "[[", '{"a":{"b":['), self.usual("]", "]}", "", "]]", "]}}")
        if self.chance.random() < 0.1:
            return head + self.nested(self.one(("[", '{"title":', "[{")), "0", self.one(("]", "}", "")))
        return head + joint.join(rows) + tail

    def jsonl(self) -> str:
        """An object a line, or not."""
        return "\n".join(self.some(self._object, 2000))

    def _object(self) -> str:
        names = [json.dumps(self.one(_NAMES)) for _ in range(self.size(20))]
        return (
            self.usual("{", "")
            + ",".join(f"{name}{self.usual(':', '')}{self._json_value(0)}" for name in names)
            + self.usual("}", "", ",}")
        )

    def _json_value(self, depth: int) -> str:
        kind = self.chance.random()
        if kind < 0.6:
            written = json.dumps(self.value(), ensure_ascii=self.chance.random() < 0.5)
            return self.usual(written, written[1:], written[:-1])
        if kind < 0.75:
            return self.usual("1", *_NUMBERS, "null", "true", "Infinity", '"\\ud800"', '"\\x"', "1" * 5000)
        if depth > 3:
            return self.nested("[", "1", "]")
        inner = [self._json_value(depth + 1) for _ in range(self.chance.randint(0, 4))]
        if kind < 0.9:
            return "[" + ",".join(inner) + "]"
        return "{" + ",".join(f"{json.dumps(self.one((*_NAMES, 'name', 'date-parts', 'given')))}:{one}" for one in inner) + "}"

    def listing(self) -> str:
        """Lines as pages have them, of any shape and of none."""
        return self.one(("\n", "\r\n", "\r", "\n\n", "\n \n")).join(self.some(self._line, 1000))

    def _line(self) -> str:
        start = self.one(
            ("Abstract: ", "Title: ", "Authors: ", "\\\\", "arXiv:2401.00001", "1. ", "[2] ", "- ", "12 ", "Date: ", "Comments: ", "")
        )
        end = self.one(("", "", " 3 authors · Dec 17, 2024", " 3 authors · 2 days ago 7", " · ", " (", "----"))
        return start + self.one((self.value(), self.text(), self.nested("(", "a", ")"))) + end


KINDS = {
    "a.bib": Maker.bibtex,
    "a.ris": Maker.ris,
    "a.csv": Maker.table,
    "a.tsv": Maker.table,
    "a.json": Maker.json,
    "a.jsonl": Maker.jsonl,
    "a.txt": Maker.listing,
}
_ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8", "utf-16", "utf-8-sig", "latin-1", "utf-32", "utf-16-le", "utf-7")


def hostile_file(number: int) -> tuple[str, bytes]:
    """The name and the bytes of a file."""
    maker = Maker(number)
    name = maker.one(list(KINDS))
    text = KINDS[name](maker)
    if maker.chance.random() < 0.05:  # a part of one kind in another
        text += KINDS[maker.one(list(KINDS))](maker)
    data = text[: 4 * _MOST].encode(maker.one(_ENCODINGS), "replace" if maker.chance.random() < 0.5 else "ignore")
    for _ in range(maker.chance.choice((0, 0, 0, 1, 20))):  # damage
        place = maker.chance.randrange(len(data) + 1)
        data = data[:place] + maker.chance.randbytes(maker.chance.randint(0, 3)) + data[place + maker.chance.randint(0, 3) :]
    return maker.one((name, name, name, "a.txt", "a")), data


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one file. `wrong` is "" where it was read or explained."""

    number: int
    name: str
    size: int
    seconds: float
    reading: Reading
    wrong: str


def walk(first: int, files: int, limits: Limits = STRICT) -> Iterator[Seen]:
    """Some files, read one after the other by one gate."""
    with Gate(limits) as gate:
        for number in range(first, first + files):
            name, data = hostile_file(number)
            started = time.monotonic()
            reading = gate.read_upload(data, name=name)
            yield Seen(number, name, len(data), time.monotonic() - started, reading, wrong_with(reading))


def wrong_with(reading: Reading) -> str:
    """What should not have become of a file."""
    if not reading.abstracts and not reading.problems:
        return "neither read nor explained"
    if len(reading.problems) > 700:
        return f"{len(reading.problems)} problems"
    try:
        dumps([reading.abstracts, reading.problems, dict(reading.columns)]).encode()
    except UnicodeEncodeError as error:
        return f"cannot be stored: {error}"
    whole = [one.reason for one in reading.problems if one.line == 0]
    return next((one for one in whole if _LIMIT in one or any(fault in one for fault in _FAULTS)), "")


def main() -> int:
    """Print what became of the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    seen: Counter[str] = Counter()
    wrong, slowest, size = 0, (0.0, -1), 0
    for one in walk(arguments.first, arguments.files):
        seen["read" if one.reading.abstracts else "explained"] += not one.wrong
        size += one.size
        slowest = max(slowest, (one.seconds, one.number))
        if one.wrong:
            wrong += 1
            print(f"{one.number} {one.name} {one.size:,} bytes: {one.wrong}", flush=True)
    print(
        f"{arguments.files:,} files of {size / 1e6:,.0f} MB: {seen['read']:,} read, {seen['explained']:,} explained, {wrong} not survived "
        f"within 2 seconds and 300 MB; the slowest, {slowest[1]}, took {slowest[0]:.1f} seconds on the clock"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
