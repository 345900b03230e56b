"""Whether a sentence of an abstract contradicts a statement that a question presupposes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from rag.embedding import Floats, LongText, read_long, read_short, shared_stems, weighted_mean, word_matches
from rag.support.clauses import ParsedSentence, PolarityWord, is_polarity_word, parse_sentence, polarity_words, weight
from rag.support.direction import comparisons, speaks_of_others
from rag.support.figures import Figure, figures, number_flags
from rag.support.names import proper_names, squeezed
from rag.support.negation import are_opposites
from rag.text import STOP_WORDS, any_of, stems

# Signs that a sentence says otherwise than a statement that a question takes for granted.

_SURE = 3.0  # summed inverse document frequency, as in `rag.support.direction`
_DENIED = 5.0  # the same, of what a sentence does without
_UNMOVED = re.compile(r"\b(?:regardless of|irrespective of|independent(?:ly)? of|unaffected by|invariant to|robust to)\b", re.IGNORECASE)
_ACRONYM = re.compile(r"[A-Z]{3,6}")
_EITHER = frozenset("more less fewer greater larger smaller".split())  # which may be for the better or the worse
_SPEED = frozenset(("faster", "slower"))
_PAR = re.compile(r"\bon (?:a )?par\b", re.IGNORECASE)
_USES = frozenset("use need reli requir run emploi must depend leverag exploit".split())
_FAILS = frozenset("fail struggl unabl".split())
_WE = re.compile(rf"\b(?:we|our|is proposed|this {any_of('text.own')})\b", re.IGNORECASE)
_DEEDS = 3  # content words behind a denial that say what is not done
_UNDOES = frozenset("elimin obviat bypass forgo avoid".split())
_UNDOING = re.compile(
    r"\b(?:get(?:s|ting)? (?:around|rid of|by without)|do(?:es|ing)? (?:away with|without)|dispens\w+ with|circumvent\w*|sidestep\w*|"
    r"spar(?:es?|ing)|skip\w*)\b",
    re.IGNORECASE,
)
_WAYS: tuple[Callable[[PolarityWord], int], ...] = (attrgetter("way"), attrgetter("amount"))
_NEAR = 7  # words on either side of a word of direction
_AFTER = 3  # content words behind a number that may name what it counts
_BEFORE = 2  # that must be shared before a number, where none behind it is


@dataclass(frozen=True, eq=False)
class HeldStatement:
    """A statement, the sentence that it is held against, and all sentences of the abstract, in which `name` stands for its own work."""

    said: ParsedSentence
    seen: ParsedSentence
    all: Sequence[ParsedSentence]
    shares: Floats
    name: str

    @property
    def text(self) -> str:
        """The whole abstract."""
        return " ".join(one.text for one in self.all)

    @property
    def share(self) -> float:
        """How much of the statement the sentence speaks of."""
        return float(self.shares[self.all.index(self.seen)])


def _other_way_round(held: HeldStatement) -> bool:
    """ "A beats B" where the sentence has B ahead of A; one of the two may be left out there."""
    for mine in comparisons(held.said):
        if mine.word in _EITHER:
            continue
        ahead, behind = mine.ahead - mine.behind, mine.behind - mine.ahead
        for theirs in comparisons(held.seen):
            if (mine.word in _SPEED) != (theirs.word in _SPEED):
                continue
            crossed = weight(ahead & theirs.behind) + weight(behind & theirs.ahead)
            if crossed > 1.5 * (weight(ahead & theirs.ahead) + weight(behind & theirs.behind)) + _SURE:
                return True
    return False


def _for_the_worse(held: HeldStatement) -> float:
    """ "X raises the error" where the sentence has the error go down, and no sentence that says as much has it go up."""
    others = speaks_of_others(held.seen.text) and not any(name in held.seen.text for name in proper_names(held.said.text))
    if _denies(held.said) or others:
        return 0.0
    return max(_turned(held, way) for way in _WAYS)


def _turned(held: HeldStatement, way: Callable[[PolarityWord], int]) -> float:
    """How much of the statement the sentence says to go the other way; 0 where any sentence says as much to go the same way."""
    mine = {way(one) for one in polarity_words(held.said)}
    if mine not in ({1}, {-1}):
        return 0.0
    (wanted,) = mine
    # Of its own work an abstract speaks from where it says "we"; before, of what there was.
    first = next((at for at, one in enumerate(held.all) if _WE.search(one.text)), 0) if held.name and held.name in held.said.text else 0
    rest = list(zip(held.all, held.shares, strict=True))[first:]
    same = max((_about(held, one, lambda turn: way(turn) == wanted) * float(share) for one, share in rest), default=0.0)
    judged = {one.word for one in comparisons(held.seen)} if comparisons(held.said) else set()
    opposite = _about(held, held.seen, lambda turn: way(turn) == -wanted and held.seen.words[turn.index] not in judged)
    return opposite if opposite >= _SURE and opposite * held.share > same else 0.0


def _about(held: HeldStatement, seen: ParsedSentence, goes: Callable[[PolarityWord], bool]) -> float:
    """How much of the statement, what it speaks of in the first place included, stands around a word that goes a certain way."""
    said = held.said
    own = set(stems(held.name))
    mine = {name for name in said.content(0, len(said.words)) if not is_polarity_word(name)} - own
    last = max(one.index for one in polarity_words(said))
    objects = set(said.content(last + 1, said.clause(last)[1])) - own
    subject = set(said.content(0, last)) - set(said.content(last + 1, len(said.words))) if comparisons(said) else set()
    best = 0.0
    for one in filter(goes, polarity_words(seen)):
        around = _around(seen, one.index, said)
        if around & subject if subject else around & objects or not objects:
            best = max(best, weight(mine & around))
    return best


def _around(seen: ParsedSentence, index: int, said: ParsedSentence) -> set[str]:
    """The content words near a word in its clause, and for an acronym there the statement's words that it stands for."""
    first, last = seen.clause(index)
    first, last = max(first, index - _NEAR), min(last, index + _NEAR + 1)
    around = set(seen.content(first, last)) - {seen.stems[index]}
    initials = "".join(word[0] for word in said.words)
    for start, end in seen.places[first:last]:
        short = seen.text[start:end]
        at = initials.find(short.casefold()) if _ACRONYM.fullmatch(short) else -1
        around |= set(said.content(at, at + len(short))) if at >= 0 else set()
    return around


