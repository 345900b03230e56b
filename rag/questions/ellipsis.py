"""Elliptical follow-ups to questions about the collection, and whether a question is complete without the turns before."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from rag.model import Filters, Range, Scan
from rag.questions.amounts import COUNTED
from rag.questions.conditions import candidate_parts, merged
from rag.questions.coreference import explicit_references, implicit_references
from rag.questions.dates import Part
from rag.questions.orders import read_order
from rag.questions.reader import Reading, read_closely
from rag.questions.tokens import Tokens
from rag.questions.topics import is_paper
from rag.questions.verbalize import conditions_of
from rag.text import any_of, words_of

# Follow-ups to questions about the collection: the same with another condition, or a question about what was found.

_PAPER_NOUNS = rf"(?:{any_of('papers.many', 'works.many')}|ones)"
_AMONG_FOUND = re.compile(
    rf"\b(?:of|among|from|in) (?:them|these|those)(?: {_PAPER_NOUNS})?\b|\b(?:of|among) the(?:se)? (?:ones"
    r"|results|matches)\b"
    rf"|\b(?:of|among) (?:the|these|those|all) (?:{any_of('numbers.several')}|\d+)"
    rf"(?: {_PAPER_NOUNS})?(?=\s*(?:[?.!,]|$|is\b|has\b|was\b|are\b|have\b|were\b|got\b|mention))",
    re.IGNORECASE,
)
_WHICH_ONES = re.compile(r"\bwhich ones?\b|^(?:and )?how many(?= (?:are|have|were|got|mention|contain|come|do not|don't)\b)", re.IGNORECASE)
_LEFT = ("filler", "please", "thing", "determiner", "paper", "work", "that", "be", "also")  # words that may stand beside a condition alone


def elliptical_superlative(question: str) -> str | None:
    """A superlative that leaves out its noun, with it: "the five most upvoted papers"; None for any other question."""
    tokens = Tokens(question)
    found = read_order(tokens, [False] * len(tokens))
    if found is None:
        return None
    _order, limit, spans = found
    free = [place for place in range(len(tokens)) if not any(start <= place < end for start, end in spans)]
    if any(
        (tokens.words[place].is_word and tokens.take(place, *_LEFT, "wh", "of", "have") is None) or is_paper(tokens, place)
        for place in free
    ):
        return None
    said = tokens.span(min(start for start, _ in spans), max(end for _, end in spans))
    return f"the {said.removeprefix('the ')} {'papers' if limit else 'paper'}"


def vary_condition(before: str, rest: str) -> str | None:
    """The question before with its condition of a kind replaced by another ("and in 2023?"), or with one more.

    None where `rest` is more than conditions, or where the question before was none about the collection.
    """
    old = read_closely(before)
    if not old.query.computed:
        return None
    phrase = rest.strip(" ?.!,")
    counted = [part.field for one in old.parts for part in one.parts if isinstance(part, Range) and part.field in COUNTED]
    new = _conditions_alone(phrase)
    if not new and len(counted) == 1:  # "and with three?"
        phrase = f"{phrase} {counted[0]}"
        new = _conditions_alone(phrase)
    if not new:
        return None
    phrase = " ".join(one for one in (Tokens(phrase).span(part.start, part.end) for part in new) if one)
    kinds = {condition_kind(one) for one in new}
    same = [one for one in old.parts if condition_kind(one) in kinds]
    return _with_replaced(old, same, phrase) if same else _with_added(old, phrase)


def vary_topic(before: str, rest: str) -> str | None:
    """The question before with another topic: "and about Korean?"; None where it was none about the collection, or more is said."""
    old, phrase = read_closely(before), rest.strip(" ?.!,")
    tokens = Tokens(phrase)
    lead = tokens.take(0, "about") or (tokens.take(0, "in") if tokens.word(0) == "for" else None)
    groups = old.query.topic.every
    if lead is None or lead.end >= len(tokens) or not old.query.computed or len(groups) != 1 or old.query.topic.none:
        return None
    start, end = old.tokens.text.find(groups[0][0]), old.tokens.text.find(groups[0][-1]) + len(groups[0][-1])
    if start < 0 or any(tokens.take(place, "pronoun", "thing", "determiner", "wh") for place in range(lead.end, len(tokens))):
        return None
    return f"{old.tokens.text[:start]}{tokens.span(lead.end, len(tokens))}{old.tokens.text[end:]}"


def _conditions_alone(phrase: str) -> list[Part]:
    """The conditions of a phrase that says nothing else."""
    tokens = Tokens(phrase)
    found = candidate_parts(tokens, (), datetime.date.today())
    left = [place for place in range(len(tokens)) if not any(one.start <= place < one.end for one in found)]
    alone = all(tokens.take(place, *_LEFT) is not None or not tokens.words[place].is_word for place in left)
    return found if alone else []


def _with_replaced(old: Reading, same: Sequence[Part], phrase: str) -> str:
    text = old.tokens.text
    for index, one in sorted(enumerate(same), key=lambda pair: -pair[1].start):
        start, end = old.tokens.words[one.start].start, old.tokens.words[one.end - 1].end
        ahead = one.bare and is_paper(old.tokens, one.end)  # right before the noun only a bare year fits
        put = phrase.split()[-1] if ahead and Tokens(phrase.split()[-1]).take(0, "year") else phrase
        text = f"{text[:start]} {put} {text[end:]}" if index == 0 else f"{text[:start]} {text[end:]}"
    return re.sub(r" (?=[?.!,])", "", " ".join(text.split()))


def _with_added(old: Reading, phrase: str) -> str:
    tokens, text = old.tokens, old.tokens.text.rstrip(" ?.!")
    end = next((tokens.words[place].end for place in range(len(tokens)) if is_paper(tokens, place)), len(text))
    lead = Tokens(phrase)
    modifier = lead.take(0, "having", "in", "low", "below", "above", "high", "between", "without", "that", "of", "mention") is not None
    return (
        f"{text[:end]} {phrase if modifier else f'from {phrase}' if lead.take(0, 'year') else f'that are {phrase}'}{old.tokens.text[end:]}"
    )


def restrict_to_found(question: str, before: str, filters: Filters, cited: Sequence[str]) -> tuple[str, Filters] | None:
    """A question about those that the answer before found: the text without "of them", and what restricts it to them."""
    text, count = _AMONG_FOUND.subn("of the papers", question)
    if not count:
        text, count = _WHICH_ONES.subn(lambda match: "which papers" if "which" in match[0].lower() else f"{match[0]} papers", question)
    if not (count or before):
        return None
    old = read_closely(before)
    best = elliptical_superlative(question if not count else _AMONG_FOUND.sub(" ", question))
    if best is not None and (count or any(is_paper(old.tokens, place) for place in range(len(old.tokens)))):
        text, count = best, 1
    if not count or not read_closely(text).query.computed or not (cited or before):
        return None
    asked = old.query
    if asked.operation in ("count", "list") and not asked.topic and not asked.unread:
        return text, Filters((*filters.ranges, *asked.filters.ranges), filters.sources, (*filters.scans, *asked.filters.scans))
    if not cited:
        return None
    return text, Filters(filters.ranges, filters.sources, (*filters.scans, Scan("id", tuple(cited))))


def condition_kind(part: Part) -> str:
    """What a condition restricts; a new one replaces an old one of the same kind."""
    if any(unit.dated for unit in conditions_of(merged([part]))):
        return "date"
    first = part.parts[0]
    return first.field if isinstance(first, Range) else first.values[0] if first.kind in ("none", "missing") else first.kind


# Whether a question about the collection is complete: it names papers, asks something of them, and refers to no earlier turn.

_PAPER_PLURALS = any_of("papers.many", "works.many")
# "The papers" of a corpus are all of its papers; "the paper" is the one mentioned last.
_ALL_PAPERS = re.compile(rf"the {_PAPER_PLURALS}", re.IGNORECASE)


def is_complete(question: str) -> bool:
    """True where nothing of the turns before is needed to answer a question about the collection."""
    tokens = Tokens(question)
    named = any(is_paper(tokens, place) or tokens.word(place) in ("anything", "everything") for place in range(len(tokens)))
    if tokens.take(0, "also") is not None or not named or explicit_references(question):
        return False
    if any(not _ALL_PAPERS.fullmatch(question[one.start : one.end]) for one in implicit_references(question)):
        return False
    query = read_closely(question).query
    return query.computed and query.operation != "lookup" and not _asks_of_one(tokens)


def _asks_of_one(tokens: Tokens) -> bool:
    """True for "the paper" without an order: the one that was mentioned last."""
    one = words_of("papers.one")
    return any(tokens.word(place) == "the" and tokens.word(place + 1) in one for place in range(len(tokens)))


def read_dates(text: str) -> tuple[Filters, str] | None:
    """The dates that a text asks for and the text without them; None where it has none."""
    tokens = Tokens(text)
    found = [one for one in candidate_parts(tokens, (), datetime.date.today()) if one.kind == "date"]
    if not found:
        return None
    kept, place = [], 0
    for one in found:
        kept.append(text[place : tokens.words[one.start].start])
        place = tokens.words[one.end - 1].end
    return merged(found), " ".join("".join([*kept, text[place:]]).split())
