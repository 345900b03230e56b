"""The second pass over questions that were made: each is held against the whole corpus, and dropped for a reason that has a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from eval.making.absent import numbers_near
from eval.making.material import Work
from eval.making.numeric import is_figure
from eval.records import Question
from rag.model import Abstract
from rag.text import NUMBER_WORDS, folded_words, stem, stems

Search = Callable[[str], Sequence[str]]  # a question -> ids of abstracts, best first
_SHARE = 0.8  # of a question's words: an abstract that has so many may be meant as well
_LONGEST = 45  # words of a question


class Checks:
    """Holds questions against a corpus and against those that passed before. `dropped` counts the others by reason."""

    def __init__(self, abstracts: Iterable[Abstract], works: Iterable[Work], search: Search) -> None:
        self._abstracts = {one.id: one for one in abstracts}
        self._works = {one.abstract.id: one for one in works}
        self._said = {key: frozenset(stems(f"{one.title or ''} {one.text}")) for key, one in self._abstracts.items()}
        self._search = search
        self._seen: set[tuple[str, ...]] = set()
        self._quoted: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()

    def passes(self, question: Question) -> bool:
        """True for a question that may be asked; it is remembered."""
        reason = self.reason(question)
        if reason:
            self.dropped[reason] += 1
            return False
        self._seen.add(_key(question.question))
        self._quoted.update(one.quote for one in question.evidence)
        return True

    def reason(self, question: Question) -> str:
        """Why a question is not to be asked, "" where it may be."""
        if _key(question.question) in self._seen:
            return "asked before"
        if len(question.question.split()) > _LONGEST or question.question.count("(") != question.question.count(")"):
            return "hard to read"
        if any(word.rstrip("?").endswith("-") for word in question.question.split()):
            return "hard to read"
        if question.kind == "absent_topic" or question.members is not None:
            return ""
        if question.kind == "absent_detail":
            return ""
        return self._unanswered(question) or self._ambiguous(question)

    def _unanswered(self, question: Question) -> str:
        quote = question.evidence[0]
        if quote.quote not in self._abstracts[question.gold[0]].text or any(one not in quote.quote for one in question.must_contain):
            return "not in its source"
        if self._quoted[quote.quote]:
            return "its sentence is asked about already"
        if any(_told(one, question.question) for one in question.must_contain):
            return "says its answer"
        return ""

    def _ambiguous(self, question: Question) -> str:
        gold = question.gold[0]
        if question.kind == "numeric" and self._two_numbers(question):
            return "several numbers answer"
        if "acronym" in question.tags and self._spelled_elsewhere(question):
            return "another abstract answers"
        wanted = frozenset(stems(question.question))
        for found in self._search(question.question):
            if found == gold:
                return ""
            if not wanted or len(wanted & self._said[found]) >= _SHARE * len(wanted):
                return "another abstract may answer"
        return "its abstract is not found by it"

    def _spelled_elsewhere(self, question: Question) -> bool:
        """True where another abstract has the long form too: which paper is asked about would not matter."""
        long = question.must_contain[0]
        return any(_within(long, one.text) for one in self._abstracts.values() if one.id != question.gold[0])

    def _two_numbers(self, question: Question) -> bool:
        """True where another sentence, here or of an abstract that names the same system, has a number with what is asked for."""
        quote = question.evidence[0].quote
        nouns = _nouns_after(quote, question.must_contain[0])
        work = self._works[question.gold[0]]
        named = [one for one in self._abstracts.values() if one.id == work.abstract.id or (work.name and work.name in one.text)]
        said = [stem(word) for word in folded_words(quote)]
        if any(said.count(stem(noun)) > 1 for noun in nouns):
            return True
        return any(sentence != quote for one in named for noun in nouns for sentence in numbers_near(one, noun))


def _nouns_after(sentence: str, number: str) -> list[str]:
    """The first plural after a number, which is what it counts; none after a percentage."""
    if number.endswith("%"):
        return []
    _, _, after = sentence.partition(number)
    return [word for word in folded_words(after)[:4] if word.endswith("s") and not is_figure(word)][:1]


def _told(part: str, question: str) -> bool:
    """True where the question has the answer's words in a row, or more than half of those that say something."""
    new = set(stems(part)) - set(stems(question))
    return _within(part, question) or len(new) * 2 < len(set(stems(part)))


def _within(part: str, question: str) -> bool:
    """True where the question has the words of its answer in a row."""
    wanted, said = folded_words(part), folded_words(question)
    return any(said[at : at + len(wanted)] == wanted for at in range(len(said) - len(wanted) + 1)) if wanted else False


def _key(question: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in folded_words(question) if word not in NUMBER_WORDS)


def told(dropped: Mapping[str, int]) -> str:
    """The counts by reason, the most frequent first: "12 asked before, 3 hard to read"."""
    return ", ".join(f"{count} {reason}" for reason, count in sorted(dropped.items(), key=lambda pair: (-pair[1], pair[0])))
