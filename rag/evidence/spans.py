"""The span of a sentence that answers: the number, the name or the date that a question asks for, where there is but one that can be it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.evidence.details import has_number
from rag.questions import Question, is_measure
from rag.support import proper_names, squeeze_name
from rag.text import STOP_WORDS, folded_words, stem, word_spans, words_of

Span = tuple[int, int]

# A figure with the signs and letters that belong to it, also of a range: "66%-73%", "$3", "10.6x", "1.5B", the "3" of "3-second".
_FIGURE = re.compile(
    r"(?<![\w.-])[$€£]?\d+(?:[.,]\d+)*(?:\s?%|[a-zA-Z]{1,3}\b)?\+?(?:\s?[-–]\s?\d+(?:[.,]\d+)*(?:\s?%|[a-zA-Z]{1,3}\b)?)?(?!\w|[.,]\d)"
)
_SHARES = words_of("asked.shares")
_DATES = words_of("asked.dates")
_YEAR = re.compile(r"(?<!\w)(?:1[89]|20)\d\d(?!\w)")
_BEHIND = 3  # words behind a figure or on either side of a name, among which stands what it is


def answering_span(question: Question, text: str) -> Span | None:
    """The (start, end) of the number, date or name in `text` that answers; None where several may, or nothing of the kind is asked for."""
    said = folded_words(question.text)
    if said[:1] == ["when"] or not _DATES.isdisjoint(said):
        return _only([match.span() for match in _YEAR.finditer(text) if match[0] not in said])
    if question.kind == "numeric":
        return _figure(question, text)
    if question.kind == "fact" and question.query.asked.noun:
        return _name(question, text)
    return None


def _figure(question: Question, text: str) -> Span | None:
    """The one figure that counts what is asked for, else the one with a percent sign where a share is asked for, else the only one."""
    asked = set(folded_words(question.text))
    spans = [span for span in _figures(text) if not set(folded_words(text[slice(*span)])) <= asked]
    things = {stem(word) for word in question.query.asked.noun.casefold().split() if not is_measure(word)}
    counting = [span for span in spans if things & _behind(text, span[1])]
    if counting:
        return _only(counting)
    shares = [span for span in spans if "%" in text[slice(*span)]] if not _SHARES.isdisjoint(asked) else []
    return _only(shares or spans)


def _figures(text: str) -> list[Span]:
    """All figures and numbers in words, in their order."""
    found = [match.span() for match in _FIGURE.finditer(text)]
    words = (span for span in word_spans(text) if text[span[0]].isalpha() and has_number(text[slice(*span)]))
    return sorted([*found, *(span for span in words if not any(start <= span[0] < end for start, end in found))])


def _behind(text: str, end: int) -> set[str]:
    return {stem(word) for word in [word for word in folded_words(text[end : end + 60]) if word not in STOP_WORDS][:_BEHIND]}


def _name(question: Question, text: str) -> Span | None:
    """The only name that the question does not have, of those beside a word of the noun that is asked for."""
    asked, nouns = squeeze_name(question.text), {stem(word) for word in question.query.asked.noun.casefold().split()}
    new = [name for name in proper_names(text) if squeeze_name(name) not in asked]
    found = [(text.index(name), text.index(name) + len(name)) for name in new]
    return _only([(start, end) for start, end in found if nouns & (_behind(text, end) | _before(text, start))])


def _before(text: str, start: int) -> set[str]:
    return {stem(word) for word in [word for word in folded_words(text[max(0, start - 60) : start]) if word not in STOP_WORDS][-_BEHIND:]}


def _only(spans: Sequence[Span]) -> Span | None:
    return spans[0] if len(spans) == 1 else None
