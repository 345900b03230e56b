"""Numbers of authors, upvotes and comments as questions put them: "exactly two authors", "20 upvotes or more", "single-author"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.model import CountedField, Range, Scan
from rag.text import BE, HAVE, any_of, values

_WORDS = values("numbers", "amounts")
NUMBER = rf"(?:(?>\d{{1,40}}(?:,\d{{1,40}}){{0,9}})|{any_of('numbers', 'amounts')})"

FIELDS: dict[CountedField, str] = {
    "authors": r"(?:co-?)?authors?|writers?",
    "upvotes": r"up-?votes?|likes?",
    "comments": r"comments?|replies",
}
_NAMED = {name: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for name, pattern in FIELDS.items()}
_FIELD = "|".join(f"(?P<{name}>{pattern})" for name, pattern in FIELDS.items())

_AT_LEAST = r"at least|no fewer than|no less than|not (?:less|fewer) than|a minimum of|≥|>="
_MORE = r"more than|over|above|greater than|larger than|upwards of|exceed(?:s|ing|ed)?|>"
_AT_MOST = r"at most|no more than|not more than|up to|a maximum of|≤|<="
_LESS = r"fewer than|less than|under|below|smaller than|<"
_OR_MORE = r"\+| (?:or|and) (?:more|above|over|greater|upwards?)"
_OR_LESS = r" (?:or|and) (?:fewer|less|below|under)"
_BOUND = rf"(?:(?P<at_least>{_AT_LEAST})|(?P<more>{_MORE})|(?P<at_most>{_AT_MOST})|(?P<less>{_LESS})|exactly|just|precisely|only|=|==|of)"
_AMOUNT = (
    rf"(?:(?:between |from )?(?P<first>{NUMBER})(?: (?:and|to) | ?[-\u2013] ?)(?P<last>{NUMBER})"
    rf"|(?:(?P<above>{_MORE})|(?P<from>{_AT_LEAST})) ?(?P<low>{NUMBER}),? (?:and|but) (?:(?P<below>{_LESS})|{_AT_MOST}) ?(?P<high>{NUMBER})"
    rf"|(?:either )?(?P<one>{NUMBER})(?P<others>(?:, ?{NUMBER}){{0,20}},? or {NUMBER})"
    rf"|(?:{_BOUND} ?)?(?P<number>{NUMBER})(?P<or_more>{_OR_MORE})?(?P<or_less>{_OR_LESS})?)"
)
_NOT = rf"(?P<negated>(?:{BE}n't|do(?:es)? not|did not|don't|doesn't|didn't|not|other than|except(?: those)?|excluding) )?"
_HAVING = (
    rf"(?:(?:that|which|who|those) )?(?:{BE} )?{_NOT}(?:(?:with|having|have|has|had|by|from|got|gets?|receiv\w+|gather\w*|"
    r"collect\w*|earn\w*|drew|draw(?:s|ing|n)?|attract\w*|garner\w*|gain\w*|reach\w*|accumulat\w*|carry(?:ing)?|carries|boast\w*|"
    rf"credit\w*|w/|of|show(?:s|ing)?|list(?:s|ing)?|count(?:s|ing)?|(?:(?:written|authored|signed|made|put out"
    rf"|published) )?by) )?(?:(?:an? )?(?:teams?|groups?) of )?"
)
_PATTERNS = (
    re.compile(
        rf"\b{_HAVING}(?<![\w.]){_AMOUNT} (?:different |listed |named |distinct"
        rf" )?(?:{_FIELD})\b(?P<or_more_>{_OR_MORE})?(?P<or_less_>{_OR_LESS})?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:with|having|whose|have|has|by|the|an?|of|where the|and)? ?(?:an? )?(?:(?:number|count) of (?:{_FIELD})|"
        rf"(?:{_FIELD.replace('?P<', '?P<x')})(?: count| number)?) ?(?:is |are |of |was "
        rf"|equals? )?{_BOUND} ?(?P<number>{NUMBER})(?P<or_more>{_OR_MORE})?"
        rf"(?P<or_less>{_OR_LESS})?(?! ?[-\w])",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?P<number>{NUMBER})[- ](?P<authors>author(?:ed)?)\b(?! ?s)", re.IGNORECASE),
    re.compile(
        rf"\b(?:with|have|has|had|having|got) (?:(?P<more>more)|(?P<less>fewer|less)) (?:{_FIELD}) than (?P<number>{NUMBER})\b",
        re.IGNORECASE,
    ),
    re.compile(rf"\b{_HAVING}(?:written |authored )?by {_AMOUNT} (?P<authors>people|persons?|researchers?|scientists?)\b", re.IGNORECASE),
    re.compile(
        rf"\b{_HAVING}(?:(?:did|have|has) )?(?:(?:people|readers|users|anyone) )?(?:(?P<upvotes>up-?voted?)"
        rf"|(?P<comments>comment(?:ed)?(?: on)?)) {_AMOUNT} times\b",
        re.IGNORECASE,
    ),
)
_ALONE = r"(?:alone|solo|single-?handed(?:ly)?)"
_SOLO = re.compile(
    rf"\b(?:solo|sole|lone)[- ]author(?:ed)?s?\b|\b(?:written |authored )?by (?:an? )?(?:sole|lone|single) (?:author|person|researcher)\b"
    rf"|\b(?:written|authored|published|posted) {_ALONE}\b|\b(?:solo|one-person)(?= {any_of('papers', 'works')}\b)",
    re.IGNORECASE,
)
_SEVERAL = re.compile(rf"\b{_HAVING}(?:multiple|several) (?P<authors>authors)\b", re.IGNORECASE)
_LACKS = re.compile(
    rf"\b(?:(?:that|which) )?(?:with no|(?:without|w/o)(?: any| an)?|(?:have|has|having|got|received|show|with|but|and|or) (?:no|zero"
    rf"|without)|lack(?:s|ing)?(?: an?| any)?|(?:a )?dash(?:es)? (?:instead of|in place of|for|where)(?: the| an?)?|"
    rf"(?:do|did|does)(?: not|n't) (?:have|show|get|list)(?: any)?|never (?:had?|has|have|got|gets?|received?|drew)(?: an?| any)?"
    rf"|missing|(?<=[,;] )no) (?:{_FIELD})\b(?: (?:number|count|at all))*",
    re.IGNORECASE,
)
_REACTED = r"(?:(?P<xupvotes>up-?voted?)|(?P<xcomments>comment(?:ed)? on|commented))\b"
_UNTOUCHED = re.compile(
    r"\b(?:(?:were|was|are|have been|got) )?(?:not|never) (?:been )?(?:(?P<upvotes>upvoted)|(?P<comments>commented(?: on)?))\b"
    rf"|\b(?:(?:that|which) )?(?:(?:did|{HAVE}) )?(?:nobody|no ?one)(?: has| have| had| ever)* {_REACTED}",
    re.IGNORECASE,
)
_STATED = re.compile(
    rf"\b(?:(?:that|which) )?(?:show(?:s|ing)?|stat(?:e|es|ing)|have|has|having|with|got|display(?:s|ing)?|list|received?) (?:also )?"
    rf"(?:(?:an?|any|some|the)(?! single) )*(?:{_FIELD})(?: (?:number|count))?(?: at all)?\b"
    rf"|\b(?:but|and|yet) some (?:{_FIELD.replace('?P<', '?P<x')})\b",
    re.IGNORECASE,
)
# Fields of which neither is stated: "neither upvotes nor comments", "no title and no date", "without upvotes or comments".
_LACKED = (
    r"(?:(?:an?|any|stated|no) ){{0,3}}(?:(?P<{0}_title>titles?)|(?P<{0}_date>dates?)|"
    + "|".join(f"(?P<{{0}}_{name}>{pattern})" for name, pattern in FIELDS.items())
    + ")"
)
_NEITHER = re.compile(
    rf"\b(?:(?:that|which) )?(?:(?:come|comes|came|have|has|having|show|shows|state|states|got|with|are"
    rf"|is) ){{0,4}}(?:neither|no|without|w/o|lack(?:s|ing)?)"
    rf" {_LACKED.format('a')},? (?:n?or|and) {_LACKED.format('b')}\b(?: at all)?",
    re.IGNORECASE,
)
_TOUCHED = re.compile(
    r"\b(?:(?:that|which) )?(?:were|was|been|got|are|have been|has been) (?:ever )?(?:(?P<upvotes>upvoted)"
    r"|(?P<comments>commented on))(?: at all| by anyone)?"
    r"\b(?! (?:the )?(?:most|least|more|less|best)| \d)"
    r"|(?<!most )(?<!least )(?<!most-)(?<!highest )(?<!best )(?<!top )\b(?:ever )?(?:(?P<xupvotes>upvoted)"
    rf"|(?P<xcomments>commented)(?:[- ]on)?)(?= (?:{any_of('papers', 'works', 'entries.many', 'items.many')}|ones)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A condition in a question, from `start` to `end`. `loose` phrases count only where they attach to papers."""

    start: int
    end: int
    parts: tuple[Range | Scan, ...]
    loose: bool = True


