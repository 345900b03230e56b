"""Documents' text made safe to show: cleaned, on one line, unable to steer a terminal, Markdown or HTML.

Stored quotes are verbatim and go into JSON as they are; everything that people look at passes through here.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence

from rag.corpus.display import clean
from rag.records import Source

# Control characters of both blocks (among them ESC and CSI), and what turns or hides the text around it.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_MARKS = re.compile(r"([\\`*_{}\[\]<>#!|~$&@])")
_LINE_START = re.compile(r"^(?:([-+=])|(\d{1,9})([.)]))")
_ADDRESS = re.compile(r"://|\bwww\.", re.IGNORECASE)


def without_controls(text: str) -> str:
    """`text` without characters that a terminal obeys or that hide what is written; line breaks and tabs stay."""
    return _UNSEEN.sub("", text)


def shown(text: str) -> str:
    """`text` as people should read it, on one line, with nothing in it that a terminal would obey."""
    return unicodedata.normalize("NFC", without_controls(clean(without_controls(text))))


def markdown(text: str) -> str:
    """`text` shown and escaped: no part of it becomes a link, an image, a heading, a formula or HTML."""
    escaped = _MARKS.sub(r"\\\1", shown(text))
    escaped = _ADDRESS.sub(lambda match: match[0].replace(":", r"\:").replace(".", r"\."), escaped)
    return _LINE_START.sub(lambda match: f"\\{match[1]}" if match[1] else f"{match[2]}\\{match[3]}", escaped)


def markup(text: str) -> str:
    """`text` shown and escaped for HTML, inside an element or a quoted attribute."""
    return html.escape(shown(text), quote=True)


def places(sources: Sequence[Source]) -> str:
    """Where an abstract stands, as "listing.txt:12", with all its places separated by commas."""
    return ", ".join(f"{without_controls(source.file)}:{source.line}" for source in sources)


def counted(number: int, thing: str) -> str:
    """ "1 author", "2 authors", "1,200 authors"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
