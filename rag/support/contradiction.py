"""Whether a sentence of an abstract contradicts a statement that a question presupposes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from rag.embedding import Floats, LongText, load_encoder, meanings, read_long, read_short, shared_stems, weighted_mean, word_matches
from rag.model import read_models
from rag.support.clauses import ParsedSentence, PolarityWord, is_polarity_word, parse_sentence, polarity_words, weight
from rag.support.direction import comparisons, order_flags, speaks_of_others
from rag.support.figures import Figure, figures, number_flags
from rag.support.negation import left_out_flags
from rag.text import STOP_WORDS, any_of, proper_names, squeeze_name, stems

# Rules by which a sentence contradicts a statement that a question presupposes.

_SURE_WEIGHT = 3.0  # summed inverse document frequency, as in `rag.support.direction`
_DENIED_WEIGHT = 5.0  # the same, of what a sentence does without
_ACRONYM = re.compile(r"[A-Z]{3,6}")
_AMBIGUOUS = frozenset("more less fewer greater larger smaller".split())  # which may be for the better or the worse
_SPEED = frozenset(("faster", "slower"))
_USE_STEMS = frozenset("use need reli requir run emploi must depend leverag exploit".split())
_FAILURE_STEMS = frozenset("fail struggl unabl".split())
_WE = re.compile(rf"\b(?:we|our|is proposed|this {any_of('text.own')})\b", re.IGNORECASE)
_DENIED_WORDS = 3  # content words behind a denial that say what is not done
_ELIMINATION_STEMS = frozenset("elimin obviat bypass forgo avoid".split())
_ELIMINATION = re.compile(
    r"\b(?:get(?:s|ting)? (?:around|rid of|by without)|do(?:es|ing)? (?:away with|without)|dispens\w+ with|circumvent\w*|sidestep\w*|"
    r"spar(?:es?|ing)|skip\w*)\b",
    re.IGNORECASE,
)
_DIRECTIONS: tuple[Callable[[PolarityWord], int], ...] = (attrgetter("way"), attrgetter("amount"))
_AROUND = 7  # words on either side of a word of direction
_WORDS_AFTER = 3  # content words behind a number that may name what it counts
_WORDS_BEFORE = 2  # that must be shared before a number, where none behind it is


@dataclass(frozen=True, eq=False)
class StatementPair:
    """A statement and the sentence it is compared with, among all sentences of the abstract; `name` is what they call its own work."""

    statement: ParsedSentence
    sentence: ParsedSentence
    sentences: Sequence[ParsedSentence]
    shares: Floats
    name: str

    @property
    def text(self) -> str:
        """The whole abstract."""
        return " ".join(one.text for one in self.sentences)

    @property
    def share(self) -> float:
        """The share of the statement's words, by weight, that the sentence mentions."""
        return float(self.shares[self.sentences.index(self.sentence)])


def _reversed_comparison(pair: StatementPair) -> bool:
    """ "A beats B" where the sentence has B ahead of A; one of the two may be left out there."""
    for mine in comparisons(pair.statement):
        if mine.word in _AMBIGUOUS:
            continue
        ahead, behind = mine.ahead - mine.behind, mine.behind - mine.ahead
        for theirs in comparisons(pair.sentence):
            if (mine.word in _SPEED) != (theirs.word in _SPEED):
                continue
            crossed = weight(ahead & theirs.behind) + weight(behind & theirs.ahead)
            if crossed > 1.5 * (weight(ahead & theirs.ahead) + weight(behind & theirs.behind)) + _SURE_WEIGHT:
                return True
    return False


def _opposite_outcome(pair: StatementPair) -> float:
    """ "X raises the error" where the sentence has the error go down, and no sentence that says as much has it go up."""
    others = speaks_of_others(pair.sentence.text) and not any(name in pair.sentence.text for name in proper_names(pair.statement.text))
    if _denies(pair.statement) or others:
        return 0.0
    return max(_opposite_share(pair, way) for way in _DIRECTIONS)


def _opposite_share(pair: StatementPair, way: Callable[[PolarityWord], int]) -> float:
    """How much of the statement the sentence says to go the other way; 0 where any sentence says as much to go the same way."""
    mine = {way(one) for one in polarity_words(pair.statement)}
    if mine not in ({1}, {-1}):
        return 0.0
    (direction,) = mine
    # An abstract is about its own work from its first "we"; before that, about earlier work.
    first = (
        next((at for at, one in enumerate(pair.sentences) if _WE.search(one.text)), 0)
        if pair.name and pair.name in pair.statement.text
        else 0
    )
    rest = list(zip(pair.sentences, pair.shares, strict=True))[first:]
    same = max((_direction_weight(pair, one, lambda turn: way(turn) == direction) * float(share) for one, share in rest), default=0.0)
    judged = {one.word for one in comparisons(pair.sentence)} if comparisons(pair.statement) else set()
    opposite = _direction_weight(
        pair, pair.sentence, lambda turn: way(turn) == -direction and pair.sentence.words[turn.index] not in judged
    )
    return opposite if opposite >= _SURE_WEIGHT and opposite * pair.share > same else 0.0


