"""What questions are made from: the abstracts of a corpus that can be called by a name, sentence by sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from eval.making.words import Word, known, making_data, read_words
from eval.records import Question, Quote
from rag.corpus import introduced_name
from rag.model import Abstract, clean_text
from rag.text import is_english, split_sentences

_SHORTEST, _LONGEST = 5, 45  # words of a sentence that is asked about
_UNREADABLE = "\\$~{}"  # markup, which no question repeats


@dataclass(frozen=True, slots=True)
class Work:
    """An abstract with what a question calls it: `name` is that of the system it introduces, "" for none."""

    abstract: Abstract
    name: str
    sentences: tuple[tuple[str, tuple[Word, ...]], ...]

    @property
    def title(self) -> str:
        """The title on one line, "" for none."""
        return clean_text(self.abstract.title) if self.abstract.title else ""

    @property
    def paper(self) -> str:
        """ "the KS-Lottery paper", or the paper by its title."""
        form = "named" if self.name else "titled"
        return str(making_data()["paper"][form]).format(name=self.name, title=self.title)


def read_works(abstracts: Sequence[Abstract]) -> list[Work]:
    """The English abstracts that have a name or a title which no other one has, in the order of their ids."""
    works = [_work(one) for one in sorted(abstracts, key=lambda one: one.id) if is_english(one.text)]
    called = [one.paper.casefold() for one in works]
    return [one for one, call in zip(works, called, strict=True) if (one.name or one.title) and called.count(call) == 1]


def _work(abstract: Abstract) -> Work:
    texts = [abstract.text[one.start : one.end] for one in split_sentences(abstract.id, abstract.text)]
    readable = [one for one in texts if not any(mark in one for mark in _UNREADABLE) and "http" not in one]
    read = ((one, tuple(read_words(one))) for one in readable)
    name = introduced_name(abstract.text, abstract.title) or ""
    return Work(abstract, _usable(name), tuple(pair for pair in read if _SHORTEST <= len(pair[1]) <= _LONGEST))


def _usable(name: str) -> str:
    """The name, unless everybody's models are called so."""
    return "" if name.casefold() in known("common_names") else name


def made(
    kind: str,
    question: str,
    *,
    work: Work | None = None,
    quote: str = "",
    must: Sequence[str] = (),
    answer: str = "",
    tags: Sequence[str] = (),
    answerable: bool = True,
    number: int | None = None,
    members: Sequence[Abstract] | None = None,
) -> Question:
    """A question with an id made of its content and the split that follows from it."""
    asked = question[:1].upper() + question[1:]
    key = "m" + hashlib.sha256(f"{kind}:{asked}".encode()).hexdigest()[:10]
    gold = tuple(one.id for one in members or ()) if work is None else (work.abstract.id,)
    return Question(
        id=key,
        kind=kind,
        question=asked,
        gold=gold if answerable else (),
        near=() if answerable else gold,
        answer=answer or quote,
        evidence=(Quote(gold[0], quote),) if quote else (),
        must_contain=tuple(must),
        answerable=answerable,
        tags=("made", *tags),
        number=number,
        members=None if members is None else gold,
        split="dev" if hashlib.sha256(f"60:{key}".encode()).digest()[0] % 2 == 0 else "test",
    )
