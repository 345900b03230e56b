"""What the OpenAI protocol's servers send, read within bounds: events of a stream, or one JSON document, whichever comes."""

from __future__ import annotations

import codecs
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rag.llm.failures import FEW, PassingError, Scrub, of_event
from rag.llm.records import Usage

MOST_TEXT = 2_000_000  # characters of a reply; nobody's answer is longer
MOST_BYTES = 64_000_000  # of a reply, with all that is around its text
_MOST_LINE = MOST_DOCUMENT = 8_000_000  # bytes of an event, or of a whole reply in one document
_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")  # with which a line of an event stream begins
_TEXT_PARTS = {"text", "output_text"}


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
        choices = data.get("choices")
        choice = _mapping(choices[0]) if isinstance(choices, list) and choices else {}
        error = data.get("error") or choice.get("error")
        if error:
            raise of_event(error, host, scrub)
        self.model = str(data.get("model") or self.model)
        if isinstance(data.get("usage"), Mapping):
            self.counted = data["usage"]
        said = _mapping(choice.get("delta")) or _mapping(None if self.pieces else choice.get("message"))  # some repeat it all at the end
        self.finish = str(choice.get("finish_reason") or self.finish).lower()
        self.refused = self.refused or bool(said.get("refusal"))
        return self._add(_text_of(said.get("content", choice.get("text"))))

    def _add(self, piece: str) -> str:
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


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text_of(content: Any) -> str:
    """The text of a message's content: a string, or a list of parts, of which those that are no text are ignored."""
    if isinstance(content, list):
        return "".join(_text_of(part if isinstance(part, str) else _text_part(_mapping(part))) for part in content)
    return content if isinstance(content, str) else ""


def _text_part(part: Mapping[str, Any]) -> str:
    text = part.get("text") if part.get("type", "text") in _TEXT_PARTS else ""
    return text if isinstance(text, str) else ""


def read_chat(said: Said, chunks: Iterable[bytes], kind: str, host: str, scrub: Scrub) -> Iterator[str]:
    """The pieces of text as they come; `said` has them all. `kind` is the reply's content type, which may be wrong.

    Raises PassingError where the reply is none, or ends before its end.
    """
    lines = _lines(chunks)
    first = next((line for line in lines if line.strip()), b"").removeprefix(codecs.BOM_UTF8)
    if not _is_event(first, kind):
        yield said.take(parsed(_document(first, lines), host), host, scrub)
        said.finish = said.finish or "stop"
        return
    for line in itertools.chain([first], lines):
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


def _is_event(line: bytes, kind: str) -> bool:
    """True for the first line of an event stream, as opposed to that of a document."""
    if line.lstrip().startswith((b"{", b"[", b"<")):
        return False
    return "event-stream" in kind or line.startswith(_FIELDS)


def _document(first: bytes, lines: Iterator[bytes]) -> bytes:
    """All lines of a document; a bound on their length in sum."""
    parts, total = [first], len(first)
    for line in lines:
        parts.append(line)
        total += len(line) + 1
        if total > MOST_DOCUMENT:
            raise TooMuchError
    return b"\n".join(parts)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream that are not empty; they end in CR, LF or both. A bound on their length and sum."""
    parts: list[bytes] = []
    length = total = 0
    for chunk in chunks:
        total, length = total + len(chunk), length + len(chunk)
        if total > MOST_BYTES:
            raise TooMuchError
        first, *others = chunk.replace(b"\r", b"\n").split(b"\n")
        parts.append(first)
        if others:
            yield from filter(None, (b"".join(parts), *others[:-1]))
            parts, length = [others[-1]], len(others[-1])
        if length > _MOST_LINE:
            raise TooMuchError
    yield b"".join(parts)


def whole(chunks: Iterable[bytes], most: int = MOST_BYTES) -> bytes:
    """All bytes of a reply; raises TooMuchError for more than `most`."""
    parts, total = [], 0
    for chunk in chunks:
        total += len(chunk)
        if total > most:
            raise TooMuchError
        parts.append(chunk)
    return b"".join(parts)


def parsed(document: bytes, host: str) -> Mapping[str, Any]:
    """A JSON object; raises PassingError for anything else."""
    if document.lstrip()[:1] == b"<":
        raise PassingError(f"{host} sent a web page, not a model's reply; check OPENAI_BASE_URL (it mostly ends in /v1)", attempts=FEW)
    try:
        data = json.loads(document.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise PassingError(f"{host} sent what is not JSON, or half of it; check OPENAI_BASE_URL (it mostly ends in /v1)", attempts=FEW)
    return data


def nothing_said(host: str) -> PassingError:
    """The failure of a reply without a word."""
    return PassingError(f"{host} gave an empty reply", attempts=FEW)


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


def is_whole_object(text: str) -> bool:
    """True where a text ends with a JSON object that is whole, whatever stands before it."""
    part = json_part(text)
    if not text.rstrip().removesuffix("```").rstrip().endswith(part):
        return False
    try:
        return isinstance(json.loads(part, strict=False), dict)
    except (ValueError, RecursionError):
        return False


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
