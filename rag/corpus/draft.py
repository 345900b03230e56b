"""What every reader makes: a `Reading` of one file, its abstracts built in one place so that ids and labels agree."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.corpus.names import label
from rag.records import Abstract, FieldSpan, Problem, Source

# All that `str.isalnum` is false for, at a tenth of the time.
_NO_LETTER = re.compile(r"[\W_]+")
# A URL ends before white space, brackets and quotes; a full stop or comma at its end belongs to the sentence.
_URL = re.compile(r"""https?://[^\s<>"'{}|\\^`\[\]]+""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave: its shape, its abstracts (each with one source), and what could not be read.

    `columns` says which column of a table was read as which field; empty for other shapes.
    """

    file: str
    shape: str
    abstracts: tuple[Abstract, ...]
    problems: tuple[Problem, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)


def abstract_id(title: str | None, text: str) -> str:
    """Twelve hexadecimal digits of the SHA-256 of the letters and digits of title and text.

    Case, accents, punctuation, white space and LaTeX quoting do not count, nor does where the title ends and
    the text begins, so that a better reading of a title boundary does not change the id.
    """
    folded = unicodedata.normalize("NFKD", f"{title or ''} {text}").casefold()
    letters = _NO_LETTER.sub("", folded)
    return hashlib.sha256(letters.encode()).hexdigest()[:12]


def find_urls(text: str) -> tuple[str, ...]:
    """The http(s) URLs that a text mentions, once each, in order, without the sentence's own punctuation."""
    found = (match.group().rstrip(".,;:!?)") for match in _URL.finditer(text))
    return tuple(dict.fromkeys(found))


def make_abstract(
    *, file: str, line: int, start: int, end: int, text: str, title: str | None = None, fields: Sequence[FieldSpan] = (), **others: Any
) -> Abstract:
    """An abstract with one source; `others` are further fields of `Abstract` (upvotes, date, ...)."""
    urls = tuple(dict.fromkeys((*others.pop("urls", ()), *find_urls(text))))
    return Abstract(
        id=abstract_id(title, text),
        title=title,
        text=text,
        label=label(title, text),
        urls=urls,
        sources=(Source(file, line, start, end, tuple(fields)),),
        **others,
    )
