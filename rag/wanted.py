"""What a question asks of the whole collection: a number, a list, an extreme, a table, an average; by rules, from its wording."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rag.amounts import FIELDS, NUMBER, field_of, number
from rag.conditions import PAPERS, Conditions, has_papers
from rag.words import STOP_WORDS, words

CollectionForm = Literal["count", "list", "any", "share", "superlative", "groups", "statistic"]
By = Literal["upvotes", "comments", "authors", "date", "words", "title_words"]
Group = Literal["year", "month", "authors", "source"]
Statistic = Literal["mean", "median", "sum"]

_FIELD = rf"(?:{'|'.join(FIELDS.values())})(?: count| number)?"
_ORDINALS = {"second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4}
_ORDINAL = rf"(?:(?P<ordinal>{'|'.join(_ORDINALS)})[- ])?"
_TAKE = rf"(?:(?P<take>{NUMBER}) )?"
_TAKE2 = rf"(?:(?P<take2>{NUMBER}) )?"
_MOST, _LEAST = (
    "most|highest|largest|greatest|biggest|maximum|maximal|max|top|longest",
    "least|fewest|lowest|smallest|minimum|minimal|min|shortest",
)
_NEW, _OLD = "newest|latest|most recent|youngest|last", "oldest|earliest|first|least recent"
_RATED = r"(?P<rated>up-?voted|liked|popular|voted|commented(?:[- ]on| upon)?|discussed)"
_KIND = r"(?P<kind>(?:(?!(?:to|of|in|on|the|a|an|do|does|did|is|are|was|were|by|for|from|with|that|which|and|or|has|have)\b)[\w-]+ ){0,3}?)"
_SUPERLATIVES = (
    re.compile(rf"\b{_ORDINAL}{_TAKE}(?:the )?{_ORDINAL.replace('ordinal', 'ordinal2')}(?P<way>{_MOST}|{_LEAST}) {_TAKE2}(?:numbers? of |counts? of |amounts? of )?(?P<field>{_FIELD})\b", re.IGNORECASE),
    re.compile(rf"\b{_ORDINAL}{_TAKE}(?P<way>most|least|best|top)[- ]{_TAKE2}{_RATED}\b", re.IGNORECASE),
    re.compile(rf"\b{_RATED} (?:up)?on? ?(?:the )?(?P<way>most|least)\b", re.IGNORECASE),
    re.compile(rf"\b{_ORDINAL}{_TAKE}(?:the )?{_ORDINAL.replace('ordinal', 'ordinal2')}(?P<way>{_NEW}|{_OLD}|longest|shortest) {_TAKE2}{_KIND}(?P<noun>{PAPERS})(?! (?:to|ever)\b)", re.IGNORECASE),
    re.compile(rf"\b(?P<way>top) {_TAKE}{_KIND}(?:{PAPERS})(?:,? (?:by|in terms of|according to|in) (?:number of )?(?P<field>{_FIELD}|date|age|length))?\b", re.IGNORECASE),
    re.compile(rf"\b(?:rank|sort|order)(?:ed|ing)?\b.*?\bby (?:(?:their|the) )?(?:number of )?(?P<field>{_FIELD}|date|age|length)\b(?P<way>)", re.IGNORECASE),
    re.compile(r"\b(?P<way>largest|biggest|smallest) (?:author )?(?P<field>teams?|author lists?|groups? of authors)\b", re.IGNORECASE),
    re.compile(rf"\b(?:is|are|was|were|came|come|got|been)(?: (?:posted|published|listed|out|added|of all))* (?:the )?(?P<way>{_NEW}|{_OLD}|longest|shortest|most recently|least recently)\b(?! [a-z]+ing\b)", re.IGNORECASE),
    re.compile(rf"\b(?:posted|published|listed|appeared|dated) (?P<way>first|last|earliest|latest|most recently|least recently)\b", re.IGNORECASE),
    re.compile(rf"\b(?P<way>{_NEW}|{_OLD}) (?P<field>date)\b", re.IGNORECASE),
)  # fmt: skip
_ACTS = re.compile(r"\b(?:do|does|did|can|according to|how is|how are)(?: in)? (?:the )?$", re.IGNORECASE)
_GROUPS: dict[Group, str] = {
    "year": r"years?",
    "month": r"months?",
    "authors": r"(?:number of authors|author (?:count|number)s?)",
    "source": r"(?:files?|sources?|listings?)",
}
_PER = re.compile(
    rf"\b(?:per|by|for each|for every|in each|in every|each|every|over the|across(?: the)?|according to) (?:(?:calendar|publication|single|posting) )?(?:{'|'.join(f'(?P<{name}>{pattern})' for name, pattern in _GROUPS.items())})\b(?! \d)|\b(?:distribution|histogram|breakdown) of (?:the )?(?:{'|'.join(f'(?P<{name}_>{pattern})' for name, pattern in _GROUPS.items())}|(?P<authors__>authors))\b",
    re.IGNORECASE,
)
_WHICH_GROUP = re.compile(
    rf"\b(?:which|what) (?:{'|'.join(f'(?P<{name}>{pattern})' for name, pattern in _GROUPS.items())})\b.*?\b(?P<way>most|fewest|least|highest|largest|lowest|smallest)\b",
    re.IGNORECASE,
)
_STATISTICS: dict[Statistic, str] = {
    "mean": r"average|mean|on average|typical(?:ly)?",
    "median": "median",
    "sum": r"total|sum|summed|combined|altogether|in total|all together|in sum|together",
}
_STATISTIC = re.compile(rf"\b(?:{'|'.join(f'(?P<{name}>{pattern})' for name, pattern in _STATISTICS.items())})\b", re.IGNORECASE)
_FIELD_ONLY = re.compile(rf"\b(?:{_FIELD})\b", re.IGNORECASE)
_PER_PAPER = re.compile(
    rf"\b(?:{_FIELD}) (?:per|for each|each|a) (?:{PAPERS}|paper|abstract)|\bhow many (?:{_FIELD}) (?:do|did|have|has|are|were|is)\b",
    re.IGNORECASE,
)
_SHARE = re.compile(
    rf"\b(?:what|which) (?:share|percentage|percent|proportion|fraction|part|portion) (?:of|are)\b|\bhow many per ?cent\b", re.IGNORECASE
)
_COUNT = re.compile(
    rf"\bhow many (?:of (?:(?:the|these|those|all|your|its|our) )*)?(?:\d+ )?{_KIND}(?:{PAPERS})\b|\b(?:the |what )?(?:number|count) of (?:(?:the|these|those|all|your|different) )*{_KIND.replace('kind', 'kind2')}(?:{PAPERS})\b|\bcount (?:(?:the|all|these) )*{_KIND.replace('kind', 'kind3')}(?:{PAPERS})\b|\bhow many(?: of (?:them|these|those|all))?(?= ?(?:are|is|were|was|have|has|had|got|get|came|come|mention|contain|do|in|$|[?,]))",
    re.IGNORECASE,
)
_ANY = re.compile(
    rf"^(?:(?:and|so|but|well),? )?(?:(?:is|are|was|were) there|do(?:es)?(?: any| the| this| one)?|have|has|did|was|were|are|is)\b.*?\b(?:any|an?|one|some|no)\b.*?\b(?:{PAPERS}|paper|abstract|study|title)\b|^do you have (?:{PAPERS})",
    re.IGNORECASE,
)
_NOT_SUBJECT = re.compile(
    r"^\s*(?:(?:did|does|do|would|can|could|will) (?:they|he|she|it|the authors?|the (?:survey|paper|study|system|model|review)|an? |[A-Z][\w-]*)(?! (?:occur|appear))"
    r"|(?:were|was|are|is|have been|has been) (?!posted|published|listed|dated|titled|untitled|devoted|concerned|based|focus|related|dedicated|trained|tested|evaluated|written|included|stored|indexed|contained)\w+(?:ed|en)\b"
    r"|(?:is|was) (?:it|the)\b)",
)  # fmt: skip
_CONTRAST = re.compile(r",? (?:rather than|instead of|as opposed to|and not just) .*$", re.IGNORECASE)
_TAIL = re.compile(
    r"[,;.]?\s*\b(?:and|or|also)?,? ?(?:(?:name|list|show|give|tell|print|cite)(?: me)? (?:them|it|their titles|its title|the titles)(?: all)?|which (?:ones?|are they|is it|papers?)|what (?:are they|is it|are their titles)(?: called)?|"
    r"how (?:many|often|much|long)(?: (?:is it|are they|was it|are there|upvotes|authors|comments|did it get|does it have|has it|has it got|times))?|when(?: (?:was|were) (?:it|they) (?:posted|published|listed|dated))?|by how many|who wrote (?:it|them)|what (?:was|is) it called|with (?:their|its) titles?)\s*(?=[?.!,;]|$)",
    re.IGNORECASE,
)
_RELATION = frozenset(
    """about study studies studied studying deal deals dealing treat treats treating address addresses addressing discuss discusses discussing
    discussed cover covers covering focus focuses focused focusing concern concerns concerned concerning topic topics subject subjects related
    relating relate relates work works working investigate investigates examine examines explore explores exploring consider considers look looks
    looking involve involves involving present presents presenting propose proposes proposed proposing introduce introduces introducing describe
    describes describing use uses used using report reports reporting claim claims say says saying state states show shows showing something anything
    paper papers abstract abstracts article articles study studies publication publications preprint preprints entry entries record records title
    titles titled work works listed listing list lists collection corpus index library database whole entire dataset included contained contain
    contains have has number count total altogether overall please name names them give tell find display print exactly different single one ones
    posted published dated stored indexed available there here present devoted based dedicated regarding want know like many much kind kinds
    field area main mainly really actually currently so far now time times often called date get gets got put made make makes year years rank sort order
    sorted ranked ordered all top stated""".split()
)  # fmt: skip
_PASSIVE = re.compile(r"\b(?:is|are|was|were|been|being) \w+(?:ed|en)(?= (?:under|with|on|in|at|as|by|for|from)\b)", re.IGNORECASE)
_PLEASE = re.compile(
    r"\b(?:i(?:'d| would) like (?:to (?:know|see))?|can you|could you|would you|please|show me|tell me|give me|do you know|let me (?:know|see))\b",
    re.IGNORECASE,
)
_ALL = re.compile(
    rf"^\W*(?:(?:please )?(?:list|show|give|name|print|enumerate)(?: me)?|what are|which are|what|which)\b.*\b(?:{PAPERS})\b", re.IGNORECASE
)
_LISTS = re.compile(
    r"^\W*(?:(?:and|so|but|ok(?:ay)?|then|now|well),? )*(?:which|what|list|show|give|name|find|print|all|the|any|every|enumerate|those|get|only|just|is there|are there|do you have)?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the collection. `topic` are words that each abstract must be about, "" where the conditions say all.

    `by` is what a superlative or a statistic looks at; `take` abstracts are asked for, after `skip` of them; `group` is what
    a table counts by, `by_group` True where the extreme group itself is asked for.
    """

    form: CollectionForm
    topic: str = ""
    by: By | None = None
    descending: bool = True
    take: int = 1
    skip: int = 0
    group: Group | None = None
    statistic: Statistic | None = None
    by_group: bool = False


