"""The reading process: what costs too much, and what becomes of a run where the process is killed, stopped, or answers nonsense."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.reliability import Fault
from rag.corpus import Gate, Reading
from rag.corpus.gate_limits import Limits

_PAPER = b'{"title": "Wasps build of paper", "abstract": "Wasps chew wood. They build their nests of it."}\n'
_SOON = 120.0  # seconds for something that takes one at most
_TITLES = b"title\n" + b"On the nests of wasps\n" * 40_000  # takes more than two seconds of the processor and 100 MB


def _posix() -> str:
    return "" if os.name == "posix" else "needs POSIX"


def _linux() -> str:
    return "" if sys.platform == "linux" else "needs the limits of Linux"


def _limited(limits: Limits, told: str) -> Callable[[Path, int], str]:
    """A file that breaks a limit, and one after it that must be read by the same gate."""

    def attempt(folder: Path, _: int) -> str:
        (folder / "a.csv").write_bytes(_TITLES)
        with Gate(limits) as gate:
            broken = gate.read(folder / "a.csv", name="a.csv").reading
            after = gate.read_upload(_PAPER, name="b.jsonl")
        return _wrong(broken, told) or _wrong(after, None)

    return attempt


def _answering(code: str, told: str, **limits: int) -> Callable[[Path, int], str]:
    """A process that answers as `code` does, in the place of ours."""

    def attempt(folder: Path, _: int) -> str:
        program = f"import os, sys, time, struct\nout, flag = sys.stdout.buffer, {str(folder / 'flag')!r}\n{_FRAMES}\n{code}"
        with Gate(Limits(patience_per_second=0, **limits), (sys.executable, "-c", program)) as gate:  # type: ignore[arg-type]
            return _wrong(gate.read_upload(_PAPER, name="b.jsonl"), told)

    return attempt


_FRAMES = """
def take():
    length = sys.stdin.buffer.read(4)
    return sys.stdin.buffer.read(struct.unpack(">I", length)[0]) if len(length) == 4 else sys.exit(0)
def give(data, length=None):
    out.write(struct.pack(">I", len(data) if length is None else length) + data); out.flush()
def asked():
    take(); take(); take()
"""


def _signalled(sent: int, told: str | None, *, twice: bool = False, patience: float = 900.0) -> Callable[[Path, int], str]:
    """A signal from outside while a file is read; it is read once more, by a fresh process."""

    def attempt(folder: Path, _: int) -> str:
        (folder / "a.csv").write_bytes(_TITLES)
        with Gate(Limits(patience=patience, patience_per_second=0 if patience < 900 else 20)) as gate:
            sender = threading.Thread(target=_send, args=(gate, sent, 2 if twice else 1), daemon=True)
            sender.start()
            seen = gate.read(folder / "a.csv", name="a.csv").reading
            sender.join()
            after = gate.read_upload(_PAPER, name="b.jsonl")
        return _wrong(seen, told) or _wrong(after, None)

    return attempt


def _send(gate: Gate, sent: int, times: int) -> None:
    """Send a signal to the reading process, and to the one that takes its place."""
    ends, hit = time.monotonic() + _SOON, set[int]()
    while len(hit) < times and time.monotonic() < ends:
        process = gate.process
        if process is not None and process not in hit:
            time.sleep(0.5)  # it has begun to read
            hit.add(process)
            os.kill(process, sent)
        time.sleep(0.01)


def _orphan(folder: Path, _: int) -> str:
    """Whoever asked is killed: the reading process ends by itself."""
    code = (
        "import sys; from pathlib import Path; from rag.corpus import Gate; gate = Gate()\n"
        "gate.read_upload(b'x', name='a.txt'); print(gate.process, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as asking:
        assert asking.stdout is not None
        reader = int(asking.stdout.readline())
        asking.kill()
    ends = time.monotonic() + _SOON
    while time.monotonic() < ends:
        if not _alive(reader):
            return ""
        time.sleep(0.02)
    return f"the reading process {reader} goes on"


def _alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # it has ended, and nobody has asked how


def _wrong(reading: Reading | None, told: str | None) -> str:
    reasons = [one.reason for one in reading.problems] if reading else []
    if told is None:
        return "" if reading is not None and reading.abstracts else f"nothing was read: {reasons[:3]}"
    return "" if any(told in reason for reason in reasons) else f"not told with {told!r}: {reasons[:3]}"


_ENDLESS = """asked()
while True: give(b'{"abstracts": []}')"""
_NO_ABSTRACT = """b'{"abstracts": [{"id": 1, "x": 2}]}'"""
_NO_ANSWER = "gave no answer"
_KILL, _STOP, _TERM = (getattr(signal, name, 0) for name in ("SIGKILL", "SIGSTOP", "SIGTERM"))

_WAIT = "; time.sleep(600)"


def _fault(name: str, attempt: Callable[[Path, int], str], *, tries: int = 3, sampled: int = 1, needs: Callable[[], str] = str) -> Fault:
    return Fault("files", name, attempt, tries=tries, sampled=sampled, needs=needs)


_stopped = _signalled(_STOP, "neither worked", twice=True, patience=3.0)

PROCESS: Sequence[Fault] = (
    _fault("a file that takes too much memory", _limited(Limits(memory=60_000_000, memory_per_byte=0), "more memory"), needs=_linux),
    _fault("a file that takes too much time", _limited(Limits(seconds=0, seconds_per_megabyte=0), "more time"), needs=_posix),
    _fault("a file that gives too long an answer", _limited(Limits(answer=1_500_000, answer_per_byte=0), "longer answer")),
    _fault("the reading process killed with -9 while it reads", _signalled(_KILL, None), tries=10, needs=_posix),
    _fault("the reading process killed with -9 twice", _signalled(_KILL, "ended from outside", twice=True), sampled=0, needs=_posix),
    _fault("the reading process told to end while it reads", _signalled(_TERM, None), sampled=0, needs=_posix),
    _fault(
        "the reading process stopped while it reads", _signalled(_STOP, "neither worked", twice=True, patience=3.0), sampled=0, needs=_posix
    ),
    _fault("whoever asked killed while the process waits", _orphan, tries=5, needs=_linux),
    _fault("a reading process that dies at every request", _answering("asked(); os._exit(3)", "status 3")),
    _fault("a reading process that dies at its start", _answering("os._exit(1)", "status 1")),
    _fault("a reading process that crashes", _answering("asked(); os.abort()", "signal 6"), needs=_posix),
    _fault("a reading process that answers without end", _answering(_ENDLESS, "longer answer", answer=1_000_000)),
    _fault("a reading process that announces 4 GB", _answering("asked(); give(b'', 2**32 - 1)" + _WAIT, "longer answer")),
    _fault("a reading process that answers no JSON", _answering("asked(); give(b'\\x80\\x04pickle')" + _WAIT, _NO_ANSWER)),
    _fault("a reading process whose JSON is nested without end", _answering("asked(); give(b'[' * 10**6)" + _WAIT, _NO_ANSWER)),
    _fault("a reading process that answers no abstracts", _answering("asked(); give(" + _NO_ABSTRACT + ")" + _WAIT, _NO_ANSWER)),
    _fault("a reading process that closes its pipe", _answering("asked(); out.close(); os.close(1)" + _WAIT, "closed its pipe")),
    _fault("a reading process that neither reads nor ends", _answering("time.sleep(600)", "neither worked", patience=1)),
)
