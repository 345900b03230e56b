"""How long a user waits: `python -m benchmarks.speed`. Indexing and the first answer in cold processes, later answers in a warm one.

Bytecode is taken as it is found: `make bench` compiles it first. More about indexing: `python -m benchmarks.indexing`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks.development import DATA, rows, temporary_settings
from benchmarks.indexing import measure, summary
from benchmarks.title_data import CORPUS
from rag.assistant import Assistant
from rag.model.settings import Settings

RUNS = 3  # of indexing
COLD_ASKS = 5
QUESTION = "How does KS-Lottery find winning tickets?"
HEAVY = "llama_index", "openai"

# The command itself, and then which of the heavy libraries it has imported.
_ASK_AND_TELL = f"""
import json, sys
from rag.cli.commands import main
try:
    main()
finally:
    print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)
"""


def cold_ask(settings: Settings) -> float:
    """Seconds that the installed command takes to answer, from its start to its end."""
    begin = time.perf_counter()
    subprocess.run([_command(), "ask", QUESTION], env=_surroundings(settings), check=True, capture_output=True)
    return time.perf_counter() - begin


def imported_by_ask(settings: Settings) -> list[str]:
    """The heavy libraries that answering from a ready index imports."""
    command = [sys.executable, "-c", _ASK_AND_TELL, "ask", QUESTION]
    done = subprocess.run(command, env=_surroundings(settings), check=True, capture_output=True, text=True)
    names: list[str] = json.loads(done.stderr.splitlines()[-1])
    return names


def warm_asks(settings: Settings) -> list[float]:
    """Milliseconds of each development question in one process, after a first question."""
    with Assistant.open(settings) as assistant:
        assistant.ask(QUESTION)
        return [assistant.ask(row["question"], row.get("history")).seconds * 1000 for row in rows("questions_dev.jsonl")]


def _command() -> str:
    return str(Path(sys.executable).with_name("rag"))


def _surroundings(settings: Settings) -> dict[str, str]:
    corpus = os.pathsep.join(map(str, settings.corpus))
    return {**os.environ, "RAG_INDEX_DIR": str(settings.index_dir), "RAG_CORPUS": corpus}


def main() -> None:
    """Print all figures."""
    print(summary("indexing SciFact", [measure(DATA / "retrieval" / "scifact" / "corpus.jsonl") for _ in range(RUNS)]), flush=True)
    print(summary("indexing the four listings", [measure(CORPUS) for _ in range(RUNS)]), flush=True)
    with temporary_settings() as settings:
        cold = [cold_ask(settings) for _ in range(COLD_ASKS)]
        print(f"`rag ask`, cold process: median {median(cold):.2f} s, n = {len(cold)}")
        print(f"of {' and '.join(HEAVY)} it imports: {' and '.join(imported_by_ask(settings)) or 'neither'}")
        warm = warm_asks(settings)
        print(f"warm: median {median(warm):.1f} ms, longest {max(warm):.0f} ms, n = {len(warm)}")


if __name__ == "__main__":
    main()
