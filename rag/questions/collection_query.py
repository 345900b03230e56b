"""What a question asks of the whole collection, as a record, and the superlatives it may ask for: "the five most upvoted"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.model import Filters
from rag.questions.amounts import FIELDS, NUMBER, field_of, number
from rag.questions.papers import PAPERS
from rag.text import BE, DO, HAVE, ORDINALS, STOP_WORDS, any_of, words_of

# The query over the whole collection that a question asks, as a record, and the words of its topic.

CollectionForm = Literal["versus", "count", "list", "any", "share", "superlative", "groups", "statistic", "lookup"]
By = Literal["upvotes", "comments", "authors", "author_names", "date", "words", "title_words"]
Group = Literal["year", "month", "authors", "source"]
Statistic = Literal["mean", "median", "sum"]

_TAIL = re.compile(
    r"(?:[,;.]|(?<!\s))\s*\b(?:and|or|also)?,? ?(?:(?:name|list|show|give|tell|print|cite)(?: me)? (?:them|it|their titles|its title"
    r"|the titles)(?: all)?|which (?:ones?|are they|is it|papers?)|what (?:are they|is it|are their titles)(?: called)?|"
    r"how (?:many|often|much|long)(?: (?:is it|are they|was it|are there|upvotes|authors|comments|did it get|does it have|has it"
    r"|has it got|times))?|when(?: (?:was|were) (?:it|they) (?:posted|published|listed|dated))?|by how many|who wrote (?:it|them)"
    r"|what (?:was|is) it called|with (?:their|its) titles?)\s*(?=[?.!,;]|$)",
    re.IGNORECASE,
)
_RELATION = words_of("papers", "works", "entries", "numbers", "negated.be", "negated.do") | frozenset(
    """anywhere somewhere talk talks speak speaks tell tells include includes give gives hold holds very about
    studied studying deal deals dealing treat treats treating address addresses addressing discuss discusses
    discussing discussed cover covers covering focus focuses focused focusing concern concerns concerned concerning
    topic topics subject subjects related relating relate relates working investigate investigates
    examine examines explore explores exploring consider considers look looks looking involve involves involving
    present presents presenting propose proposes proposed proposing introduce introduces introducing describe
    describes describing use uses used using report reports reporting claim claims say says saying state states show
    shows showing something anything title titles titled listed listing list lists collection corpus
    index library database whole entire dataset included contained contain contains have has number count total
    altogether overall please name names them find display print exactly different single ones posted published
    dated stored indexed available there here devoted based dedicated regarding want know like many much kind kinds
    field area main mainly really actually currently so far now time times often called date get gets got put made
    make makes year years rank sort order sorted ranked ordered all top stated come comes came how items item drew
    draw received gained appear appears appeared released uploaded written wrote authored set person people exist
    exists everything stuff break""".split()
)
_ADVERB = re.compile(
    r"(?!(?:family|assembly|anomaly|monopoly|reply|supply|early|fly|poly|italy)$)[a-z]{3,}ly"
    r"|some(?:where|how)|else(?:where)?",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\([^)]{0,200}\)|,\s*(?:counting|including|in any|any|even|also|not|no matter|whatever|regardless|that is|i\.e\.|e\.g\.)\b[^?.!]*",
    re.IGNORECASE,
)
_COMPOUND = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
_PASSIVE = re.compile(rf"\b(?:{BE}|been|being) \w+(?:ed|en)(?= (?:under|with|on|in|at|as|by|for|from)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CollectionQuery:
    """What is asked of the collection. `topic` are words that each abstract must be about, or with `negated` must not be about, ""
    where the conditions say all.

    `by` is what a superlative or a statistic looks at; `take` abstracts are asked for, after `skip` of them; `group` is what
    a table counts by, `by_group` True where the extreme group itself is asked for. `sides` are conditions whose
    counts are held against each other. `name` is of the one paper that is looked up.
    """

    form: CollectionForm
    topic: str = ""
    negated: bool = False
    by: By | None = None
    descending: bool = True
    take: int = 1
    skip: int = 0
    group: Group | None = None
    statistic: Statistic | None = None
    by_group: bool = False
    sides: tuple[Filters, ...] = ()
    name: str = ""


def topic_words(text: str, match: re.Match[str] | None = None, kind: str = "") -> str:
    """The content words of a question besides what it asks of the collection."""
    rest = text if match is None else f"{text[: match.start()]} {kind} {text[match.end() :]}"
    rest = _PASSIVE.sub(" ", _TAIL.sub(" ", _ASIDE.sub(" ", rest)))
    said = [word.lower() for word in _COMPOUND.findall(rest)]
    content = [word for word in said if not (_asks(word) or _ADVERB.fullmatch(word) or (word.isdigit() and len(word) < 4))]
    return " ".join(dict.fromkeys(content))


def _asks(word: str) -> bool:
    """True for a word, or a compound of such words, that says what is asked and not what about: "all-time"."""
    return word in _RELATION or all(part in STOP_WORDS or part in _RELATION for part in re.split(r"[-.]", word))


# Superlatives in questions: "the five most upvoted", "the oldest paper", "fewest authors", "top 3 by comments".

FIELD = rf"(?:{'|'.join(FIELDS.values())})(?: count| number)?"
_ORDINAL = rf"(?:(?P<ordinal>{any_of('ordinals')})[- ])?"
_TAKE = rf"(?:(?P<take>{NUMBER}) )?"
_TAKE2 = rf"(?:(?P<take2>{NUMBER}) )?"
MOST, LEAST = (
    "most|highest|largest|greatest|biggest|maximum|maximal|max|top|longest",
    "least|fewest|lowest|smallest|minimum|minimal|min|shortest",
)
_NEW, _OLD = "newest|latest|most recent|youngest|last", "oldest|earliest|first|least recent"
_RATED = r"(?P<rated>up-?voted|liked|popular|voted|commented(?:[- ]on| upon)?|discussed)"
KIND = rf"(?P<kind>(?:(?!(?:to|of|in|on|the|a|an|{DO}|{BE}|by|for|from|with|that|which|and|or|{HAVE})\b)[\w-]+ ){{0,3}}?)"
_LEAD = rf"(?:(?P<take3>{NUMBER}) (?:[\w-]+ )?(?:{PAPERS}) (?:(?:that|which) )?(?:with|having|have|has|got|received|by|from) (?:the )?)?"
_SUPERLATIVES = (
    re.compile(
        rf"(?<!at )\b{_LEAD}"
        rf"{_ORDINAL}{_TAKE}(?:the )?{_ORDINAL.replace('ordinal', 'ordinal2')}(?<!at )(?P<way>{MOST}|{LEAST}) {_TAKE2}(?:numbers? of "
        rf"|counts? of |amounts? of )?(?P<field>{FIELD})\b(?! (?:teams?|lists?)\b)",
        re.IGNORECASE,
    ),
    re.compile(rf"\b{_ORDINAL}{_TAKE}(?P<way>most|least|best|top)[- ]{_TAKE2}{_RATED}\b", re.IGNORECASE),
    re.compile(
        rf"\b(?:(?:{DO}|{HAVE}) (?:people|readers|everyone|others|they|you|we) )?(?:{_RATED}|(?P<liked>like"
        rf"|upvote|vote for|love|comment on"
        r"|discuss|talk about|loved)) (?:(?:up)?on )?(?:the )?(?P<way>most|least|best)\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b{_ORDINAL}{_TAKE}(?:the )?{_ORDINAL.replace('ordinal', 'ordinal2')}(?P<way>{_NEW}|{_OLD}|longest"
        rf"|shortest) {_TAKE2}{KIND}(?P<noun>{PAPERS}|titles?|thing|one|entry|item|ones)\b(?! (?:to|ever)\b)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<way>top) {_TAKE}{KIND}(?:{PAPERS})(?:,? (?:by|in terms of|according to|in) (?:number of )?(?P<field>{FIELD}|date"
        rf"|age|length))?\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<way>top) (?P<take>{NUMBER}) (?:by|in|in terms of) (?:number of )?(?P<field>{FIELD}|date|age|length)\b", re.IGNORECASE
    ),
    re.compile(
        rf"\b(?:rank|sort|order)(?:ed|ing)?\b.{{0,200}}?\bby (?:(?:their|the) )?(?:number of )?(?P<field>{FIELD}|date|age|length)\b"
        rf"(?P<way>)(?:.{{0,200}}?\b(?:first|top) (?P<take>{NUMBER})\b)?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b{_LEAD}(?P<way>largest|biggest|smallest|longest|shortest) (?:author )?(?P<field>teams?|author lists?"
        rf"|groups? of authors)\b(?: (?:behind|of|for|on)(?= (?:an? |any |one |all |the )?{any_of('papers')}))?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:{BE}|came|come|got|been)(?: (?:posted|published|listed|out|added|of all))* (?:the )?(?P<way>{_NEW}"
        rf"|{_OLD}|longest|shortest|most recently|least recently)\b(?=\s*(?:[?.!,;]|$|of all\b|among\b|one\b|and\b))",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:posted|published|listed|appeared|dated|uploaded|(?:came|come) out|went online"
        r"|released) (?:the )?(?P<way>first|last|earliest|latest|most recently|least recently)\b",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?P<way>{_NEW}|{_OLD}) (?P<field>date)\b", re.IGNORECASE),
)
_SEVERAL = rf"(?:{any_of('papers.many', 'works.many')}|titles)"
_NUMBERED = re.compile(rf"(?<!of the )\b({NUMBER}) (?:listed )?{_SEVERAL}\b", re.IGNORECASE)
_MOST_TAKEN = 50
_WHOLE = re.compile(
    rf"\W*(?:(?:and|now|so|then|what(?:'s)?|which|who|show|list|name|give|me|us|please|{BE}|the|about|how)\b\W*)*", re.IGNORECASE
)
_VALUE = re.compile(rf"how many (?:{FIELD}) (?:does|did|has)\b", re.IGNORECASE)
_ACTS = re.compile(r"\b(?:do|does|did|can|according to|how is|how are)(?: in)? (?:the )?$", re.IGNORECASE)


def read_superlative(text: str, papers: bool, _: bool) -> CollectionQuery | None:
    for pattern in _SUPERLATIVES:
        match = pattern.search(text)
        if match is None or (_ACTS.search(text[: match.start()]) and not _VALUE.match(text)):
            continue
        found = match.groupdict()
        alone = _WHOLE.fullmatch(text[: match.start()]) is not None and not topic_words(text, match)
        if not (papers or alone or (found.get("field") and re.match(r"(?:what|which|who)\b", text, re.IGNORECASE))):
            continue
        way = found["way"].lower()
        by = _by(found, way)
        if by is None:
            continue
        several = re.search(rf"\b{_SEVERAL}\b", match[0], re.IGNORECASE)
        named = _NUMBERED.search(text)
        amount = found.get("take") or found.get("take2") or found.get("take3")
        amount = amount or (named[1] if named and number(named[1]) <= _MOST_TAKEN else None)
        take = number(amount) if amount else 10 if way in ("", "top") and several else 1
        ordinal = found.get("ordinal") or found.get("ordinal2") or ""
        descending = way in ("", "top", "best", "most", "most recently", *MOST.split("|"), *_NEW.split("|"))
        kind = (found.get("kind") or "") if by != "words" or found.get("kind") else ""
        counted = named[1].lower() if named else ""
        topic = " ".join(word for word in topic_words(text, match, kind).split() if word != counted and field_of(word) is None)
        if topic and (found.get("noun") or "").lower() in ("thing", "one", "ones", "entry", "item"):
            continue
        return CollectionQuery(
            "superlative",
            topic,
            by=by,
            descending=descending,
            take=max(1, take),
            skip=ORDINALS.get(ordinal.lower(), 1) - 1,
        )
    return None


def _by(found: dict[str, str | None], way: str) -> By | None:
    rated, field, noun = ((found.get(name) or "").lower() for name in ("rated", "field", "noun"))
    rated = rated or (found.get("liked") or "").lower()
    if rated:
        return "comments" if rated.startswith(("comment", "discuss", "talk")) else "upvotes"
    if field:
        if field in ("date", "age"):
            return "date"
        return "words" if field == "length" else "authors" if "team" in field or "group" in field or "list" in field else field_of(field)
    if way in ("longest", "shortest"):
        return "title_words" if noun.startswith("title") else "words"
    return "upvotes" if way == "top" else "date"