def read_amounts(text: str) -> Iterator[Part]:
    """Conditions on the counted fields. They may overlap: the first one given is to be preferred."""
    for match in _NEITHER.finditer(text):
        if not re.match(r" (?:more|fewer|than)", text[match.end() :]):
            yield Part(*match.span(), tuple(_lacking(match, side) for side in "ab"), loose=False)
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield Part(*match.span(), (_range(match),), loose=pattern is _PATTERNS[-2])
    for match in _SOLO.finditer(text):
        yield Part(*match.span(), (Range("authors", 1, 1),), loose=False)
    for match in _SEVERAL.finditer(text):
        yield Part(*match.span(), (Range("authors", 2),), loose=False)
    for pattern in (_LACKS, _UNTOUCHED):
        for match in pattern.finditer(text):
            yield Part(*match.span(), (Scan("none", (_field(match),)),), loose=False)
    for pattern in (_STATED, _TOUCHED):
        for match in pattern.finditer(text):
            yield Part(*match.span(), (Range(_field(match)),), loose=False)


def number(word: str) -> int:
    """The value of a number in digits or words."""
    return _WORDS[word.lower()] if word.lower() in _WORDS else int(word.replace(",", "")[:9])


def field_of(text: str) -> CountedField | None:
    """The counted field that a text names."""
    return next((name for name, pattern in _NAMED.items() if pattern.search(text)), None)


