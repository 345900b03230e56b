"""Tables and averages in questions: "papers per year", "which year has the most", "mean number of authors"."""

from __future__ import annotations

import re

from rag.amounts import field_of
from rag.extremes import FIELD, LEAST, MOST
from rag.lexicon import BE, DO, HAVE, any_of
from rag.nouns import PAPERS
from rag.subjects import not_subject
from rag.wanted import Group, Statistic, Wanted, topic_words

_GROUPS: dict[Group, str] = {
    "year": r"years?",
    "month": r"months?",
    "authors": r"(?:number of authors|author (?:count|number)s?)",
    "source": r"(?:files?|sources?|listings?)",
}
_PER = re.compile(
    rf"\b(?:(?:distributed|spread|split|divided|grouped|tabulated|broken|down|up|out) (?:down |up |out )?)*(?:per|by"
    rf"|for each|for every|in each|in every|each|every|over the|across(?: the)?|according to) (?:(?:calendar|publication"
    rf"|single|posting) )?(?:{'|'.join(f'(?P<{name}>{pattern})' for name, pattern in _GROUPS.items())})\b(?! \d)|\b(?:distribution"
    rf"|histogram|breakdown) of (?:the )?(?:{'|'.join(f'(?P<{name}_>{pattern})' for name, pattern in _GROUPS.items())}"
    rf"|(?P<authors__>authors))\b"
    r"|\b(?:(?P<year__>year[- ](?:by|over|for)[- ]year|yearly)|(?P<month__>month[- ]by[- ]month|monthly))\b",
    re.IGNORECASE,
)
_WHICH_GROUP = re.compile(
    rf"\b(?:which|what) (?:{'|'.join(f'(?P<{name}>{pattern})' for name, pattern in _GROUPS.items())})\b.*?\b(?P<way>most|fewest"
    rf"|least|highest|largest|lowest|smallest)\b",
    re.IGNORECASE,
)
_STATISTICS: dict[Statistic, str] = {
    "mean": r"average|mean|on average|typical(?:ly)?",
    "median": "median",
    "sum": r"total|sum|summed|combined|altogether|in total|all together|in sum|together",
}
_STATISTIC = re.compile(rf"\b(?:{'|'.join(f'(?P<{name}>{pattern})' for name, pattern in _STATISTICS.items())})\b", re.IGNORECASE)
_STARTS = re.compile(
    r"\W*(?:what (?:is|are|was) |what's |show |give |and )?(?:me )?(?:the )?(?:average|mean|median|total|sum)\b", re.IGNORECASE
)
_FIELD_ONLY = re.compile(rf"\b(?:{FIELD})\b", re.IGNORECASE)
_PER_PAPER = re.compile(
    rf"\b(?:{FIELD}) (?:per|for each|each|a) (?:{PAPERS})|\bhow many (?:{FIELD}) (?:{DO}|{HAVE}|{BE})\b",
    re.IGNORECASE,
)


def grouped(text: str, papers: bool, _: bool) -> Wanted | None:
    if not papers and not re.match(r"\W*(?:what is |show (?:me )?)?(?:the )?(?:distribution|histogram|breakdown) of", text, re.IGNORECASE):
        return None
    if match := _WHICH_GROUP.search(text):
        return Wanted(
            "groups",
            topic_words(text, match),
            group=_name(match),
            by_group=True,
            descending=match["way"].lower() in ("most", "highest", "largest"),
        )
    if (
        (match := _PER.search(text))
        and not re.search(r"\b(?:rank|sort|order)(?:ed|ing)?\b|\btop\b", text, re.IGNORECASE)
        and not _FIELD_ONLY.search(text[: match.start()])
    ):
        return Wanted("groups", topic_words(text, match), group=_name(match))
    return None


def _name(match: re.Match[str]) -> Group:
    return next(name for name in _GROUPS if any(match.groupdict().get(name + end) for end in ("", "_", "__")))


def statistic_of(text: str, papers: bool, _: bool) -> Wanted | None:
    field = _FIELD_ONLY.search(text)
    statistic = _STATISTIC.search(text)
    if (
        field is None
        or not (papers or _STARTS.match(text))
        or not (statistic or _PER_PAPER.search(text))
        or re.search(rf"\b(?:{MOST}|{LEAST})\b", text, re.IGNORECASE)
    ):
        return None
    name: Statistic = next((one for one in _STATISTICS if statistic and statistic[one]), "sum")
    if re.search(rf"\b(?:per|for each|each) {any_of('papers.one')}", text, re.IGNORECASE):
        name = "mean"
    rest = _STATISTIC.sub(" ", _FIELD_ONLY.sub(" ", text))
    plural = re.search(rf"\b(?:{any_of('papers.many', 'works.many')}|all)\b", text, re.IGNORECASE)
    single = re.search(r"\b(?:per|each|average|mean|median|every)\b", text, re.IGNORECASE)
    if not_subject(text[field.end() :]) or not (papers or not topic_words(rest)):
        return None
    return Wanted("statistic", topic_words(rest), by=field_of(field[0]), statistic=name) if plural or single else None
