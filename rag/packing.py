"""What a model is given to read: the retrieved abstracts under opaque keys, with numbered sentences, as many as its window holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from rag.embed import load_wordllama
from rag.evidence import evidence_scores
from rag.question import Question
from rag.retrieve import Found

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # no l, o, 0, 1, which a model may misread
_KEY = 4  # letters of a key: a million different ones


@dataclass(frozen=True, eq=False)
class Packed:
    """One abstract as it is given to a model: its key and the 0-based indexes of the sentences that are given."""

    key: str
    found: Found
    sentences: tuple[int, ...]

    def numbered(self) -> dict[str, str]:
        """The sentences as the model sees them, under their 1-based numbers, each on one line."""
        return {str(index + 1): " ".join(self.found.long.sentence(index).split()) for index in self.sentences}

    def line(self) -> str:
        """The abstract as one line of JSON: in JSON nothing that a document says can end the document."""
        shown = {"key": self.key, "title": self.found.abstract.title or "", "sentences": self.numbered()}
        return json.dumps(shown, ensure_ascii=False)


@dataclass(frozen=True, eq=False)
class Pack:
    """All that a model is given to read, best first, and how many retrieved abstracts did not fit."""

    items: tuple[Packed, ...]
    left_out: int = 0

    @property
    def by_key(self) -> Mapping[str, Packed]:
        """The abstracts by their keys."""
        return {item.key: item for item in self.items}

    @property
    def text(self) -> str:
        """One line of JSON an abstract."""
        return "\n".join(item.line() for item in self.items)


def pack(question: Question, found: Sequence[Found], tokens: int) -> Pack:
    """Pack abstracts whole, in their order, while they fit into `tokens` (Llama tokens of their JSON).

    One that does not fit is left out and the next one tried; only the first is cut, to its sentences that bear best on
    the question, so that there is something to read however small the window is.
    """
    items: list[Packed] = []
    left, taken = tokens, set[str]()
    for one in found:
        key = _key(question.text, one.abstract.id, taken)
        whole = Packed(key, one, tuple(range(len(one.long.spans))))
        item = whole if items or count_tokens(whole.line()) <= left else _cut(question, whole, left)
        size = count_tokens(item.line())
        if size <= left and item.sentences:
            items.append(item)
            taken.add(key)
            left -= size
    return Pack(tuple(items), len(found) - len(items))


def count_tokens(text: str) -> int:
    """Tokens of a text by Llama's tokenizer: near enough to any other's to keep within a window."""
    return load_wordllama().count_tokens(text)


def _cut(question: Question, whole: Packed, tokens: int) -> Packed:
    scores = evidence_scores(question, whole.found.long, whole.found.abstract.title)
    kept: list[int] = []
    for index in sorted(whole.sentences, key=lambda index: (-float(scores[index]), index)):
        tried = Packed(whole.key, whole.found, tuple(sorted([*kept, index])))
        if count_tokens(tried.line()) <= tokens:
            kept.append(index)
    return Packed(whole.key, whole.found, tuple(sorted(kept)))


def _key(question: str, abstract_id: str, taken: set[str]) -> str:
    """A key that means nothing, differs from question to question, and is the same on every run."""
    for attempt in range(1000):
        digest = blake2b(f"{question}\n{abstract_id}\n{attempt}".encode("utf-8", "replace"), digest_size=_KEY).digest()
        key = "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest)
        if key not in taken:
            return key
    raise AssertionError("a thousand keys were taken")
