"""Questions that the corpus is known to answer: about abstracts that introduce a system by name, each tried before it is offered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from rag.assistant import Assistant
from rag.errors import RagError
from rag.records import Abstract

_NAME = re.compile(r"[\w][\w.+-]{2,24}(?: [\w.+-]{1,12})?")
_FORMS = ("What does {} do?", "How does {} work?")
_TRIED = 40  # abstracts; each takes some hundredths of a second


def name_of(abstract: Abstract) -> str | None:
    """The system that an abstract is about, from its label: "BLSP" of "BLSP: Bootstrapping ..."; None where none is named."""
    head = abstract.label.partition(":")[0] if abstract.title else abstract.label
    named = head == abstract.label if not abstract.title else ":" in abstract.label
    return head if named and _NAME.fullmatch(head) and any(one.isupper() or one.isdigit() for one in head[1:]) else None


def answerable(extractor: Assistant, question: str, abstract_id: str) -> bool:
    """True where the extractive answer's first citation is this abstract."""
    try:
        answer = extractor.ask(question)
    except RagError:
        return False
    return answer.outcome == "answered" and bool(answer.citations) and answer.citations[0].abstract_id == abstract_id


def starters(extractor: Assistant, count: int = 4) -> tuple[str, ...]:
    """Questions to begin with, from as many sources as there are; the same on every run."""
    found: list[str] = []
    for index, abstract in enumerate(_spread(extractor.abstracts())):
        if len(found) >= count or index >= _TRIED:
            break
        question = _FORMS[len(found) % len(_FORMS)].format(name_of(abstract))
        if answerable(extractor, question, abstract.id):
            found.append(question)
    return tuple(found)


def further(extractor: Assistant, question: str, besides: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """Questions about abstracts that are near a question but not in its answer."""
    known = set(besides)
    near = [hit.abstract_id for hit in extractor.retrieve(question, 6) if hit.abstract_id not in known]
    found: list[str] = []
    for abstract_id in near:
        name = name_of(extractor.abstract(abstract_id))
        if len(found) < count and name and answerable(extractor, _FORMS[0].format(name), abstract_id):
            found.append(_FORMS[0].format(name))
    return tuple(found)


def _spread(abstracts: Sequence[Abstract]) -> Iterator[Abstract]:
    """Those that introduce a system, in the order of their ids, from each file in turn."""
    files: dict[str, list[Abstract]] = {}
    for one in sorted(abstracts, key=lambda one: one.id):
        if name_of(one):
            files.setdefault(one.sources[0].file if one.sources else "", []).append(one)
    for row in zip_longest(*(files[name] for name in sorted(files))):
        yield from (one for one in row if one is not None)