def read_wanted(conditions: Conditions) -> Wanted | None:
    """What a question asks of the collection as a whole; None where it asks what abstracts say."""
    text = _CONTRAST.sub("", conditions.bare) if conditions.filters else conditions.bare
    text = " ".join(_PLEASE.sub(" ", text).split())
    papers = has_papers(text) or bool(conditions.filters)
    readers: tuple[Callable[[str, bool, bool], Wanted | None], ...] = (_grouped, _statistic, _superlative, _counted, _listed)
    for reader in readers:
        found = reader(text, papers, bool(conditions.filters))
        if found is not None:
            return found
    return None


def _grouped(text: str, papers: bool, _: bool) -> Wanted | None:
    if not papers:
        return None
    if match := _WHICH_GROUP.search(text):
        return Wanted(
            "groups",
            _topic(text, match),
            group=_name(match),
            by_group=True,
            descending=match["way"].lower() in ("most", "highest", "largest"),
        )
    if (match := _PER.search(text)) and not _FIELD_ONLY.search(text[: match.start()]):
        return Wanted("groups", _topic(text, match), group=_name(match))
    return None


def _name(match: re.Match[str]) -> Group:
    return next(name for name in _GROUPS if any(match.groupdict().get(name + end) for end in ("", "_", "__")))


