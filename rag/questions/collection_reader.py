"""Reading a collection query: a number, a list, an extreme, a table ("papers per year"), an average, a stated field of one paper."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from rag.corpus import introduced_name
from rag.model import Abstract
from rag.questions.amounts import FIELDS, field_of
from rag.questions.collection_query import FIELD, KIND, LEAST, MOST, CollectionQuery, Group, Statistic, read_superlative, topic_words
from rag.questions.conditions import Conditions
from rag.questions.papers import PAPERS, THINGS, counts_something_else, mentions_papers
from rag.support import squeeze_name
from rag.text import BE, DO, HAVE, any_of, words_of

# Tables and averages in questions: "papers per year", "which year has the most", "mean number of authors".

_GROUPS: dict[Group, str] = {
    "year": r"years?",
    "month": r"months?",
    "authors": r"(?:number of authors|author (?:count|number)s?)",
    "source": r"(?:files?|sources?|listings?)",
}
_PER = re.compile(
    rf"\b(?:(?:distributed|spread|split|divided|grouped|tabulated|broken|down|up|out) ){{0,6}}(?:per|by"
    rf"|for each|for every|in each|in every|each|every|over the|across(?: the)?|according to) (?:(?:calendar|publication"
    rf"|single|posting) )?(?:{'|'.join(f'(?P<{name}>{pattern})' for name, pattern in _GROUPS.items())})\b(?! \d)|\b(?:distribution"
    rf"|histogram|breakdown) of (?:the )?(?:{'|'.join(f'(?P<{name}_>{pattern})' for name, pattern in _GROUPS.items())}"
    rf"|(?P<authors__>authors))\b"
    r"|\b(?:(?P<year__>year[- ](?:by|over|for)[- ]year|yearly)|(?P<month__>month[- ]by[- ]month|monthly))\b",
    re.IGNORECASE,
)
_WHICH_GROUP = re.compile(
    rf"\b(?:which|what) (?:{'|'.join(f'(?P<{name}>{pattern})' for name, pattern in _GROUPS.items())})\b.{{0,300}}?\b(?P<way>most|fewest"
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


def read_grouping(text: str, papers: bool, _: bool) -> CollectionQuery | None:
    if not papers and not re.match(r"\W*(?:what is |show (?:me )?)?(?:the )?(?:distribution|histogram|breakdown) of", text, re.IGNORECASE):
        return None
    if match := _WHICH_GROUP.search(text):
        return CollectionQuery(
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
        return CollectionQuery("groups", topic_words(text, match), group=_name(match))
    return None


def _name(match: re.Match[str]) -> Group:
    return next(name for name in _GROUPS if any(match.groupdict().get(name + end) for end in ("", "_", "__")))


def read_statistic(text: str, papers: bool, _: bool) -> CollectionQuery | None:
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
    if counts_something_else(text[field.end() :]) or not (papers or not topic_words(rest)):
        return None
    return CollectionQuery("statistic", topic_words(rest), by=field_of(field[0]), statistic=name) if plural or single else None


# Questions about what the listing states of one paper: "How many upvotes does AudioPaLM have?", "When was VoiceLDM posted?".

_FIELD = "|".join(FIELDS.values())
_PAPER = rf"(?:the )?(?:{any_of('papers', 'works.one')} )?(?:on |about |called |titled |named |entitled |introducing |presenting |of )?"
_NO_NAME = (
    rf"(?!(?:it|they|this|that|these|those|you|we|the (?:{any_of('papers.many')}|corpus|listing)|(?:the )?(?:most|all|any|each|many)"
    rf"|an? (?:single |typical |average )?{any_of('papers.one')}|.*\b(?:{any_of('papers.many')}|on average|most|fewest|least|oldest"
    r"|newest|latest))\b)"
)
_NAME = rf"{_PAPER}(?P<name>{_NO_NAME}.+?)(?: {any_of('papers.one')})?"
_POSTED = r"(?:(?:first )?(?:posted|published|listed|dated|uploaded|put online)|come out|came out|appear(?:ed)?)"
_END = r"(?: in the (?:listing|corpus|collection))?\s{0,3}[?.!]{0,9}$"
_PATTERNS = (
    re.compile(rf"how many (?P<field>{_FIELD}) (?:{DO}|{HAVE}) {_NAME}(?: (?:have|get|got|gotten|receive|received|show"
        rf"|list))?{_END}", re.IGNORECASE),
    re.compile(rf"how many (?P<field>{_FIELD}) (?:wrote|are (?:there )?(?:on|of|for)|were (?:there )?(?:on|of"
        rf"|for)) {_NAME}{_END}", re.IGNORECASE),
    re.compile(rf"what(?: is|'s| was) the (?:(?:number|count) of )?(?P<field>{_FIELD})(?: count| number)? (?:of|for"
        rf"|on) {_NAME}{_END}", re.IGNORECASE),
    re.compile(rf"(?P<when>when) (?:{BE}|did|has) {_NAME}(?: been)? {_POSTED}{_END}", re.IGNORECASE),
    re.compile(rf"(?:in |on |of )?(?:what|which) (?P<when>year|date|month|day) (?:{BE}|did) {_NAME}(?: {_POSTED}"
        rf"| from)?{_END}", re.IGNORECASE),
    re.compile(rf"what(?: is|'s| was) the (?P<when>(?:posting |publication )?(?:date|year)) of {_NAME}{_END}", re.IGNORECASE),
    re.compile(rf"(?P<who>who) (?:wrote|authored|published|are the authors of|is the author of) {_NAME}{_END}", re.IGNORECASE),
    re.compile(rf"how old is {_PAPER}(?P<name>[A-Z].+?)(?P<when>){_END}", re.IGNORECASE),
)  # fmt: skip
_WORDS = 4  # of a title, that a name must have to be met inside of it


def read_lookup(text: str) -> CollectionQuery | None:
    """The field and the paper that are asked for, None where it is no such question."""
    for pattern in _PATTERNS:
        match = pattern.match(text.strip())
        if match:
            said = match.groupdict()
            by = "author_names" if said.get("who") else field_of(said.get("field") or "") or "date"
            return CollectionQuery("lookup", by=by, name=match["name"])
    return None


def find_named(name: str, abstracts: Iterable[Abstract]) -> list[Abstract]:
    """The abstracts of that title or system; else those whose title has the words of the name, if it has several."""
    wanted = squeeze_name(name.strip(" \"'"))
    inside = []
    for one in abstracts:
        title = one.title or ""
        own = (title, title.partition(":")[0], one.label, introduced_name(one.text, one.title) or "")
        if wanted in {squeeze_name(part) for part in own if part}:
            return [one]
        if len(name.split()) >= _WORDS and wanted in squeeze_name(title):
            inside.append(one)
    return inside


# Reading what a question asks of the whole collection: a number, a list, an extreme, a table, an average; by rules.

_SHARE = re.compile(
    r"\b(?:what|which|how (?:big|large|high|great|small) (?:is|are) the|what(?:'s| is) the|^(?:the )?) ?(?:share|percentage"
    r"|percent|proportion|fraction|part|portion) (?:of|are)\b|\bhow many per ?cent\b",
    re.IGNORECASE,
)
_COUNT = re.compile(
    rf"^total (?:{PAPERS})\b|\bhow many (?:of (?:(?:the|these|those|all|your|its"
    rf"|our) )*)?(?:\d+ )?{KIND}(?:{PAPERS})\b|\b(?:the |what )?(?:number"
    rf"|count) of (?:(?:the|these|those|all|your|different) )*{KIND.replace('kind', 'kind2')}(?:{PAPERS})\b|\bcount (?:(?:the|all"
    rf"|these) )*{KIND.replace('kind', 'kind3')}(?:{PAPERS})\b|\bhow many(?: of (?:them|these|those|all))?(?= ?(?:{BE}"
    rf"|{HAVE}|got|get|came|come|mention|contain|do|in|$|[?,]))",
    re.IGNORECASE,
)
_ANY = re.compile(
    rf"^(?:(?:and|so|but|well),? )?(?:{BE} there|do(?:es)?(?: any| the| this| one)?|{HAVE}|did|{BE})"
    rf"\b(?>.*?\b(?:any|an?|one|some|no)\b).*?\b(?:{PAPERS}|study|title)\b|^do you have (?:{PAPERS})",
    re.IGNORECASE,
)
_THING = re.compile(rf"\b{THINGS}\b", re.IGNORECASE)
_MANY = words_of("items.many", "works.many", "entries.many") | {"ones"}
_COUNTED_ALONE = re.compile(
    rf"\bhow many(?: of (?:these|those|them|all|it))?\b(?! (?:of|\w+ (?:of|{PAPERS})|{PAPERS}|{FIELD})\b)", re.IGNORECASE
)
# An order that only papers have, with a word that may mean papers: "the newest entry", "which item has the most comments".
_ORDERED_THINGS = re.compile(
    rf"\b(?:newest|latest|oldest|earliest|most recent|most upvoted|most commented) (?:\w+ )?{THINGS}\b"
    rf"|\b{THINGS} (?:\w+ ){{1,3}}the (?:{MOST}|{LEAST}) (?:(?:number|amount)s? of )?{FIELD}\b|\b{THINGS} (?:per"
    rf"|for each|in each|by) (?:year|file|listing)\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(?:more (?:common|numerous|frequent|often)|more|fewer|less|bigger|than|vs|versus|compared|come"
    r"|out)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(r"^(?:break|split|divide|group|tabulate|plot|chart)\b", re.IGNORECASE)
_NOUN = re.compile(rf"\b(?:{PAPERS})\b", re.IGNORECASE)
_CONTRAST = re.compile(r",? (?:rather than|instead of|as opposed to|and not just) .*$", re.IGNORECASE | re.DOTALL)
_PLEASE = re.compile(
    r"\b(?:i(?:'d| would) like (?:to (?:know|see))?|can you|could you|would you|please|show me|tell me|give me|do you know"
    r"|let me (?:know|see)|i am looking for|i'm looking for|i want(?: to (?:know|see))?|i need|i(?:'m| am) after|i mean|kindly|pls|plz"
    r"|thanks|thx)\b"
    r"|^(?:pull|dig|bring|look)(?: up| out)\b|^(?:fetch|retrieve|gimme|get me|got|search for|look for|display|enumerate)\b",
    re.IGNORECASE,
)
_NOT_ABOUT = re.compile(
    rf"\b(?:not|never|n't|{any_of('negated.be', 'negated.do')})(?: \w+)? "
    r"(?:about|on|concern\w*|deal\w* with|discuss\w*|address\w*|treat\w*|cover\w*|"
    r"related to|to do with|speak\w* of|talk\w* about|stud(?:y|ies)|focus\w* on)\b|\bnothing to do with\b|\b(?:unrelated|not related) to\b",
    re.IGNORECASE,
)
# Where the topic is all that is said besides the conditions, it is a topic and no question that abstracts answer.
_OF_TOPIC = re.compile(
    rf"^\W*+(?:(?:please|list|show|give|name|print|enumerate|me|what|which|are|all|any|the) )*(?:[\w-]+ ){{1,3}}(?:{PAPERS})"
    rf"(?: (?:{BE}|{HAVE}|with|and|that))*\W*$",
    re.IGNORECASE,
)
_ON_TOPIC = re.compile(
    rf"\b(?:{PAPERS})(?: are| were)?(?: not| that are not)? (?:on|about|concerning|regarding|dealing with|that deal with) "
    r"(?:[\w-]+ ?){1,4}\W*$",
    re.IGNORECASE,
)
_ALL = re.compile(
    rf"^\W*(?:(?:please )?(?:list|show|give|name|print|enumerate)(?: me)?|what are|which are|what|which)\b.*\b(?:{PAPERS})\b", re.IGNORECASE
)


def read_collection_query(conditions: Conditions) -> CollectionQuery | None:
    """What a question asks of the collection as a whole; None where it asks what abstracts say."""
    if conditions.tells:
        return None
    text = _CONTRAST.sub("", conditions.bare) if conditions.filters else conditions.bare
    text = _OPENING.sub("", " ".join(_PLEASE.sub(" ", text).split()))
    if conditions.filters or _ORDERED_THINGS.search(text):
        text = _THING.sub(lambda match: "papers" if match[0].lower() in _MANY else "paper", text)
        text = _COUNTED_ALONE.sub(r"\g<0> papers", text)
    if (one := read_lookup(text)) is not None and not conditions.filters:
        return one
    if conditions.sides:
        return CollectionQuery("versus", topic_words(_MORE.sub(" ", text)), sides=conditions.sides)
    papers = mentions_papers(text) or bool(conditions.filters)
    readers: tuple[Callable[[str, bool, bool], CollectionQuery | None], ...] = (
        read_grouping,
        read_statistic,
        read_superlative,
        _counted,
        _listed,
    )
    for reader in readers:
        found = reader(text, papers, bool(conditions.filters))
        if found is not None:
            return replace(found, negated=bool(found.topic and _NOT_ABOUT.search(text)))
    return None


def _counted(text: str, papers: bool, filtered: bool) -> CollectionQuery | None:
    share = _SHARE.search(text)
    noun = _NOUN.search(text, share.end()) if share else None
    if share and noun and not counts_something_else(text[noun.end() :]):
        return CollectionQuery("share", topic_words(text, share))
    match = _COUNT.search(text)
    if match is None or not papers:
        return None
    after = text[match.end() :]
    if counts_something_else(after) or not (mentions_papers(match[0]) or filtered):
        return None
    kind = next((match[name] for name in ("kind", "kind2", "kind3") if match[name]), "")
    return CollectionQuery("count", topic_words(text, match, kind))


def _listed(text: str, papers: bool, filtered: bool) -> CollectionQuery | None:
    asked = _ANY.match(text)
    topic = topic_words(text)
    if topic and filtered and (_OF_TOPIC.search(text) or _ON_TOPIC.search(text)):
        return CollectionQuery("any" if asked else "list", topic)  # "speech papers from 2022": every one of them, by the stated rule
    if topic or not papers:
        return None
    if filtered:
        return CollectionQuery("any" if asked else "list")
    return CollectionQuery("list") if _ALL.match(text) else None
