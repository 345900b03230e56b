"""Follow-up questions rewritten as standalone ones from the turns before them: by rules, without a model."""

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
from rag.questions.ellipsis import elliptical_superlative, is_complete, read_dates, restrict_to_found, vary_condition, vary_topic
from rag.questions.question import LONGEST
from rag.questions.reader import read_query
from rag.support import proper_names, squeeze_name
from rag.text import any_of

_MARKER = re.compile(r"(?<!\s)\s*\[\d+\]")  # a citation of an earlier answer means nothing in a new one
_LAST_MARKERS = re.compile(r"(?<![\s\]])(?>(?:\s*\[\d+\])+)\s*\Z")
_CONTINUATION = re.compile(
    r"^(?:(?:and|but|so|also|or|then|now|okay|ok)\b,?\s*)?(?:(?:what|how) about\b|the same for\b)?\s*", re.IGNORECASE
)
_CONJUNCTION = re.compile(r"(?:and|but)\b", re.IGNORECASE)
_QUESTION_OPENING = re.compile(
    rf"^(?:\w+ )?(?:what|which|who|whom|whose|when|where|why|how|{any_of('auxiliaries')}|"
    r"compare|tell|explain|describe|list|show|give|summari[sz]e|evaluated|tested)\b",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"^(in|for|on|of|with|by|from|to|at|as|using|without|only|just|since|before|after|between|until)\b", re.IGNORECASE
)
_THESE_PAPERS = re.compile(rf"\b(?:these|those) {any_of('papers.many', 'works.many')}\b", re.IGNORECASE)
_FILLER = re.compile(rf"\b(?:only|just|please|the|those|these|ones?|{any_of('papers')}|instead|now)\b|\W", re.IGNORECASE)
_HISTORY_CHARACTERS = 20_000  # characters of earlier messages that are read
_FRAGMENT_WORDS = 7  # words of an elliptical question, at most
_MOST_REFERENTS = 5  # abstracts that a plural pronoun refers to, at most


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question as it is to be answered.

    `text` needs no context; `cited` are the ids of the abstracts that it refers to, best first, none where it refers to none;
    `filters` were read from it or from an earlier turn; `why` says in a few words how it was resolved.
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
    state = DialogueState()
    for message, role, content in _newest_messages([(message, *_role_and_content(message)) for message in history]):
        if role == "user":
            state = _after_question(state, content, str(message.get("standalone") or content)[:LONGEST])
        elif role == "assistant":
            state = _after_answer(state, content, message.get("citations"))
    read = _resolve(question, state)
    return read if len(read.text) <= LONGEST else FollowUp(_without_markers(question))


def _newest_messages(messages: Sequence[tuple[Mapping[str, Any], str, str]]) -> Iterator[tuple[Mapping[str, Any], str, str]]:
    """As many of the newest messages as are read, oldest first, and of each as much."""
    left, first = _HISTORY_CHARACTERS, len(messages)
    while first and left > 0:
        first -= 1
        left -= min(len(messages[first][2]), LONGEST)
    return ((message, role, content[:LONGEST]) for message, role, content in messages[first:])


def _role_and_content(message: Mapping[str, Any]) -> tuple[str, str]:
    try:
        role, content = message["role"], message["content"]
        if isinstance(content, str) and isinstance(message.get("citations") or [], (list, tuple)):
            return str(role), content
    except (KeyError, TypeError, AttributeError):
        pass
    raise QuestionError(f'A message of the history must have "role" and "content", both text, not {message!r}.')


def _after_question(state: DialogueState, question: str, understood: str) -> DialogueState:
    if read_query(question).operation in ("chat", "new"):
        return state
    if not state.text:  # the turns before may have been left out: then it was understood with them
        return replace(state, text=_without_markers(understood), last_question=understood)
    read = _resolve(question, state)
    if read.why in ("stands by itself", "same question, other words", "same question, other conditions"):
        return replace(state, text=_without_markers(read.text), last_question=read.text, filters=read.filters, last_answer="")
    return replace(state, last_question=read.text, filters=read.filters, last_answer="")


def _after_answer(state: DialogueState, content: str, citations: Any) -> DialogueState:
    try:
        sources = tuple(CitedSource.of(one) for one in citations or ())
    except (KeyError, TypeError, ValueError) as error:
        raise QuestionError(f"The citations of a message must each have number, abstract_id and label, not {citations!r}.") from error
    said = "" if citations is not None and not sources else content  # a refusal says nothing about the topic
    return replace(state, last_answer=said, sources=sources or state.sources)


