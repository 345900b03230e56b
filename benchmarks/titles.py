"""Figures of the listing readers: abstracts read, metadata and titles right, and glued titles of other fields found again.

Run as `python -m benchmarks.titles`; the halves of SciFact and CACM that are measured are not those that the weights were fitted to.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable

from benchmarks import title_data as data
from rag.corpus.shapes import SHAPES, detect
from rag.corpus.titles import find_boundary
from rag.model.records import Abstract


def read_corpus() -> dict[str, Abstract]:
    """The shipped corpus by references such as "002:6"."""
    found = {}
    for path in sorted(data.CORPUS.glob("*.txt")):
        lines = path.read_text(encoding="utf-8").split("\n")
        shape = detect(lines)
        for abstract in SHAPES[shape].read(path.name, lines).abstracts if shape else ():
            found[f"{path.name[:3]}:{abstract.sources[0].line}"] = abstract
    return found


def metadata_right(abstract: Abstract, row: dict[str, object]) -> bool:
    """True if all fields are as `titles_dev.jsonl` states them."""
    stated = (row["upvotes"], row["authors"], row["date"], row["year_inferred"], row["comments"])
    return (abstract.upvotes, abstract.authors, abstract.date, abstract.date_inferred, abstract.comments) == stated


def report(name: str, right: int, of: int) -> None:
    """Print one figure with its n."""
    print(f"{name:<62} {right:>5} of {of:>5}  {right / of:.1%}")


def glued(name: str, pairs: Iterable[data.Pair]) -> None:
    """Print how many boundaries of title and abstract are found exactly, and how long one takes."""
    lines = [(f"{title} {text}", len(title) + 1) for title, text in pairs]
    begin = time.perf_counter()
    found = [find_boundary(body)[0] for body, _ in lines]
    spent = (time.perf_counter() - begin) / len(lines)
    report(
        f"{name} ({spent * 1000:.2f} ms a line)", sum(offset == right for offset, (_, right) in zip(found, lines, strict=True)), len(lines)
    )


def main() -> None:
    """Print all figures."""
    corpus = read_corpus()
    rows = [json.loads(line) for line in (data.SHARED / "data" / "titles_dev.jsonl").read_text(encoding="utf-8").splitlines()]
    report("abstracts read", len(corpus), 159)
    report("titles_dev: metadata right", sum(metadata_right(corpus[row["ref"]], row) for row in rows), len(rows))
    report("titles_dev: exact titles", sum(corpus[row["ref"]].title == row["title"] for row in rows), len(rows))
    glued("feed, glued", data.feed())
    for name in ("cacm", "scifact"):
        pairs = data.collection(name, held_out=True)
        glued(f"{name}, glued, held out", pairs)
        glued(f"{name}, the same with titles in title case", data.with_capitals(pairs))
        glued(f"{name}, the same with a full stop after titles", data.with_full_stop(pairs))


if __name__ == "__main__":
    main()
