"""The kinds of odd service that `benchmarks.odd_services` asks: statuses, bodies, streams, ends, and forms of reply."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from benchmarks.odd_formats import REFORMED, WRAPPED, Form
from tests.scripted import Abilities, Content, Fault, error, raw
from tests.writing import Body, is_judging, is_planning

Says = Callable[[Body, str], Content]  # of a request and the good reply to it, as a text


@dataclass(frozen=True)
class Kind:
    """A way to reply. `readable` says whether the answer is in it, `only` how many requests are replied to so, before good replies.

    `stops` says when the user stops an answer: at its first "claim", or "soon", after a second.
    """

    name: str
    says: Says
    readable: bool = True
    only: int = 10**9
    stops: Literal["", "claim", "soon"] = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    abilities: Abilities = field(default_factory=Abilities)


def _chunk(delta: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": "1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def chunks(text: str, finish: str | None = "stop", piece: int = 24) -> list[dict[str, Any]]:
    """The chunks of a stream."""
    said = [_chunk({"content": text[start : start + piece]}) for start in range(0, len(text), piece)]
    return [_chunk({"role": "assistant", "content": ""}), *said, *([_chunk({}, finish)] if finish else [])]


def stream(said: list[dict[str, Any]], *, end: str = "\n\n", lead: str = "data: ", last: str = "data: [DONE]\n\n") -> bytes:
    """The events of chunks; letters stand as they are."""
    return ("".join(f"{lead}{json.dumps(one, ensure_ascii=False)}{end}" for one in said) + last).encode()


def whole(text: Any, finish: str = "stop", **more: Any) -> bytes:
    """A reply as one document."""
    message = {"role": "assistant", "content": text, **more}
    return json.dumps({"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": finish}]}).encode()


def _parts(text: str) -> list[dict[str, str]]:
    return [{"type": "reasoning", "text": "Hm."}, {"type": "text", "text": text}]


def _slow(body: Body, text: str) -> Content:
    time.sleep(0.5)
    return text


def _bomb(status: int) -> Fault:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packer.compress(b" ")
    block = packer.compress(b" " * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)
    head = zlib.compressobj(9, zlib.DEFLATED, 31)
    return raw(head.compress(b" ") + head.flush(zlib.Z_FULL_FLUSH), *[block] * 200, kind="application/json", status=status,
               content_encoding="gzip")  # fmt: skip


def _half(text: str) -> Content:
    return Fault("hang_midway", text=text + " " * (len(text) // 2))


def _claims(text: str) -> Content:
    """All claims, and then silence."""
    claims = text[: text.rindex("], ")]
    return Fault("hang_midway", text=claims + " " * 2 * len(claims))


def _writing(body: Body, text: str, says: Callable[[str], Content]) -> Content:
    """A service that replies so to the request for the answer alone."""
    return text if is_judging(body) or is_planning(body) else says(text)


def _form(body: Body) -> str:
    return str((body.get("response_format") or {}).get("type"))


def _streams() -> Iterator[Kind]:
    """Streams that are odd and hold the whole answer."""
    yield Kind("no [DONE]", lambda _, text: raw(stream(chunks(text), last="")))
    yield Kind("no finish_reason, but [DONE]", lambda _, text: raw(stream(chunks(text, None))))
    yield Kind("lines that end in CR LF", lambda _, text: raw(stream(chunks(text)).replace(b"\n", b"\r\n")))
    yield Kind("lines that end in CR", lambda _, text: raw(stream(chunks(text)).replace(b"\n", b"\r")))
    yield Kind("no blank lines", lambda _, text: raw(stream(chunks(text), end="\n")))
    yield Kind("data: without a space", lambda _, text: raw(stream(chunks(text), lead="data:")))
    yield Kind("comments and names of events", lambda _, text: raw(stream(chunks(text), lead=": ping\n\nevent: message\nid: 3\ndata: ")))
    yield Kind("split UTF-8, byte by byte", lambda _, text: raw(*(bytes([one]) for one in stream(chunks(text.replace("-", "\u2011"))))))
    yield Kind("usage in every chunk", lambda _, text: raw(stream([one | {"usage": {"total_tokens": 1}} for one in chunks(text)])))
    yield Kind("usage alone at the end", lambda _, text: raw(stream([*chunks(text), {"choices": [], "usage": {"prompt_tokens": 9}}])))
    yield Kind("empty choices first", lambda _, text: raw(stream([{"choices": []}, {"prompt_filter_results": []}, *chunks(text)])))
    yield Kind("one huge chunk", lambda _, text: raw(stream([_chunk({"content": text}, "stop", padding="x" * 4_000_000)])))
    yield Kind("single letters", lambda _, text: raw(stream(chunks(text, piece=1))))
    yield Kind("a document in place of a stream", lambda _, text: raw(whole(text), kind="application/json"))
    yield Kind("a document that says it is a stream", lambda _, text: raw(whole(text)))
    yield Kind("a stream that says it is JSON", lambda _, text: raw(stream(chunks(text)), kind="application/json"))
    yield Kind("a stream with a byte order mark", lambda _, text: raw(b"\xef\xbb\xbf" + stream(chunks(text))))
    yield Kind("a stream packed by gzip", lambda _, text: raw(gzip.compress(stream(chunks(text))), content_encoding="gzip"))
    yield Kind("parts of text", lambda _, text: raw(whole([{"type": "text", "text": text}]), kind="application/json"))
    yield Kind("parts of text in a stream", lambda _, text: raw(stream([_chunk({"content": _parts(text)}, "stop")])))
    yield Kind("reasoning beside the content", lambda _, text: raw(stream([_chunk({"reasoning_content": "Hm."}), *chunks(text)])))
    yield Kind("slow first byte", _slow)
    yield Kind("another name of the end", lambda _, text: raw(stream(chunks(text, "end_turn"))))


def _asks() -> Iterator[Kind]:
    """Servers that do not take a part of the request."""
    yield Kind("no schema", lambda _, text: text, abilities=Abilities(schema=False))
    yield Kind("no response_format", lambda _, text: text, abilities=Abilities(schema=False, json_object=False))
    yield Kind("no stream, no seed", lambda _, text: text, abilities=Abilities(stream=False, seed=False))
    yield Kind("'Bad request' to a schema", lambda body, text: error(400, "Bad request") if _form(body) == "json_schema" else text)
    yield Kind("'Bad request' to any form", lambda body, text: error(422, "Bad request") if _form(body) != "None" else text)
    yield Kind("a crash on a schema", lambda body, text: error(500) if _form(body) == "json_schema" else text)
    yield Kind("a crash on any form", lambda body, text: error(500) if _form(body) != "None" else text)


def _passing() -> Iterator[Kind]:
    """What passes by itself."""
    for status in (408, 429, 500, 502, 503, 504):
        yield Kind(f"{status} once", lambda _, text, status=status: error(status), only=1)  # type: ignore[misc]
    for kind in ("reset", "reset_midway", "cut", "truncated", "malformed", "html", "empty", "no_choices", "error_event"):
        yield Kind(f"{kind.replace('_', ' ')} once", lambda _, text, kind=kind: Fault(kind, text=text), only=1)  # type: ignore[arg-type,misc]


def _lasting() -> Iterator[Kind]:
    """What does not pass, and what the end of a reply says."""
    for status in (400, 401, 403, 404, 422, 429, 500, 503):
        yield Kind(f"{status} for ever", lambda _, text, status=status: error(status), readable=False)  # type: ignore[misc]
    yield Kind("an error of HTML", lambda *_: Fault("status", status=502, body="<html>Bad gateway</html>"), readable=False)
    yield Kind("a redirect", lambda *_: error(307, location="http://127.0.0.1:9/v1"), readable=False)
    yield Kind("a bomb of gzip with 401", lambda *_: _bomb(401), readable=False)
    yield Kind("a bomb of gzip with 200", lambda *_: _bomb(200), readable=False)
    yield Kind("garbage", lambda *_: raw(bytes(range(256)) * 40, kind="application/json"), readable=False)
    yield Kind("garbage said to be gzip", lambda *_: raw(bytes(range(256)), content_encoding="gzip"), readable=False)
    yield Kind("HTML for ever", lambda *_: Fault("html"), readable=False)
    yield Kind("a list of models", lambda *_: raw(b'{"object": "list", "data": []}', kind="application/json"), readable=False)
    yield Kind("empty for ever", lambda *_: Fault("empty"), readable=False)
    yield Kind("reasoning alone", lambda _, text: raw(whole(None, reasoning_content=text), kind="application/json"), readable=False)
    yield Kind("declined", lambda *_: Fault("refusal"), readable=False)
    yield Kind("declined in words", lambda *_: "I'm sorry, but I can't help with that.", readable=False)
    yield Kind("filtered before a word", lambda *_: Fault("filtered"), readable=False)
    yield Kind("filtered in the middle", lambda _, text: raw(stream(chunks(text[: len(text) // 2], "content_filter"))), readable=False)
    yield Kind("too long, in the middle", lambda _, text: raw(stream(chunks(text[: 3 * len(text) // 4], "length"))))
    yield Kind("too long, before a sentence", lambda _, text: raw(stream(chunks(text[:40], "length"))), readable=False)
    yield Kind("no end at all", lambda _, text: Fault("no_finish", text=text))
    yield Kind("cut in the middle for ever", lambda _, text: Fault("cut", text=text + " " * (len(text) // 2)))
    yield Kind("cut before a sentence for ever", lambda _, text: Fault("cut", text=text[:60]), readable=False)
    late = {"model_deadline": 1.5, "model_read_timeout": 30.0}
    yield Kind("silence until the deadline", lambda *_: Fault("hang"), readable=False, options=late)
    yield Kind("nothing new until the deadline", lambda *_: Fault("drip"), readable=False, options=late)
    yield Kind("an error that never ends", lambda *_: Fault("drip", status=401), readable=False, options=late)
    yield Kind("half, then silence", lambda _, text: _half(text), options=late)
    yield Kind("whole, then silence", lambda _, text: Fault("hang_midway", text=text + " " * 2 * len(text)))
    yield Kind("stopped at the first claim", lambda body, text: _writing(body, text, _claims), stops="claim")
    yield Kind("stopped before a word", lambda *_: Fault("hang"), readable=False, stops="soon")
    yield Kind("a judge that fails", lambda body, text: error(400, "No.") if is_judging(body) else text)
    yield Kind("a judge of prose", lambda body, text: "All good!" if is_judging(body) else text)
    yield Kind("a plan of prose", lambda body, text: "I would search." if is_planning(body) else text)
    yield Kind("nobody there", lambda *_: "", readable=False, options={"openai_base_url": "http://127.0.0.1:9/v1"})


def _formed(form: Form, *, everywhere: bool) -> Says:
    """A model that writes so: everything, or claims alone."""
    if everywhere:
        return lambda body, text: form(body, json.loads(text))
    return lambda body, text: _writing(body, text, lambda said: form(body, json.loads(said)))


def groups() -> dict[str, list[Kind]]:
    """All kinds, under headings."""
    return {
        "Streams": list(_streams()),
        "Requests": list(_asks()),
        "Failures that pass": list(_passing()),
        "Failures and ends": list(_lasting()),
        "Around the object": [Kind(name, _formed(form, everywhere=True)) for name, form in WRAPPED.items()],
        "The form of claims": [Kind(name, _formed(form, everywhere=False)) for name, form in REFORMED.items()],
    }