def _resolve(question: str, state: DialogueState) -> FollowUp:
    asked = " ".join(question.split())
    if not state.text:
        return FollowUp(_without_markers(asked) if state.last_question else question)
    return (
        _resolve_collection(asked, state)
        or _resolve_explicit(asked, state)
        or (
            FollowUp(_without_markers(question))
            if is_complete(asked) or (elliptical_superlative(asked) and not implicit_references(asked))
            else None
        )
        or _resolve_ellipsis(asked, state)
        or _resolve_anaphora(asked, state)
        or FollowUp(_without_markers(question))
    )


def _resolve_collection(question: str, state: DialogueState) -> FollowUp | None:
    """A question about the collection that varies the one before, or that asks about what that one found."""
    opening = _CONTINUATION.match(question)
    rest = question[opening.end() if opening else 0 :]
    text = (vary_condition(state.text, rest) or vary_topic(state.text, rest)) if rest != question or _PREPOSITION.match(rest) else None
    if text is not None:
        return FollowUp(_without_markers(text), (), state.filters, "same question, other conditions")
    narrowed = restrict_to_found(question, state.text, state.filters, _abstract_ids(state.distinct_sources))
    return FollowUp(narrowed[0], (), narrowed[1], "among those of the last answer") if narrowed else None


def _resolve_explicit(question: str, state: DialogueState) -> FollowUp | None:
    """A question that refers to sources of the last answer by number or ordinal, and perhaps also has a pronoun."""
    meant = [
        (reference, source) for reference in explicit_references(question) if (source := _referenced_source(reference, state)) is not None
    ]
    if not meant:
        return _resolve_by_sentence(question, state)
    focus = state.focus
    pronouns = [
        one
        for one in implicit_references(question)
        if one.kind == "singular" and all(one.end <= p.start or p.end <= one.start for p, _ in meant)
    ]
    if focus is not None and pronouns and not question[: pronouns[0].start].rstrip().endswith((" do", " did", " does")):
        meant = sorted([*meant, (pronouns[0], focus)], key=lambda pair: pair[0].start)
    text = question
    for reference, source in reversed(meant):
        text = text[: reference.start] + _source_name(source) + text[reference.end :]
    return FollowUp(
        _without_markers(text), _abstract_ids([source for _, source in meant]), state.filters, "names sources of the last answer"
    )


def _referenced_source(reference: Reference, state: DialogueState) -> CitedSource | None:
    places = state.distinct_sources
    if reference.kind == "number":
        return next((one for one in state.sources if one.number == reference.value), None)
    if reference.kind == "other":
        others = [one for one in places if one != state.focus]
        return others[0] if len(others) == 1 else None
    if len(places) < 2 or reference.value > len(places):
        return None
    if reference.value < 0:
        return places[-1]
    return [*state.named, *(one for one in places if one not in state.named)][reference.value - 1]


def _resolve_by_sentence(question: str, state: DialogueState) -> FollowUp | None:
    """A citation number of an answer whose sources are not known: the names in the sentence that ends with the number."""
    for reference in explicit_references(question):
        before = _sentence_before(f"[{reference.value}]", state.last_answer) if reference.kind == "number" else None
        if before is not None:
            more = " ".join(proper_names(", " + before))
            return FollowUp(
                f"{_without_markers(question)} ({' '.join([state.text, more]).strip()})", why="names a sentence of the last answer"
            )
    return None


def _sentence_before(marker: str, said: str) -> str | None:
    """The sentence that ends with a citation marker, without its markers; None where the text has no such marker."""
    before, found, _ = said.partition(marker)
    if not found:
        return None
    before = _LAST_MARKERS.sub("", before).rstrip()
    ends = max(before[:-1].rfind(sign) for sign in ".!?]")
    return before[ends + 1 :] if not before.endswith("]") else ""


def _resolve_ellipsis(question: str, state: DialogueState) -> FollowUp | None:
    """A question that leaves out what it shares with the one before: "and in 2023?", "and for Portuguese?", "what about BLSP?"."""
    opening = _CONTINUATION.match(question)
    rest = question[opening.end() if opening else 0 :].strip(" ?.!,")
    opened = rest != question.strip(" ?.!,")
    if not rest or len(rest.split()) > _FRAGMENT_WORDS or _QUESTION_OPENING.match(rest) or not (opened or _PREPOSITION.match(rest)):
        return None
    dated = read_dates(rest)
    if dated is None:
        return _substitute_words(rest, state, state.filters)
    found, words = dated
    filters = Filters(found.ranges, state.filters.sources, found.scans)
    text = _without_years(state.text)
    if not _FILLER.sub("", words):
        return FollowUp(text, (), filters, "same question, other years")
    return _substitute_words(words, replace(state, text=text), filters)