def _statistic(text: str, papers: bool, _: bool) -> Wanted | None:
    field = _FIELD_ONLY.search(text)
    statistic = _STATISTIC.search(text)
    if (
        not papers
        or field is None
        or not (statistic or _PER_PAPER.search(text))
        or re.search(rf"\b(?:{_MOST}|{_LEAST})\b", text, re.IGNORECASE)
    ):
        return None
    name: Statistic = next((one for one in _STATISTICS if statistic and statistic[one]), "sum")
    if re.search(r"\b(?:per|for each|each) (?:paper|abstract|article|publication)", text, re.IGNORECASE):
        name = "mean"
    rest = _STATISTIC.sub(" ", _FIELD_ONLY.sub(" ", text))
    plural = re.search(r"\b(?:papers|abstracts|articles|studies|works|publications|all)\b", text, re.IGNORECASE)
    single = re.search(r"\b(?:per|each|average|mean|median|every)\b", text, re.IGNORECASE)
    return Wanted("statistic", _topic(rest), by=field_of(field[0]), statistic=name) if plural or single else None


def _superlative(text: str, papers: bool, _: bool) -> Wanted | None:
    for pattern in _SUPERLATIVES:
        match = pattern.search(text)
        if match is None or _ACTS.search(text[: match.start()]) or not (papers or re.match(r"(?:what|which)\b", text, re.IGNORECASE)):
            continue
        found = match.groupdict()
        way = found["way"].lower()
        by = _by(found, way)
        if by is None:
            continue
        several = re.search(r"\b(?:papers|abstracts|articles|publications|studies|works|titles)\b", match[0], re.IGNORECASE)
        amount = found.get("take") or found.get("take2")
        take = number(amount) if amount else 10 if way in ("", "top") and several else 1
        ordinal = found.get("ordinal") or found.get("ordinal2") or ""
        descending = way in ("", "top", "best", "most", "most recently", *_MOST.split("|"), *_NEW.split("|"))
        kind = (found.get("kind") or "") if by != "words" or found.get("kind") else ""
        return Wanted(
            "superlative",
            _topic(text, match, kind),
            by=by,
            descending=descending,
            take=max(1, take),
            skip=_ORDINALS.get(ordinal.lower(), 0),
        )
    return None


