"""The abstracts that a question about the collection is decided on: those that meet its conditions and are about its topic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from rag.evidence import Files, field_citation, member_citation
from rag.index import Generation, Grouping
from rag.model import Abstract, Answer, Citation, Claim, Filters, NumberField, Range, Scan, pluralize
from rag.questions import Topic, conditions_of, field_name, join_phrases, spell_date, without
from rag.search import Relevance, find_relevant

_NO_TOPIC = Topic()
CITED = 30  # members that are cited; of more the number is told
_LISTING_WORDS = 90  # words of the names of members in the sentence itself, at the most


@dataclass(eq=False)
class Selection:
    """Abstracts of one generation that meet `filters` and, if there is one, are about `topic`."""

    generation: Generation
    filters: Filters
    topic: Topic = _NO_TOPIC
    _judged: Relevance | None = field(default=None, repr=False)
    _others: Scan | None = field(default=None, repr=False)

    def __iter__(self) -> Iterator[Abstract]:
        """In the order of the files; with a topic, the most relevant first."""
        yield from self.about.members if self.topic.every else self.generation.listing(self._stated)

    @property
    def about(self) -> Relevance:
        """Which of the abstracts that meet the conditions are about the topic; all are judged once.

        None where it only says what they are not about: those are looked up.
        """
        if not self.topic.every:
            return Relevance((), ())
        if self._judged is None:
            self._judged = find_relevant(self.topic, self.generation)
        return self._judged.within(set(self.generation.matching(self.filters))) if self.filters else self._judged

    def numbers(self, *fields: NumberField) -> list[tuple[str, tuple[int, ...]]]:
        """The id and the numbers in `fields` of each of them that states these."""
        found = self.generation.numbers(fields, self._looked_up)
        if not self.topic.every:
            return found
        stated = dict(found)
        return [(one.id, stated[one.id]) for one in self if one.id in stated]

    def tally(self, group: Grouping) -> dict[int | str, int]:
        """How many of them there are of each year, month, file or number, in their order."""
        return self.generation.tally(group, self._looked_up)

    @property
    def _looked_up(self) -> Filters:
        """The conditions that say which they are: with a topic, their ids."""
        return Filters(scans=(Scan("id", tuple(one.id for one in self)),)) if self.topic.every else self._stated

    @property
    def _stated(self) -> Filters:
        """The conditions, with the ids of those that are about what they shall not be about."""
        if not self.topic.none:
            return self.filters
        if self._others is None:
            out = find_relevant(Topic((self.topic.none,)), self.generation).members
            self._others = Scan("id", tuple(one.id for one in out), negated=True)
        return replace(self.filters, scans=(*self.filters.scans, self._others))

    @property
    def all(self) -> int:
        """How many abstracts the corpus has."""
        return self.generation.manifest.abstracts

    def count(self) -> int:
        """How many there are."""
        if self.topic.every:
            return sum(1 for _ in self)
        return self.generation.count(self._stated)

    def narrowed(self, *ranges: Range, scans: tuple[Scan, ...] = ()) -> Selection:
        """Those of them that meet further conditions."""
        filters = Filters((*self.filters.ranges, *ranges), self.filters.sources, (*self.filters.scans, *scans))
        return replace(self, filters=filters)

    def but(self, filters: Filters) -> Selection:
        """The selection with other conditions."""
        return replace(self, filters=filters)

    @property
    def phrase(self) -> str:
        """The conditions as modifiers of a noun: " dated 2024 and with exactly 2 authors", with a space before; "" for none."""
        parts = [one.phrase for one in conditions_of(self.filters)]
        parts += [self.about_topic] if self.topic else []
        return f" {join_phrases(parts)}" if parts else ""

    @property
    def about_topic(self) -> str:
        """The topic as a modifier of a noun: "about speech translation", "not about speech"."""
        wanted = [f"about {Topic(self.topic.every).text}"] if self.topic.every else []
        none = [f"not about {' or '.join(self.topic.none)}"] if self.topic.none else []
        return " but ".join([*wanted, *none])

    def echo(self) -> tuple[str, ...]:
        """What was applied, and how many abstracts match."""
        parts = [one.short for one in conditions_of(self.filters)]
        parts += [self.about_topic] if self.topic else []
        return (*parts, f"{self.count()} of {self.all} abstracts match") if parts else ()


def cite_members(abstracts: list[Abstract], stating: str | None, files: Files) -> tuple[Citation, ...]:
    """A citation of each abstract: of a field's own words where one is given, else of the abstract as a member."""
    return tuple(
        field_citation(number, one, stating, files)
        if stating in ("date", "authors", "upvotes", "comments")
        else member_citation(number, one)
        for number, one in enumerate(abstracts, start=1)
    )


