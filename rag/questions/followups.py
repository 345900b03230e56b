"""A follow-up question made to stand by itself, from the turns before it: by rules, without a model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag.model import NO_FILTERS, Filters, QuestionError
from rag.questions.coreference import (
    CitedSource,
    DialogueState,
    Reference,
    explicit_references,
    implicit_references,
    is_elliptical,
    is_generic,
    opens_topic,
    specific_names,
)
from rag.questions.ellipsis import elliptical_superlative, is_complete, read_years, restrict_to_found, vary_condition
from rag.questions.meta import read_news, read_small_talk
from rag.questions.question import LONGEST
from rag.support import proper_names, squeezed
from rag.text import any_of

_MARKER = re.compile(r"(?<!\s)\s*\[\d+\]")  # a citation of an earlier answer means nothing in a new one
_LAST_MARKERS = re.compile(r"(?<![\s\]])(?>(?:\s*\[\d+\])+)\s*\Z")
_OPENING = re.compile(r"^(?:(?:and|but|so|also|or|then|now|okay|ok)\b,?\s*)?(?:(?:what|how) about\b|the same for\b)?\s*", re.IGNORECASE)
_JOINS = re.compile(r"(?:and|but)\b", re.IGNORECASE)
_ASKS = re.compile(
    rf"^(?:\w+ )?(?:what|which|who|whom|whose|when|where|why|how|{any_of('auxiliaries')}|"
    r"compare|tell|explain|describe|list|show|give|summari[sz]e|evaluated|tested)\b",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"^(in|for|on|of|with|by|from|to|at|as|using|without|only|just|since|before|after|between|until)\b", re.IGNORECASE
)
_PAPERS = re.compile(rf"\b(?:these|those) {any_of('papers.many', 'works.many')}\b", re.IGNORECASE)
_FILLING = re.compile(rf"\b(?:only|just|please|the|those|these|ones?|{any_of('papers')}|instead|now)\b|\W", re.IGNORECASE)
_REMEMBERED = 20_000  # characters of earlier messages that are read
_SHORT_CUT = 7  # words of a question that is no sentence
_CARRIED = 5  # abstracts, when all that was cited is meant


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question as it is to be answered.

    `text` stands by itself; `cited` are the ids of abstracts that it is about, best first, none where the question stands
    alone; `filters` were read from it or carried over; `why` says in short words how it was read.
    """

    text: str
    cited: tuple[str, ...] = ()
    filters: Filters = NO_FILTERS
    why: str = "stands by itself"


def resolve_follow_up(question: str, history: Sequence[Mapping[str, Any]]) -> FollowUp:
    """Read a question with the turns before it in mind.

    `history` is messages of role and content; an assistant's may have "citations" (number, abstract_id and label each), a
    user's "standalone" (see `rag.chat.answer_messages`). Raises QuestionError for a message that is no such mapping.
    """
    topic = DialogueState()
    for message, role, content in _newest([(message, *_read(message)) for message in history]):
        if role == "user":
            topic = _after_question(topic, content, str(message.get("standalone") or content)[:LONGEST])
        elif role == "assistant":
            topic = _after_answer(topic, content, message.get("citations"))
    read = _follow(question, topic)
    return read if len(read.text) <= LONGEST else FollowUp(_plain(question))


def _newest(messages: Sequence[tuple[Mapping[str, Any], str, str]]) -> Iterator[tuple[Mapping[str, Any], str, str]]:
    """As many of the newest messages as are read, oldest first, and of each as much."""
    left, first = _REMEMBERED, len(messages)
    while first and left > 0:
        first -= 1
        left -= min(len(messages[first][2]), LONGEST)
    return ((message, role, content[:LONGEST]) for message, role, content in messages[first:])


def _read(message: Mapping[str, Any]) -> tuple[str, str]:
    try:
        role, content = message["role"], message["content"]
        if isinstance(content, str) and isinstance(message.get("citations") or [], (list, tuple)):
            return str(role), content
    except (KeyError, TypeError, AttributeError):
        pass
    raise QuestionError(f'A message of the history must have "role" and "content", both text, not {message!r}.')


def _after_question(topic: DialogueState, question: str, understood: str) -> DialogueState:
    if read_small_talk(question) or read_news(question):
        return topic
    if not topic.text:  # the turns before may have been left out: then it was understood with them
        return replace(topic, text=_plain(understood), asked=understood)
    read = _follow(question, topic)
    if read.why in ("stands by itself", "same question, other words", "same question, other conditions"):
        return replace(topic, text=_plain(read.text), asked=read.text, filters=read.filters, said="")
    return replace(topic, asked=read.text, filters=read.filters, said="")