def _by(found: dict[str, str | None], way: str) -> By | None:
    rated, field, noun = ((found.get(name) or "").lower() for name in ("rated", "field", "noun"))
    if rated:
        return "comments" if rated.startswith(("commented", "discussed")) else "upvotes"
    if field:
        if field in ("date", "age"):
            return "date"
        return "words" if field == "length" else "authors" if "team" in field or "group" in field or "list" in field else field_of(field)
    if way in ("longest", "shortest"):
        return "title_words" if noun.startswith("title") else "words"
    return "upvotes" if way == "top" else "date"


def _counted(text: str, papers: bool, filtered: bool) -> Wanted | None:
    share = _SHARE.search(text)
    if share and papers:
        return Wanted("share", _topic(text, share))
    match = _COUNT.search(text)
    if match is None or not papers:
        return None
    after = text[match.end() :]
    if _NOT_SUBJECT.match(after) or not (has_papers(match[0]) or filtered):
        return None
    kind = next((match[name] for name in ("kind", "kind2", "kind3") if match[name]), "")
    return Wanted("count", _topic(text, match, kind))


def _listed(text: str, papers: bool, filtered: bool) -> Wanted | None:
    asked = _ANY.match(text)
    topic = _topic(text)
    if topic or not papers:
        return None
    if filtered:
        return Wanted("any" if asked else "list") if _LISTS.match(text) else None
    return Wanted("list") if _ALL.match(text) else None


def _topic(text: str, match: re.Match[str] | None = None, kind: str = "") -> str:
    """The content words of a question besides what it asks of the collection."""
    rest = text if match is None else f"{text[: match.start()]} {kind} {text[match.end() :]}"
    rest = _PASSIVE.sub(" ", _TAIL.sub(" ", rest))
    content = [word for word in words(rest) if word not in STOP_WORDS and word not in _RELATION and not (word.isdigit() and len(word) < 4)]
    return " ".join(dict.fromkeys(content))
