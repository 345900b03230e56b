"""Where the title ends and the abstract begins in a line that runs them together.

Every place where the title could end is scored by a weighted sum of `rag.corpus.title_features`: casing, what sentences open with
and titles end with, words that return, where the first verb stands, lengths. The best score wins, and its share of the exponentials
of all is how sure that is. The weights are those of a conditional logit, fitted by `python -m benchmarks.fit_titles`; no title and
no word of a field is listed anywhere.
"""

from __future__ import annotations

import math

from rag.corpus.title_features import boundaries, features
from rag.corpus.title_line import Line

_WEIGHTS = {
    "brackets open": -6.10,
    "capital before": 0.78,
    "capital first, no capitals": 1.83,
    "capital second": -1.46,
    "capitals": 0.80,
    "case": 0.29,
    "definition cut": -8.06,
    "definition first": 2.47,
    "definition next": 0.68,
    "ends with adjective": -1.27,
    "ends with compound adjective": -2.82,
    "ends with full stop": -1.55,
    "ends with function word": -3.10,
    "ends with gerund": -3.55,
    "ends with noun": 1.09,
    "ends with verb": -2.83,
    "first in title": 1.81,
    "first returns": -1.27,
    "last returns": 0.76,
    "no verb": -0.09,
    "opens small": -1.06,
    "opens with adjective of time": 3.70,
    "opens with article": 2.84,
    "opens with common word": 1.02,
    "opens with conjunction": 2.68,
    "opens with heading": 9.29,
    "opens with other": 1.09,
    "opens with plain heading": 9.72,
    "opens with preposition": 2.55,
    "opens with pronoun": 2.03,
    "opens with we": 2.52,
    "pair returns": -3.62,
    "participles in title": -0.41,
    "pronouns in title": -0.63,
    "second in title": 0.60,
    "sentence short": -1.43,
    "sentence unusual": -0.64,
    "sentences in title": -1.98,
    "small before": 0.59,
    "small before, capitals": -1.15,
    "small second": 0.74,
    "title long": -0.22,
    "title repeats": -0.83,
    "title short": -0.46,
    "verb far": -0.83,
}
_TITLE_ALONE = 25  # tokens: a shorter body without the end of a sentence has no abstract
_SURE = 0.9  # of such a title


def find_boundary(body: str) -> tuple[int, float]:
    """The offset at which the abstract begins, and how sure that is, between 0 and 1.

    The offset is 0 where no title can be told, and the length of the body where it is a title alone.
    """
    line = Line(body)
    if len(line.tokens) <= _TITLE_ALONE and not any(token.ends for token in line.tokens[:-1]) and not body.rstrip().endswith("."):
        return len(body), _SURE if body.strip() else 0.0
    scores = {b: sum(_WEIGHTS[name] * value for name, value in features(line, b).items()) for b in boundaries(line)}
    if not scores:
        return 0, 0.0
    best = max(scores, key=lambda b: scores[b])
    total = sum(math.exp(score - scores[best]) for score in scores.values())
    return line.tokens[best].start, round(1 / total, 3)
