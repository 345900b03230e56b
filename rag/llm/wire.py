"""Reading what a model service sends: events of a stream, or one JSON document, whichever comes; never more than a bound."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rag.llm.failures import PassingError, Scrub, of_event
from rag.llm.records import Usage

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
