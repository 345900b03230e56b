"""Details that papers report and their abstracts seldom do: settings of training, hardware, cost, annotators, licences, statistics.

The groups follow what checklists ask authors to report in the paper itself: the Responsible NLP Research checklist (Rogers et al. 2021)
and the machine learning reproducibility checklist (Pineau et al. 2021). A question for one of them is answerable only where the abstract
has a word of the same group.
"""

from __future__ import annotations

import re

_GROUPS = (
    r"learning[ -]rates?|warm-?up|decay|momentum|schedulers?",
    r"batch(?:es)?[ -]sizes?|size of (?:the )?batch(?:es)?|mini-?batch\w*",
    r"optimi[sz]ers?|adam\w*|sgd",
    r"epochs?|(?:training|gradient|update) steps?|iterations?",
    r"dropout|regulari[sz]\w+",
    r"hyper-?parameters?",
    r"layers?|attention heads?|hidden (?:size|units?|dimensions?)|deep is|depth",
    r"vocabulary|tokeni[sz]er\w*|vocab",
    r"beam (?:size|width)|beams?|(?:sampling|softmax) temperature|temperature|top-[kp]",
    r"(?:random )?seeds?",
    r"(?:[gtc]pus?|a100s?|h100s?|v100s?|accelerators?|graphics cards?|hardware|machines?)\b",
    r"(?:gpu|tpu|compute|training) (?:hours?|days?|time|budget)|flops?|(?:days?|weeks?|long) (?:did|does) (?:it|(?:the )?training) take",
    r"carbon|co2|emissions?|footprint|energy|electricity|power consumption",
    r"paid|pay(?:ments?|s)?|wages?|salar(?:y|ies)|earn\w*|compensat\w+|dollars?|usd|euros?|prices?|costs?|"
    r"budgets?",
    r"annotators?|crowd[ -]?workers?|raters?|listeners?|judges?|participants?|volunteers?|actors?|speakers?|people|"
    r"human (?:evaluators?|subjects?)",
    r"agreement|kappa|krippendorff\w*",
    r"mean opinion score|\bmos\b",
    r"licen[cs]\w+|commercial\w*",
    r"programming language|python|pytorch|tensorflow|jax|c\+\+|rust|software librar(?:y|ies)|package versions?",
    r"p-values?|statistical(?:ly)? significan\w+|confidence intervals?|standard deviations?|error bars?",
    r"ethic\w*|consent|review board|irb",
    r"affiliat\w+|universit(?:y|ies)|funding|funded|grants?|sponsor\w*",
    r"sampling (?:rate|frequency)|khz|hertz",
    r"masking (?:ratio|rate|probability)|mask(?:ed|ing)? (?:percentage|share|probability)",
)
_PATTERNS = tuple(re.compile(rf"(?<!\w)(?:{group})(?!\w)", re.IGNORECASE) for group in _GROUPS)


def seldom_reported(question: str, text: str) -> float:
    """Of such details that a question speaks of, the share of which a text has no word; 0 where it speaks of none."""
    asked = [pattern for pattern in _PATTERNS if pattern.search(question)]
    return sum(not pattern.search(text) for pattern in asked) / len(asked) if asked else 0.0