def _direction_weight(pair: StatementPair, seen: ParsedSentence, goes: Callable[[PolarityWord], bool]) -> float:
    """The weight of the statement's words, its subject or object among them, around a word of a certain direction."""
    said = pair.statement
    own = set(stems(pair.name))
    mine = {name for name in said.content(0, len(said.words)) if not is_polarity_word(name)} - own
    last = max(one.index for one in polarity_words(said))
    objects = set(said.content(last + 1, said.clause(last)[1])) - own
    subject = set(said.content(0, last)) - set(said.content(last + 1, len(said.words))) if comparisons(said) else set()
    best = 0.0
    for one in filter(goes, polarity_words(seen)):
        around = _context_words(seen, one.index, said)
        if around & subject if subject else around & objects or not objects:
            best = max(best, weight(mine & around))
    return best


def _context_words(seen: ParsedSentence, index: int, said: ParsedSentence) -> set[str]:
    """The content words near a word in its clause, and for an acronym there the statement's words that it stands for."""
    first, last = seen.clause(index)
    first, last = max(first, index - _AROUND), min(last, index + _AROUND + 1)
    around = set(seen.content(first, last)) - {seen.stems[index]}
    initials = "".join(word[0] for word in said.words)
    for start, end in seen.places[first:last]:
        short = seen.text[start:end]
        at = initials.find(short.casefold()) if _ACRONYM.fullmatch(short) else -1
        around |= set(said.content(at, at + len(short))) if at >= 0 else set()
    return around


def _opposite_degree(pair: StatementPair) -> bool:
    """ "more sensitive" where the sentence has "less sensitive"."""
    mine, theirs = _degrees(pair.statement), _degrees(pair.sentence)
    return any(theirs.get(name, degree) != degree for name, degree in mine.items())


def _degrees(one: ParsedSentence) -> dict[str, str]:
    return {one.stems[at + 1]: word for at, word in enumerate(one.words[:-1]) if word in ("more", "less")}


def _denial(pair: StatementPair) -> bool:
    """ "X needs Y" where the sentence does without Y ("without Y", "eliminates the need for Y"), "X does Y" where it does not."""
    if pair.statement.denials or not _ELIMINATION_STEMS.isdisjoint(pair.statement.stems) or _ELIMINATION.search(pair.statement.text):
        return False
    mine, uses = set(pair.statement.content(0, len(pair.statement.words))), not _USE_STEMS.isdisjoint(pair.statement.stems)
    undone = (at for at, name in enumerate(pair.sentence.stems) if name in _ELIMINATION_STEMS)
    for at in (*pair.sentence.denials, *undone):
        objects = _objects(pair.sentence, at)
        denied = objects if uses else objects[:_DENIED_WORDS] if objects[:1] and objects[0] in mine else []
        if weight(mine & set(denied)) >= _DENIED_WEIGHT:
            return True
    return False


def _denies(said: ParsedSentence) -> bool:
    """True where a statement denies something, other than that something succeeds."""
    return any(said.stems[at] not in _FAILURE_STEMS for at in said.denials)


def _objects(seen: ParsedSentence, at: int) -> list[str]:
    """What a denial is about: the content words behind it, verbs of use aside."""
    return [name for name in seen.content(at + 1, at + 10) if name not in _USE_STEMS][:6]


def _different_number(pair: StatementPair) -> bool:
    """A number that the abstract does not have, where the sentence has another one of the same thing."""
    if not number_flags(pair.statement.text, pair.text):
        return False
    known = {one.value for one in figures(pair.text)}
    rivals = [
        one
        for one in figures(pair.sentence.text)
        if not one.inside and one.value not in {own.value for own in figures(pair.statement.text)}
    ]
    return any(
        mine.percent == theirs.percent and _counts_same(pair, mine, theirs)
        for mine in figures(pair.statement.text)
        if mine.value not in known and not mine.inside
        for theirs in rivals
    )


def _counts_same(pair: StatementPair, mine: Figure, theirs: Figure) -> bool:
    """True where a word behind both numbers is the same, or several before them, the system's own name aside."""
    both = ((pair.statement.text, mine), (pair.sentence.text, theirs))
    behind = (set(parse_sentence(text[one.end :]).content(0, 5)[:_WORDS_AFTER]) for text, one in both)
    before = (set(parse_sentence(text[: one.start]).content(0, 999)[-4:]) for text, one in both)
    return bool(set.intersection(*behind)) or len(set.intersection(*before) - set(stems(pair.name))) >= _WORDS_BEFORE


def _opposite_signs(pair: StatementPair) -> float:
    """1 where all words of direction of the statement go one way and all those of the sentence the other."""
    mine, theirs = ({one.way for one in polarity_words(said) if one.way} for said in (pair.statement, pair.sentence))
    return float(len(mine) == len(theirs) == 1 and mine != theirs)


