"""Makes `rag/text/data/idf-1.tsv` and `token-idf-1.npy`: how rare each stem, and each wordllama token, is in research and web prose.

The documents: the abstracts of SciFact (Wadden et al. 2020) and of the CACM collection, the passages of AttributionBench's
development set (Li et al. 2024), and the shipped corpus. Only counts are kept, of stems that three or more documents hold,
so no text can be recovered. The table is versioned and shipped because verdicts must not drift with the corpus.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rag.embedding.wordllama import wordllama_tokenizer
from rag.text.words import IDF_VERSION, stems

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
FEWEST = 3


def documents() -> Iterator[str]:
    """The texts that are counted, each once."""
    for name in ("scifact", "cacm"):
        for line in (SHARED / "retrieval" / name / "corpus.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield f"{row.get('title', '')} {row.get('text', '')}"
    seen = set()
    for line in (SHARED / "support" / "attributionbench_dev.jsonl").read_text(encoding="utf-8").splitlines():
        text = json.loads(line)["doc"][:5000]
        if text not in seen:
            seen.add(text)
            yield text
    for file in sorted((ROOT / "data" / "corpus").glob("*.txt")):
        yield from file.read_text(encoding="utf-8").splitlines()


def main() -> None:
    """Count and write the table."""
    counts: Counter[str] = Counter()
    tokens = np.zeros(32000, dtype=np.int64)
    total = 0
    tokenizer = wordllama_tokenizer()
    for text in documents():
        total += 1
        counts.update(set(stems(text)))
        tokens[np.unique(tokenizer.encode(text, add_special_tokens=False).ids)] += 1
    kept = sorted((stem, count) for stem, count in counts.items() if count >= FEWEST)
    target = ROOT / "rag" / "text" / "data" / f"idf-{IDF_VERSION}.tsv"
    target.write_text(f"#documents\t{total}\n" + "".join(f"{stem}\t{count}\n" for stem, count in kept), encoding="utf-8")
    # ln(N / (df + 0.5)) as for stems; a token that was never met counts as met once.
    weights = np.maximum(0.1, np.log(total / (np.maximum(tokens, 1) + 0.5))).astype(np.float16)
    np.save(target.with_name(f"token-idf-{IDF_VERSION}.npy"), weights)
    print(f"{len(kept)} stems of {total} documents in {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
