"""All figures of the README, one after another: `make bench` or `python -m benchmarks`."""

from __future__ import annotations

import sys

from benchmarks import questions, retrieval, sentences, speed, support, titles
from benchmarks.development import DATA
from rag.text.sentences import sentence_spans


def own_sentences() -> None:
    """Print how our splitter does on the hand-checked sentences; `python -m benchmarks.sentences` has others beside it."""
    gold = list(sentences.gold())
    wrong = sum(sentences.bad(sentence_spans, text, spans) for text, spans in gold)
    print(f"sentences cut badly: {wrong} of {sum(len(spans) for _, spans in gold)} in {len(gold)} abstracts")


PARTS = {
    "Reading the listings": titles.main,
    "Sentences": own_sentences,
    "Answers to the development questions": questions.main,
    "Support": support.main,
    "Retrieval": retrieval.main,
    "Speed": speed.main,
}


def main() -> None:
    """Print all figures, each part under a heading."""
    if not DATA.is_dir():
        sys.exit("The development data is not here: it is expected in a folder named shared beside the repository.")
    for heading, part in PARTS.items():
        print(f"\n{heading}\n{'-' * len(heading)}", flush=True)
        part()


if __name__ == "__main__":
    main()
