"""What a model wrote, in whatever form: the JSON that was asked for, one like it, or prose with marks; made into claims to check."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from rag.support import squeeze_name
from rag.text import sentence_spans

MOST_CLAIMS = 40  # of one reply; how many more there were is told
_MOST_POINTERS = 8  # pieces of evidence for one claim
_MOST_COLUMNS = 6
_LONGEST = 800  # characters of one claim
_HEADING = 80  # characters
_KEY = 300  # characters: some name a title
_QUOTED = 4  # words of evidence in one text, from which it is a quote
_MENDED = 60_000  # characters of a reply that is no JSON as it stands, and is mended: a hostile one must not take long
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--(?:(?!<!--).)*?-->", re.DOTALL)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_MARKER = re.compile(r"(?<!\s)\s*\[(?:\d+(?:\s*[,;-]\s*\d+)*|\^\d+)\]")
_MARK = re.compile(r"\[\^?(\w{1,8}(?:\s*[,;]\s*\w{1,8}){0,7})\]")  # of a source, in prose: [2], [1, 3], [x3fq]
_MARK_WITH_SPACE = re.compile(rf" ?{_MARK.pattern}")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


# Other names that models give to the fields of the form, in any case of their letters.
_ALIASES = {
    "claim": "text",
    "sentence": "text",
    "statement": "text",
    "citations": "evidence",
    "sources": "evidence",
    "source": "evidence",
    "answer": "claims",
    "sentences": "claims",
    "abstract": "key",
    "id": "key",
    "number": "sentence",
}


@dataclass(frozen=True, slots=True)
class Pointer:
    """Evidence that a model names: an abstract's key, a 1-based sentence number (0 where it names none), and words of that sentence."""

    key: str
    sentence: int
    quote: str


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """One sentence that a model wrote, with the evidence it names.

    `english` is the same sentence in English, where the sentence is in another language. `place` orders claims: the number
    of the model's claim, and of the sentence in it. `number` is which failed claim a repair stands for. `of` are the 0-based places of
    the claims that it sums up; `cells` are those of a row of a table. A `heading` has no text.
    """

    text: str
    english: str
    pointers: tuple[Pointer, ...]
    place: tuple[int, int] = (0, 0)
    number: int | None = None
    of: tuple[int, ...] = ()
    cells: tuple[str, ...] = ()
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply: whether it says that the question can be answered, its claims, what it says is missing, the heads of its table,
    and how many claims there were beyond those that are read."""

    readable: bool
    answerable: bool
    claims: tuple[DraftClaim, ...]
    missing: tuple[str, ...]
    columns: tuple[str, ...] = ()
    beyond: int = 0


def read_reply(text: str, columns: Sequence[str] = ()) -> Reply:
    """Read a reply that came to its end; `text` may hold anything. `columns` are the heads of its table where it has none itself."""
    said = without_thoughts(text)
    data = _unwrapped(_outermost(said))
    if data is None:
        claims = tuple(_prose_claims(said))
        return Reply(bool(claims), bool(claims), claims, ())
    data = _named(data, "claims", "answerable", "missing", "columns", "text", "evidence")
    listed = data.get("claims")
    if isinstance(listed, Mapping):
        listed = list(listed.values())  # by their numbers
    bare = [data] if isinstance(data.get("text"), str) else []
    objects = listed if isinstance(listed, list) and not bare else bare
    columns = tuple(one for one in _list(data.get("columns")) if isinstance(one, str))[:_MOST_COLUMNS] or tuple(columns)
    claims = tuple(claim for place, one in enumerate(objects[:MOST_CLAIMS]) for claim in claims_of(one, place, columns))
    answerable = _truth(data.get("answerable"))
    missing = data.get("missing")
    return Reply(
        readable=bool(claims) or answerable is not None or isinstance(listed, list),
        answerable=bool(claims) if answerable is None else answerable,
        claims=claims,
        missing=tuple(plain_claim(one)[:120] for one in (_list(missing) or [missing])[:3] if isinstance(one, str) and one.strip()),
        columns=columns,
        beyond=max(0, len(objects) - MOST_CLAIMS),
    )


def without_thoughts(text: str) -> str:
    """A reply without what some models write before they answer, <think>...</think>; a template may have written the first mark."""
    said = text.lstrip()
    return said.rpartition("</think>")[2] if "</think>" in said else "" if said.startswith("<think>") else said


def _truth(value: object) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().casefold())
    return value if isinstance(value, bool) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _outermost(text: str) -> object:
    """The JSON of a reply, behind any prose and fence: as it stands; else mended, where it has a brace at all."""
    start = min((at for at in (text.find("{"), text.find("[{"), text.find('"{')) if at >= 0), default=-1)
    if start < 0:
        return None
    try:
        data, _ = json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError):
        return _mended(text[start : start + _MENDED])
    return data if isinstance(data, (dict, list)) and data else _mended(text[start : start + _MENDED])


def _mended(text: str) -> object:
    """What json_repair makes of a text: quotes of the wrong kind, commas too many, comments, an end that is missing."""
    import json_repair

    try:
        return json_repair.loads(text, skip_json_loads=True)
    except (ValueError, RecursionError):
        return None


def _unwrapped(data: object) -> Mapping[str, Any] | None:
    """The object of a reply: itself, the one inside it or inside a string, or one around a list of claims; None where there is none."""
    for _ in range(3):
        if isinstance(data, list):
            objects = [one for one in data if isinstance(one, Mapping)]
            whole = bool(objects) and "claims" in objects[0] and "text" not in objects[0]
            data = objects[0] if whole else {"claims": objects} if objects else None
        elif isinstance(data, str):
            data = loads(data)
        elif isinstance(data, Mapping) and len(data) == 1 and "claims" not in data:
            data = next(iter(data.values()))
    return data if isinstance(data, Mapping) else None


def _prose_claims(text: str) -> Iterator[DraftClaim]:
    """The sentences of a reply in prose, each with the sources that its marks name; none where nothing is marked."""
    if not _MARK.search(text) or "<html" in text[:200].casefold():
        return
    whole = _marks_before_stops(" ".join(text[:_MENDED].split()))
    for place, (start, end) in enumerate(sentence_spans(whole)[:MOST_CLAIMS]):
        said = whole[start:end]
        keys = [key.strip() for mark in _MARK.findall(said) for key in re.split("[,;]", mark)]
        text = plain_claim(_MARK_WITH_SPACE.sub("", said))[:_LONGEST]
        if any(map(str.isalpha, text)):
            yield DraftClaim(text, "", tuple(Pointer(key, 0, "") for key in keys), (place, 0))


_STOP_BEFORE_MARKS = re.compile(r"([.!?])((?:\s?\[\^?[\w,; ]{1,60}\])+)")


def _marks_before_stops(text: str) -> str:
    """ "It wins. [1]" as "It wins [1].": a mark belongs to the sentence before it."""
    return _STOP_BEFORE_MARKS.sub(r"\2\1", text)


def plain_claim(text: str) -> str:
    """A model's words on one line, without tags, links, markers such as [1], and characters that cannot be seen."""
    text = _LINK.sub(r"\1", _TAG.sub("", _CONTROL.sub("", text.replace("\n", " ").replace("\t", " "))))
    return " ".join(_MARKER.sub("", text).replace("**", "").split())


