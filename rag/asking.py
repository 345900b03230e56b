"""A follow-up question made to stand by itself, from the turns before it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.errors import QuestionError
from rag.flags import names, squeezed
from rag.words import stems

_MARKER = re.compile(r"\s*\[\d+\]")  # a citation of an earlier answer means nothing in a new one
_BACKWARD = re.compile(
    r"\b(?:it|its|they|their|them|this|that|these|those|there|he|she|his|her|one|ones|former|latter|same|such|"
    r"the (?:two|authors?|model|method|"
    r"approach|system|paper|data(?:set)?|first|second|third|last|other))\b",
    re.IGNORECASE,
)
_OPENING = re.compile(r"^(?:and|but|so|also|what about|how about|why|does that|into which|on which|which of)\b", re.IGNORECASE)
_SHORT = 5  # content words: what has fewer leans on what was said before


def standalone(question: str, history: Sequence[Mapping[str, str]]) -> str:
    """The question, with the topic of the conversation in parentheses where it leans on it.

    The topic is the user's last question that stood by itself and the names in the answer to it. Raises QuestionError
    for a message that is no mapping of role and content.
    """
    turns = [_turn(message) for message in history]
    asked = [text for role, text in turns if role == "user"]
    if not asked or not _leans(question):
        return question
    topic = next((text for text in reversed(asked) if not _leans(text)), asked[0])
    answers = " ".join(text for role, text in turns[-2:] if role == "assistant")
    known = squeezed(question + topic)
    more = [name for name in names(answers) if squeezed(name) not in known][:4]
    return f"{question.strip()} ({' '.join([topic.strip(), *more])})"


def _turn(message: Mapping[str, str]) -> tuple[str, str]:
    try:
        return str(message["role"]), _MARKER.sub("", message["content"])
    except (KeyError, TypeError) as error:
        raise QuestionError(f'A message of the history must have "role" and "content", both text, not {message!r}.') from error


def _leans(question: str) -> bool:
    if names(question):
        return bool(_OPENING.match(question.strip()))
    return bool(_BACKWARD.search(question) or _OPENING.match(question.strip()) or len(stems(question)) < _SHORT)
