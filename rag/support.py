"""Does this text bear this claim out? One fixed formula, the same for answers and for their evaluation; no model, no key."""

from __future__ import annotations

import numpy as np

from rag.answers import Support, Verdict
from rag.compare import Long, Short, matches, pair_cosines, pairs, read_long, read_short, shared, weighted
from rag.flags import find_flags, penalty

SUPPORTED = 0.55  # scores from here on read "supported"
WEAK = 0.45  # from here on "weak", below "absent"
_LONGEST = 20_000  # characters of a text that are compared; abstracts have about 1,500


def check_support(claim: str, text: str) -> Support:
    """How well `text`, an abstract or a sentence of one, bears `claim` out.

    The score is the mean of four similarities between 0 and 1: the claim's words found anywhere in the text, and in its best
    two neighbouring sentences (each weighted by inverse document frequency); the cosine of those sentences' mean embedding
    with the claim's; the mean nearest cosine of each word in the best two sentences (the recall of BERTScore, Zhang et al.
    2020, on static embeddings). Flags (`rag.flags`) take their penalties off. On AttributionBench's development claims the
    area under the ROC curve is 0.75 without flags (`python -m benchmarks.support`). The verdict is never "contradicted":
    no small score tells contradiction from support.
    """
    if not claim.strip() or not text.strip():
        return Support("absent", 0.0, (), (0, 0))
    claim, text = (one.encode("utf-8", "replace").decode() for one in (claim, text))  # no lone surrogates; offsets stay
    long = read_long([text[:_LONGEST]])[0]
    return judge(claim, read_short(claim), long)


def judge(claim: str, short: Short, long: Long) -> Support:
    """`check_support` on prepared texts."""
    if not long.spans:
        return Support("absent", 0.0, (), (0, 0))
    best, similarity = similarities(short, long)
    start, end = long.spans[best][0], long.spans[min(best + 1, len(long.spans) - 1)][1]
    flags = find_flags(claim, long.text, long.text[start:end], [long.sentence(index) for index in range(len(long.spans))])
    score = round(max(0.0, similarity - penalty(flags)), 4)
    return Support(_verdict(score, flags), score, flags, (start, end))


def similarities(short: Short, long: Long) -> tuple[int, float]:
    """The first sentence of the best two-sentence window, and the mean of the four similarities."""
    found = shared(short, long)
    everywhere = float(weighted(np.asarray(found.any(axis=0)), short.idf))
    overlap = weighted(pairs(found), short.idf)
    cosine = pair_cosines(short.vector, long.vectors)
    near = weighted(pairs(matches(short, long)), short.idf)
    best = int(np.argmax(overlap + cosine + near))
    return best, (float(overlap.max()) + max(0.0, float(cosine.max())) + float(near.max())) / 3


def _verdict(score: float, flags: tuple[str, ...]) -> Verdict:
    # A figure, a name, a negation or a direction that the text does not have is never borne out, however alike the rest.
    stated = not any(flag.startswith(("number", "name", "negation", "direction", "scope")) for flag in flags)
    if score >= SUPPORTED and stated:
        return "supported"
    return "weak" if score >= WEAK else "absent"