def without_keys(claim: DraftClaim, keys: frozenset[str]) -> DraftClaim:
    """The claim without the keys that a model may copy into its text, "(x3fq)" or "x3fq:2"."""
    if not keys:
        return claim
    named = any(key in squeeze_name(claim.text) for key in keys)
    return replace(claim, text=_copied(sorted(keys)).sub("", claim.text).strip()) if named else claim


def _copied(keys: Sequence[str]) -> re.Pattern[str]:
    """What finds keys in a text, with the brackets and spaces before and after them."""
    return re.compile(rf"(?:(?<!\s)\s+)?[(\[]?\b(?:{'|'.join(map(re.escape, keys))})(?::\d+)?\b[)\]]?")


def claims_of(data: object, place: int, columns: Sequence[str] = ()) -> Iterator[DraftClaim]:
    """The claims of one object of the list: one for each sentence of its text, all with its evidence; a row of a table; a heading."""
    if not isinstance(data, Mapping):
        return
    data = _named(data, "text", "evidence", "english", "cells", "heading", "claims", "number")
    heading, cells, text = (data.get(name) for name in ("heading", "cells", "text"))
    beside = data if {"key", "quote"} & set(data) else None  # the evidence stands beside the text
    pointers, number = tuple(_pointers(data.get("evidence", beside))), data.get("number")
    number = number if isinstance(number, int) else None
    of = tuple(one - 1 for one in _list(data.get("claims")) if isinstance(one, int) and one > 0)
    if isinstance(cells, list) and columns:
        said = [plain_claim(one)[:_LONGEST] if isinstance(one, str) else "" for one in cells[: len(columns)]]
        pairs = list(zip_longest(columns, said, fillvalue=""))
        row = "; ".join(f"{plain_claim(head)}: {cell}" for head, cell in pairs if any(map(str.isalnum, cell)))
        yield DraftClaim(row, "", pointers, (place, 0), number, (), tuple(cell for _, cell in pairs))
    elif isinstance(heading, str) and not isinstance(text, str):
        yield DraftClaim("", "", (), (place, 0), heading=plain_claim(heading)[:_HEADING].rstrip(" :."))
    elif isinstance(text, str):
        yield from _sentences(plain_claim(text)[:_LONGEST], data.get("english"), DraftClaim("", "", pointers, (place, 0), number, of))