def _on_a_par(held: HeldStatement) -> bool:
    """ "X stays behind Y" where the sentence has X on a par with Y."""
    behind = any(one.way < 0 for one in polarity_words(held.said)) and not held.said.denials
    return behind and bool(_PAR.search(held.seen.text)) and not any(one.way < 0 for one in polarity_words(held.seen))


def _less_for_more(held: HeldStatement) -> bool:
    """ "more sensitive" where the sentence has "less sensitive"."""
    mine, theirs = _degrees(held.said), _degrees(held.seen)
    return any(theirs.get(name, degree) != degree for name, degree in mine.items())


def _degrees(one: ParsedSentence) -> dict[str, str]:
    return {one.stems[at + 1]: word for at, word in enumerate(one.words[:-1]) if word in ("more", "less")}


def _does_without(held: HeldStatement) -> bool:
    """ "X needs Y" where the sentence does without Y ("without Y", "eliminates the need for Y"), "X does Y" where it does not."""
    if held.said.denials or not _UNDOES.isdisjoint(held.said.stems) or _UNDOING.search(held.said.text):
        return False
    mine, uses = set(held.said.content(0, len(held.said.words))), not _USES.isdisjoint(held.said.stems)
    undone = (at for at, name in enumerate(held.seen.stems) if name in _UNDOES)
    for at in (*held.seen.denials, *undone):
        objects = _objects(held.seen, at)
        denied = objects if uses else objects[:_DEEDS] if objects[:1] and objects[0] in mine else []
        if weight(mine & set(denied)) >= _DENIED:
            return True
    return False


def _denies(said: ParsedSentence) -> bool:
    """True where a statement denies something, other than that something succeeds."""
    return any(said.stems[at] not in _FAILS for at in said.denials)


def _objects(seen: ParsedSentence, at: int) -> list[str]:
    """What a denial is about: the content words behind it, verbs of use aside."""
    return [name for name in seen.content(at + 1, at + 10) if name not in _USES][:6]


def _counts_otherwise(held: HeldStatement) -> bool:
    """A number that the abstract does not have, where the sentence has another one of the same thing."""
    if not number_flags(held.said.text, held.text):
        return False
    known = {one.value for one in figures(held.text)}
    rivals = [one for one in figures(held.seen.text) if not one.inside and one.value not in {own.value for own in figures(held.said.text)}]
    return any(
        mine.percent == theirs.percent and _of_same(held, mine, theirs)
        for mine in figures(held.said.text)
        if mine.value not in known and not mine.inside
        for theirs in rivals
    )


def _of_same(held: HeldStatement, mine: Figure, theirs: Figure) -> bool:
    """True where a word behind both numbers is the same, or several before them, the system's own name aside."""
    both = ((held.said.text, mine), (held.seen.text, theirs))
    behind = (set(parse_sentence(text[one.end :]).content(0, 5)[:_AFTER]) for text, one in both)
    before = (set(parse_sentence(text[: one.start]).content(0, 999)[-4:]) for text, one in both)
    return bool(set.intersection(*behind)) or len(set.intersection(*before) - set(stems(held.name))) >= _BEFORE