def contradiction_features(pair: StatementPair, *, claims: bool) -> dict[str, float]:
    """What tells that a sentence contradicts a statement; with `claims` False only the existence of a thing is at stake."""
    said, seen = pair.statement.text, pair.sentence.text
    result = {
        "number": float(_different_number(pair)),
        "denial": float(_denial(pair) or bool(left_out_flags(said, [seen]))),
    }
    if claims:
        result["order"] = float(_reversed_comparison(pair) or _opposite_degree(pair) or bool(order_flags(said, [seen])))
        result["outcome"] = float(_opposite_outcome(pair) > 0)
        result["signs"] = _opposite_signs(pair) * pair.share
    return result


# Contradictions of a statement in an abstract, by a logistic regression on these features. Only a single sentence that is about the
# statement counts: it must come near the best of its abstract in words and in meaning.

_NEAR = 0.4  # of words and of meaning together, behind the best sentence
_CONTRADICTED = 0.5  # chance
_OWN_WORK = re.compile(
    r"(?:(?<=^)|(?<=, )|(?<=that )|(?<=and ))(?:it|we|(?:our|this|the (?:proposed|resulting)) (?:[\w-]+ )?(?:model|method|approach|system"
    r"|framework|work|strategy|technique)s?)\b",
    re.IGNORECASE,
)
_MOST_SHOWN = 2  # sentences that are shown
_SIMILAR_WORD = 0.6  # nearness from which another word counts as one of the statement's
_LONGEST_NAME = 3  # words; what is longer is a title, not what a sentence would call the work


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A sentence of an abstract that contradicts a statement: its index, the share of the statement that it mentions, and the chance."""

    index: int
    share: float
    chance: float


def contradictions(statement: str, name: str, title: str | None, long: LongText, *, claims: bool = True) -> list[Contradiction]:
    """The sentences of an abstract that contradict a statement about it, the surest first, at most two; none where none surely does.

    `name` is what the abstract calls its own work; "it" and "our model" stand for it. With `claims` False only the existence of a
    thing is stated.
    """
    model = read_models("rag.support", "contradiction.json")["contradiction"]
    shares = statement_shares(statement, title, long)
    signs = _signs(statement, name, long, shares, claims=claims)
    if not any(any(one.values()) for one in signs):
        return []  # without any sign nothing is likely enough, and most questions have none: their sentences need no vectors
    judged = [
        Contradiction(at, float(shares[at]), model.chance(signs[at] | {"rank": rank}))
        for at, rank in _near(statement, long, shares).items()
    ]
    against = sorted((one for one in judged if one.chance >= _CONTRADICTED), key=lambda one: (-one.chance, one.index))
    return against[:_MOST_SHOWN]


def premise_features(statement: str, name: str, title: str | None, long: LongText, *, claims: bool = True) -> dict[int, dict[str, float]]:
    """The features of each sentence that comes near the best of the abstract, by its index."""
    shares = statement_shares(statement, title, long)
    signs = _signs(statement, name, long, shares, claims=claims)
    return {at: signs[at] | {"rank": rank} for at, rank in _near(statement, long, shares).items()}


def _signs(statement: str, name: str, long: LongText, shares: Floats, *, claims: bool) -> list[dict[str, float]]:
    """What tells that each sentence contradicts a statement."""
    said, name = parse_sentence(statement), name if len(name.split()) <= _LONGEST_NAME else ""
    texts = [long.sentence(index) for index in range(len(long.spans))]
    sentences = [parse_sentence(_OWN_WORK.sub(lambda own: name or own[0], text)) for text in texts]
    return [contradiction_features(StatementPair(said, one, sentences, shares, name), claims=claims) for one in sentences]


def _near(statement: str, long: LongText, shares: Floats) -> dict[int, float]:
    """How far each sentence that comes near the best in words and meaning is behind it, by its index: 0 or less."""
    if not len(shares):
        return {}
    meant = np.zeros(len(shares), dtype=np.float32)
    if load_encoder() is not None:
        meant = meanings([long.sentence(index) for index in range(len(shares))]) @ meanings([statement])[0]
    near = shares + meant
    return {int(at): float(near[at] - near.max()) for at in np.flatnonzero(near >= near.max() - _NEAR)}


def statement_shares(statement: str, title: str | None, long: LongText) -> Floats:
    """The share of a statement's words that each sentence mentions, words of direction aside; those of the title count for all."""
    short = read_short(statement)
    telling = short.idf * np.array([not is_polarity_word(name) for name in short.stems], dtype=np.float32)
    near = word_matches(short, long)
    near = np.where(near >= _SIMILAR_WORD, near, 0)
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
    return whose if whose and whose.casefold() not in STOP_WORDS and squeeze_name(whose) not in squeeze_name(abstract) else None
