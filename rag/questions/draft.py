"""A question on its way to a query: its words, what may be conditions in it, and what an operation leaves of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.questions.conditions import attached, merged
from rag.questions.dates import Part
from rag.questions.operations import is_name
from rag.questions.orders import Span
from rag.questions.query import Query
from rag.questions.tokens import Tokens
from rag.questions.topics import is_paper, read_topic

Draft = tuple[Query, list[Part]]  # a query, with the conditions that are in it
_WHOLE = ("the", "all", "these", "those", "our", "your")
_UNITS = ("year", "month", "quarter")
_OPENINGS = ("request", "be", "do", "have", "modal", "define", "overview", "summarize", "quantity", "thing", "compare")


class Words:
    """The words of a question, with what may be conditions and what says how the answer is to look."""

    def __init__(self, tokens: Tokens, candidates: Sequence[Part], shape: Sequence[bool]) -> None:
        self.tokens = tokens
        self.candidates = list(candidates)
        self.shape = list(shape)
        self.papers = any(is_paper(tokens, place) or tokens.take(place, "title_thing") is not None for place in range(len(tokens)))

    def conditions(self, *, collection: bool = True) -> list[Part]:
        """The candidates that are conditions on papers."""
        return attached(self.tokens, self.candidates, collection=collection)

    @property
    def asks(self) -> bool:
        """False for a sentence that states something: "Papers published before 2010 overestimate effects"."""
        tokens = self.tokens
        first = tokens.take(tokens.skip(0, "also", "filler", "please"), *_OPENINGS) is not None
        return "?" in tokens.text or first or tokens.has("wh", "counting", "please")

    @property
    def leans(self) -> bool:
        """True for a question that goes on from the one before: "and in 2023?", "why?"."""
        tokens = self.tokens
        first = tokens.take(0, "also") is not None
        alone = len(tokens) <= 3 and tokens.take(0, "reason", "way", "asking_name", "wh") is not None and not self.papers
        one = self.candidates[0] if self.candidates else None
        only = one is not None and one.kind in ("date", "amount") and one.start == 0 and one.end >= len(tokens) - 1
        return first or alone or (only and not self.papers)

    def spans(self, *types: str) -> list[Span]:
        """Where phrases of these types stand."""
        return [(place, found.end) for place, found in self.tokens.each(*types)]

    def taken(self, parts: Sequence[Part], spans: Sequence[Span] = ()) -> list[bool]:
        """For each word whether it is read, as a condition or as something else."""
        taken = list(self.shape)
        for start, end in (*((one.start, one.end) for one in parts), *spans):
            taken[start:end] = [True] * (end - start)
        return taken

    def sought(self, parts: Sequence[Part]) -> str:
        """The question without its conditions and without words about the answer's form."""
        text, kept, place = self.tokens.text, [], 0
        for token, gone in zip(self.tokens.words, self.taken(parts), strict=True):
            if gone:
                kept.append(text[place : token.start])
                place = token.end
        return " ".join("".join([*kept, text[place:]]).split())

    def over_topic(self, query: Query, parts: list[Part], spans: Sequence[Span]) -> Draft:
        """The query with its conditions and topic, and with what neither they nor the operation account for."""
        taken = self.taken(parts, [*spans, *self._totals()])
        topic, read = read_topic(self.tokens, taken)
        unread = self._unread(parts, taken, read)
        return replace(query, filters=merged(parts), topic=topic, unread=unread, sought=self.sought(parts), leans=self.leans), parts

    def _totals(self) -> Iterator[Span]:
        """How many papers there are, which says nothing of those that are asked for: "of the 120 listed papers"."""
        tokens = self.tokens
        for start, end in self.spans("number"):
            behind = tokens.skip(end, "stating")
            led = tokens.word(start - 1) in _WHOLE
            if led and "year" not in tokens.types[start] and behind < len(tokens) and is_paper(tokens, behind):
                yield start, behind

    def _unread(self, parts: Sequence[Part], taken: Sequence[bool], read: Sequence[bool]) -> tuple[str, ...]:
        """Dates, numbers, field words and negations that no part of the reading accounts for."""
        tokens = self.tokens
        left = [one for one in self.candidates if one not in parts and one.kind in ("date", "amount")]
        found = [tokens.span(one.core, one.end) for one in left if not (one.bare and read[one.core] and not taken[one.core])]
        inside = {place for one in left for place in range(one.start, one.end)}
        here = {place for start, end in self.spans("here") for place in range(start, end)}
        free = [place for place in range(len(tokens)) if not taken[place] and place not in inside and place not in here]
        telling = [
            place for place in free if self._lonely_number(place) or self._dates(place) or (not read[place] and self._telling(place))
        ]
        found += [tokens.words[place].text for place in telling]
        return tuple(dict.fromkeys(found))

    def _dates(self, place: int) -> bool:
        """True for a season, a quarter, a unit of time or an extreme that nothing has read: a topic does not account for it."""
        unit = self.tokens.take(place, "unit")
        return self.tokens.take(place, "season", "quarter", "extreme") is not None or (unit is not None and unit.value in _UNITS)

    def _telling(self, place: int) -> bool:
        """True for a negation or a field that is counted."""
        tokens = self.tokens
        negation = tokens.take(place, "neg", "denied") is not None and tokens.word(place) not in ("or", "without")
        field = tokens.take(place, "field")
        counted = field is not None and field.value in ("authors", "upvotes", "comments") and tokens.take(place, "rated") is None
        return negation or counted

    def _lonely_number(self, place: int) -> bool:
        """True for digits that no noun follows, and no name stands before: not in "10 languages", "Llama 2"."""
        tokens = self.tokens
        number = tokens.take(place, "number") if tokens.word(place)[:1].isdigit() else None
        if number is None:
            return False
        behind = number.end < len(tokens) and tokens.words[number.end].is_word
        named = place > 0 and tokens.words[place - 1].is_word and (is_name(tokens, place - 1) or not tokens.types[place - 1])
        return not (behind or named)