def _substitute_words(rest: str, state: DialogueState, filters: Filters) -> FollowUp | None:
    """The question before with some of its words replaced by these."""
    new = specific_names(", " + rest)
    if not new and (implicit_references(rest) or is_generic(rest) or re.match(r"(?:the|its|their)\b", rest, re.IGNORECASE)):
        return None
    old = state.text.rstrip(" ?.!")
    preposition = _PREPOSITION.match(rest)
    old_names = specific_names(old)
    if preposition and (there := re.search(rf"\b{re.escape(preposition[1])} (?:an? |the )?[A-Z][\w-]*", old)):
        text = old[: there.start()] + rest + old[there.end() :]
    elif len(new) == 1 and old_names:
        text = re.sub(rf"(?<![\w-]){re.escape(old_names[-1])}(?![\w-])", lambda _: new[0], old)
    else:
        text = f"{old} {rest}"
    named = state.focus if not new and old_names else None
    return FollowUp(f"{_without_markers(text)}?", _abstract_ids([named] if named else []), filters, "same question, other words")


def _resolve_anaphora(question: str, state: DialogueState) -> FollowUp | None:
    """A question with a pronoun, or so short that it must be about the topic of the conversation."""
    bare = question[m.end() :] if (m := _CONTINUATION.match(question)) else question
    references = implicit_references(question)
    joined = _CONJUNCTION.match(question) is not None and not specific_names(bare) and not opens_topic(bare)
    if not references and not joined and not is_elliptical(bare):
        return None
    several = any(one.kind == "plural" for one in references) and not any(one.kind == "singular" for one in references)
    focus = state.focus
    if several and len(state.distinct_sources) == 1 and _THESE_PAPERS.search(question):  # those of the corpus: only one paper was mentioned
        return None
    if several and len(state.distinct_sources) > 1:
        return FollowUp(
            _with_context(question, state.text),
            _abstract_ids(state.distinct_sources[:_MOST_REFERENTS]),
            state.filters,
            "about the sources of the last answer",
        )
    if focus is None:
        return FollowUp(_with_context(question, _topic_with_names(question, state)), (), state.filters, "about the question before")
    cited = _abstract_ids([focus])
    here = next((one for one in references if one.kind == "singular"), None)
    if here is not None and focus.name:
        return FollowUp(_without_markers(_replace_pronoun(question, here, focus.name)), cited, state.filters, f"about {focus.name}")
    beside = focus.name or ("" if focus.label.startswith("“") else focus.label) or state.text
    return FollowUp(_with_context(question, beside), cited, state.filters, f"about {focus.label}")


def _replace_pronoun(question: str, reference: Reference, name: str) -> str:
    """The question with a name in the place of a pronoun."""
    before, word, after = question[: reference.start], question[reference.start : reference.end], question[reference.end :]
    if word.lower() in ("they", "their", "theirs", "them", "he", "she", "his", "her") or word.lower().endswith("s"):
        for plural, single in (("do ", "does "), ("are ", "is "), ("were ", "was "), ("have ", "has ")):
            if word.lower() == "they" and before.lower().endswith(plural):
                before = before[: -len(plural)] + single
    possessive = "'s" if word.lower() in ("its", "their", "theirs", "his", "her") or word.endswith(("'s", "’s")) else ""
    return f"{before}{name}{possessive}{after}"


def _topic_with_names(question: str, state: DialogueState) -> str:
    """The topic and the names in the last answer, where its sources are not known."""
    known = squeeze_name(question + state.text)
    more = [name for name in proper_names(_MARKER.sub("", state.last_answer)) if squeeze_name(name) not in known][:4]
    return " ".join([state.text, *more])


def _without_years(text: str) -> str:
    found = read_dates(text)
    return found[1] if found else text


def _with_context(question: str, topic: str) -> str:
    return f"{_without_markers(question)} ({topic})"


def _source_name(source: CitedSource) -> str:
    return source.name or (source.label if source.label.startswith("“") else f"“{source.label}”")


def _abstract_ids(sources: Sequence[CitedSource]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.abstract_id for one in sources))


def _without_markers(text: str) -> str:
    return _MARKER.sub("", text).strip()
