"""What grows with the corpus, and should not? `python -m benchmarks.growth [--sizes 159 5000 100000] [--keep DIR] [--json FILE]`.

Each corpus is the shipped listings with abstracts that are put together from real sentences by chance, so that what is asked for by
name stands in all of them equally often. Measured are milliseconds of the processor, not of the clock: the median of some runs after
a first one, all threads and child processes together. Static vectors embed all sizes alike. The exit status is 1 where a kind of
question takes more than twice as long at the largest size as at the size before.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import benchmarks.one_thread  # noqa: F401 - before numpy
from benchmarks.development import DATA
from benchmarks.synthetic import write_recombined
from benchmarks.title_data import CORPUS
from benchmarks.unchanged import digest
from rag.assistant import Assistant
from rag.index.ingest import bring_up_to_date
from rag.index.paging import read_page
from rag.model.filters import NO_FILTERS
from rag.model.settings import Settings
from rag.text.sentences import sentence_spans
from ui.holdings import HoldingsCache, example_questions

SIZES = (159, 5000, 100_000)
RUNS = 5
MOST = 2.0  # times as long at the largest size as at the one before
_LEAST = 5.0  # milliseconds: what takes less at the largest size is noise

QUESTIONS = {
    "fact": "What makes post-pretraining forget the original languages?",
    "named work": "How does KS-Lottery find winning tickets?",
    "comparison": "How do KS-Lottery and MoE-LPR differ?",
    "yes or no": "Does MoE-LPR forget the original languages?",
    "fact of a year": "What do papers from 2021 say about proteins?",
    "count by year": "How many papers are from 2021?",
    "per year": "How many papers are there per year?",
    "ranking": "Which paper has the most upvotes?",
    "mean": "What is the average number of upvotes?",
    "look-up": "Who wrote KS-Lottery?",
    "look-up, none": "Who wrote Zyzzyva-{}?",
    "greeting": "Hello",
    "mention, rare": "Which papers mention {}?",
    "mention, many": "How many papers mention {}?",
    "mention, none": "Which papers mention zyzzyva-{}?",
    "topic": "How many papers are about {}?",
    "topic and year": "Which papers from 2024 are about {}?",
    "not a topic": "How many papers are not about {}?",
    "misspelt name": "How does KS-Lotery find winning tickets?",
    "overview": "What is in this corpus?",
    "what is new": "What is new?",
}

# What stands in the place of "{}", another each time, so that nothing is remembered; "many" stand in a share of all abstracts.
FILLED = {
    "mention, rare": ("wav2vec 2.0", "HuBERT", "LLaMA-2", "MoE-LPR", "LibriSpeech", "AudioPaLM", "Whisper", "GPT-4"),
    "mention, many": ("cells", "mice", "patients", "cancer", "protein", "disease", "gene", "risk"),
    "topic": ("speech translation", "forgetting", "sign language", "speech recognition", "lottery tickets", "dialogue", "emotion", "audio"),
}
FILLED["topic and year"] = FILLED["not a topic"] = FILLED["topic"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One corpus: milliseconds of the processor by what was done, and the digest of each answer."""

    abstracts: int
    milliseconds: Mapping[str, float]
    digests: Mapping[str, str]


def write_corpus(folder: Path, size: int, *, seed: int = 1) -> None:
    """The shipped listings, and as many abstracts of recombined sentences as are missing."""
    folder.mkdir(parents=True)
    for path in sorted(CORPUS.glob("*.txt")):
        shutil.copy(path, folder / path.name)
    if size > SIZES[0]:
        write_recombined(folder / "recombined.jsonl", size - SIZES[0], real_sentences(), seed=seed)


def real_sentences() -> list[str]:
    """The sentences of SciFact's abstracts; without the development data, those of the shipped listings."""
    path = DATA / "retrieval" / "scifact" / "corpus.jsonl"
    if path.exists():
        texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    else:
        texts = [line for one in sorted(CORPUS.glob("*.txt")) for line in one.read_text(encoding="utf-8").splitlines()]
    spoken = (text[start:end] for text in texts for start, end in sentence_spans(text))
    return list(dict.fromkeys(one for one in spoken if 6 <= len(one.split()) <= 40))


def built(folder: Path, size: int) -> Settings:
    """The settings of an index of that size below a folder, which is made where it is not there yet."""
    place = folder / str(size)
    settings = Settings(index_dir=place / "index", corpus=(place / "corpus",), embedding="wordllama", mode="extract", _env_file=None)
    if not (place / "written").exists():
        shutil.rmtree(place, ignore_errors=True)
        write_corpus(place / "corpus", size)
        (place / "written").touch()
    bring_up_to_date(settings)
    return settings


