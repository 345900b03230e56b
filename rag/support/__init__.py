"""Does a text support a claim? Evidence from words, vectors, numbers, names, negation and direction."""

from __future__ import annotations

from rag.support.check import Cited, check_support, check_together, judge
from rag.support.clauses import Stance, is_supposed, parse_sentence, polarity_words, stance
from rag.support.contradiction import contradictions, credited_author, premise_features, statement_shares
from rag.support.figures import follows, number_flags, numbers_in
from rag.support.model_judge import CitedPaper, ClaimWithSources, Judged, judge_claims
from rag.support.names import name_flags
from rag.support.negation import has_opposite
from rag.text import proper_names, squeeze_name

__all__ = [
    "Cited",
    "CitedPaper",
    "ClaimWithSources",
    "Judged",
    "Stance",
    "check_support",
    "check_together",
    "contradictions",
    "credited_author",
    "follows",
    "has_opposite",
    "is_supposed",
    "judge",
    "judge_claims",
    "name_flags",
    "number_flags",
    "numbers_in",
    "parse_sentence",
    "polarity_words",
    "premise_features",
    "proper_names",
    "squeeze_name",
    "stance",
    "statement_shares",
]
