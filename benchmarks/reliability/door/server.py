"""A page that is really served, and a client that may send what no browser would."""

from __future__ import annotations

import atexit
import os
import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from websockets.sync.client import ClientConnection, connect

from rag.cli.commands import streamlit_command
from tests.processes import started

REPOSITORY = Path(__file__).parents[3]
TOKEN = "correct horse battery staple"
OUTSIDE = "papers.example"  # a name that the server answers to, as if a proxy stood before it
PAPER = '{"title": "A calm paper", "abstract": "We study rain in the north. It falls in autumn."}\n'
PATIENCE = 60.0  # seconds for one answer; it measures nothing

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """A response; status 0 where the connection was closed without one."""

    status: int
    head: str = ""
    body: bytes = b""

    def header(self, name: str) -> str:
        """A header's value, "" where it is not there."""
        found = re.search(rf"(?im)^{re.escape(name)}: *(.*?)\r?$", self.head)
        return found[1] if found else ""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Served:
    """A page at work."""

    port: int
    log: Path

    @property
    def host(self) -> str:
        """What a browser on this computer sends."""
        return f"127.0.0.1:{self.port}"

    def send(self, data: bytes, *, wait: float = PATIENCE) -> Reply:
        """What is answered to these bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as line:
            with suppress(OSError):  # it may be refused before all is sent
                line.sendall(data)
            return read(line)

    def ask(self, path: str = "/", *headers: tuple[str, str], method: str = "GET", body: bytes = b"", host: str | None = None) -> Reply:
        """A request with one Host, or another than usual, and these headers."""
        length = [("Content-Length", str(len(body)))] if body else []
        return self.send(request(f"{method} {path}", [("Host", host or self.host), *headers, *length]) + body)

    def shake(self, *headers: tuple[str, str], host: str | None = None, path: str = "/_stcore/stream") -> Reply:
        """The answer to a socket's handshake; 101 where it was accepted."""
        return self.send(handshake(path, [("Host", host or self.host), *headers]))

    def lives(self) -> str:
        """ "" where the server goes on to answer, else what was seen."""
        alive, page = self.ask("/rag/alive"), self.ask("/", ("Accept", "text/html"))
        return "" if alive.status == 200 and page.status in (200, 401) else f"the server answers {alive.status} and {page.status} now"

    @contextmanager
    def session(self, owner: str, *headers: tuple[str, str]) -> Iterator[tuple[ClientConnection, str]]:
        """A session of the page for the owner of a cookie: its socket and its id."""
        sent = [("Cookie", f"rag_owner={owner}"), *headers]
        url, origin = f"ws://{self.host}/_stcore/stream", f"http://{self.host}"
        with connect(url, origin=origin, additional_headers=sent, max_size=None) as line:  # type: ignore[arg-type]
            yield line, _session_id(line)

    def upload(self, session: str, owner: str, body: bytes, *headers: tuple[str, str], name: str = "f", sized: bool = True) -> Reply:
        """A file for a session, as the page sends it."""
        seal = re.search(r"_streamlit_xsrf=([^;]+)", self.ask("/_stcore/health").head)
        assert seal is not None, "the page gives its mark against forged requests"
        head = [("Host", self.host), ("X-Xsrftoken", seal[1]), ("Cookie", f"rag_owner={owner}; _streamlit_xsrf={seal[1]}"), *headers]
        framed = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\n' + body + b"\r\n--b--\r\n"
        head += [("Content-Type", "multipart/form-data; boundary=b"), ("Origin", f"http://{self.host}")]
        head += [("Content-Length", str(len(framed)))] if sized else [("Transfer-Encoding", "chunked")]
        sent = framed if sized else b"%x\r\n" % len(framed) + framed + b"\r\n0\r\n\r\n"
        return self.send(request(f"PUT /_stcore/upload_file/{session}/{name}", head) + sent)


def request(line: str, headers: Headers) -> bytes:
    """The bytes of a request's head."""
    return "".join([f"{line} HTTP/1.1\r\n", *(f"{name}: {value}\r\n" for name, value in headers), "\r\n"]).encode("latin-1", "replace")


def handshake(path: str, headers: Headers) -> bytes:
    """The bytes that ask for a socket."""
    upgrade = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "A" * 22 + "==")]
    return request(f"GET {path}", [*headers, *upgrade])


def read(line: socket.socket) -> Reply:
    """The first response on a connection; of a socket only its head."""
    data = b""
    with suppress(OSError):
        while b"\r\n\r\n" not in data and (piece := line.recv(65536)):
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        found = re.match(rb"HTTP/1\.1 (\d{3})", head)
        if found is None:
            return Reply(0)
        stated = re.search(rb"(?i)content-length: (\d+)", head)
        while stated and len(body) < int(stated[1]) and (piece := line.recv(65536)):
            body += piece
        return Reply(int(found[1]), head.decode("latin-1"), body)
    return Reply(0)


@contextmanager
def serving(folder: Path, **variables: str) -> Iterator[Served]:
    """The page as `rag ui` serves it, with a small corpus, in a process of its own."""
    (folder / "corpus").mkdir(parents=True)
    (folder / "corpus" / "papers.jsonl").write_text(PAPER, "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAG_", "OPENAI_", "STREAMLIT_"))}
    ours = {"RAG_INDEX_DIR": str(folder / "index"), "RAG_CORPUS": str(folder / "corpus"), "RAG_EMBEDDING": "wordllama"}
    environment = kept | ours | {"PYTHONPATH": str(REPOSITORY)} | variables
    line = streamlit_command(REPOSITORY / "ui" / "serve.py", port, headless=True)
    served = Served(port, folder / "log")
    options = {"stderr": subprocess.STDOUT, "env": environment, "cwd": folder}
    with served.log.open("wb") as log, started(line, limit=None, stdout=log, **options) as process:
        while not _answers(served):
            assert process.poll() is None, served.log.read_text("utf-8", "replace")
            time.sleep(0.05)
        yield served


@cache
def plain() -> Served:
    """A page without a token, for as long as this process lives."""
    return _kept(RAG_UI_HOSTS=OUTSIDE)


@cache
def guarded() -> Served:
    """A page with one."""
    return _kept(RAG_UI_TOKEN=TOKEN)


def held_socket(served: Served, address: str) -> tuple[int, socket.socket]:
    """The status of a socket of the page that a proxy opens for an address, and the line, which is to be closed."""
    line = socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE)
    line.sendall(handshake("/_stcore/stream", [("Host", served.host), ("Origin", f"http://{served.host}"), ("X-Forwarded-For", address)]))
    return read(line).status, line


def _kept(**variables: str) -> Served:
    stack = ExitStack()
    atexit.register(stack.close)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    return stack.enter_context(serving(folder, **variables))


def _answers(served: Served) -> bool:
    try:
        return served.ask("/rag/alive").status == 200
    except OSError:
        return False


def _session_id(line: ClientConnection) -> str:
    """The id that the page tells its browser, when it is asked to run."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    wish = BackMsg()
    wish.rerun_script.query_string = ""
    line.send(wish.SerializeToString())
    while True:
        message = ForwardMsg()
        message.ParseFromString(line.recv(timeout=PATIENCE))
        if message.WhichOneof("type") == "new_session":
            return str(message.new_session.initialize.session_id)