def processor_time() -> float:
    """Milliseconds that this process and its finished children have taken of the processor."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return 1000 * sum(one.ru_utime + one.ru_stime for one in used)


def cost(work: Callable[[], object], runs: int = RUNS, first: int = 1) -> float:
    """The median of some runs, after `first` that do not count."""
    taken = []
    for _ in range(first + runs):
        before = processor_time()
        work()
        taken.append(processor_time() - before)
    return median(taken[first:])


def measure(settings: Settings, runs: int, only: Sequence[str]) -> Measured:
    """Ask everything of one index, and do everything else that a user waits for; `only` what is named so, if anything is."""
    digests: dict[str, str] = {}
    times: dict[str, float] = {}
    with Assistant.open(settings) as assistant:
        assistant.ask(QUESTIONS["fact"])
        works: dict[str, Callable[[], object]] = {name: _asking(assistant, cycle(wordings(name))) for name in QUESTIONS}
        works |= _around(assistant, settings)
        chosen = [name for name in works if not only or name in only]
        for name in chosen:
            times[name] = cost(works[name], runs)
            if name in QUESTIONS:
                digests |= {text: digest(assistant.ask(text)) for text in wordings(name)}
        with assistant.reading() as generation:
            abstracts = generation.manifest.abstracts
    if not only or "adding 100" in only:
        times["adding 100"] = adding(settings)
    return Measured(abstracts, times, digests)


def wordings(name: str) -> list[str]:
    """The questions of one kind."""
    text = QUESTIONS[name]
    return [text.format(one) for one in FILLED.get(name, range(9))] if "{}" in text else [text]


def _asking(assistant: Assistant, questions: Iterator[str]) -> Callable[[], object]:
    return lambda: assistant.ask(next(questions))


def _around(assistant: Assistant, settings: Settings) -> dict[str, Callable[[], object]]:
    """What is done besides asking."""

    def listing() -> None:
        with assistant.reading() as generation:
            list(islice(generation.listing(), 10))

    def page() -> None:
        with assistant.reading() as generation:
            read_page(generation, NO_FILTERS, "newest", 100, 25)

    def by_beginning() -> None:
        with assistant.reading() as generation:
            generation.ids_beginning(next(generation.listing()).id[:8])

    def first_overview() -> None:
        with Assistant.open(settings) as opened:
            opened.ask(QUESTIONS["overview"])

    return {
        "first ten": listing,
        "page of papers": page,
        "start of an id": by_beginning,
        "first overview": first_overview,
        "rag papers": lambda: _command(settings, "papers", "--limit", "10"),
        "rag ask": lambda: _command(settings, "ask", QUESTIONS["named work"]),
        "opening": lambda: Assistant.open(settings).close(),
        "holdings": lambda: HoldingsCache(assistant).holdings(),
        "starters": lambda: example_questions(assistant),
    }


def _command(settings: Settings, *arguments: str) -> None:
    corpus = os.pathsep.join(map(str, settings.corpus))
    surroundings = {**os.environ, "RAG_INDEX_DIR": str(settings.index_dir), "RAG_CORPUS": corpus, "RAG_EMBEDDING": settings.embedding}
    subprocess.run([sys.executable, "-m", "rag", *arguments], env=surroundings, check=True, capture_output=True)


def adding(settings: Settings) -> float:
    """Adding a hundred papers to a copy of an index, after a hundred others: to a copy, whatever is added looks through the whole file."""
    with tempfile.TemporaryDirectory() as name:
        index = Path(name) / "index"
        shutil.copytree(settings.index_dir, index)
        copied, more = settings.model_copy(update={"index_dir": index}), iter([Path(name) / f"{number}.jsonl" for number in (2, 3)])
        for number in (2, 3):
            write_recombined(Path(name) / f"{number}.jsonl", 100, real_sentences(), seed=number)
        return cost(lambda: bring_up_to_date(copied, [next(more)], add=True), runs=1, first=1)


def growths(measured: Sequence[Measured]) -> dict[str, float]:
    """How many times as long each thing takes at the largest size as at the one before; 1 for what hardly takes any time."""
    if len(measured) < 2:
        return {}
    before, last = measured[-2].milliseconds, measured[-1].milliseconds
    return {name: last[name] / max(before[name], _LEAST / MOST) if last[name] >= _LEAST else 1.0 for name in last}


def table(measured: Sequence[Measured]) -> Iterator[str]:
    """The figures as lines of text, one a thing that was done."""
    grown = growths(measured)
    yield f"{'CPU ms':<16}" + "".join(f"{one.abstracts:>11,}" for one in measured) + f"{'growth':>9}"
    for name in measured[-1].milliseconds:
        factor = f"{grown[name]:>8.1f}x" if name in grown else ""
        mark = "  *" if grown.get(name, 0.0) > MOST else ""
        yield f"{name:<16}" + "".join(f"{one.milliseconds[name]:>11,.1f}" for one in measured) + factor + mark


@contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep.absolute()
        return
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def main() -> int:
    """Print the table; 1 where anything grows too much."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="abstracts of each corpus")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each thing, of which the median counts")
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="measure these rows alone")
    parser.add_argument("--keep", type=Path, help="folder in which the indexes stay, so that a second run is quick")
    parser.add_argument("--json", type=Path, help="file for the figures and the digests of the answers")
    arguments = parser.parse_args()
    with _place(arguments.keep) as folder:
        measured = [measure(built(folder, size), arguments.runs, arguments.only) for size in arguments.sizes]
    print("\n".join(table(measured)))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(one) for one in measured], indent=2) + "\n", encoding="utf-8")
    return int(any(factor > MOST for factor in growths(measured).values()))


if __name__ == "__main__":
    sys.exit(main())
