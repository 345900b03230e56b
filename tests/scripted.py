"""What the fake model service says: faults, what a server takes, and replies in the form of OpenAI's protocol."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Body = dict[str, Any]
Kind = Literal[
    "status", "reset", "hang", "hang_midway", "cut", "reset_midway", "truncated", "malformed", "html", "no_done", "no_finish", "length",
    "refusal", "filtered", "no_choices", "empty", "huge", "drip", "error_event", "raw", "short", "reordered", "wrong_dimension", "nan",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong. `text` is what would have been said; faults in mid-stream happen halfway through it.

    "status" answers with `status`, `headers` and `body`; "reset" breaks the connection before, "reset_midway" within the reply; "hang"
    says nothing, "hang_midway" nothing more; "cut" ends a stream halfway, cleanly; "truncated" is half a JSON document, "malformed"
    none; "no_done" only lacks `[DONE]`, "no_finish" the finish_reason as well, after the whole text; "drip" sends, with `status`, a
    little nothing at a time; "raw" sends `pieces` as they are, with `status` and `headers`, and closes; "short", "reordered",
    "wrong_dimension" and "nan" are embeddings.
    """

    kind: Kind
    text: str = "An answer that is long enough to be cut."
    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Sequence[bytes] = ()


Content = str | Body | Fault
Reply = Content | Callable[[Body], Content]


def error(status: int, message: str = "It failed.", *, code: str | None = None, param: str | None = None, **headers: str) -> Fault:
    """An error as OpenAI words it; `retry_after="2"` becomes the header Retry-After."""
    body = {"error": {"message": message, "type": "error", "param": param, "code": code}}
    return Fault("status", status=status, body=json.dumps(body), headers={name.replace("_", "-"): value for name, value in headers.items()})


def raw(*pieces: bytes, kind: str = "text/event-stream", status: int = 200, **headers: str) -> Fault:
    """Bytes as a service sends them, each piece by itself; `content_encoding="gzip"` becomes the header Content-Encoding."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault("raw", status=status, headers={"Content-Type": kind} | named, pieces=pieces)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a server takes; it answers 400 to anything else. `limit` is the name under which it takes a bound on tokens."""

    schema: bool = True
    json_object: bool = True
    limit: Literal["max_completion_tokens", "max_tokens", "both"] = "both"
    temperature: bool = True
    seed: bool = True
    stream_options: bool = True
    stream: bool = True

    def objection(self, body: Body) -> Fault | None:
        """The 400 that this request gets, if any."""
        form = (body.get("response_format") or {}).get("type", "text")
        if (form == "json_schema" and not self.schema) or (form == "json_object" and not self.json_object):
            return error(400, f"Invalid parameter: 'response_format' of type '{form}' is not supported.", param="response_format")
        if self.limit != "both":
            for name in {"max_tokens", "max_completion_tokens"} - {self.limit}:
                if name in body:
                    message = f"Unsupported parameter: '{name}' is not supported with this model. Use '{self.limit}' instead."
                    return error(400, message, code="unsupported_parameter", param=name)
        for name in ("temperature", "seed", "stream_options"):
            if name in body and not getattr(self, name):
                return error(400, f"Unsupported parameter: '{name}'.", code="unsupported_parameter", param=name)
        if body.get("stream") and not self.stream:
            return error(400, "Your organization must be verified to stream this model.", code="unsupported_value", param="stream")
        return None


@dataclass(slots=True)
class Said:
    """A reply to a request for a completion, whole or as the events of a stream."""

    body: Body
    reply: str | Fault

    @property
    def kind(self) -> str:
        """The kind of fault, or none."""
        return self.reply.kind if isinstance(self.reply, Fault) else ""

    @property
    def text(self) -> str:
        """What is said in all."""
        if self.kind in ("empty", "refusal", "no_choices", "filtered"):
            return ""
        if self.kind == "huge":
            return "".join(f"word {number} " for number in range(300_000))
        return self.reply.text if isinstance(self.reply, Fault) else self.reply

    @property
    def finish(self) -> str:
        """The finish_reason."""
        return {"length": "length", "filtered": "content_filter"}.get(self.kind, "stop")

    @property
    def usage(self) -> Body:
        """A token for every four characters."""
        asked, said = len(json.dumps(self.body["messages"])) // 4, len(self.text) // 4 + 1
        details = {"cached_tokens": asked // 2}
        return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said, "prompt_tokens_details": details}

    def whole(self) -> Body:
        """The reply as one document."""
        refusal = "I cannot help with that." if self.kind == "refusal" else None
        message = {"role": "assistant", "content": None if refusal else self.text, "refusal": refusal}
        choices = [] if self.kind == "no_choices" else [{"index": 0, "message": message, "finish_reason": self.finish}]
        return self._envelope("chat.completion", choices) | {"usage": self.usage}

    def events(self, piece: int) -> list[str]:
        """The data of each event; "reset" and "hang" are things to do."""
        if self.kind == "error_event":
            return [json.dumps({"error": {"message": "The server is overloaded.", "type": "server_error", "code": None}})]
        piece = 50_000 if self.kind == "huge" else piece
        pieces = [self.text[start : start + piece] for start in range(0, len(self.text), piece)]
        if self.kind in ("cut", "reset_midway", "hang_midway", "truncated"):
            pieces = pieces[: max(1, len(pieces) // 2)]
        deltas: list[Body] = [{"role": "assistant", "content": ""}, *({"content": one} for one in pieces)]
        if self.kind == "refusal":
            deltas.append({"refusal": "I cannot help with that."})
        chunks = [] if self.kind == "no_choices" else [self._chunk(delta) for delta in deltas]
        return [json.dumps(one) for one in chunks] + self._ending()

    def _ending(self) -> list[str]:
        special = {"cut": [], "no_finish": [], "truncated": ['{"choices": [{"ind'], "reset_midway": ["reset"], "hang_midway": ["hang"]}
        if self.kind in special:
            return special[self.kind]
        ends = [] if self.kind == "no_choices" else [self._chunk({}, self.finish)]
        if (self.body.get("stream_options") or {}).get("include_usage"):
            ends.append(self._envelope("chat.completion.chunk", []) | {"usage": self.usage})
        return [json.dumps(one) for one in ends] + ([] if self.kind == "no_done" else ["[DONE]"])

    def _chunk(self, delta: Body, finish: str | None = None) -> Body:
        return self._envelope("chat.completion.chunk", [{"index": 0, "delta": delta, "finish_reason": finish}])

    def _envelope(self, kind: str, choices: list[Body]) -> Body:
        return {"id": "chatcmpl-1", "object": kind, "created": 0, "model": self.body["model"], "choices": choices}
