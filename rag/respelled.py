"""Other ways to write a literal mention: "wav2vec2", "wav2vec 2.0" and "Wav2Vec2.0" are one name to a reader and three to a scan."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from rag.filters import mention
from rag.records import Abstract

_CHUNKS = re.compile(r"[^\W\d_]+|\d+")
_BETWEEN = r"[\s._-]*"
_MOST = 3  # other spellings that are named


def respelled(value: str, abstracts: Iterable[Abstract]) -> tuple[int, tuple[str, ...]]:
    """How many abstracts have a mention only in another spelling, and these spellings, the commonest first.

    Another spelling has the same letters and digits in the same order, with other signs between them or none, and may lack or have a
    last ".0". (0, ()) for a mention that is one plain word.
    """
    chunks = _CHUNKS.findall(value)
    if len(chunks) < 2 or "".join(chunks).isdigit():
        return 0, ()
    if chunks[-1] == "0" and chunks[-2].isdigit():
        chunks.pop()
    last = rf"(?:{_BETWEEN}0)?" if chunks[-1].isdigit() else ""
    loose = re.compile(rf"(?<!\w){_BETWEEN.join(map(re.escape, chunks))}{last}(?!\w)", re.IGNORECASE)
    exact = mention(value, part=False)
    found: Counter[str] = Counter()
    count = 0
    for one in abstracts:
        if exact.search(one.text):
            continue
        spellings = {" ".join(match[0].split()).casefold(): " ".join(match[0].split()) for match in loose.finditer(one.text)}
        found.update(spellings.values())
        count += bool(spellings)
    return count, tuple(spelling for spelling, _ in sorted(found.items(), key=lambda item: (-item[1], item[0]))[:_MOST])
