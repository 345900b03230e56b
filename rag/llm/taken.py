"""What each server takes of a request is learned, not configured: one that it refuses is made again without what it objects to."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Literal

from rag.llm.failures import RefusedError
from rag.llm.records import Message

Form = Literal["json_schema", "json_object", "plain"]

SCHEMA_LINE = (
    "Reply with one JSON object and nothing else: no explanation, no code fence. The object must follow this JSON Schema: {schema}"
)
_SEED = 1
_LOWER: dict[Form, Form] = {"json_schema": "json_object", "json_object": "plain"}
_OTHER = {"max_completion_tokens": "max_tokens", "max_tokens": "max_completion_tokens"}
_FORM_WORDS = re.compile(
    r"response_format|json_schema|json_object|structured output|json schema|json mode|\bgrammar\b|\bschema\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a server takes of a model, as far as is known. `limits` are names for a bound on tokens, the first one is used."""

    form: Form = "json_schema"
    limits: tuple[str, ...] = ("max_completion_tokens", "max_tokens")
    temperature: bool = True
    seed: bool = True
    stream_options: bool = True
    stream: bool = True

    def body(self, model: str, messages: Sequence[Message], schema: Mapping[str, Any] | None, tokens: int) -> dict[str, Any]:
        """The request for a completion."""
        body: dict[str, Any] = {"model": model, "messages": [dict(one) for one in messages]}
        if schema is not None:
            if self.form == "json_schema":
                body["response_format"] = {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": schema}}
            else:
                body["messages"] = _with_schema(body["messages"], schema)
            if self.form == "json_object":
                body["response_format"] = {"type": "json_object"}
        if self.limits:
            body[self.limits[0]] = tokens
        if self.temperature:
            body["temperature"] = 0
        if self.seed:
            body["seed"] = _SEED
        if self.stream:
            body["stream"] = True
            if self.stream_options:
                body["stream_options"] = {"include_usage": True}
        return body

    def without(self, refused: RefusedError, body: Mapping[str, Any]) -> Taken | None:
        """What is left when a server has refused a request; None if its words concern nothing that could be left out."""
        named = refused.parameter.partition(".")[0].partition("[")[0]
        for words in (named, refused.words):
            less = self._without(words, body)
            if less is not None:
                return less
        return None

    def _without(self, words: str, body: Mapping[str, Any]) -> Taken | None:
        for name in ("temperature", "seed", "stream_options"):
            if name in body and re.search(rf"\b{re.escape(name)}\b", words):
                less: dict[str, Any] = {name: False}
                return replace(self, **less)
        limit = self.limits[0] if self.limits else ""
        if limit and any(re.search(rf"\b{re.escape(one)}\b", words) for one in (limit, _OTHER[limit])):
            return replace(self, limits=self.limits[1:])
        if "response_format" in body and _FORM_WORDS.search(words):
            return replace(self, form=_LOWER[self.form])
        if "stream" in body and re.search(r"\bstream(ing)?\b", words):
            return replace(self, stream=False)
        return None


def _with_schema(messages: list[dict[str, str]], schema: Mapping[str, Any]) -> list[dict[str, str]]:
    """The schema in words, at the end of the first system message: many chat templates allow no second one."""
    line = SCHEMA_LINE.replace("{schema}", json.dumps(schema, ensure_ascii=False))
    if messages and messages[0]["role"] == "system":
        return [{**messages[0], "content": f"{messages[0]['content']}\n\n{line}"}, *messages[1:]]
    return [{"role": "system", "content": line}, *messages]


class Memory:
    """What is known of each (endpoint, model). Safe to use from several threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Taken] = {}
        self._lock = Lock()

    def of(self, endpoint: str, model: str, *, own: bool) -> Taken:
        """What the server is known to take; for OpenAI's `own` servers the newer name of the bound on tokens is tried first."""
        first = Taken() if own else Taken(limits=("max_tokens", "max_completion_tokens"))
        with self._lock:
            return self._known.setdefault((endpoint, model), first)

    def learn(self, endpoint: str, model: str, taken: Taken) -> None:
        """Remember it until the process ends."""
        with self._lock:
            self._known[endpoint, model] = taken


class Forms:
    """The forms of a reply that one call tries where a server fails and does not say what it objects to: some cannot follow a schema,
    and answer "Bad request", or crash. One that works is for `Memory`; where the last one fails as well, the form was not the reason."""

    def __init__(self) -> None:
        self._form: Form | None = None
        self._over = False

    def tried(self, known: Taken) -> Taken:
        """What the next request asks for."""
        return known if self._form is None else replace(known, form=self._form)

    def lower(self, taken: Taken, body: Mapping[str, Any]) -> bool:
        """Go one step down from what was asked for in vain; False, and back to the form that is known, where there is no lower one."""
        self._over = self._over or "response_format" not in body
        self._form = None if self._over else _LOWER[taken.form]
        return not self._over

    def learned(self, less: Taken, taken: Taken, known: Taken) -> Taken:
        """What to remember of `less`, which a server's own words have left of `taken`: no form that is only being tried."""
        if less.form == taken.form:
            return replace(less, form=known.form)
        self._form = None
        return less


MEMORY = Memory()  # of the whole process: what one question has learned serves the next
