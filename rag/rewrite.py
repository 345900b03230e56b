"""A follow-up rewritten by the model to stand by itself; checked, and left to the rules where it drifts or fails."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rag.errors import ModelError
from rag.flags import names, numbers, squeezed
from rag.language import is_english
from rag.llm import json_part
from rag.packing import count_tokens
from rag.prompts import REWRITE_SCHEMA, rewrite_messages
from rag.words import stems

if TYPE_CHECKING:
    from rag.llm import Call, ChatModel

_MARKER = re.compile(r"\s*\[\d+\]")
_LONGER = 300  # characters that a rewritten question may be longer than the question
_KNOWN = 0.6  # of its content words must come from the conversation
_TOKENS = 2000  # a model that thinks before it answers needs more than the question


def rewritten(model: ChatModel, question: str, history: Sequence[Mapping[str, str]], call: Call) -> str | None:
    """The standalone question in English, or None where the model fails or says something else than was asked."""
    try:
        reply = model.complete(rewrite_messages(question, history), schema=REWRITE_SCHEMA, call=call, max_tokens=_TOKENS)
    except ModelError:
        return None
    try:
        found = json.loads(json_part(reply.text))["question"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    said = " ".join(str(found).split())
    return said if not _drifts(said, question, history) else None


def recent(history: Sequence[Mapping[str, Any]], tokens: int) -> list[dict[str, str]]:
    """The last messages, as many as fit into `tokens`, without citation markers: [1] of an earlier answer means nothing here."""
    kept: list[dict[str, str]] = []
    for message in reversed(history):
        content = _MARKER.sub("", str(message["content"]))
        tokens -= count_tokens(content)
        if tokens < 0:
            break
        kept.append({"role": str(message["role"]), "content": content})
    return kept[::-1]


def _drifts(said: str, question: str, history: Sequence[Mapping[str, str]]) -> bool:
    """True where the rewritten question loses a name or a figure of the question, or brings in what nobody said.

    What was said in another language cannot be compared word by word: only names and figures are.
    """
    if not said or len(said) > len(question) + _LONGER:
        return True
    known = squeezed(said)
    lost = [name for name in names(question) if squeezed(name) not in known] if is_english(question) else []
    talk = " ".join([question, *(str(one["content"]) for one in history)])
    invented = [value for value in numbers(said) if value not in numbers(talk)]
    lost += [value for value in numbers(question) if value not in numbers(said)]
    if lost or invented:
        return True
    if not is_english(question):
        return any(squeezed(name) not in squeezed(talk) for name in names(said) if not name.istitle())
    words, spoken = set(stems(said)), set(stems(talk))
    return len(words & spoken) < _KNOWN * len(words)
