"""A model service for tests: a real HTTP server on loopback that speaks the OpenAI protocol from a script and remembers what it was asked.

    with FakeOpenAI(error(503), "Yes.") as service:
        model = ChatModel.open(Settings(openai_base_url=service.url))

Replies are taken from the script in order; when it is empty, `default` answers. A reply is a text, a dict (sent as JSON), a `Fault`,
or a callable that gets the request's body and gives one of these.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.scripted import Abilities, Body, Content, Fault, Reply, Said, error

__all__ = ["Abilities", "FakeOpenAI", "Fault", "Reply", "Request", "error"]


@dataclass(frozen=True, slots=True)
class Request:
    """What the server was asked; the names of headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Body


_servers = itertools.count(1)


class FakeOpenAI:
    """The server. `url` ends in /v1. `piece` is the characters of a streamed piece, `delay` the seconds before each.

    While `halfway` is not set, each stream waits in its middle. It is set in the beginning.
    `requests` are all requests, `chats` the bodies of those for a completion; `most_concurrent` is how many were under way at once.
    `left` is set once a client has ended the connection of a stream that hangs midway, or is still being sent.
    """

    def __init__(
        self,
        *script: Reply,
        default: Reply = "An answer.",
        abilities: Abilities | None = None,
        models: tuple[str, ...] = ("fake-model",),
        dimensions: int = 8,
        piece: int = 16,
        delay: float = 0.0,
        port: int = 0,
    ) -> None:
        self.script: deque[Reply] = deque(script)
        self.default, self.abilities, self.models = default, abilities or Abilities(), models
        self.dimensions, self.piece, self.delay, self.port = dimensions, piece, delay, port
        self.requests: list[Request] = []
        self.concurrent = self.most_concurrent = 0
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.left = threading.Event()
        self.halfway = threading.Event()
        self.halfway.set()

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", self.port), type("Handler", (_Handler,), {"service": self}))
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        # What is learned of a server is remembered by its address, and ports are used again: no two servers have the same path.
        self.prefix = f"/{next(_servers)}"
        self.url = f"http://{self.host}{self.prefix}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Serve no more: what connects is refused."""
        self.closing.set()
        self.halfway.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def chats(self) -> list[Body]:
        """The bodies of the requests for a completion."""
        return [one.body for one in self.requests if one.path.endswith("/chat/completions")]

    def next_reply(self, body: Body) -> Content:
        """What the script says to a request."""
        with self.lock:
            reply = self.script.popleft() if self.script else self.default
        return reply(body) if callable(reply) else reply

    def vector(self, text: str) -> list[float]:
        """The embedding of a text, the same each time; texts with words in common are near each other."""
        numbers = [0.0] * self.dimensions
        for word in text.lower().split():
            digest = hashlib.sha256(word.encode()).digest()
            for index in range(self.dimensions):
                numbers[index] += digest[index % 32] / 255 - 0.5
        return numbers if any(numbers) else [1.0] * self.dimensions


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients of these tests leave in the middle; that is no news."""


class _Handler(BaseHTTPRequestHandler):
    service: FakeOpenAI
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """The models."""
        self.path = self.path.removeprefix(self.service.prefix)
        self._remember({})
        service = self.service
        if service.script and isinstance(service.script[0], Fault):
            self._fail(service.next_reply({}))
        else:
            self._json(
                {"object": "list", "data": [{"id": one, "object": "model", "created": 0, "owned_by": "us"} for one in service.models]}
            )

    def do_POST(self) -> None:
        """A completion or embeddings."""
        self.path = self.path.removeprefix(self.service.prefix)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._remember(body)
        service = self.service
        with service.lock:
            service.concurrent += 1
            service.most_concurrent = max(service.most_concurrent, service.concurrent)
        try:
            if self.path.endswith("/embeddings"):
                self._embeddings(body)
            elif self.path.endswith("/chat/completions"):
                self._chat(body)
            else:
                self._fail(error(404, f"Invalid URL (POST {self.path})"))
        finally:
            with service.lock:
                service.concurrent -= 1

    def _remember(self, body: Body) -> None:
        with self.service.lock:
            self.service.requests.append(
                Request(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            )

    def _chat(self, body: Body) -> None:
        reply = self.service.abilities.objection(body) or self.service.next_reply(body)
        if isinstance(reply, dict):
            reply = json.dumps(reply)
        if isinstance(reply, Fault) and self._fail(reply):
            return
        said = Said(body, reply)
        if body.get("stream"):
            self._stream(said)
        elif isinstance(reply, Fault) and reply.kind in ("truncated", "cut", "reset_midway", "hang_midway"):
            self._half(json.dumps(said.whole()), reply)
        else:
            self._json(said.whole())

    def _embeddings(self, body: Body) -> None:
        reply = self.service.next_reply(body) if self.service.script else ""
        if isinstance(reply, Fault) and self._fail(reply):
            return
        kind = reply.kind if isinstance(reply, Fault) else ""
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        rows: list[Body] = [{"object": "embedding", "index": n, "embedding": self.service.vector(text)} for n, text in enumerate(texts)]
        if kind == "short":
            rows.pop()
        elif kind == "reordered":
            rows.reverse()
        elif kind == "wrong_dimension":
            rows[-1]["embedding"].pop()
        elif kind == "nan":
            rows[0]["embedding"][0] = float("nan")
        tokens = sum(len(text) // 4 + 1 for text in texts)
        whole = {"object": "list", "data": rows, "model": body["model"], "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}
        if isinstance(reply, Fault) and kind in ("truncated", "cut", "reset_midway", "hang_midway"):
            self._half(json.dumps(whole), reply)
        else:
            self._json(whole)

    def _fail(self, reply: Content) -> bool:
        """Do what a fault does instead of an answer; False if it is one within an answer."""
        assert isinstance(reply, Fault)
        if reply.kind == "status":
            self._send(reply.status, reply.body.encode(), "application/json", reply.headers)
        elif reply.kind == "html":
            self._send(200, b"<!DOCTYPE html><html><body>Please log in</body></html>", "text/html")
        elif reply.kind == "malformed":
            self._send(200, b'{"choices": [oops', "application/json")
        elif reply.kind == "reset":
            self._reset()
        elif reply.kind == "hang":
            self.service.closing.wait()
            self.close_connection = True
        elif reply.kind == "drip":
            self._drip(reply.status)
        elif reply.kind == "raw":
            self._raw(reply)
        else:
            return False
        return True

    def _stream(self, said: Said) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        events = said.events(self.service.piece)
        for number, data in enumerate(events):
            if number == len(events) // 2:
                self.service.halfway.wait()
            if data in ("reset", "hang"):
                self._reset() if data == "reset" else self._hang()
                return
            if self.service.delay:
                time.sleep(self.service.delay)
            try:
                self.wfile.write(f"data: {data}\n\n".encode())
            except (BrokenPipeError, ConnectionResetError):
                self.service.left.set()
                raise
        self.close_connection = True

    def _hang(self) -> None:
        """Say nothing more, until the client has seen enough."""
        self.close_connection = True
        with contextlib.suppress(ConnectionResetError):
            while not select.select([self.connection], [], [], 0.01)[0] or self.connection.recv(1, socket.MSG_PEEK):
                if self.service.closing.is_set():
                    return
        self.service.left.set()

    def _half(self, text: str, fault: Fault) -> None:
        """Half of a JSON document, after which the connection is as the fault says."""
        half = text[: len(text) // 2].encode()
        if fault.kind == "truncated":
            self._send(200, half, "application/json")
            return
        self._head(200, "application/json", len(text.encode()), {})
        self.wfile.write(half)
        self.close_connection = True
        if fault.kind == "reset_midway":
            self._reset()
        elif fault.kind == "hang_midway":
            self.service.closing.wait()

    def _raw(self, reply: Fault) -> None:
        self._head(reply.status, "", None, {**reply.headers, "Connection": "close"})
        for piece in reply.pieces:
            self.wfile.write(piece)
        self.close_connection = True

    def _drip(self, status: int) -> None:
        self._head(status, "text/event-stream", None, {"Connection": "close"})
        while not self.service.closing.wait(0.005):
            self.wfile.write(b": wait\n\n")

    def _json(self, data: Body) -> None:
        self._send(200, json.dumps(data).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self._head(status, kind, len(body), headers or {})
        self.wfile.write(body)

    def _head(self, status: int, kind: str, length: int | None, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _reset(self) -> None:
        """Close so that the other side sees "connection reset", not the end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with contextlib.suppress(OSError):
            self.connection.close()
        self.close_connection = True
