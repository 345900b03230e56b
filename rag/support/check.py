"""Does this text support this claim? One fixed formula, the same for answers and for their evaluation; no model, no key."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from rag.embedding import (
    LongText,
    ShortText,
    dot,
    joined_windows,
    read_long,
    read_short,
    shared_stems,
    unit_rows,
    weighted_mean,
    window_cosines,
    word_matches,
)
from rag.model import Support, Verdict
from rag.support.direction import SWEEPING, order_flags, sweeping_flags
from rag.support.figures import absent_flags, counted_flags, numbers_in, unit_flags
from rag.support.names import linked_flags, name_flags
from rag.support.negation import direction_flags, left_out_flags, negation_flags, prefix_flags
from rag.text import folded_words, proper_names, sentence_spans, squeeze_name, stem

# What in a claim disagrees with the text that should support it: numbers, names, negation, direction, scope. Flags are evidence, not
# truth: each names one thing that a reader can look up. They lower the support score by the amounts below, which were set on labelled
# claims about the corpus (`python -m benchmarks.support`, `python -m benchmarks.damage`).


_MARKERS = re.compile(r"(?<!\s)\s*\[\d+(?:\s*[,;\u2013-]\s*\d+)*\]")  # [1], [2, 3]: an answer's citations, no figures of the claim
PENALTIES = {"number": 0.15, "name": 0.15, "negation": 0.3, "direction": 0.3, "scope": 0.15}


@dataclass(frozen=True, slots=True)
class Compared:
    """A claim without its citation markers, and what it is held against: the text that may have its names, the one that must have its
    numbers, the sentences that may say it, and as one text those of them that support it best."""

    claim: str
    text: str
    figures: str
    sentences: Sequence[str]
    window: str


def _sweeping(kind: str, one: Compared) -> list[str]:
    return sweeping_flags(kind, one.claim, one.window)


# What finds flags, each by a name: the kind of the flag and what is wrong. `python -m benchmarks.flags` measures what each is worth.
MECHANISMS: Mapping[str, Callable[[Compared], Iterable[str]]] = {
    "number: absent": lambda one: absent_flags(one.claim, one.figures),
    "number: unit": lambda one: unit_flags(one.claim, one.figures),
    "number: of something else": lambda one: counted_flags(one.claim, one.sentences),
    "number: beside a name": lambda one: linked_flags(one.claim, one.sentences),
    "name: absent": lambda one: name_flags(one.claim, one.text),
    "negation: not shared": lambda one: negation_flags(one.claim, one.window),
    "negation: left out": lambda one: left_out_flags(one.claim, one.sentences),
    "direction: antonym": lambda one: direction_flags(one.claim, one.window),
    "direction: prefix": lambda one: prefix_flags(one.claim, one.window),
    "direction: sides": lambda one: order_flags(one.claim, one.sentences),
    **{f"scope: {kind}": partial(_sweeping, kind) for kind in SWEEPING},
}


def find_flags(
    claim: str, text: str, window: str, sentences: Sequence[str] = (), *, figures: str | None = None
) -> dict[str, tuple[str, ...]]:
    """The flags by what found them: names are looked for in the whole text, numbers in it or in `figures`, names and numbers in their
    places and comparisons in its sentences (cut anew where they are not given), the rest in the window of sentences that support
    the claim best."""
    said = list(sentences) or [text[start:end] for start, end in sentence_spans(text)]
    one = Compared(_MARKERS.sub("", claim), text, text if figures is None else figures, said, window)
    return {name: flags for name, find in MECHANISMS.items() if (flags := tuple(find(one)))}


def penalty(flags: tuple[str, ...]) -> float:
    """How much the flags take from the support score."""
    return sum(PENALTIES[flag.partition(":")[0]] for flag in flags)


# Does this text support this claim? One fixed formula, the same for answers and for their evaluation; no model, no key.

SUPPORTED = 0.55  # scores from here on read "supported"
WEAK = 0.45  # from here on "weak", below "absent"
_LONGEST = 20_000  # characters of a text that are compared; abstracts have about 1,500


@dataclass(frozen=True, slots=True)
class Cited:
    """An abstract's text, the (start, end) of those of its sentences that a claim cites, and its title, if known."""

    text: str
    spans: tuple[tuple[int, int], ...]
    title: str | None = None

    @property
    def sentences(self) -> list[tuple[int, int]]:
        """The cited spans, cut into sentences."""
        return [(start + first, start + last) for start, end in self.spans for first, last in sentence_spans(self.text[start:end])]


