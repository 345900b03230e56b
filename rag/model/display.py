"""Documents' text as people should see it: markup made plain, and nothing in it that steers a terminal or a page."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable, Sequence

from rag.model.records import Source

# Characters that LaTeX spells with commands.

# Combining characters by the character of the accent's command: \'e, \"o, \c{c}, ...
ACCENTS = {
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    '"': "\u0308",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
    "u": "\u0306",
    "v": "\u030c",
    "H": "\u030b",
    "c": "\u0327",
    "d": "\u0323",
    "b": "\u0331",
    "r": "\u030a",
    "k": "\u0328",
}

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon phi chi psi omega"
)
_LETTERS = "ss ß o ø O Ø ae æ AE Æ oe œ OE Œ l ł L Ł aa å AA Å i ı j ȷ S § P ¶ dag † ddag ‡ copyright © pounds £ euro €"
_MATH = """
    times × cdot · pm ± mp ∓ div ÷ sim ~ simeq ≃ approx ≈ propto ∝ equiv ≡ neq ≠ ne ≠ le ≤ leq ≤ leqslant ≤ ge ≥ geq ≥ geqslant ≥
    ll ≪ gg ≫ infty ∞ partial ∂ nabla ∇ sum ∑ prod ∏ int ∫ sqrt √ in ∈ notin ∉ subset ⊂ subseteq ⊆ cup ∪ cap ∩ emptyset ∅
    forall ∀ exists ∃ neg ¬ to → rightarrow → longrightarrow → Rightarrow ⇒ leftarrow ← leftrightarrow ↔ uparrow ↑ downarrow ↓
    mapsto ↦ ell ℓ hbar ℏ degree ° circ ° ldots … dots … cdots … textellipsis … prime ′ star ⋆ ast ∗ bullet • oplus ⊕ otimes ⊗
    langle ⟨ rangle ⟩ mid | lvert | rvert | Vert ‖ textendash – textemdash — textquoteleft ‘ textquoteright ’ textquotedblleft “
    textquotedblright ” textasciitilde ~ textbackslash ∖ varepsilon ε vartheta ϑ varphi φ Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ
    Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
