"""What a model wrote, read claim by claim as it comes: JSON that may be unfinished, wrapped in prose, or no JSON at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag.support import squeeze_name
from rag.text import sentence_spans

_MOST_CLAIMS = 40
_MOST_POINTERS = 8  # pieces of evidence for one claim
_LONGEST = 800  # characters of one claim
_TRIES = 50  # opening braces at which a reply's object is looked for
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--(?:(?!<!--).)*?-->", re.DOTALL)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_MARKER = re.compile(r"(?<!\s)\s*\[(?:\d+(?:\s*[,;-]\s*\d+)*|\^\d+)\]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Pointer:
    """Evidence that a model names: an abstract's key, a 1-based sentence number, and words of that sentence."""

    key: str
    sentence: int
    quote: str


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """One sentence that a model wrote, with the evidence it names.

    `english` is the same sentence in English, where the sentence is in another language. `place` orders claims: the number
    of the model's claim, and of the sentence in it. `number` is which failed claim a repair stands for.
    """

    text: str
    english: str
    pointers: tuple[Pointer, ...]
    place: tuple[int, int] = (0, 0)
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply: whether it says that the question can be answered, its claims, and what it says is missing."""

    readable: bool
    answerable: bool
    claims: tuple[DraftClaim, ...]
    missing: tuple[str, ...]


class ClaimReader:
    """Finds the finished objects of the array "claims" in a reply that grows; `feed` gives each once, as soon as it is whole."""

    def __init__(self) -> None:
        self._text = ""
        self._position = 0
        self._depth: list[str] = []
        self._inside = self._escaped = False
        self._word_start = self._element = 0
        self._last_word = ""
        self._claims_depth: int | None = None
        self._thinking: bool | None = None
        self._count = 0
        self._finished = False

    def feed(self, piece: str) -> Iterator[DraftClaim]:
        """Read on; yields the claims that this piece completes."""
        self._text += piece
        if self._still_thinking():
            return
        while self._position < len(self._text) and not self._finished:
            character = self._text[self._position]
            self._position += 1
            if self._read(character) and self._count < _MOST_CLAIMS:
                yield from _claims(_loads(self._text[self._element : self._position]), self._count)
                self._count += 1

    def _still_thinking(self) -> bool:
        """True while the reply is inside <think>...</think>, which some models write before they answer."""
        if self._thinking is None:
            opening = self._text.lstrip()
            if len(opening) < len("<think>") and "<think>".startswith(opening):
                return True
            self._thinking = opening.startswith("<think>")
        if self._thinking:
            end = self._text.find("</think>")
            if end < 0:
                return True
            self._position, self._thinking = end + len("</think>"), False
        return False

    def _read(self, character: str) -> bool:
        """Take one character; True where it closes an element of "claims"."""
        if self._inside:
            if self._escaped:
                self._escaped = False
            elif character == "\\":
                self._escaped = True
            elif character == '"':
                self._inside = False
                self._last_word = self._text[self._word_start : self._position - 1]
            return False
        if character == '"' and self._depth:
            self._inside, self._word_start = True, self._position
        elif character in "{[" and (self._depth or character == "{"):
            self._open(character)
        elif character in "}]" and self._depth:
            return self._close()
        return False

    def _open(self, character: str) -> None:
        if character == "{" and self._claims_depth is not None and len(self._depth) == self._claims_depth:
            self._element = self._position - 1
        self._depth.append(character)
        if character == "[" and self._last_word == "claims" and self._claims_depth is None:
            self._claims_depth = len(self._depth)
        self._last_word = ""

    def _close(self) -> bool:
        opened = self._depth.pop()
        if self._claims_depth is None:
            return False
        if len(self._depth) < self._claims_depth:
            self._finished = True
            return False
        return opened == "{" and len(self._depth) == self._claims_depth


def read_reply(text: str) -> Reply:
    """Read a whole reply; `text` may hold anything. Claims are those that `ClaimReader` finds, so both ways agree."""
    claims = tuple(ClaimReader().feed(text))
    listed = [] if claims else _bare_claims(text)
    data = None if listed else _outermost(text)
    bare = [data] if data is not None and {"text", "evidence"} <= set(data) else listed
    claims = claims or tuple(claim for place, one in enumerate(bare[:_MOST_CLAIMS]) for claim in _claims(one, place))
    if data is None or bare:
        return Reply(bool(claims), bool(claims), claims, ())
    answerable = data.get("answerable")
    missing = data.get("missing")
    items = missing if isinstance(missing, list) else [missing]
    return Reply(
        readable=bool(claims) or isinstance(answerable, bool) or isinstance(data.get("claims"), list),
        answerable=answerable if isinstance(answerable, bool) else bool(claims),
        claims=claims,
        missing=tuple(plain_claim(item)[:120] for item in items[:3] if isinstance(item, str) and item.strip()),
    )


def _bare_claims(text: str) -> list[object]:
    """The objects of a reply that is a list of claims and nothing around it, but for thoughts and the fence of a code block."""
    said = text.rpartition("</think>")[2].strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    data = _loads(said) if said.startswith("[") else None
    return data if isinstance(data, list) else []


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


def _claims(data: object, place: int) -> Iterator[DraftClaim]:
    """The claims of one object: one for each sentence of its text, all with its evidence."""
    if not isinstance(data, Mapping) or not isinstance(data.get("text"), str):
        return
    text, english = plain_claim(data["text"])[:_LONGEST], data.get("english")
    other = plain_claim(english)[:_LONGEST] if isinstance(english, str) else ""
    pointers = tuple(_pointers(data.get("evidence")))
    number = data.get("number")
    said, spans = sentence_spans(text), sentence_spans(other)
    paired = len(said) == len(spans)
    for index, (start, end) in enumerate(said):
        translated = other[slice(*spans[index])] if paired else other
        yield DraftClaim(text[start:end], translated, pointers, (place, index), number if isinstance(number, int) else None)


def _pointers(data: object) -> Iterator[Pointer]:
    if not isinstance(data, list):
        return
    for one in data[:_MOST_POINTERS]:
        if not isinstance(one, Mapping):
            continue
        key, number, quote = one.get("key"), one.get("sentence"), one.get("quote")
        if isinstance(number, str) and number.strip().isdecimal():
            number = int(number)
        whole = number if isinstance(number, int) and not isinstance(number, bool) else 0
        yield Pointer(str(key)[:40], whole, quote[:_LONGEST] if isinstance(quote, str) else "")


def _loads(text: str) -> object:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _outermost(text: str) -> Mapping[str, Any] | None:
    """The first JSON object of a reply, behind any thinking and prose; an object that holds only the reply is opened."""
    start = text.find("{", text.find("</think>") + 1)
    decoder = json.JSONDecoder(strict=False)
    for _ in range(_TRIES):
        if start < 0:
            break
        try:
            data, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            start = text.find("{", start + 1)
            continue
        inner = next(iter(data.values()), None) if isinstance(data, dict) and len(data) == 1 else None
        return inner if isinstance(inner, dict) else data
    return None
