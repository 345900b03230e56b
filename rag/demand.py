"""Reading what a question asks of the whole collection: a number, a list, an extreme, a table, an average; by rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from rag.conditions import Conditions
from rag.extremes import FIELD, KIND, LEAST, MOST, superlative
from rag.groupings import grouped, statistic_of
from rag.lexicon import BE, HAVE, any_of, words_of
from rag.lookups import looked_up
from rag.nouns import PAPERS, THINGS, has_papers
from rag.subjects import not_subject
from rag.wanted import Wanted, topic_words

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
    rf"\b.*?\b(?:any|an?|one|some|no)\b.*?\b(?:{PAPERS}|study|title)\b|^do you have (?:{PAPERS})",
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
_CONTRAST = re.compile(r",? (?:rather than|instead of|as opposed to|and not just) .*$", re.IGNORECASE)
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
    rf"^\W*(?:(?:please|list|show|give|name|print|enumerate|me|what|which|are|all|any|the) )*(?:[\w-]+ ){{1,3}}(?:{PAPERS})"
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


def read_wanted(conditions: Conditions) -> Wanted | None:
    """What a question asks of the collection as a whole; None where it asks what abstracts say."""
    if conditions.tells:
        return None
    text = _CONTRAST.sub("", conditions.bare) if conditions.filters else conditions.bare
    text = _OPENING.sub("", " ".join(_PLEASE.sub(" ", text).split()))
    if conditions.filters or _ORDERED_THINGS.search(text):
        text = _THING.sub(lambda match: "papers" if match[0].lower() in _MANY else "paper", text)
        text = _COUNTED_ALONE.sub(r"\g<0> papers", text)
    if (one := looked_up(text)) is not None and not conditions.filters:
        return one
    if conditions.sides:
        return Wanted("versus", topic_words(_MORE.sub(" ", text)), sides=conditions.sides)
    papers = has_papers(text) or bool(conditions.filters)
    readers: tuple[Callable[[str, bool, bool], Wanted | None], ...] = (grouped, statistic_of, superlative, _counted, _listed)
    for reader in readers:
        found = reader(text, papers, bool(conditions.filters))
        if found is not None:
            return replace(found, negated=bool(found.topic and _NOT_ABOUT.search(text)))
    return None


def _counted(text: str, papers: bool, filtered: bool) -> Wanted | None:
    share = _SHARE.search(text)
    noun = _NOUN.search(text, share.end()) if share else None
    if share and noun and not not_subject(text[noun.end() :]):
        return Wanted("share", topic_words(text, share))
    match = _COUNT.search(text)
    if match is None or not papers:
        return None
    after = text[match.end() :]
    if not_subject(after) or not (has_papers(match[0]) or filtered):
        return None
    kind = next((match[name] for name in ("kind", "kind2", "kind3") if match[name]), "")
    return Wanted("count", topic_words(text, match, kind))


def _listed(text: str, papers: bool, filtered: bool) -> Wanted | None:
    asked = _ANY.match(text)
    topic = topic_words(text)
    if topic and filtered and (_OF_TOPIC.search(text) or _ON_TOPIC.search(text)):
        return Wanted("any" if asked else "list", topic)  # "speech papers from 2022": every one of them, by the stated rule
    if topic or not papers:
        return None
    if filtered:
        return Wanted("any" if asked else "list")
    return Wanted("list") if _ALL.match(text) else None
