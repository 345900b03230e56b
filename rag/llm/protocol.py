"""The OpenAI protocol as servers speak it: what each takes, which is learned, and what it sends, which is read within bounds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Literal

from rag.llm.failures import PassingError, RefusedError, Scrub, of_event
from rag.llm.records import Message, Usage

# What a server takes is learned, not configured: a request that it refuses is made again without what it objects to, and remembered.

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


MEMORY = Memory()  # of the whole process: what one question has learned serves the next


# Parsing the responses of a model service: events of a stream, or one JSON document, whichever comes; never more than a bound.

MOST_TEXT = 2_000_000  # characters of a reply; nobody's answer is longer
_MOST_BYTES = 64_000_000  # of a reply, with all that is around its text
_MOST_LINE = 8_000_000  # bytes of an event
_FEW = 3  # attempts where the reply is no reply: it rarely is one the next time


class TooMuchError(Exception):
    """There is more than anyone can want."""


class Said:
    """What has come of a reply so far: `text`, and how it ended. `finish` is "" as long as it has not ended."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.length = 0
        self.finish = ""
        self.refused = False
        self.model = ""
        self.counted: Mapping[str, Any] | None = None

    @property
    def text(self) -> str:
        """All pieces."""
        return "".join(self.pieces)

    def take(self, data: Mapping[str, Any], host: str, scrub: Scrub) -> str:
        """Take a chunk or a whole completion in; returns the text that it adds. Raises what an error in it means."""
        if data.get("error"):
            raise of_event(data["error"], host, scrub)
        self.model = str(data.get("model") or self.model)
        if isinstance(data.get("usage"), Mapping):
            self.counted = data["usage"]
        choices = data.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else {}
        said = choice.get("delta") or choice.get("message") or {}
        self.finish = str(choice.get("finish_reason") or self.finish)
        self.refused = self.refused or bool(said.get("refusal"))
        piece = said.get("content")
        if not isinstance(piece, str):
            return ""
        piece = piece[: MOST_TEXT - self.length]
        if piece:
            self.pieces.append(piece)
            self.length += len(piece)
        if self.length >= MOST_TEXT:
            self.finish = "length"
        return piece

    def usage(self, sent: int) -> Usage:
        """The tokens of one request, as the service counts them; else one for four characters of `sent` and of the text."""
        if self.counted is None:
            return Usage(1, sent // 4 + 1, self.length // 4)
        details = self.counted.get("prompt_tokens_details")
        cached = details.get("cached_tokens") if isinstance(details, Mapping) else 0
        return Usage(1, _count(self.counted.get("prompt_tokens")), _count(self.counted.get("completion_tokens")), _count(cached))


def _count(value: Any) -> int:
    return max(0, value) if isinstance(value, int) else 0


def read_chat(said: Said, chunks: Iterable[bytes], kind: str, host: str, scrub: Scrub) -> Iterator[str]:
    """The pieces of text as they come; `said` has them all. `kind` is the reply's content type.

    Raises PassingError where the reply is none, or ends before its end.
    """
    if "event-stream" not in kind:
        document = whole(chunks)
        if not document.lstrip().startswith(b"data:"):
            yield said.take(parsed(document, host), host, scrub)
            said.finish = said.finish or "stop"
            return
        chunks = [document]
    for line in _lines(chunks):
        if not line.startswith(b"data:"):
            continue
        data = line[5:].strip()
        if data.startswith(b"[DONE]"):
            said.finish = said.finish or "stop"
            return
        piece = said.take(parsed(data, host), host, scrub) if data else ""
        if piece:
            yield piece
        if said.length >= MOST_TEXT:
            return


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream; a bound on their length and number."""
    rest, total = b"", 0
    for chunk in chunks:
        total += len(chunk)
        if total > _MOST_BYTES or len(rest) > _MOST_LINE:
            raise TooMuchError
        *lines, rest = re.split(rb"\r?\n", rest + chunk) if b"\n" in chunk else [rest + chunk]
        yield from lines
    if rest:
        yield rest


def whole(chunks: Iterable[bytes]) -> bytes:
    """All bytes of a reply; raises TooMuchError for too many."""
    parts, total = [], 0
    for chunk in chunks:
        total += len(chunk)
        if total > _MOST_BYTES:
            raise TooMuchError
        parts.append(chunk)
    return b"".join(parts)


def parsed(document: bytes, host: str) -> Mapping[str, Any]:
    """A JSON object; raises PassingError for anything else."""
    if document.lstrip()[:1] == b"<":
        raise PassingError(f"{host} sent a web page, not a model's reply; check OPENAI_BASE_URL (it mostly ends in /v1)", attempts=_FEW)
    try:
        data = json.loads(document)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise PassingError(f"{host} sent what is not JSON, or half of it; check OPENAI_BASE_URL (it mostly ends in /v1)", attempts=_FEW)
    return data


def nothing_said(host: str) -> PassingError:
    """The failure of a reply without a word."""
    return PassingError(f"{host} gave an empty reply", attempts=_FEW)


def json_part(text: str) -> str:
    """The outermost JSON object in a text: without thoughts in <think>, code fences and words around it.

    Gives the rest from the first brace where the object has no end, and the text itself, stripped, where there is none.
    """
    text = re.sub(r"(?s)<think>.*?(?:</think>|\Z)", "", text) if "<think>" in text else text.rpartition("</think>")[2]
    for start in (one.start() for one in re.finditer(r"\{", text)):
        end = _end_of_object(text, start)
        if end is None:
            return text[start:].rstrip().removesuffix("```").rstrip()
        part = text[start:end]
        if re.match(r"\{\s*[\"}]", part):
            return part
    return text.strip()


def _end_of_object(text: str, start: int) -> int | None:
    """Where the braces that open at `start` close, strings left aside."""
    depth, quoted, skip = 0, False, False
    for index in range(start, len(text)):
        sign = text[index]
        if skip:
            skip = False
        elif sign == "\\" and quoted:
            skip = True
        elif sign == '"':
            quoted = not quoted
        elif not quoted and sign in "{}":
            depth += 1 if sign == "{" else -1
            if depth == 0:
                return index + 1
    return None