def _of_the_opposite_kind(held: HeldStatement) -> bool:
    """ "70,000 hours of transcribed speech" where the sentence has 70,000 hours of unlabelled speech."""
    for mine in figures(held.said.text):
        for theirs in figures(held.seen.text):
            if mine.value == theirs.value and not mine.word and not mine.inside:
                own = parse_sentence(held.said.text[mine.end :]).content(0, 5)[:_AFTER]
                other = parse_sentence(held.seen.text[theirs.end :]).content(0, 5)[:_AFTER]
                if any(are_opposites(one, two) for one in own for two in other) and not set(own) & set(other) - {own[0]}:
                    return True
    return False


def _whatever(held: HeldStatement) -> bool:
    """ "X gets slower with longer inputs" where the sentence has X so regardless of the inputs' length."""
    match = _UNMOVED.search(held.seen.text)
    after = parse_sentence(held.seen.text[match.end() :]).content(0, 4)[:2] if match else []
    return bool(set(after) & set(held.said.stems)) and any(one.way < 0 for one in polarity_words(held.said))


SIGNS: Sequence[Callable[[HeldStatement], float]] = (
    _other_way_round,
    _for_the_worse,
    _on_a_par,
    _less_for_more,
    _does_without,
    _counts_otherwise,
    _of_the_opposite_kind,
    _whatever,
)


# What a question takes for granted, held against an abstract: is there a sentence that says otherwise? Held to be a contradiction is only
# what can be shown in one sentence that speaks of the very thing, by one of the signs of `rag.support.contradiction`; paraphrase is not
# attempted. On tests/data/premises.jsonl nothing that holds is contradicted.

_SHARED = 0.4  # of the statement's words, by weight, that the sentence must have
_NEXT = 0.6  # of the best such share in the abstract: what speaks of it less speaks of something else
_ALIKE = 0.6  # nearness from which another word counts as one of the statement's
_OWN = re.compile(
    r"(?:(?<=^)|(?<=, )|(?<=that )|(?<=and ))(?:it|we|(?:our|this|the (?:proposed|resulting)) (?:[\w-]+ )?(?:model|method|approach|system"
    r"|framework|work|strategy|technique)s?)\b",
    re.IGNORECASE,
)
_MOST = 2  # sentences that are shown
_NAME = 3  # words; what is longer is a title, not what a sentence would call the work


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A sentence of an abstract that says otherwise than a statement: its index, and how much of the statement it speaks of."""

    index: int
    share: float


def contradictions(statement: str, name: str, title: str | None, long: LongText) -> list[Contradiction]:
    """The sentences of an abstract that contradict a statement about it, the strongest first, at most two; none where none surely does.

    `name` is what the abstract calls its own work; "it" and "our model" stand for it.
    """
    shares = statement_shares(statement, title, long)
    best = float(shares.max(initial=0.0))
    said, name = parse_sentence(statement), name if len(name.split()) <= _NAME else ""
    sentences = [parse_sentence(_OWN.sub(lambda own: name or own[0], long.sentence(index))) for index in range(len(long.spans))]
    least = max(_SHARED, _NEXT * best)
    strength = {
        at: sum(sign(HeldStatement(said, sentences[at], sentences, shares, name)) for sign in SIGNS) * float(shares[at])
        for at in range(len(long.spans))
        if shares[at] >= least
    }
    against = sorted((at for at, strong in strength.items() if strong > 0), key=lambda at: (-strength[at], at))
    return [Contradiction(at, float(shares[at])) for at in against[:_MOST]]


def statement_shares(statement: str, title: str | None, long: LongText) -> Floats:
    """How much of a statement each sentence speaks of, words of direction aside; what the title has, each of them does."""
    short = read_short(statement)
    telling = short.idf * np.array([not is_polarity_word(name) for name in short.stems], dtype=np.float32)
    near = word_matches(short, long)
    near = np.where(near >= _ALIKE, near, 0)
    for named in read_long([title]) if title else ():
        near = np.maximum(near, shared_stems(short, named).any(axis=0))
    return weighted_mean(np.asarray(near, dtype=np.float32), telling)


def _credit(name: str) -> re.Pattern[str]:
    """What finds the owner of something by name: "Google's BLSP" (of), "BLSP by Google" (by)."""
    own = re.escape(name)
    return re.compile(rf"\b(?P<of>[A-Z]\w+)['\u2019]s (?:\w+ ){{0,2}}{own}\b|\b{own} (?:by|from|of) (?P<by>[A-Z]\w+)")


def credited_author(question: str, name: str, abstract: str) -> str | None:
    """Whom a question credits with a system ("Google's BLSP", "BLSP by Google"), where the abstract does not have that name."""
    if not name:
        return None
    match = _credit(name).search(question)
    whose = (match["of"] or match["by"]) if match else None
    return whose if whose and whose.casefold() not in STOP_WORDS and squeezed(whose) not in squeezed(abstract) else None
