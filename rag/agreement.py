"""Do abstracts agree on a point? Their sentences on it side by side: those that say so, those that say otherwise, and the rest.

A sentence is put to a side only by `rag.flagging.stance`; of all others it is said that they speak of the point, and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.answers import Answer, Claim
from rag.corpus.display import clean
from rag.evidence import evidence_scores
from rag.flagging.reading import read
from rag.flagging.stance import Stance, stance
from rag.flagging.valence import turns
from rag.flags import squeezed
from rag.lexicon import DO, any_of
from rag.premises import shares_of
from rag.question import Question, read_question
from rag.quoting import cited
from rag.retrieve import Found
from rag.showing import counted
from rag.wording import Evidence, short_name

SAYS_SO, SAYS_OTHERWISE, SPEAKS = "Says so", "Says otherwise", "Speaks of it"
_HEADINGS: dict[Stance | None, str] = {"same": SAYS_SO, "reverse": SAYS_OTHERWISE, None: SPEAKS}
_SPOKEN_OF = 0.7  # of a point, by weight, that a sentence must have to speak of it
_BEARING = 0.5  # weight of how well a sentence bears on the point, beside how much of it the sentence has
_OF_EACH = 4  # sentences under a heading
_PAPERS = rf"(?:(?:the|these|those|all|any|different|other) )*(?:{any_of('papers.many', 'works.many')}|authors|researchers|they)"
_POINT = r"(?:(?:that|whether|if|on whether|about whether|on|about|over|as to whether|as to|regarding|with the claim that) )?(?P<point>.+)"
_PATTERNS = tuple(
    re.compile(rf"(?:(?:and|so|but|ok(?:ay)?|well),? )?{pattern}[\s?.!]*", re.IGNORECASE)
    for pattern in (
        rf"{DO} {_PAPERS} (?:all |ever )?(?:agree|disagree|concur|differ|conflict|contradict each other)(?: or disagree)?"
        rf" {_POINT}",
        rf"(?:which|what) {_PAPERS} (?:agree|disagree)(?: or disagree)? {_POINT}",
        r"(?:is|are) there (?:(?:an?|any|some) )?(?:(?:dis)?agreements?|consensus|controversy|debate|conflicting (?:findings|results)"
        rf"|contradictions?)(?: or (?:dis)?agreement)?"
        rf"(?: (?:among|between|in) {_PAPERS})? {_POINT}",
        rf"what (?:speaks|is there|do {_PAPERS} say|evidence is there|arguments are there) for and against (?:the claim that )?"
        r"(?P<point>.+)",
        rf"(?:the )?(?:evidence|arguments|findings|{any_of('papers.many')}) for and against (?:the claim that )?(?P<point>.+)",
    )
)


# What speaks for a thing says that it helps, and against it that it hurts.
_FOR_AND_AGAINST = re.compile(r"\bfor and against\b", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class _Spoken:
    """A sentence that speaks of the point, and which side it takes."""

    evidence: Evidence
    side: Stance | None


def read_point(text: str) -> str | None:
    """The point on which abstracts are to agree or disagree: a statement or a topic; None where the question asks for neither."""
    said = " ".join(text.split())
    for pattern in _PATTERNS:
        match = pattern.fullmatch(said)
        if match:
            point = match["point"].strip(" \"'\u201c\u201d?.!")
            weighed = _FOR_AND_AGAINST.search(said) and not turns(read(point))
            verb = "help" if point.endswith("s") and not point.endswith(("ss", "is")) else "helps"
            return f"{point} {verb}" if point and weighed else point or None
    return None


def agreeing(blank: Answer, point: str, found: Sequence[Found], words: int) -> Answer | None:
    """`blank` with what abstracts say on a point, about twice `words` words at most, by the side they take.

    None where no abstract speaks of it.
    """
    asked = read_question(point)
    spoken = [one for each in found for one in _speaking(point, asked, each)]
    kept = list(_within([one for side in _HEADINGS for one in [one for one in spoken if one.side == side][:_OF_EACH]], 2 * words))
    if not kept:
        return None
    answer = cited(blank, [one.evidence for one in kept])
    claims = tuple(replace(claim, group=_HEADINGS[one.side]) for claim, one in zip(answer.claims, kept, strict=True))
    told = _told(point, kept)
    only = len({one.evidence.found.abstract.id for one in kept}) == 1
    notices = ["Only one abstract was found that speaks of it."] if only else []
    notices += [] if told else ["No sentence surely takes a side: whether these abstracts agree is for their reader to judge."]
    return replace(answer, claims=(*told, *claims), notices=(*notices, *answer.notices))


def _speaking(point: str, asked: Question, one: Found) -> Iterator[_Spoken]:
    """The sentence of an abstract that says so and the one that says otherwise; where there is neither, the one that says most of it."""
    shares = shares_of(point, None, one.long)
    bearing = shares + _BEARING * evidence_scores(asked, one.long)
    order = [int(at) for at in np.argsort(-bearing, kind="stable") if not one.long.sentence(int(at)).endswith("?")]
    sides = {at: stance(point, one.long.sentence(at)) for at in order}
    best = [next((at for at in order if sides[at] == side), None) for side in ("same", "reverse")]
    if any(at is not None for at in best):
        yield from (_Spoken(_evidence(one, at, float(shares[at])), sides[at]) for at in best if at is not None)
    elif order and shares[order[0]] >= _SPOKEN_OF:
        yield _Spoken(_evidence(one, order[0], float(shares[order[0]])), None)


def _evidence(one: Found, index: int, score: float) -> Evidence:
    """The sentence under the name of its system: under a heading each stands by itself."""
    text, name = clean(one.long.sentence(index)), short_name(one)
    lead = "" if squeezed(name) in squeezed(text) else f"[{name}] "
    return Evidence(one, index, score, lead + text, lead)


def _within(spoken: Sequence[_Spoken], words: int) -> Iterator[_Spoken]:
    """As many as have so many words; the first one always."""
    said = 0
    for place, one in enumerate(spoken):
        said += len(one.evidence.text.split())
        if place and said > words:
            return
        yield one


def _told(point: str, kept: Sequence[_Spoken]) -> tuple[Claim, ...]:
    """How many abstracts say so and how many say otherwise; nothing where none takes a side."""
    numbers = {side: tuple(at for at, one in enumerate(kept, start=1) if one.side == side) for side in ("same", "reverse")}
    so, otherwise = (counted(len(numbers[side]), "abstract") for side in ("same", "reverse"))
    if not (numbers["same"] or numbers["reverse"]):
        return ()
    first = f"{so} {'says' if len(numbers['same']) == 1 else 'say'} so" if numbers["same"] else "no abstract surely says so"
    second = (
        f"{otherwise} {'says' if len(numbers['reverse']) == 1 else 'say'} otherwise" if numbers["reverse"] else "none surely says otherwise"
    )
    return (Claim("collection", f"On \u201c{point}\u201d: {first}, {second}.", (*numbers["same"], *numbers["reverse"])),)
