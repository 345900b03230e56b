"""Whether the abstracts that come nearest answer a question: a calibrated chance, and what is missing where they do not."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.asked_for import asked_noun, missing_names, only_mentioned
from rag.quantities import counted, general
from rag.question import Question
from rag.retrieve import Found
from rag.signs import Signs, of_detail, of_matter, weakest


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic regression: for each sign its mean, and what a step from it adds to the log odds. A sign that a question does not
    have adds nothing."""

    constant: float
    weights: Mapping[str, tuple[float, float]]

    def chance(self, read: Signs) -> float:
        """The chance that these signs speak of, between 0 and 1."""
        odds = self.constant + sum(weight * (read[name] - mean) for name, (mean, weight) in self.weights.items() if name in read)
        return 1 / (1 + math.exp(-odds))


# Fitted and cross-validated by `python -m benchmarks.fit_answerability`.
MATTER = Model(
    1.039,
    {
        "introduced": (0.471, 1.82),
        "meaning": (0.359, 6.23),
        "met": (0.462, 2.30),
        "near": (0.487, 6.84),
        "noun": (-0.457, 0.61),
        "unknown": (0.215, -3.39),
    },
)
DETAIL = Model(
    1.457,
    {
        "figure": (0.441, 3.72),
        "listed": (0.435, 4.28),
        "number": (0.095, 2.87),
        "quantity": (0.469, 1.90),
        "seldom": (0.083, -1.69),
    },
)

_NOT_ITS_OWN = 0.1  # the chance at most, where the paper that is asked about is only mentioned


@dataclass(frozen=True, slots=True)
class Answerability:
    """The chance that abstracts answer a question, between 0 and 1: that one is about the matter, times that it has the detail.

    `unknown` are names of the question that none of the best abstracts has, `mentioned` a name whose own paper is asked about and is
    not here, `lacking` what is asked of the best abstract.
    """

    matter: float
    detail: float
    lacking: str = ""
    unknown: tuple[str, ...] = ()
    mentioned: str | None = None

    @property
    def chance(self) -> float:
        """The chance that the question can be answered, rounded to four places."""
        return round(min(self.matter * self.detail, _NOT_ITS_OWN if self.mentioned else 1.0), 4)


def answerability(question: Question, found: Sequence[Found]) -> Answerability:
    """Judge the abstracts that were found for a question, best first."""
    if not found or not question.short.stems:
        return Answerability(0.0, 0.0, unknown=question.names)
    return Answerability(
        MATTER.chance(of_matter(question, found)),
        DETAIL.chance(of_detail(question, found)),
        _asked(question, found[0]),
        missing_names(question, found),
        only_mentioned(question, found),
    )


def _asked(question: Question, best: Found) -> str:
    """The thing counted, else the noun asked for, else the words that the best abstract meets least; as the question writes it."""
    thing = counted(question) if question.kind == "numeric" else []
    asked = thing if any(not general(word) for word in thing) else asked_noun(question) or weakest(question, best)
    found = (re.search(rf"(?<!\w){re.escape(word)}(?!\w)", question.text, re.IGNORECASE) for word in asked)
    return " ".join(match[0] if match else word for match, word in zip(found, asked, strict=True))
