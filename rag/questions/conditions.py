"""Which phrases of a question are conditions on papers, and which belong to what it is about."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

from rag.model import Filters, Range, Scan
from rag.questions.amounts import STATED, read_amount, read_stated
from rag.questions.dates import Part, read_date
from rag.questions.files import read_file
from rag.questions.mentions import SETTINGS, read_mention
from rag.questions.tokens import Tokens
from rag.questions.topics import is_paper

_MOST = 32  # conditions of one question
# Types of words over which a condition reaches to a word for papers, or to the beginning of the question.
_LINKS = tuple(
    """be do have that wh pronoun determiner quantity of and or thing request please counting share here filler having dated also
    comparing neg denied title_thing exactly in most least newest oldest rated field number ordinal than group_by grouped
    statistic modal sorted without added new file at_all as_table brief top""".split()
)
_PREPOSITIONS = ("about", "on", "concerning", "regarding", "into", "around", "related", "covering")
_SIGNS = (":", ";", ",", "-", "\u2013", "\u2014", "(", "?", ".", "!", "'")


def candidate_parts(tokens: Tokens, sources: Sequence[str], today: datetime.date) -> list[Part]:
    """All that may be a condition on papers, none overlapping another, in their order."""
    readers: list[Callable[[int], Part | None]] = []
    if tokens.has("file") or any(one.quoted or one.word[:1].isdigit() for one in tokens.words):
        readers.append(lambda place: read_file(tokens, place, sources))
    if tokens.has("field", "rated", "people", "solo"):
        readers.append(lambda place: read_amount(tokens, place))
    if tokens.has("field", "rated", *STATED):
        readers.append(lambda place: read_stated(tokens, place))
    if tokens.has("year", "iso", "month", "decade", "unit"):
        readers.append(lambda place: read_date(tokens, place, today))
    found = _scanned(tokens, readers, [])
    if tokens.has("mention", "wording", "quote", "occurs", "title_thing", *SETTINGS):
        stops = frozenset(one.start for one in found)
        inside = _inside_here(tokens)
        found += _scanned(tokens, [lambda place: None if place in inside else read_mention(tokens, place, stops)], found)
    return sorted(found, key=lambda one: one.start)


def _inside_here(tokens: Tokens) -> frozenset[int]:
    """The later words of phrases for the collection: "listing" of "in the listing" is no verb."""
    return frozenset(later for place, one in tokens.each("here") for later in range(place + 1, one.end))


def _scanned(tokens: Tokens, readers: Sequence[Callable[[int], Part | None]], taken: Sequence[Part]) -> list[Part]:
    """What the readers find from left to right, the longest at each place, without what is taken."""
    found: list[Part] = []
    place = 0
    while place < len(tokens) and len(found) < _MOST and readers:
        here = [one for reader in readers if (one := reader(place)) is not None]
        best = max(here, key=lambda one: (one.end, -one.core), default=None)
        if best is not None and not any(best.start < part.end and part.start < best.end for part in taken):
            found.append(best)
            place = best.end
        else:
            place += 1
    return found


def attached(tokens: Tokens, parts: Sequence[Part], *, collection: bool) -> list[Part]:
    """The conditions that are on papers: in a question about the collection what nothing else claims, else what stands beside papers."""
    kept: list[Part] = []
    for one in parts:
        if one.kind == "stated" and not collection and not _beside_papers(tokens, one, kept):
            continue
        if _ahead_of_papers(tokens, one, parts) or (_free(tokens, one, parts) if collection else _beside_papers(tokens, one, kept)):
            kept.append(one)
    return kept


def merged(parts: Sequence[Part]) -> Filters:
    """Conditions that must all hold, each once."""
    every = [part for one in parts for part in one.parts]
    ranges = tuple(dict.fromkeys(part for part in every if isinstance(part, Range)))
    return Filters(ranges, (), tuple(dict.fromkeys(part for part in every if isinstance(part, Scan))))


def _ahead_of_papers(tokens: Tokens, one: Part, parts: Sequence[Part]) -> bool:
    """True right before a noun for papers: "2024 speech papers"; words of a topic may stand between, no verb and no preposition."""
    if not one.bare and one.kind != "amount" and one.kind != "stated":
        return False
    place = one.end
    while place < len(tokens) and place - one.end <= 4:
        if is_paper(tokens, place) or tokens.word(place) in ("ones", "work", "works"):
            return True
        other = next((part for part in parts if part.start <= place < part.end and part is not one), None)
        if other is not None:
            place = other.end
            continue
        if (tokens.types[place] and tokens.take(place, "number", "newest", "oldest", "untitled", "determiner") is None) or not tokens.words[
            place
        ].is_word:
            return False
        place += 1
    return False


def _beside_papers(tokens: Tokens, one: Part, kept: Sequence[Part]) -> bool:
    """True where only linking words and other conditions stand between a word for papers and the condition."""
    place = one.start - 1
    while place >= 0:
        other = next((part for part in kept if part.start <= place < part.end), None)
        if other is not None:
            place = other.start - 1
        elif tokens.take(place, "paper") is not None or tokens.word(place) in ("works", "studies"):
            return True
        elif tokens.take(place, "be", "that", "dated", "filler", "have", "and") is None:
            return False
        else:
            place -= 1
    return False


def _free(tokens: Tokens, one: Part, parts: Sequence[Part]) -> bool:
    """True unless the words before the condition claim it: "data collected in 2019", "use corpora from 2018", "the 1918 flu"."""
    before = _content_before(tokens, one, parts)
    if before is None:
        return not (one.bare and one.kind == "date" and _names_a_thing(tokens, one, parts))
    start, end = before
    if one.kind in ("amount", "stated", "file") or (one.posted and _resumed(tokens, one)):
        return True
    if one.kind == "mention":
        return not _led_by_verb(tokens, start)
    if tokens.word(one.start - 1) == ",":
        return True
    if one.bare and not _led_about(tokens, start) and _closes(tokens, one.end):
        return True
    return not _led_by_verb(tokens, start) and not _participle(tokens, end - 1) and not (one.bare and not _closes(tokens, one.end))


def _closes(tokens: Tokens, place: int) -> bool:
    return place >= len(tokens) or not tokens.words[place].is_word or tokens.take(place, *_LINKS) is not None


def _resumed(tokens: Tokens, one: Part) -> bool:
    """True for "... were published in 2023" and "..., published in 2023": it is about the papers again."""
    return any(tokens.take(place, "be", "that", "have", "and") for place in range(one.start, min(one.core, one.start + 2)))


def _names_a_thing(tokens: Tokens, one: Part, parts: Sequence[Part]) -> bool:
    """True for a bare year that belongs to what follows it: "about the 1918 flu"."""
    lead = one.start - 1 - (tokens.word(one.start - 1) in ("the", "a"))
    about = tokens.take(lead, "about", "using") is not None
    behind = one.end < len(tokens) and tokens.words[one.end].is_word and not tokens.types[one.end]
    return about and behind


def _content_before(tokens: Tokens, one: Part, parts: Sequence[Part]) -> tuple[int, int] | None:
    """The run of content words that ends right before a condition, with what leads it; None where papers or the beginning do."""
    place, start, end = one.start - 1, 0, None
    while place >= 0:
        other = next((part for part in parts if part.start <= place < part.end and part is not one), None)
        if other is not None:
            start = other.end if end is not None and not start else start
            place = other.start - 1
            continue
        if is_paper(tokens, place) or (end is not None and tokens.words[place].text in _SIGNS and tokens.word(place) != "-"):
            start = start or place + 1
            break
        link = tokens.take(place, *_LINKS) is not None or tokens.words[place].text in _SIGNS or _inside_link(tokens, place)
        if not link and end is None:
            end = place + 1
        place -= 1
    return None if end is None else (start, end)


def _inside_link(tokens: Tokens, place: int) -> bool:
    """True for a later word of a linking phrase: "in the corpus"."""
    return any((found := tokens.take(at, *_LINKS)) is not None and found.end > place for at in range(max(0, place - 5), place))


def _led_about(tokens: Tokens, start: int) -> bool:
    return tokens.take(tokens.skip(start, "that", "be", "do", "filler"), "about") is not None


def _led_by_verb(tokens: Tokens, start: int) -> bool:
    """True where a run of content right behind a word for papers begins with a verb that is not one of being about something."""
    if start == 0 or tokens.words[start - 1].text in _SIGNS:
        return False
    at = tokens.skip(start, "that", "be", "do", "filler", "modal")
    about = tokens.take(at, "about")
    return about is None or (about.end == at + 1 and tokens.word(at) not in _PREPOSITIONS)


def _participle(tokens: Tokens, place: int) -> bool:
    word = tokens.word(place)
    return word.endswith("ed") and not tokens.types[place]
