"""What papers must be about: the words of a question that say neither what is asked nor of which papers, in their order and wording."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.questions.query import Topic
from rag.questions.tokens import Tokens
from rag.text import words_of

# Types of words that are taken off the ends of what is left; inside of it they stay: "masked prediction in speech".
_FUNCTION = tuple(
    """be do have modal denied that wh pronoun determiner quantity of in and or to than thing request please counting share here
    filler neg having without at_all dated exactly group_by also comparing title_thing low high above below ago themes
    how_much file namely wording number_alone people assistant any_year mention in_text in_both touched sorted most least
    new added brief long as_bullets as_table newcomer agree""".split()
)
_LEADS = (*_FUNCTION, "about", "using", "overview_of")
_BREAKS = ("?", "!", ":", ";", ",", "(", ")", "\u2013", "\u2014", ".", "...", "\u2026")
_THINGS = words_of("items", "entries")
_WORKS = words_of("works") - {"studies"}


@dataclass(frozen=True, slots=True)
class _Segment:
    """Words of a topic from one place to another; `denied` where papers must not be about them, `led` behind a word such as "about"."""

    start: int
    end: int
    denied: bool
    led: bool


def read_topic(tokens: Tokens, taken: Sequence[bool]) -> tuple[Topic, list[bool]]:
    """The topic, and which words are read as a part of it. `taken` are the words that were read as something else."""
    read = list(taken)
    every: list[tuple[str, ...]] = []
    none: list[str] = []
    kept = _telling(tokens, [one for part in _segments(tokens, taken) for one in _split(tokens, *part)])
    for few in _rows(tokens, kept):
        one = few[0]
        groups = _alternatives(tokens, one.start, one.end) if len(few) == 1 else _row(tokens, few)
        if one.denied:
            none += [alternative for group in groups for alternative in group]
        elif not (_in_brackets(tokens, one.start) and every):
            every += groups
    for one in kept:
        for place in range(one.start, one.end):
            read[place] = True
        if one.denied:
            _mark_negations(tokens, read, one.start)
    return Topic(tuple(dict.fromkeys(every)), tuple(dict.fromkeys(none))), read


def _rows(tokens: Tokens, found: Sequence[_Segment]) -> list[list[_Segment]]:
    """The segments, those together between which only a comma stands."""
    rows: list[list[_Segment]] = []
    for one in found:
        last = rows[-1][-1] if rows else None
        if last is not None and not one.denied and not last.denied and _only_comma(tokens, last.end, one.start):
            rows[-1].append(one)
        else:
            rows.append([one])
    return rows


def _only_comma(tokens: Tokens, start: int, end: int) -> bool:
    between = [
        tokens.word(place) for place in range(start, end) if tokens.take(place, "namely", "determiner", "about", "or", "also") is None
    ]
    return between == [","] or (between == [",", "."] and end - start > 2)


def _row(tokens: Tokens, few: Sequence[_Segment]) -> list[tuple[str, ...]]:
    """ "Swahili, Hausa, Zulu" and "X, Y or Z" are alternatives; two with a comma between them are one phrase."""
    groups = [group for one in few for group in _alternatives(tokens, one.start, one.end)]
    joined = tuple(one for group in groups for one in group)
    named = any(tokens.take(place, "namely") for one in few[1:] for place in range(few[0].end, one.start))
    if len(few) > 2 or len(joined) > len(few) or named:
        return [joined]
    return [(tokens.span(few[0].start, few[-1].end),)]


def _in_brackets(tokens: Tokens, place: int) -> bool:
    return sum(tokens.word(at) == "(" for at in range(place)) > sum(tokens.word(at) == ")" for at in range(place))


def _mark_negations(tokens: Tokens, read: list[bool], place: int) -> None:
    """The negation right before a place is read."""
    at = place - 1
    while at >= 0 and not read[at] and tokens.word(at) not in _BREAKS and tokens.take(at, *_LEADS) is not None:
        read[at] = True
        at -= 1


def _segments(tokens: Tokens, taken: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Runs of words that are free and no word for papers."""
    start = None
    for place in range(len(tokens) + 1):
        free = place < len(tokens) and not taken[place] and not _breaks(tokens, place)
        if free and start is None:
            start = place
        if not free and start is not None:
            yield start, place
            start = None


def _breaks(tokens: Tokens, place: int) -> bool:
    return tokens.word(place) in _BREAKS or is_paper(tokens, place)