def _after_answer(topic: DialogueState, content: str, citations: Any) -> DialogueState:
    try:
        sources = tuple(CitedSource.of(one) for one in citations or ())
    except (KeyError, TypeError, ValueError) as error:
        raise QuestionError(f"The citations of a message must each have number, abstract_id and label, not {citations!r}.") from error
    said = "" if citations is not None and not sources else content  # a refusal says nothing about the topic
    return replace(topic, said=said, sources=sources or topic.sources)


def _follow(question: str, topic: DialogueState) -> FollowUp:
    asked = " ".join(question.split())
    if not topic.text:
        return FollowUp(_plain(asked) if topic.asked else question)
    return (
        _collective(asked, topic)
        or _pointed(asked, topic)
        or (
            FollowUp(_plain(question)) if is_complete(asked) or (elliptical_superlative(asked) and not implicit_references(asked)) else None
        )
        or _shortened(asked, topic)
        or _leaning(asked, topic)
        or FollowUp(_plain(question))
    )


def _collective(question: str, topic: DialogueState) -> FollowUp | None:
    """A question about the collection that varies the one before, or that asks about what that one found."""
    opening = _OPENING.match(question)
    rest = question[opening.end() if opening else 0 :]
    text = vary_condition(topic.text, rest) if rest != question or _PREPOSITION.match(rest) else None
    if text is not None:
        return FollowUp(_plain(text), (), topic.filters, "same question, other conditions")
    narrowed = restrict_to_found(question, topic.text, topic.filters, _ids(topic.places))
    return FollowUp(narrowed[0], (), narrowed[1], "among those of the last answer") if narrowed else None


def _pointed(question: str, topic: DialogueState) -> FollowUp | None:
    """A question with a number or a place of the last answer's sources, and perhaps a pronoun besides."""
    meant = [(pointer, source) for pointer in explicit_references(question) if (source := _source(pointer, topic)) is not None]
    if not meant:
        return _said_there(question, topic)
    focus = topic.focus
    pronouns = [
        one
        for one in implicit_references(question)
        if one.kind == "one" and all(one.end <= p.start or p.end <= one.start for p, _ in meant)
    ]
    if focus is not None and pronouns and not question[: pronouns[0].start].rstrip().endswith((" do", " did", " does")):
        meant = sorted([*meant, (pronouns[0], focus)], key=lambda pair: pair[0].start)
    text = question
    for pointer, source in reversed(meant):
        text = text[: pointer.start] + _called(source) + text[pointer.end :]
    return FollowUp(_plain(text), _ids([source for _, source in meant]), topic.filters, "names sources of the last answer")


def _source(pointer: Reference, topic: DialogueState) -> CitedSource | None:
    places = topic.places
    if pointer.kind == "number":
        return next((one for one in topic.sources if one.number == pointer.value), None)
    if pointer.kind == "other":
        others = [one for one in places if one != topic.focus]
        return others[0] if len(others) == 1 else None
    if len(places) < 2 or pointer.value > len(places):
        return None
    if pointer.value < 0:
        return places[-1]
    return [*topic.named, *(one for one in places if one not in topic.named)][pointer.value - 1]


def _said_there(question: str, topic: DialogueState) -> FollowUp | None:
    """A number of an answer whose sources are not known: the names in the sentence that bears the number."""
    for pointer in explicit_references(question):
        before = _before(f"[{pointer.value}]", topic.said) if pointer.kind == "number" else None
        if before is not None:
            more = " ".join(proper_names(", " + before))
            return FollowUp(f"{_plain(question)} ({' '.join([topic.text, more]).strip()})", why="names a sentence of the last answer")
    return None


def _before(marker: str, said: str) -> str | None:
    """The sentence that bears a marker, up to its markers; None where the text has no such marker."""
    before, found, _ = said.partition(marker)
    if not found:
        return None
    before = _LAST_MARKERS.sub("", before).rstrip()
    ends = max(before[:-1].rfind(sign) for sign in ".!?]")
    return before[ends + 1 :] if not before.endswith("]") else ""


