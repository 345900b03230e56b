"""Elliptical follow-ups to questions about the collection, and whether a question is complete without the turns before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.model import Filters, Range, Scan
from rag.questions.amounts import FIELDS, NUMBER, Part
from rag.questions.collection_reader import read_collection_query
from rag.questions.conditions import read_conditions
from rag.questions.coreference import explicit_references, implicit_references
from rag.questions.dates import YEAR
from rag.questions.papers import first_mention, mentions_papers
from rag.questions.verbalize import conditions_of
from rag.text import any_of

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

# "The five most upvoted", "newest?", "the oldest one": superlatives without a noun, about the papers found.
_SUPERLATIVE = re.compile(
    rf"(?:and )?(?:(?:what|which|who)(?:'s| is| are| was| were| has| got)? )?(?P<best>(?:the )?(?P<many>{NUMBER} )?"
    r"(?:(?:most|least|best|top)[- ]"
    r"(?:up-?voted|liked|popular|commented(?: on)?|discussed)|newest|latest|most recent|oldest|earliest))(?: ones?)?"
    r"(?: (?:of|among) (?:them|these|those)(?: papers)?)?\W*",
    re.IGNORECASE,
)
_LEADING_ARTICLE = re.compile(r"^(?:only |just )?(?:the )?(?:those|these|ones|papers|abstracts) ", re.IGNORECASE)
_NUMBER_ALONE = re.compile(
    rf"(?:with|by|of|have|has)? ?(?:(?:more|fewer|less) than |at (?:least|most) |exactly |over |under )?{NUMBER}"
    r"(?: or (?:more|fewer|less))?",
    re.IGNORECASE,
)


def elliptical_superlative(question: str) -> str | None:
    """A superlative that leaves out its noun, with it: "the five most upvoted papers"; None for any other question."""
    found = _SUPERLATIVE.fullmatch(question)
    return f"{found['best']} {'papers' if found['many'] else 'paper'}" if found else None


def vary_condition(before: str, rest: str) -> str | None:
    """The question before with its condition of a kind replaced by another ("and in 2023?"), or with one more.

    None where `rest` is more than conditions, or where the question before was none about the collection.
    """
    phrase = _LEADING_ARTICLE.sub("", rest.strip(" ?.!,"))
    old = read_conditions(before)
    counted = [part.field for one in old.found for part in one.parts if isinstance(part, Range) and part.field in FIELDS]
    if len(counted) == 1 and _NUMBER_ALONE.fullmatch(phrase):  # "and with three?"
        phrase = f"{phrase} {counted[0]}"
    new = read_conditions(f"papers {phrase}")
    if not new.found:  # "and 2019?"
        phrase = f"from {phrase}"
        new = read_conditions(f"papers {phrase}")
    if not new.found or new.bare.split() not in (["papers"], ["papers", "only"], ["papers", "instead"]):
        return None
    if read_collection_query(old) is None:
        return None
    kinds = {_condition_kind(one) for one in new.found}
    same = [one for one in old.found if _condition_kind(one) in kinds]
    if not same:
        _, end = first_mention(before) or (0, len(before.rstrip(" ?.!")))
        return f"{before[:end]} {_as_modifier(phrase)}{before[end:]}"
    text = before
    for index, one in sorted(enumerate(same), key=lambda pair: -pair[1].start):
        put = f" {_replacement(phrase, before, one)} " if index == 0 else " "
        text = text[: one.start] + put + text[one.end :]
    return re.sub(r" (?=[?.!,])", "", " ".join(text.split()))


def restrict_to_found(question: str, before: str, filters: Filters, cited: Sequence[str]) -> tuple[str, Filters] | None:
    """A question about those that the answer before found: the text without "of them", and what restricts it to them."""
    text, count = _AMONG_FOUND.subn("of the papers", question)
    if not count:
        text, count = _WHICH_ONES.subn(lambda match: "which papers" if "which" in match[0].lower() else f"{match[0]} papers", question)
    if (best := elliptical_superlative(question)) is not None and (count or mentions_papers(before)):
        text, count = best, 1
    query = read_collection_query(read_conditions(text)) if count else None
    if query is None or not (cited or before):
        return None
    old = read_conditions(before)
    asked = read_collection_query(old)
    if asked is not None and asked.form in ("count", "list", "any", "share") and not asked.topic:
        return text, Filters((*filters.ranges, *old.filters.ranges), filters.sources, (*filters.scans, *old.filters.scans))
    if not cited:
        return None
    return text, Filters(filters.ranges, filters.sources, (*filters.scans, Scan("id", tuple(cited))))


def _condition_kind(part: Part) -> str:
    """What a condition restricts; a new one replaces an old one of the same kind."""
    if any(unit.dated for unit in conditions_of(Filters(tuple(one for one in part.parts if isinstance(one, Range)), (), _scans_of(part)))):
        return "date"
    first = part.parts[0]
    return first.field if isinstance(first, Range) else first.values[0] if first.kind in ("none", "missing") else first.kind


def _scans_of(part: Part) -> tuple[Scan, ...]:
    return tuple(one for one in part.parts if isinstance(one, Scan))


def _as_modifier(phrase: str) -> str:
    return (
        phrase
        if re.match(r"(?:with|from|in|by|since|before|after|that|without|between|until)\b", phrase, re.IGNORECASE)
        else f"that are {phrase}"
    )


def _replacement(phrase: str, before: str, one: Part) -> str:
    """The new phrase as it replaces the old one; right before the noun ("the 2020 papers") only a bare year fits."""
    ahead = re.match(rf"\s*(?:listed )?{_PAPER_NOUNS}\b", before[one.end :], re.IGNORECASE)
    bare = re.fullmatch(rf"(?:in|from|of) ({YEAR})", phrase, re.IGNORECASE)
    return bare[1] if ahead and bare else phrase


# Whether a question about the collection is complete: it names papers, asks something of them, and refers to no earlier turn.

_CONTINUATION = re.compile(r"^(?:and|but|so|also|or|then|what about|how about|the same)\b", re.IGNORECASE)
_PAPER_PLURALS = any_of("papers.many", "works.many")
_PAPER_MENTION = re.compile(rf"\b(?:{_PAPER_PLURALS}|{any_of('papers.one')}|anything|everything)\b", re.IGNORECASE)
_PAPERS_ABOUT = re.compile(
    rf"^(?:(?:any|all|some|more|other|recent|new|old) )*{_PAPER_PLURALS} "
    r"(?:on|about|concerning|regarding|dealing with|related to|that|which)\b",
    re.IGNORECASE,
)
# "The papers" of a corpus are all of its papers; "the paper" is the one mentioned last.
_ALL_PAPERS = re.compile(rf"the {_PAPER_PLURALS}", re.IGNORECASE)


def is_complete(question: str) -> bool:
    """True where nothing of the turns before is needed to answer a question about the collection."""
    if _CONTINUATION.match(question) or not _PAPER_MENTION.search(question) or explicit_references(question):
        return False
    if any(not _ALL_PAPERS.fullmatch(question[one.start : one.end]) for one in implicit_references(question)):
        return False
    query = read_collection_query(read_conditions(question))
    return _PAPERS_ABOUT.match(question) is not None if query is None else query.form != "lookup"


# Years of papers in an elliptical question: "in 2023", "since 2021", "between 2019 and 2021".

_YEAR = rf"({YEAR})"
_BEFORE_YEAR = rf"(?:(?:only|just|the|those|{any_of('papers', 'works')}|ones?|published|posted|released|dated|listed|year|years) ){{0,9}}"
_YEAR_RANGES = (
    (re.compile(rf"\b{_BEFORE_YEAR}(?:between|from|in|of)? ?{_YEAR} ?(?:and|to|until|-|–|\.\.) ?{_YEAR}\b", re.IGNORECASE), (0, 0)),
    (re.compile(rf"\b{_BEFORE_YEAR}(?:since|from|starting in) {_YEAR}(?: on(?:wards?)?| or later| and later)\b", re.IGNORECASE), (0, None)),
    (re.compile(rf"\b{_BEFORE_YEAR}since {_YEAR}\b", re.IGNORECASE), (0, None)),
    (re.compile(rf"\b{_BEFORE_YEAR}(?:after|newer than|later than) {_YEAR}\b", re.IGNORECASE), (1, None)),
    (re.compile(rf"\b{_BEFORE_YEAR}(?:before|older than|earlier than) {_YEAR}\b", re.IGNORECASE), (None, -1)),
    (re.compile(rf"\b{_BEFORE_YEAR}(?:until|up to|by) {_YEAR}\b", re.IGNORECASE), (None, 0)),
    (re.compile(rf"\b{_BEFORE_YEAR}(?:in|from|of|during|for)? ?{_YEAR}\b", re.IGNORECASE), (0, 0)),
)


def read_years(text: str) -> tuple[Range, str] | None:
    """The years that a text asks for and the text without them; None where it has none."""
    for pattern, (low, high) in _YEAR_RANGES:
        if match := pattern.search(text):
            first, last = int(match[1]), int(match[match.lastindex or 1])
            found = Range("year", None if low is None else first + low, None if high is None else last + high)
            return found, " ".join((text[: match.start()] + " " + text[match.end() :]).split())
    return None