def _sentences(text: str, english: object, like: DraftClaim) -> Iterator[DraftClaim]:
    other = plain_claim(english)[:_LONGEST] if isinstance(english, str) else ""
    said, spans = sentence_spans(text), sentence_spans(other)
    paired = len(said) == len(spans)
    for index, (start, end) in enumerate(said):
        translated = other[slice(*spans[index])] if paired else other
        yield replace(like, text=text[start:end], english=translated, place=(like.place[0], index))


def _named(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """An object with its fields under the names of the form, where it has them under others."""
    plain = {str(name).strip().casefold(): value for name, value in data.items()}
    meant = {_ALIASES[name]: value for name, value in plain.items() if _ALIASES.get(name) in names and name not in names}
    return {**meant, **plain}


def _pointers(data: object) -> Iterator[Pointer]:
    for one in [data] if isinstance(data, (Mapping, str)) else _list(data)[:_MOST_POINTERS]:
        if isinstance(one, str):
            yield _pointer_in_words(one)
        elif isinstance(one, list) and len(one) > 1:
            yield Pointer(str(one[0])[:_KEY], _whole(one[1]), str(one[2])[:_LONGEST] if len(one) > 2 else "")
        elif isinstance(one, Mapping):
            fields = _named(one, "key", "sentence", "quote")
            quote = fields.get("quote")
            yield Pointer(str(fields.get("key"))[:_KEY], _whole(fields.get("sentence")), quote[:_LONGEST] if isinstance(quote, str) else "")


def _pointer_in_words(text: str) -> Pointer:
    """ "x3fq:2" and "[x3fq]"; what has several words is a quote."""
    if len(text.split()) >= _QUOTED:
        return Pointer("", 0, text[:_LONGEST])
    key, _, number = text.strip("[]() ").partition(":")
    return Pointer(key.strip()[:_KEY], _whole(number), "")


def _whole(value: object) -> int:
    """A sentence's number, 0 for what is none."""
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def loads(text: str) -> object:
    """What a JSON text holds; None where it is none."""
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