def _shortened(question: str, topic: DialogueState) -> FollowUp | None:
    """A question that leaves out what it shares with the one before: "and in 2023?", "and for Portuguese?", "what about BLSP?"."""
    opening = _OPENING.match(question)
    rest = question[opening.end() if opening else 0 :].strip(" ?.!,")
    opened = rest != question.strip(" ?.!,")
    if not rest or len(rest.split()) > _SHORT_CUT or _ASKS.match(rest) or not (opened or _PREPOSITION.match(rest)):
        return None
    dated = read_years(rest)
    if dated is None:
        return _other_words(rest, topic, topic.filters)
    found, words = dated
    filters = Filters((found,), topic.filters.sources)
    text = _without_years(topic.text)
    if not _FILLING.sub("", words):
        return FollowUp(text, (), filters, "same question, other years")
    return _other_words(words, replace(topic, text=text), filters)


def _other_words(rest: str, topic: DialogueState, filters: Filters) -> FollowUp | None:
    """The question before with some of its words replaced by these."""
    new = specific_names(", " + rest)
    if not new and (implicit_references(rest) or is_generic(rest) or re.match(r"(?:the|its|their)\b", rest, re.IGNORECASE)):
        return None
    old = topic.text.rstrip(" ?.!")
    preposition = _PREPOSITION.match(rest)
    spoken = specific_names(old)
    if preposition and (there := re.search(rf"\b{re.escape(preposition[1])} (?:an? |the )?[A-Z][\w-]*", old)):
        text = old[: there.start()] + rest + old[there.end() :]
    elif len(new) == 1 and spoken:
        text = re.sub(rf"(?<![\w-]){re.escape(spoken[-1])}(?![\w-])", lambda _: new[0], old)
    else:
        text = f"{old} {rest}"
    named = topic.focus if not new and spoken else None
    return FollowUp(f"{_plain(text)}?", _ids([named] if named else []), filters, "same question, other words")


def _leaning(question: str, topic: DialogueState) -> FollowUp | None:
    """A question with a pronoun, or so short that it must be about what was spoken of."""
    bare = question[m.end() :] if (m := _OPENING.match(question)) else question
    pointers = implicit_references(question)
    joined = _JOINS.match(question) is not None and not specific_names(bare) and not opens_topic(bare)
    if not pointers and not joined and not is_elliptical(bare):
        return None
    several = any(one.kind == "several" for one in pointers) and not any(one.kind == "one" for one in pointers)
    focus = topic.focus
    if several and len(topic.places) == 1 and _PAPERS.search(question):  # those of the corpus: one paper was spoken of
        return None
    if several and len(topic.places) > 1:
        return FollowUp(_beside(question, topic.text), _ids(topic.places[:_CARRIED]), topic.filters, "about the sources of the last answer")
    if focus is None:
        return FollowUp(_beside(question, _with_names(question, topic)), (), topic.filters, "about the question before")
    cited = _ids([focus])
    here = next((one for one in pointers if one.kind == "one"), None)
    if here is not None and focus.name:
        return FollowUp(_plain(_put(question, here, focus.name)), cited, topic.filters, f"about {focus.name}")
    beside = focus.name or ("" if focus.label.startswith("“") else focus.label) or topic.text
    return FollowUp(_beside(question, beside), cited, topic.filters, f"about {focus.label}")


def _put(question: str, pointer: Reference, name: str) -> str:
    """The question with a name in the place of a pronoun."""
    before, word, after = question[: pointer.start], question[pointer.start : pointer.end], question[pointer.end :]
    if word.lower() in ("they", "their", "theirs", "them", "he", "she", "his", "her") or word.lower().endswith("s"):
        for plural, single in (("do ", "does "), ("are ", "is "), ("were ", "was "), ("have ", "has ")):
            if word.lower() == "they" and before.lower().endswith(plural):
                before = before[: -len(plural)] + single
    possessive = "'s" if word.lower() in ("its", "their", "theirs", "his", "her") or word.endswith(("'s", "’s")) else ""
    return f"{before}{name}{possessive}{after}"


def _with_names(question: str, topic: DialogueState) -> str:
    """The topic and the names in the last answer, where its sources are not known."""
    known = squeezed(question + topic.text)
    more = [name for name in proper_names(_MARKER.sub("", topic.said)) if squeezed(name) not in known][:4]
    return " ".join([topic.text, *more])


def _without_years(text: str) -> str:
    found = read_years(text)
    return found[1] if found else text


def _beside(question: str, topic: str) -> str:
    return f"{_plain(question)} ({topic})"


def _called(source: CitedSource) -> str:
    return source.name or (source.label if source.label.startswith("“") else f"“{source.label}”")


def _ids(sources: Sequence[CitedSource]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.abstract_id for one in sources))


def _plain(text: str) -> str:
    return _MARKER.sub("", text).strip()
