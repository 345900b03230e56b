"""Questions about the whole collection: counts, lists, rankings, tables, and what the source states of one work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.model import NO_FILTERS, Filters, Range, Scan
from rag.questions.conditions import merged
from rag.questions.dates import Part
from rag.questions.draft import Draft, Words
from rag.questions.operations import is_name
from rag.questions.orders import Span, compared_parts, read_lookup, read_order, read_tally
from rag.questions.query import Counted, Operation, Query, Tally, Topic
from rag.questions.topics import is_paper, read_topic

_FEW_WORDS = 8  # of a list that is asked for by its topic alone
_PREMODIFIERS = ("quantity", "of", "determiner", "exactly", "number", "newest", "solo", "untitled", "stating")


def read_members(words: Words, operation: Operation) -> Draft | None:
    """A count or a list; None where papers are not what is counted, or nothing is asked for."""
    if not (_counts_papers(words) if operation == "count" else _may_list(words)):
        return None
    tokens, parts = words.tokens, words.conditions()
    spans = words.spans("share", "counting") if operation == "count" else []
    limit = _limit(words, parts) if operation == "list" else None
    query = Query(tokens.text, operation, share=operation == "count" and tokens.has("share"), exists=_asks_whether_any(words))
    return words.over_topic(replace(query, limit=limit[0] if limit else None), parts, [*spans, *([limit[1]] if limit else [])])


def _counts_papers(words: Words) -> bool:
    """True where papers are what is counted: "how many video papers", "how many on speech", not "how many hours", "did they read"."""
    return any(_counted(words, end) for _, end in words.spans("counting", "share"))


def _counted(words: Words, place: int) -> bool:
    tokens, content = words.tokens, False
    while place < len(tokens) and tokens.words[place].is_word and not is_paper(tokens, place):
        held = tokens.take(place, "that", "about", "be", "have", "do", "modal", "using", "dated") and tokens.word(place) not in (
            "the",
            "of",
            "in",
        )
        plain = not tokens.types[place] or is_name(tokens, place)
        if held or any(one.start == place for one in words.candidates) or not (plain or tokens.take(place, *_PREMODIFIERS)):
            break
        content = content or plain
        place += 1
    paper = place < len(tokens) and (is_paper(tokens, place) or tokens.take(place, "work", "title_thing", "thing", "genre") is not None)
    return not content or ((paper or tokens.take(place - 1, "genre") is not None) and not _done_by_others(words, place + 1))


def _done_by_others(words: Words, place: int) -> bool:
    """True where somebody does something to the papers: "did the survey review"."""
    tokens = words.tokens
    aux = tokens.take(place, "do", "modal")
    if aux is None or tokens.take(aux.end, "neg") is not None:
        return False
    named = tokens.take(aux.end, "corpus", "here", "file") or tokens.take(tokens.skip(aux.end, "determiner", "quantity"), "file", "here")
    return named is None and (tokens.word(aux.end) in ("they", "he", "she", "it") or tokens.take(aux.end, "determiner") is not None)


def _may_list(words: Words) -> bool:
    """False for a sentence that states something, or that asks without a word for papers and is more than a few words."""
    tokens = words.tokens
    if words.asks and (words.papers or words.candidates or tokens.has("request", "thing")):
        return True
    if tokens.text.rstrip().endswith("."):
        return False
    verb = tokens.has("be", "do", "have", "modal", "pronoun", "reason", "way")
    if words.papers or tokens.has("request", "thing", "please") or (words.candidates and not verb):
        return True
    named = any(one.is_word and not types for one, types in zip(tokens.words, tokens.types, strict=True))
    return named and not verb and (len(tokens) <= _FEW_WORDS or "?" in tokens.text)


def _asks_whether_any(words: Words) -> bool:
    tokens = words.tokens
    at = tokens.skip(0, "also", "filler")
    first = tokens.word(at) in ("any", "anything", "anyone", "got") or tokens.take(at, "be", "do", "have") is not None
    asked = any(one.word in ("anything", "anyone", "any", "something") for one in tokens.words)
    return first or (asked and not tokens.has("wh"))


def _limit(words: Words, parts: Sequence[Part]) -> tuple[int, Span] | None:
    """ "Five papers on X"."""
    tokens = words.tokens
    for start, end in words.spans("number"):
        inside = any(one.start <= start < one.end for one in parts) or "year" in tokens.types[start]
        alone = tokens.take(start - 1, "of") is None and tokens.word(start - 1) != "the" and tokens.word(start) not in ("one", "single")
        if alone and not inside and is_paper(tokens, end):
            number = tokens.take(start, "number")
            return (int(number.value), (start, end)) if number else None
    return None


def read_rank(words: Words) -> Draft | None:
    """A ranking of papers, or which of several that are named comes first; None where nothing says an order."""
    tokens, parts = words.tokens, words.conditions()
    found = read_order(tokens, words.taken(parts))
    if found is None:
        return None
    order, limit, spans = found
    query = Query(tokens.text, "rank", order=order, limit=limit)
    topic, _ = read_topic(tokens, words.taken(parts, spans))
    if order.by == "date" and not words.papers and (names := _named_alternatives(topic)):
        return replace(query, names=names, sought=words.sought(parts)), parts
    if topic and not words.papers and not tokens.has("thing"):
        return None
    return words.over_topic(query, parts, [*spans, *words.spans("sorted", "counting", "how_much")])


def _named_alternatives(topic: Topic) -> tuple[str, ...]:
    """The works of "which is newer, X or Y?"."""
    if len(topic.every) != 1 or len(topic.every[0]) < 2:
        return ()
    named = all(any(sign.isupper() or sign.isdigit() for sign in one) for one in topic.every[0])
    return topic.every[0] if named else ()


def read_tallied(words: Words) -> Draft | None:
    """A table, an average, an extreme group, or two counts held against each other."""
    parts = words.conditions()
    versus = _versus(words, parts)
    found = read_tally(words.tokens, words.taken(parts)) if versus is None else None
    if found is None:
        return versus
    tally, spans = found
    spans = [*spans, *words.spans("counting", "group_by", "comparing", "statistic")]
    return words.over_topic(Query(words.tokens.text, "tally", tally=tally), parts, spans)


def _versus(words: Words, parts: list[Part]) -> Draft | None:
    """Two counts held against each other: under two conditions, or of two topics."""
    if not words.tokens.has("comparing", "most"):
        return None
    query = Query(words.tokens.text, "tally")
    spans = words.spans("comparing", "than", "grouped", "counting", "most")
    pair = compared_parts(words.tokens, parts)
    compared: tuple[Part, ...] = pair or ()
    sides: tuple[Counted, ...] = tuple((merged([one]), Topic()) for one in compared)
    if not sides and (listed := _values_of_one(words, parts)) is not None:
        compared, sides = (listed[0],), listed[1]
    if sides:
        rest = merged([one for one in parts if one not in compared])
        return replace(words.over_topic(query, parts, spans)[0], tally=Tally(sides=sides), filters=rest), parts
    topic, _ = read_topic(words.tokens, words.taken(parts, words.spans("comparing")))
    group = tuple(one for group in topic.every for one in group)
    if len(group) < 2:
        return None
    tally = Tally(sides=tuple((NO_FILTERS, Topic(((one,),))) for one in group))
    return replace(words.over_topic(query, parts, spans)[0], tally=tally, topic=Topic(), unread=()), parts


def _values_of_one(words: Words, parts: Sequence[Part]) -> tuple[Part, tuple[Counted, ...]] | None:
    """ "More papers from 2023 or 2024?": the single conditions of one that any of several values meets."""
    for one in parts:
        said = [words.tokens.word(place) for place in range(one.start, one.end)]
        values = _values(one.parts[0]) if len(one.parts) == 1 and "or" in said else ()
        if len(values) > 1:
            return one, tuple((value, Topic()) for value in values)
    return None


def _values(part: Range | Scan) -> tuple[Filters, ...]:
    if isinstance(part, Scan):
        return () if part.negated else tuple(Filters(scans=(replace(part, values=(value,)),)) for value in part.values)
    if part.low is None or part.high is None or part.outside or part.field == "first_day":
        return ()
    return tuple(Filters((Range(part.field, value, value),)) for value in range(part.low, part.high + 1))


def read_looked_up(words: Words) -> Draft | None:
    """A stated field of one work; None where no field or no work is named."""
    found = read_lookup(words.tokens)
    if found is None:
        return None
    field, spans = found
    topic, _ = read_topic(words.tokens, words.taken([], [*spans, *words.spans("counting", "how_much", "ago")]))
    name = " ".join(one for group in topic.every for one in group)
    if not name or topic.none:
        return None
    return Query(words.tokens.text, "lookup", field=field, names=(name,), sought=words.tokens.text), []