def collection_answer(
    frame: Answer, selection: Selection, text: str, citations: tuple[Citation, ...], members: int, notices: list[str]
) -> Answer:
    """The answer with one claim, computed by code, that cites its members."""
    claim = Claim("collection", text, tuple(one.number for one in citations))
    more = [f"The first {len(citations)} of {members} are cited."] if members > len(citations) else []
    return replace(
        frame,
        outcome="answered",
        claims=(claim,),
        citations=citations,
        filters=selection.echo() or frame.filters,
        notices=(*notices, *more, *frame.notices),
        checks={"computed": 1, "members": members},
    )


def member_names(abstracts: list[Abstract], number: int) -> str:
    """What the first of `number` abstracts are called, with their years: ": A (2023); B; 3 more"; as many as are read at a glance."""
    said, words = [], 0
    for one in abstracts:
        name = one.label + (f" ({one.year})" if one.year else "")
        words += len(name.split())
        if words > _LISTING_WORDS:
            break
        said.append(name)
    rest = [f"{number - len(said)} more"] if said and number > len(said) else []
    return f": {'; '.join([*said, *rest])}" if said else ""


def topic_notices(selection: Selection) -> list[str]:
    """How it was decided which abstracts are about a topic."""
    order = "; the most relevant come first" if selection.topic.every else ""
    return [f'What is "{selection.topic.text}" is judged by words, title and meaning{order}.'] if selection.topic else []


def shorten_listing(text: str) -> str:
    """A listing as part of a sentence: itself, or a pointer to the sources where it is too long to read."""
    return text if len(text.split()) <= _LISTING_WORDS else "see the sources"


def date_notices(selection: Selection, *, used: bool = False) -> list[str]:
    """That dates are inferred, and that abstracts without one are left out, where dates decide (`used`, or a condition on them)."""
    dated = [one for one in conditions_of(selection.filters) if one.dated]
    if not (dated or used):
        return []
    inferred = (
        sum(one.date_inferred for one in selection)
        if selection.topic
        else selection.generation.count(selection.narrowed(scans=(Scan("inferred"),)).filters)
    )
    notices = [_inferred_notice(inferred)] if inferred else []
    filters = selection.filters
    for one in dated:
        filters = without(filters, one)
    undated = selection.but(filters).narrowed(scans=(Scan("missing", ("date",)),)).count()
    return notices + (
        [f"{pluralize(undated, 'abstract')} that would match otherwise {_verb_state(undated)} no date and {_verb_be(undated)} left out."]
        if undated
        else []
    )


def _inferred_notice(number: int) -> str:
    return (
        "The date of 1 of these is inferred: its source prints no year."
        if number == 1
        else f"{number} of these dates are inferred: the sources print no year for them."
    )


def _verb_state(number: int) -> str:
    return "states" if number == 1 else "state"


def _verb_be(number: int) -> str:
    return "is" if number == 1 else "are"


def unstated_notice(selection: Selection, field: str) -> list[str]:
    """How many of the selection do not state a field and are therefore left out."""
    missing = selection.narrowed(scans=(Scan("missing", (field,)),)).count() if field in ("date", "authors", "upvotes", "comments") else 0
    return (
        [f"{pluralize(missing, 'abstract')} {_verb_state(missing)} no {field_name(field)} and {_verb_be(missing)} left out."]
        if missing and field != "date"
        else []
    )


def dated_text(abstract: Abstract) -> str:
    """An abstract's date as people say it, marked where its year is inferred."""
    return spell_date(abstract.date) + (", year inferred" if abstract.date_inferred else "") if abstract.date else ""
