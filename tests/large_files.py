"""Files of rows, some of them odd, and limits under which a small one is read in batches of seven."""

from __future__ import annotations

import json
import random
from pathlib import Path

from rag.corpus import Limits
from rag.corpus.gate_limits import Batches

LIMITS = Limits(batch=Batches(records=7, whole=100))


def rows(number: int, *, seed: int = 1) -> list[str]:
    """Lines of JSON of which some are broken, empty, no paper, or in letters beyond ASCII."""
    source = random.Random(seed)
    odd = ["{broken", "", "[1]", '{"title": "", "abstract": ""}', '{"title": "Ünïcode", "year": "soon"}', "not JSON at all"]
    lines = [json.dumps({"title": f"Paper {seed} {line}", "abstract": f"On {line} kinds of wasps."}) for line in range(number)]
    return [source.choice(odd) if place > 4 and source.random() < 0.2 else line for place, line in enumerate(lines)]


def written(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