def is_paper(tokens: Tokens, place: int) -> bool:
    """True for a word that means the papers: one that always does, or "works", "studies" where no verb."""
    if tokens.take(place, "paper") is not None:
        return True
    if tokens.take(place, "work") is None:
        return False
    word = tokens.word(place)
    if word in _THINGS and place > 0 and tokens.words[place - 1].is_word and not tokens.types[place - 1]:
        return False
    about = tokens.take(place, "about")
    verb = about is not None and about.end > place + 1
    before = tokens.take(place - 1, "paper", "thing", "pronoun", "that") if word in _WORKS else None
    clinical = tokens.word(place - 1) in ("case", "user", "ablation", "pilot") or (
        word in _WORKS and tokens.word(place + 1) == "of" and tokens.take(place + 2, "year") is None
    )
    return not (
        verb or (before is not None and tokens.word(place - 1) not in ("which", "what", "these", "those", "any", "all")) or clinical
    )


def _split(tokens: Tokens, start: int, end: int) -> Iterator[_Segment]:
    """A run cut at its negations, without the function words at both ends of each part."""
    cuts = [start]
    place = start
    while place < end:
        negation = tokens.take(place, "neg", "denied")
        if negation is not None and place > start:
            cuts.append(place)
        place = negation.end if negation else place + 1
    for at, to in zip(cuts, [*cuts[1:], end], strict=True):
        found = _bare(tokens, at, to)
        if found is not None:
            yield found


def _bare(tokens: Tokens, start: int, end: int) -> _Segment | None:
    """What is left of a run between its function words; None where nothing is."""
    denied = led = False
    at = start
    while at < end:
        lead = tokens.take(at, *_LEADS)
        if lead is None or _belongs(tokens, at, lead.end, end):
            break
        negation = tokens.take(at, "neg", "denied")
        denied = denied or (negation is not None and negation.end >= lead.end)
        led = led or tokens.take(at, "about", "using") is not None
        at = min(lead.end, end)
    to = end
    while to > at and (before := _before_function(tokens, at, to)) < to:
        to = before
    while to > at and not (tokens.words[at].is_word or tokens.words[at].quoted):
        at += 1
    return _Segment(at, to, denied, led) if to > at else None


def _belongs(tokens: Tokens, place: int, end: int, last: int) -> bool:
    """True for a word that may lead to a topic or be the beginning of it, and is the latter: "long documents", "use cases", "model"."""
    adjective = tokens.word(place) in ("long", "new", "most", "low", "high", "early", "late", "first", "people", "related", "early")
    return adjective and end < last and tokens.words[end].is_word and not tokens.types[end] and tokens.word(place) not in ("most", "new")


def _before_function(tokens: Tokens, start: int, end: int) -> int:
    """Where the phrase of function words that ends here begins; the end itself where none does."""
    if not (tokens.words[end - 1].is_word or tokens.words[end - 1].quoted):
        return end - 1
    for at in range(max(start, end - 5), end):
        for kind in (*_FUNCTION, "about"):
            found = tokens.types[at].get(kind)
            if found is not None and found.end == end and not (kind == "long" and at + 1 == end):
                return at
    return end


def _telling(tokens: Tokens, found: list[_Segment]) -> list[_Segment]:
    """Without single verbs beside a topic that say what papers do with it: "which papers fix that"."""
    if len(found) < 2:
        return found
    return [one for one in found if one.denied or one.led or not _refers(tokens, one)] or found


def _refers(tokens: Tokens, one: _Segment) -> bool:
    """True for one verb with a pronoun behind it, or between a word for papers and the end."""
    after, behind = tokens.word(one.end), tokens.word(one.end + 1)
    return one.end - one.start <= 2 and after in ("that", "it", "this", "them", "so", "those") and not behind[:1].isalnum()


def _alternatives(tokens: Tokens, start: int, end: int) -> list[tuple[str, ...]]:
    """The groups of alternatives in a run of words: "Chinese or Japanese" is one group of two, "both X and Y" are two groups."""
    pieces: list[tuple[int, int]] = []
    at = start
    for place in range(start, end):
        joined = tokens.take(place, "or_word", "namely") or (tokens.take(place, "or") if tokens.word(place) == "or" else None)
        if joined is not None and place > at and joined.end < end:
            pieces.append((at, place))
            at = joined.end
    pieces.append((at, end))
    bare = [found for one in pieces if (found := _bare(tokens, *one)) is not None]
    group = tuple(tokens.span(one.start, one.end) for one in bare)
    if tokens.word(start - 1) == "both" and len(group) == 1:
        for place in range(start + 1, end - 1):
            if tokens.word(place) == "and":
                return [(tokens.span(start, place),), (tokens.span(place + 1, end),)]
    return [group]
