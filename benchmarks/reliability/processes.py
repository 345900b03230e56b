"""Several processes at one index: forked children, readers of what is replaced, a writer that is in the way."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.reliability import Fault
from benchmarks.reliability.seals import base, copied, repaired, said, settings_of
from benchmarks.synthetic import write_corpus
from rag.index import bring_up_to_date, open_index
from rag.model import RagError


def forked(folder: Path, _: int) -> str:
    """A child that is forked from a process that has asked asks too, while its parent goes on."""
    code = """
import os, sys, time
from pathlib import Path
from benchmarks.reliability.seals import said, settings_of
from rag.assistant import Assistant
assistant = Assistant.open(settings_of(Path(sys.argv[1])))
before = assistant.ask("What is studied?").text
child = os.fork()
if not child:
    sys.exit(0 if assistant.ask("What is studied?").text == before else 3)
for _ in range(1200):
    ended, status = os.waitpid(child, os.WNOHANG)
    if ended:
        break
    time.sleep(0.1)
else:
    os.kill(child, 9)
    sys.exit("the child hangs")
assert assistant.ask("What is studied?").text == before
sys.exit(os.waitstatus_to_exitcode(status))
"""
    done = subprocess.run([sys.executable, "-c", code, str(base())], capture_output=True, text=True, check=False)
    return "" if not done.returncode else f"{done.returncode} {done.stderr[-800:]}"


def forked_with_a_model(folder: Path, _: int) -> str:
    """Parent and child both ask a model service after the fork: each has a connection of its own."""
    code = """
import os, sys
from pathlib import Path
from benchmarks.reliability.seals import settings_of
from rag.llm.endpoint import Endpoint
from rag.model import Settings
settings = Settings(openai_base_url="http://127.0.0.1:9/v1", openai_api_key="k", _env_file=None)
endpoint = Endpoint(settings)
before = endpoint.client()
child = os.fork()
if not child:
    os._exit(0 if endpoint.client() is not before and not before.is_closed() else 3)
same = endpoint.client() is before and not before.is_closed()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) or (not same))
"""
    done = subprocess.run([sys.executable, "-c", code, str(base())], capture_output=True, text=True, check=False, timeout=300)
    return "" if not done.returncode else f"{done.returncode} {done.stderr[-800:]}"


def forked_in_a_reading(folder: Path, _: int) -> str:
    """A child that is forked while its parent reads goes on reading."""
    code = """
import os, sys
from pathlib import Path
from benchmarks.reliability.seals import settings_of
from rag.index import open_index
with open_index(settings_of(Path(sys.argv[1]))) as index, index.reading() as generation:
    one = next(iter(generation.passages_of([next(generation.listing()).id]).values()))[0].id
    vector = generation.vectors([one])[0]
    before = generation.search_dense(vector, 3)
    child = os.fork()
    same = generation.search_dense(vector, 3) == before and generation.count() > 0
    if not child:
        os._exit(0 if same else 3)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) or (not same))
"""
    done = subprocess.run([sys.executable, "-c", code, str(base())], capture_output=True, text=True, check=False, timeout=300)
    return "" if not done.returncode else f"{done.returncode} {done.stderr[-800:]}"


def read_while_replaced(folder: Path, _: int) -> str:
    """A generation that is being read outlives the one that takes its place, and goes when it is left."""
    place = copied(folder)
    settings = settings_of(place)
    with open_index(settings) as index, index.reading() as generation:
        name, before = generation.name, [one.id for one in generation.listing()]
        for number in range(2):
            write_corpus(place / "corpus" / f"more{number}.jsonl", 5, seed=20 + number)
            bring_up_to_date(settings)
        if [one.id for one in generation.listing()] != before or not (place / "index" / "generations" / name).is_dir():
            return "what was read changed or went"
    bring_up_to_date(settings)
    return "" if not (place / "index" / "generations" / name).is_dir() else "it was never removed"


def slow_lock(folder: Path, _: int) -> str:
    """Another process writes for longer than one waits: that is said, with its number."""
    code = """
import sys
from pathlib import Path
from benchmarks.reliability.seals import settings_of
from rag.index.generations import writing
with writing(settings_of(Path(sys.argv[1]))):
    print("writing", flush=True)
    sys.stdin.read()
"""
    place = copied(folder)
    with subprocess.Popen([sys.executable, "-c", code, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        started = time.monotonic()
        try:
            bring_up_to_date(settings_of(place).model_copy(update={"lock_timeout": 0.2}))
            return "it did not wait for the other"
        except RagError as error:
            told = f"Process {other.pid}" in str(error) and time.monotonic() - started < 60
            wrong = "" if told and said(settings_of(place)) else str(error)
        finally:
            other.kill()
    return wrong or repaired(settings_of(place), said(settings_of(base())))


FAULTS = (
    Fault("index", "a forked child asks", forked, tries=5),
    Fault("index", "a fork after a model service was asked", forked_with_a_model),
    Fault("index", "a fork in the middle of a reading", forked_in_a_reading, tries=5),
    Fault("index", "a generation replaced twice while it is read", read_while_replaced, tries=3),
    Fault("index", "another process writes for long", slow_lock),
)