def _field(match: re.Match[str]) -> CountedField:
    groups = match.groupdict()
    return next(name for name in FIELDS if groups.get(name) or groups.get("x" + name))


def _lacking(match: re.Match[str], side: str) -> Scan:
    name = next(name for name in ("title", "date", *FIELDS) if match[f"{side}_{name}"])
    return Scan("missing" if name in ("title", "date") else "none", (name,))


def _range(match: re.Match[str]) -> Range | Scan:
    found = match.groupdict()
    field = _field(match)
    if found.get("first"):
        bounds = sorted((number(found["first"]), number(found["last"])))
        return Range(field, bounds[0], bounds[1], outside=bool(found.get("negated")))
    if found.get("low"):
        low, high = number(found["low"]) + bool(found["above"]), number(found["high"]) - bool(found["below"])
        return Range(field, low, high, outside=bool(found.get("negated")))
    if found.get("one"):
        return _either(field, match, negated=bool(found.get("negated")))
    one = _bounded(field, number(found["number"]), found)
    if found.get("negated"):
        return _negated(one)
    return Scan("none", (field,)) if one.low == one.high == 0 else one


def _either(field: CountedField, match: re.Match[str], *, negated: bool) -> Range | Scan:
    """One of several numbers: "7 or 8 authors"."""
    values = sorted({number(one) for one in re.findall(rf"\b{NUMBER}\b", match["one"] + match["others"], re.IGNORECASE)})
    if values == list(range(values[0], values[-1] + 1)):
        return Range(field, values[0], values[-1], outside=negated)
    return Scan(field, tuple(map(str, values)), negated=negated)


def _bounded(field: CountedField, value: int, found: dict[str, str | None]) -> Range:
    if found.get("at_least") or found.get("or_more") or found.get("or_more_"):
        return Range(field, value, None)
    if found.get("more"):
        return Range(field, value + 1, None)
    if found.get("at_most") or found.get("or_less") or found.get("or_less_"):
        return Range(field, None, value)
    return Range(field, None, value - 1) if found.get("less") else Range(field, value, value)


def _negated(one: Range) -> Range:
    """All other stated numbers."""
    if one.low is None and one.high is not None:
        return Range(one.field, one.high + 1, None)
    if one.high is None and one.low is not None:
        return Range(one.field, None, one.low - 1)
    return Range(one.field, one.low, one.high, outside=True)