@dataclass(frozen=True, slots=True)
class Weighed:
    """How like a claim its text is (0 to 1), the flags by what found them, where the text is nearest, whether it says it word for word."""

    similarity: float
    flags: Mapping[str, tuple[str, ...]]
    evidence: tuple[int, int]
    verbatim: bool = False

    def support(self, without: Collection[str] = ()) -> Support:
        """Score, verdict and flags; `without` names mechanisms that are switched off."""
        if self.verbatim:
            return Support("supported", 1.0, (), self.evidence)
        flags = tuple(dict.fromkeys(flag for name, found in self.flags.items() if name not in without for flag in found))
        score = round(min(1.0, max(0.0, self.similarity - penalty(flags))), 4)
        # What the text does not have, or says otherwise, is never supported, however alike the rest.
        verdict: Verdict = "supported" if score >= SUPPORTED and not flags else "weak" if score >= WEAK else "absent"
        return Support(verdict, score, flags, self.evidence)


_NOTHING = Weighed(0.0, {}, (0, 0))


def check_support(claim: str, text: str) -> Support:
    """How well `text`, an abstract or a sentence of one, supports `claim`.

    The score is the mean of three similarities between 0 and 1, each of the claim and the text's best two neighbouring
    sentences: the claim's words found there, weighted by inverse document frequency; the cosine of their mean embedding
    with the claim's; the mean nearest cosine of each word (the recall of BERTScore, Zhang et al. 2020, on static embeddings).
    Flags (`rag.support.check`) take their penalties off, and a claim with a flag is never "supported"; one that is a sentence of the
    text, word for word, always is. On AttributionBench's
    development claims the area under the ROC curve is 0.75 without flags (`python -m benchmarks.support`). The verdict is never
    "contradicted": no small score tells contradiction from support.
    """
    return weigh(claim, text).support()


def weigh(claim: str, text: str) -> Weighed:
    """What `check_support` decides by."""
    if not claim.strip() or not text.strip():
        return _NOTHING
    claim, text = _clean(claim), _clean(text)
    return _weigh(claim, read_short(claim), read_long([text[:_LONGEST]])[0])


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # no lone surrogates; offsets stay


def judge(claim: str, short: ShortText, long: LongText) -> Support:
    """`check_support` on prepared texts."""
    return _weigh(claim, short, long).support()


def _weigh(claim: str, short: ShortText, long: LongText) -> Weighed:
    if not long.spans:
        return _NOTHING
    best, similarity = similarities(short, long)
    whole = _verbatim(claim, long)
    if whole is not None:
        return Weighed(similarity, {}, whole, verbatim=True)
    start, end = long.spans[best][0], long.spans[min(best + 1, len(long.spans) - 1)][1]
    sentences = [long.sentence(index) for index in range(len(long.spans))]
    return Weighed(similarity, find_flags(claim, long.text, long.text[start:end], sentences), (start, end))


def _verbatim(claim: str, long: LongText) -> tuple[int, int] | None:
    """Where the claim stands word for word as a whole sentence, or several in a row; part of a sentence may say something else."""
    said = claim.strip()
    start = long.text.find(said)
    end = start + len(said)
    whole = start >= 0 and any(one == start for one, _ in long.spans) and any(one == end for _, one in long.spans)
    return (start, end) if whole else None