"""


def _pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


SYMBOLS = {
    **{name: chr(0x3B1 + position) for position, name in enumerate(_GREEK.split())},
    **_pairs(_LETTERS),
    **_pairs(_MATH),
    **dict.fromkeys(("quad", "qquad", "newline", "par", "noindent", "xspace", "space"), " "),
    **dict.fromkeys(("left", "right", "big", "Big", "bigl", "bigr", "displaystyle", "it", "bf", "em", "rm", "sc", "tt", "sf"), ""),
}

_LOWERED = str.maketrans("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_RAISED = str.maketrans("0123456789+-=()ni*°", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ*°")


def lowered(text: str) -> str:
    """`text` as a subscript: H₂O, xᵢ; a word stays a word: "T5 large", and other letters keep their sign: D_KL."""
    if len(text) <= 3 and all(ord(character) in _LOWERED for character in text):
        return text.translate(_LOWERED)
    return f" {text}" if len(text) > 3 else f"_{text}"


def raised(text: str) -> str:
    """`text` as a superscript: 10⁻³, kept as `^text` where there are no such characters."""
    if text and all(ord(character) in _RAISED for character in text):
        return text.translate(_RAISED)
    return f"^{text}"


# Text as people should see it: residue of LaTeX, HTML and Markdown made plain. Stored text stays verbatim; offsets refer to that.

_Replacement = str | Callable[[re.Match[str]], str]


def clean_text(text: str) -> str:
    """`text` on one line with accents composed, quotes and dashes as in print, and commands, math and tags made plain."""
    for needed, pattern, replacement in _RULES:
        if needed in text:
            text = pattern.sub(replacement, text)
    return unicodedata.normalize("NFC", limit_marks(" ".join(text.split())))


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
_ARGUMENT = ("\\", r"\\(?:[A-Za-z]+)\*?(?:\[[^\]]{0,200}\])?\{([^{}]*)\}", r"\1")

# What a text must have in it for a rule to be tried, what is replaced, and by what. In this order: what a later rule would take for
# something else comes first.
_SOURCES: tuple[tuple[str, str, _Replacement], ...] = (
    ("&", r"&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,5}|[A-Za-z]\w{1,20});", lambda match: html.unescape(match[0])),
    ("<sub>", r"<sub>([^<>]{1,20})</sub>", lambda match: lowered(match[1])),
    ("<sup>", r"<sup>([^<>]{1,20})</sup>", lambda match: raised(match[1])),
    ("<", r"<br ?/?>|</(?:jats:)?(?:p|title|sec|div|li)>", " "),
    ("<", rf"</?(?:jats:|mml:)?(?:{_TAGS})(?: [^<>]*)?/?>", ""),
    ("", "[\u00ad\u200b\ufeff]", ""),
    ("**", r"\*\*(?=\S)([^*]+)(?<=\S)\*\*", r"\1"),
    (r"\"", r"(?<!\w)\\\"(?=\w)([^\\\"]*)\\\"(?!\w)", r"“\1”"),  # quotes that a program escaped
    (r"\'", r"(?<=\w)\\'(?=(?:s|t|d|m|re|ll|ve)\b)", "'"),  # and apostrophes
    ("\\", r"\\(?:footnote|thanks)\{(?:\\url\{([^{}]*)\}|([^{}]*))\}", r" (\1\2)"),
    ("\\", r"[ ~]?\\(?:cite[a-z]*|[a-z]*ref|label|[vh]space)\*?(?:\[[^\]]{0,200}\]){0,2}\{[^{}]*\}", ""),
    (r"\href", r"\\href\{[^{}]*\}(?=\{)", ""),
    ("{\\", r"\{\\(['`^\"~=.uvHcdbrk])\s*\{?(\\[ij]|[A-Za-z])\}?\}", _accent),
    ("\\", r"\\(['`^\"~=.])\s?\{(\\[ij]|[A-Za-z])\}", _accent),
    ("\\", r"\\(['`^\"~=.])(\\[ij](?![A-Za-z])|[A-Za-z])", _accent),
    ("\\", r"\\([uvHcdbrk])\{(\\[ij]|[A-Za-z])\}", _accent),
    ("\\", r"\\\\(?![%&$#_])|\\[ ,;:/!]", " "),
    ("\\", r"\\[()\[\]]", ""),
    (r"\sqrt", r"\\sqrt\{([^{}]*)\}", r"√\1"),
    ("$", r"(?<!\\)\$\$?(?=\S)([^$]{1,300}?)(?<=[^\s\\])\$\$?(?!\d)|(?<!\\)\$(\\[A-Za-z]+)\$", _math),
    ("\\", r"\\(ss|ae|AE|oe|OE|aa|AA|o|O|l|L)(?![A-Za-z])(?:\{\}|\s+(?=[a-z]))?", lambda match: SYMBOLS[match[1]]),
    ("\\", r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2"),
    ("{\\", rf"\{{\\(?:{_STYLES})\s+", "{"),
    _ARGUMENT,
    _ARGUMENT,
    _ARGUMENT,  # commands inside commands, three deep
    ("\\", r"(?<!:)" + _COMMAND.pattern, _symbol),
    ("{", r"(?<!\\)\{([^{},]{0,80}?)(?<!\\)\}", r"\1"),
    ("~", r"(?<=[^\s/(\[=])~(?=\S)|(?<!\S)~(?=-)", " "),
    ("\\", r"\\([%&$#_{}])", r"\1"),
    ("``", r"``", "“"),
    ("''", r"''", "”"),
    ("`", r"(?<!\w)`(?=\w)([^`'\n]*)'(?!\w)", r"‘\1’"),
    ("--", r"(https?://\S+)|(?<!-)---(?!-)", lambda match: match[1] or "—"),
    ("--", r"(https?://\S+)|(?<![\s-])--(?![\s-])|(?<=\s)--(?=[\s\d])", lambda match: match[1] or "–"),
)
_RULES = tuple((needed, re.compile(pattern), replacement) for needed, pattern, replacement in _SOURCES)


# Accents that are piled on one letter. Bringing them in their order takes quadratic time, and Unicode's own format for streams
# (UAX 15, stream-safe text) has at most thirty.

_MOST_MARKS = 30
_PILE = re.compile(rf"[^\w\t\n -~]{{{_MOST_MARKS + 1},}}")


def limit_marks(text: str) -> str:
    """`text` with the accents of a letter after the thirtieth replaced one for one by U+FFFD."""
    return text if text.isascii() else _PILE.sub(_thirty, text)


def _thirty(match: re.Match[str]) -> str:
    marks, kept = 0, []
    for character in match[0]:
        marks += unicodedata.combining(character) > 0
        kept.append("\ufffd" if marks > _MOST_MARKS and unicodedata.combining(character) else character)
    return "".join(kept)


# Documents' text made safe to show: cleaned, on one line, unable to steer a terminal, Markdown or HTML. Stored quotes are verbatim and go
# into JSON as they are; everything that people look at passes through here.

# Control characters of both blocks (among them ESC and CSI), what turns or hides the text around it, and tags, which nobody sees.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e00ff]"
)
_SPELLED = re.compile(f"{_UNSEEN.pattern}|[\u2028\u2029]")
_MARKS = re.compile(r"([\\`*_{}\[\]<>#!|~$&@])")
_LINE_START = re.compile(r"^(?:([-+=])|(\d{1,9})([.)]))")
_ADDRESS = re.compile(r"://|\bwww\.", re.IGNORECASE)


def strip_controls(text: str) -> str:
    """`text` without characters that a terminal obeys or that hide what is written; line breaks and tabs stay."""
    return _UNSEEN.sub("", text)


def spell_controls(written: str) -> str:
    """JSON with the same characters, and what breaks a line, written as escapes: it is read back as it was."""
    return _SPELLED.sub(lambda match: json.dumps(match[0])[1:-1], written)


def display_text(text: str) -> str:
    """`text` as people should read it, on one line, with nothing in it that a terminal would obey."""
    return unicodedata.normalize("NFC", limit_marks(strip_controls(clean_text(strip_controls(text)))))


def escape_markdown(text: str, *, typed: bool = False) -> str:
    """`text` shown and escaped: no part of it becomes a link, an image, a heading, a formula or HTML; where it was `typed`, as it was."""
    escaped = _MARKS.sub(r"\\\1", strip_controls(text) if typed else display_text(text))
    escaped = _ADDRESS.sub(lambda match: match[0].replace(":", r"\:").replace(".", r"\."), escaped)
    return _LINE_START.sub(lambda match: f"\\{match[1]}" if match[1] else f"{match[2]}\\{match[3]}", escaped)


def escape_html(text: str, *, typed: bool = False) -> str:
    """`text` shown and escaped for HTML, inside an element or a quoted attribute.

    What a user `typed` stays as it is, line breaks included: it is no document, and nothing in it is markup.
    """
    return html.escape(strip_controls(text) if typed else display_text(text), quote=True)


def locations(sources: Sequence[Source]) -> str:
    """Where an abstract stands, as "listing.txt:12", with all its places separated by commas."""
    return ", ".join(f"{strip_controls(source.file)}:{source.line}" for source in sources)


def pluralize(number: int, thing: str) -> str:
    """ "1 author", "2 authors", "1,200 authors"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
