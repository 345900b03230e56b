"""How well and how fast sentence splitters cut abstracts: `python -m benchmarks.sentences`.

Ours against pysbd, blingfire and nltk's punkt, each only if it is installed (none is a dependency). A sentence of the
gold files counts as cut badly where the splitter gives no sentence of exactly its extent.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rag.text.sentences import sentence_spans

ROOT = Path(__file__).parent.parent
GOLD = ROOT / "tests" / "data" / "sentences.jsonl"
CASES = ROOT / "tests" / "data" / "sentence_cases.txt"

Spans = list[tuple[int, int]]
Splitter = Callable[[str], Spans]


def main() -> None:
    """Print sentences cut badly, abstracts with any, and abstracts a second, for each splitter."""
    corpus, cases = list(gold()), list(written_cases())
    print(f"{'splitter':<10} {'bad sentences, corpus':<23} {'bad abstracts':<14} {'bad sentences, cases':<22} abstracts/s")
    for name, splitter in splitters():
        wrong = [bad(splitter, text, spans) for text, spans in corpus]
        hard = sum(bad(splitter, text, spans) for text, spans in cases)
        sentences, hard_sentences = sum(len(spans) for _, spans in corpus), sum(len(spans) for _, spans in cases)
        pages = f"{sum(map(bool, wrong))} of {len(corpus)}"
        print(
            f"{name:<10} {f'{sum(wrong)} of {sentences}':<23} {pages:<14} {f'{hard} of {hard_sentences}':<22} {speed(splitter, corpus):.0f}"
        )


def gold() -> Iterator[tuple[str, Spans]]:
    """The corpus's abstracts and their sentences, as read by hand."""
    for record in map(json.loads, GOLD.read_text(encoding="utf-8").splitlines()):
        lines = (ROOT / "data" / "corpus" / record["file"]).read_text(encoding="utf-8").split("\n")
        yield lines[record["line"] - 1][record["start"] : record["end"]], [(start, end) for start, end in record["sentences"]]


def written_cases() -> Iterator[tuple[str, Spans]]:
    """The hard cases of other fields, written with "¦" between sentences."""
    for line in CASES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            text, spans = "", []
            for part in line.split("¦"):
                spans.append((len(text), len(text) + len(part.rstrip())))
                text += part
            yield text, spans


def bad(splitter: Splitter, text: str, spans: Spans) -> int:
    """How many sentences the splitter does not give exactly."""
    return len(set(spans) - set(splitter(text)))


def speed(splitter: Splitter, corpus: list[tuple[str, Spans]]) -> float:
    """Abstracts a second of processor time."""
    begin = time.process_time()
    for text, _ in corpus:
        splitter(text)
    return len(corpus) / (time.process_time() - begin)


def splitters() -> Iterator[tuple[str, Splitter]]:
    """Ours, and those of the others that are installed."""
    yield "ours", sentence_spans
    for name, load in (("blingfire", load_blingfire), ("pysbd", load_pysbd), ("punkt", load_punkt)):
        try:
            yield name, load()
        except (ImportError, LookupError):  # nltk raises LookupError where punkt's data is missing
            print(f"{name:<10} not installed")


def load_blingfire() -> Splitter:
    """Microsoft's automaton."""
    from blingfire import text_to_sentences_and_offsets

    return lambda text: trimmed(text, text_to_sentences_and_offsets(text)[1])


def load_pysbd() -> Splitter:
    """Rules of the "golden rules" family."""
    import pysbd

    segmenter = pysbd.Segmenter(language="en", clean=False, char_span=True)
    return lambda text: trimmed(text, [(one.start, one.end) for one in segmenter.segment(text)])


def load_punkt() -> Splitter:
    """nltk's statistical model, where its data is at hand."""
    from nltk.tokenize import PunktTokenizer

    tokenizer = PunktTokenizer("english")
    return lambda text: trimmed(text, list(tokenizer.span_tokenize(text)))


def trimmed(text: str, spans: Any) -> Spans:
    """Spans without the white space at their edges."""
    parts = [(start, text[start:end]) for start, end in spans if text[start:end].strip()]
    return [(start + len(part) - len(part.lstrip()), start + len(part.rstrip())) for start, part in parts]


if __name__ == "__main__":
    main()
