"""What a question asks of the whole collection, as a record, and the words of its topic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.filters import Filters
from rag.lexicon import BE, words_of
from rag.words import STOP_WORDS

CollectionForm = Literal["versus", "count", "list", "any", "share", "superlative", "groups", "statistic", "lookup"]
By = Literal["upvotes", "comments", "authors", "author_names", "date", "words", "title_words"]
Group = Literal["year", "month", "authors", "source"]
Statistic = Literal["mean", "median", "sum"]

_TAIL = re.compile(
    r"[,;.]?\s*\b(?:and|or|also)?,? ?(?:(?:name|list|show|give|tell|print|cite)(?: me)? (?:them|it|their titles|its title"
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
    r"\([^)]*\)|,\s*(?:counting|including|in any|any|even|also|not|no matter|whatever|regardless|that is|i\.e\.|e\.g\.)\b[^?.!]*",
    re.IGNORECASE,
)
_COMPOUND = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
_PASSIVE = re.compile(rf"\b(?:{BE}|been|being) \w+(?:ed|en)(?= (?:under|with|on|in|at|as|by|for|from)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
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