def similarities(short: ShortText, long: LongText) -> tuple[int, float]:
    """The first sentence of the best two-sentence window, and the mean of the three similarities."""
    overlap = weighted_mean(joined_windows(shared_stems(short, long)), short.idf)
    cosine = window_cosines(short.vector, long.vectors)
    near = weighted_mean(joined_windows(word_matches(short, long)), short.idf)
    best = int(np.argmax(overlap + cosine + near))
    return best, (float(overlap.max()) + max(0.0, float(cosine.max())) + float(near.max())) / 3


def check_cited(claim: str, abstract_text: str, spans: Sequence[tuple[int, int]], title: str | None = None) -> Support:
    """How well the sentences of an abstract that a claim cites, those at `spans`, support it.

    Numbers must stand in the cited sentences or the title; one that stands in another sentence of the abstract is flagged
    with where: "number: 48 (in sentence 5)", sentences counted from 0 as in `rag.model.records.Sentence`. Names may stand
    anywhere in the abstract or the title. All else is held against the cited sentences alone.
    """
    return check_together(claim, [Cited(abstract_text, tuple(spans), title)])


def check_together(claim: str, parts: Sequence[Cited]) -> Support:
    """`check_cited` for a claim that cites sentences of several abstracts: any of them may have a number or a name.

    A number that only an uncited sentence has is flagged "number: 48 (in sentence 5 of abstract 2)". `evidence` is in
    the text of the first part; it spans the sentences cited there.
    """
    support = weigh_together(claim, parts).support()
    return replace(support, flags=_located(support.flags, parts))


def weigh_together(claim: str, parts: Sequence[Cited]) -> Weighed:
    """What `check_together` decides by."""
    claim = _clean(claim)
    cited = [_clean(part.text[start:end]) for part in parts for start, end in part.sentences]
    if not claim.strip() or not cited:
        return _NOTHING
    titles = [part.title for part in parts if part.title]
    everything = _clean("\n".join([*(part.text for part in parts), *titles]))
    similarity = _together(read_short(claim), read_long(["\n\n".join(cited)])[0], _known(claim, everything))
    if claim.strip() in cited:
        return Weighed(similarity, {}, _hull(parts[0]), verbatim=True)
    flags = find_flags(claim, everything, " ".join(cited), cited, figures="\n".join([*cited, *titles]))
    return Weighed(similarity, flags, _hull(parts[0]))


def _together(short: ShortText, long: LongText, known: frozenset[str]) -> float:
    """The mean of the three similarities, of the claim and all that it cites; names that the abstracts have count as found."""
    if not long.spans:
        return 0.0
    named = np.array([name in known for name in short.stems], dtype=np.bool_)
    overlap = float(weighted_mean(shared_stems(short, long).any(axis=0) | named, short.idf))
    near = float(weighted_mean(np.maximum(word_matches(short, long).max(axis=0), named), short.idf))
    whole = float(dot(unit_rows(long.vectors.sum(axis=0)), short.vector))
    cosine = max(0.0, whole, float(window_cosines(short.vector, long.vectors).max()))
    return (overlap + near + cosine) / 3


def _known(claim: str, text: str) -> frozenset[str]:
    """The stems of the claim's names that the text has."""
    letters = squeeze_name(text)
    return frozenset(stem(word) for name in proper_names(claim) if squeeze_name(name) in letters for word in folded_words(name))


def _located(flags: Sequence[str], parts: Sequence[Cited]) -> tuple[str, ...]:
    """The flags, those of numbers that an uncited sentence has with where that is."""
    return tuple(flag + _where(flag.removeprefix("number: "), parts) if flag.startswith("number: ") else flag for flag in flags)


def _where(raw: str, parts: Sequence[Cited]) -> str:
    values = set(numbers_in(raw)) if "(" not in raw else set()
    for place, part in enumerate(parts, start=1):
        for index, (start, end) in enumerate(sentence_spans(part.text)):
            if values & set(numbers_in(part.text[start:end])):
                return f" (in sentence {index})" if len(parts) == 1 else f" (in sentence {index} of abstract {place})"
    return ""


def _hull(part: Cited) -> tuple[int, int]:
    return min((start for start, _ in part.spans), default=0), max((end for _, end in part.spans), default=0)
