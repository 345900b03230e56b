"""Text as people should see it: residue of LaTeX, HTML and Markdown made plain. Stored text stays verbatim; offsets refer to that."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable

from rag.corpus.symbols import ACCENTS, SYMBOLS, lowered, raised

_Replacement = str | Callable[[re.Match[str]], str]


def clean(text: str) -> str:
    """`text` on one line with accents composed, quotes and dashes as in print, and commands, math and tags made plain."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _accent(match: re.Match[str]) -> str:
    """The accented letter; the letter alone where no such letter exists."""
    letter = match[2].lstrip("\\")
    composed = unicodedata.normalize("NFC", letter + ACCENTS[match[1]])
    return composed if len(composed) == 1 else letter


def _symbol(match: re.Match[str]) -> str:
    """The character that a command stands for, else its name: most commands of authors spell what they print."""
    return SYMBOLS.get(match[1], match[1])


def _math(match: re.Match[str]) -> str:
    content = match[1] or match[2]
    if " " in content and not re.search(r"[\\_^{}=<>+|]", content):
        return match[0]  # two prices, not a formula
    return re.sub(r"([_^])(?:\{([^{}]*)\}|(\\[A-Za-z]+|[A-Za-z0-9*+-]))", _script, content)


def _script(match: re.Match[str]) -> str:
    content = _COMMAND.sub(_symbol, match[2] or match[3] or "")
    return lowered(content) if match[1] == "_" else raised(content)


_COMMAND = re.compile(r"\\([A-Za-z]+)(?:\{\})?")
_STYLES = "it|bf|em|rm|sc|tt|sf|itshape|bfseries|small|large"
_TAGS = "i|b|u|p|em|strong|span|sub|sup|sc|div|a|li|ul|ol|title|sec|italic|bold|math|inline-formula|tex-math|m[a-z]{1,10}"
_ARGUMENT = (r"\\(?:[A-Za-z]+)\*?(?:\[[^\]]*\])?\{([^{}]*)\}", r"\1")

# In this order: what a later rule would take for something else comes first.
_SOURCES: tuple[tuple[str, _Replacement], ...] = (
    (r"&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,5}|[A-Za-z]\w{1,20});", lambda match: html.unescape(match[0])),
    (r"<sub>([^<>]{1,20})</sub>", lambda match: lowered(match[1])),
    (r"<sup>([^<>]{1,20})</sup>", lambda match: raised(match[1])),
    (r"<br ?/?>|</(?:jats:)?(?:p|title|sec|div|li)>", " "),
    (rf"</?(?:jats:|mml:)?(?:{_TAGS})(?: [^<>]*)?/?>", ""),
    ("[\u00ad\u200b\ufeff]", ""),
    (r"\*\*(?=\S)([^*]+)(?<=\S)\*\*", r"\1"),
    (r"(?<!\w)\\\"(?=\w)([^\\\"]*)\\\"(?!\w)", r"“\1”"),  # quotes that a program escaped
    (r"(?<=\w)\\'(?=(?:s|t|d|m|re|ll|ve)\b)", "'"),  # and apostrophes
    (r"\\(?:footnote|thanks)\{(?:\\url\{([^{}]*)\}|([^{}]*))\}", r" (\1\2)"),
    (r"[ ~]?\\(?:cite[a-z]*|[a-z]*ref|label|[vh]space)\*?(?:\[[^\]]*\])*\{[^{}]*\}", ""),
    (r"\\href\{[^{}]*\}(?=\{)", ""),
    (r"\{\\(['`^\"~=.uvHcdbrk])\s*\{?(\\[ij]|[A-Za-z])\}?\}", _accent),
    (r"\\(['`^\"~=.])\s?\{(\\[ij]|[A-Za-z])\}", _accent),
    (r"\\(['`^\"~=.])(\\[ij](?![A-Za-z])|[A-Za-z])", _accent),
    (r"\\([uvHcdbrk])\{(\\[ij]|[A-Za-z])\}", _accent),
    (r"\\\\(?![%&$#_])|\\[ ,;:/!]", " "),
    (r"\\[()\[\]]", ""),
    (r"\\sqrt\{([^{}]*)\}", r"√\1"),
    (r"(?<!\\)\$\$?(?=\S)([^$]{1,300}?)(?<=[^\s\\])\$\$?(?!\d)|(?<!\\)\$(\\[A-Za-z]+)\$", _math),
    (r"\\(ss|ae|AE|oe|OE|aa|AA|o|O|l|L)(?![A-Za-z])(?:\{\}|\s+(?=[a-z]))?", lambda match: SYMBOLS[match[1]]),
    (r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2"),
    (rf"\{{\\(?:{_STYLES})\s+", "{"),
    _ARGUMENT,
    _ARGUMENT,
    _ARGUMENT,  # commands inside commands, three deep
    (r"(?<!:)" + _COMMAND.pattern, _symbol),
    (r"(?<!\\)\{([^{},]{0,80}?)(?<!\\)\}", r"\1"),
    (r"(?<=[^\s/(\[=])~(?=\S)|(?<!\S)~(?=-)", " "),
    (r"\\([%&$#_{}])", r"\1"),
    (r"``", "“"),
    (r"''", "”"),
    (r"(?<!\w)`(?=\w)([^`'\n]*)'(?!\w)", r"‘\1’"),
    (r"(https?://\S+)|(?<!-)---(?!-)", lambda match: match[1] or "—"),
    (r"(https?://\S+)|(?<![\s-])--(?![\s-])|(?<=\s)--(?=[\s\d])", lambda match: match[1] or "–"),
)
_RULES = tuple((re.compile(pattern), replacement) for pattern, replacement in _SOURCES)
