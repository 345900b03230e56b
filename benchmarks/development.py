"""What the benchmarks measure on: the development data, and an assistant on an index that is thrown away afterwards."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.title_data import CORPUS, SHARED
from rag.assistant import Assistant
from rag.index.ingest import bring_up_to_date
from rag.model.settings import Settings

DATA = SHARED / "data"


def rows(name: str) -> list[dict[str, Any]]:
    """The records of a JSON Lines file of the development data."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


@contextmanager
def temporary_settings(corpus: Path = CORPUS, **options: Any) -> Iterator[Settings]:
    """Settings of a fresh index of `corpus`, with `options`, whatever the surroundings say; the index is gone after the block."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(index_dir=Path(folder) / "index", corpus=(corpus,), _env_file=None, **options)
        bring_up_to_date(settings)
        yield settings


@contextmanager
def temporary_assistant(corpus: Path = CORPUS) -> Iterator[Assistant]:
    """An assistant on a fresh index of `corpus`."""
    with temporary_settings(corpus) as settings, Assistant.open(settings) as assistant:
        yield assistant


def references(assistant: Assistant) -> dict[str, str]:
    """The abstract id behind each reference such as "002:6": the listing's first three characters and the line."""
    return {f"{source.file[:3]}:{source.line}": one.id for one in assistant.abstracts() for source in one.sources}


def area(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """The area under the ROC curve: how often a positive has the higher score, a tie counting half."""
    ordered = sorted((*positives, *negatives))
    first: dict[float, int] = {}
    last: dict[float, int] = {}
    for rank, score in enumerate(ordered, start=1):
        first.setdefault(score, rank)
        last[score] = rank
    ranks = sum((first[score] + last[score]) / 2 for score in positives)
    least = len(positives) * (len(positives) + 1) / 2
    return float((ranks - least) / (len(positives) * len(negatives)))
