"""Literal mentions that questions ask for: "that mention wav2vec 2.0", "with BERT in the title"; and other spellings of one name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rag.model import Abstract, Place, Range, Scan, ScanKind, mention_pattern
from rag.questions.amounts import Part
from rag.text import BE, DO, HAVE

# Literal mentions that questions ask for: "that mention wav2vec 2.0", "contain the phrase ...", "with BERT in the title".

_WORD = (
    r"(?:the |an? |any of the )?(?:(?:whole |exact |literal )?(?:words?|phrases?|terms?|strings?|names?|acronyms?|abbreviations?"
    r"|expressions?|tokens?|substrings?|characters?|letters?)(?: sequence)?:? )"
)
_NOT = rf"(?P<negated>(?:(?:{DO}|are|is) not |don't |doesn't |never |not |without (?:ever )?|neither |nowhere )?)"
_LACKING = r"(?P<lacking>without|lack(?:s|ing)?|minus)"
_VERBS = (
    r"(?:mention(?:s|ed|ing)?|contain(?:s|ed|ing)?|nam(?:e|es|ing)(?= (?-i:[A-Z\"']))|refer(?:s|ring)? to|cit(?:e|es"
    r"|ing)(?= (?-i:[A-Z\"'])))"
)
_SAYS = r"(?:includ(?:e|es|ing)|us(?:e|es|ing)|hav(?:e|ing)|has|with|say(?:s|ing)?|spell(?:s|ing)?|featur(?:e|es|ing))"
_QUOTE = r"(?:\"[^\"]+\"|'[^']+'(?!\w)|`[^`]+`)"
_AUX = rf"(?:{DO}|{BE}|{HAVE}|can|will|gets?|got)"
_OCCURS = (
    r"(?:(?:explicitly |literally |ever |actually |be |been |get |gets |being |to be ){0,4}(?:occurs?|occurring|appears?|appearing"
    r"|mentioned|found|named|"
    r"comes? up|shows? up|turns? up|stands?|present|exists?|cited|referred to|spoken of|used)|get mentioned)"
)
_SIGNS = {
    "question mark": "?",
    "exclamation mark": "!",
    "exclamation point": "!",
    "colon": ":",
    "semicolon": ";",
    "hyphen": "-",
    "dash": "-",
    "comma": ",",
    "full stop": ".",
    "slash": "/",
    "ampersand": "&",
    "percent sign": "%",
    "plus sign": "+",
    "dollar sign": "$",
    "asterisk": "*",
    "quotation mark": '"',
    "apostrophe": "'",
}
_SIGN = rf"(?:an? |any |the )?(?P<sign>{'|'.join(_SIGNS)})s?\b"
_TITLE = r"(?:(?:the|their|its|a|his) )?(?:titles?|headings?)"
_SUBJECT = r"(?:(?:whose|which|what|how many|with a|in|the|all|any|of|many) )?titles?(?: (?:that|which))?"

# In each the literal is `what`, or `sign` where a sign is named by its name.
_PATTERNS = (
    re.compile(
        rf"\b(?P<subject>{_SUBJECT}) (?:{_NOT}(?:mention|contain|includ|nam)\w*|(?:with|ha(?:ve|s|ving))|{_LACKING}) (?:{_WORD})?(?:{_SIGN}"
        rf"|(?P<what>.+?))(?P<title> in (?:it|them))?[\s?.!]{{0,9}}$",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(
        rf"\b(?:that |which )?(?:{_NOT}(?:with|hav(?:e|ing)|has|contain\w*|mention\w*|includ\w*|us(?:e|es|ing)|carry(?:ing)?)) (?:{_WORD})?"
        rf"(?:{_SIGN}|(?P<what>[^,.?!]{{1,200}}?|{_QUOTE}))(?:(?P<title> (?:in|as (?:a )?part of|within|inside) {_TITLE})"
        r"|(?P<body> in (?:the|their|its) (?:abstracts?|texts?)(?: itself| text)?)|(?P<within> in (?:it|them)))\b"
        r"(?! (?:or|and) (?:in )?(?:(?:the|their) )?(?:abstract|text))",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:that |which |who )?(?:also |explicitly |literally |even |either |both ){{0,4}}{_NOT}{_VERBS} (?:explicitly "
        rf"|literally )?(?:{_WORD})?(?P<what>.+)$",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(
        rf"\b(?:that |which )?(?:{_NOT}{_SAYS}|{_LACKING}) (?:{_WORD}(?P<what>.+)|(?P<what_>{_QUOTE}.*))$", re.IGNORECASE | re.DOTALL
    ),
    re.compile(
        rf"\b{_AUX} (?:{_WORD})?(?P<what>(?!the (?:corpus|listing|collection)|you|we|they|it|there|these"
        rf"|i\b)[^?]{{1,200}}?) (?P<negated>not |never )?(?:{_OCCURS})\b"
        r"(?P<rest> ?(?:in|anywhere|at all|by name)?\b[^?]*)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:do|can|does|could) (?:we|you|i|one|it) (?:find|see|meet|read|come across|get) (?:{_WORD}(?P<what>.+)|(?P<what_>{_QUOTE}))",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?:that |which )?(?P<what>{_QUOTE}) (?:is |are |does |do )?(?P<negated>not |never )?{_OCCURS}", re.IGNORECASE),
    re.compile(
        rf"\b(?:that |which )?{_NOT}(?:talk(?:s|ing)? (?:about|of)|speak(?:s|ing)? (?:about|of)|discuss(?:es|ing)?"
        rf"|bring(?:s|ing)? up|call(?:s|ing)?"
        r"|referenc(?:e|es|ing)|quot(?:e|es|ing)|us(?:e|es|ing)|name|names|naming|evaluat\w+"
        r"|includ\w+) (?P<what>[^?,;]{1,200}?)(?= (?:by name|verbatim|literally|explicitly)\b)",
        re.IGNORECASE,
    ),
)
_PART = re.compile(
    r"\b(?:(?:also |even |or |just ){0,4}as (?:a )?(?:part|sub-?strings?|strings?)\b(?: of (?:(?:a|an|any|other|some|the|longer|larger"
    r"|bigger) ){0,4}(?:words?|names?|terms?|ones?))?"
    r"|(?:also |even ){0,4}(?:inside|within|in) (?:of )?(?:other|longer|larger) (?:words?|names?|ones?)|in (?:any|all"
    r"|whatever) (?:forms?|variants?|versions?|spellings?)|any (?:variants?|versions?|forms?)|(?:counting|including) [^?]*|and the like"
    r"|the (?:(?:sub-?)?string|letters)\b|anywhere in (?:a|the|any) words?)",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"\bas (?:a |one )?(?:whole|separate|own|full) words?\b|\bas a word(?: of its own)?\b|\bby name\b|\bword for word\b", re.IGNORECASE
)
_BOTH = re.compile(
    r"\b(?:in )?(?:(?:the|their) )?titles? (?:or|and|as well as) (?:in )?(?:the )?(?:abstracts?|texts?)|(?:abstracts?|texts?) (?:or"
    r"|and) (?:in )?(?:the )?titles?"
    r"|\btitles? (?:included|counted too|count too|also)|\b(?:including|counting)(?: the)? titles?",
    re.IGNORECASE,
)
_TEXT = re.compile(
    r"\b(?:titles? (?:do not count|not counted|excluded|left out)|(?:not|without) (?:in |counting )?(?:the )?titles?"
    r"|in (?:(?:the|their|its) )?(?:abstracts?|texts?|bodies|body)(?: texts?| itself)?)\b",
    re.IGNORECASE,
)
_CASE = re.compile(
    r"\(?,? ?\b(?:in|with|of|whatever the|ignoring|regardless of|no matter the|at)? ?(?:any|whatever|either"
    r"|the)? ?(?:letter )?(?:case|capitali[sz]ation|spelling with capitals)\b\)?",
    re.IGNORECASE,
)
# Where an unquoted literal ends at the latest.
_END = re.compile(
    r"[?!;()]|,(?!\d)|\.(?!\d)|\s(?:-|\u2013)\s|\b(?:in (?:(?:the|their|its|any) )?(?:titles?|abstracts?|texts?|bodies|body|corpus"
    r"|collection|listing)|at all|"
    r"anywhere|please|explicitly|literally|somewhere|by name|in (?:it|them)|too|also|as well(?! as)|at least once)\b"
    rf"|\b(?:and|or|but),? (?:(?:also|then) )?(?:which|what|how|who|when|where|name|list|show|give|{BE}|{HAVE}|get"
    r"|got|that|posted|published|from|with|by|do|does|did|came|come|appear(?:ed)?)\b"
    r"|\b(?:show|turn|come)s? up\b|\b(?:occurs?|appears?)\b"
    rf"|\b{BE} (?:the )?(?:newest|oldest|latest|earliest|first|last|most|least|longest|shortest)\b"
    rf"|\b(?:that|which) (?:are|were|{HAVE}|got|came|appeared)\b|\b{BE} there\b",
    re.IGNORECASE,
)
_BUT = re.compile(r",? but (?:(?:do |does )?(?:not|never)|no)(?: mention| contain)? ", re.IGNORECASE)
_CLAUSE = re.compile(
    r"(?:that|how|whether|why|if|what|when|where|which|who|an?|any|some|more|many|several|no|at least|about)\b", re.IGNORECASE
)
_LONGEST = 8  # words of an unquoted literal
_CONTAINED = 3  # the same, of what is only said to be contained
_ASKED = (4, 5, 6)  # the patterns that ask where something occurs
_OF_TITLES = re.compile(r"\btitles\s*$", re.IGNORECASE)
_BARE = (2, 3)  # the patterns without a marker that words are meant literally


@dataclass(frozen=True, slots=True)
class Mention(Part):
    """A literal mention that is asked for; `titles` where the phrase itself is about titles, and need not attach to papers."""

    titles: bool = False


def read_mentions(text: str, stops: tuple[int, ...] = ()) -> Iterator[Mention]:
    """Literal mentions. `stops` are where other conditions begin: an unquoted literal ends there."""
    for index, pattern in enumerate(_PATTERNS):
        for match in pattern.finditer(text):
            found = match.groupdict()
            group = "what" if found.get("what") else "what_" if found.get("what_") else "sign"
            start, end = match.span(group)
            if group == "sign":
                end, but = match.end(), ""
                literal: tuple[str, ...] = (_SIGNS[found["sign"].lower()],)
            else:
                end = _cut(text, start, end, stops)
                said, _, but = _BUT.sub("\0", text[start:end]).partition("\0")
                literal = _split(said)
            if not literal or (index in _BARE and not _is_literal(text[match.start() : start], text[start:end])):
                continue
            title = index == 0 or bool(found.get("title")) or (index in _ASKED and _OF_TITLES.search(text[: match.start()]) is not None)
            after = match.end() if index in (1, 4, 6) or found.get("title") else end
            scans = _scans(
                literal,
                text[match.start() :],
                text[start:end],
                negated=_denied(found) or text[start:end].lower().startswith("neither "),
                title=title,
            )
            if _split(but):
                scans = (*scans, replace(_one(scans[0]), values=_split(but), negated=True))
            first = match.end("subject") if index == 0 else match.start()  # the noun stays: it is what is counted
            yield Mention(first, max(after, end), scans, not title, title)


def mention_settings(text: str) -> Iterator[tuple[int, int]]:
    """Where a question says how literally it is meant, and in which place."""
    for pattern in (_PART, _WHOLE, _BOTH, _TEXT, _CASE):
        yield from (match.span() for match in pattern.finditer(text))


def _denied(found: dict[str, str | None]) -> bool:
    return bool(found.get("lacking") or (found.get("negated") or "").strip())


def _is_literal(before: str, said: str) -> bool:
    """True where what is said to be mentioned is words, not what they mean: "mention HuBERT", but not "mention that it forgets"."""
    if re.search(_WORD, before, re.IGNORECASE) or re.match(_QUOTE, said):
        return True
    most = _LONGEST if re.search(r"mention|name|refer", before, re.IGNORECASE) else _CONTAINED
    if most == _CONTAINED and re.search(r"\b(?:on|of|for|in|about|from|with|to)\b", said):
        return False
    return _CLAUSE.match(said) is None and len(said.split()) <= most


def _cut(text: str, start: int, end: int, stops: tuple[int, ...]) -> int:
    """Where a literal that begins at `start` ends."""
    quote = re.compile(rf"(?:{_WORD})?(?:{_QUOTE}(?:(?:,| or| and|, or|, and) )?)+", re.IGNORECASE).match(text, start)
    if quote:
        return min(end, quote.end())
    found = _END.search(text, start, end)
    places = [end, *(stop for stop in stops if start < stop < end), *([found.start()] if found else [])]
    for pattern in (_PART, _WHOLE, _BOTH, _TEXT, _CASE):
        places += [match.start() for match in pattern.finditer(text, start, end) if match.start() > start]
    return min(places)


def _split(said: str) -> tuple[str, ...]:
    """The literals of "X", "X or Y", "both X and Y": joined by or; those joined by and are told apart later."""
    bare = re.sub(r"(?s),? but (?:not|never|no) .*$", "", said).strip(" ,.:")
    quoted = [one[1:-1].strip() for one in re.findall(_QUOTE, bare)]
    if quoted and not re.match(r"[\w]", re.sub(_QUOTE, "", bare).replace("or", "").replace("and", "").strip(" ,")):
        return tuple(one for one in quoted if one)
    parts = [
        re.sub(r"^(?:(?:either|both|the (?:word|name)|neither) )+", "", one.strip(), flags=re.IGNORECASE)
        for one in re.split(r",? (?:or|nor|and also|and|as well as|together with|along with) |, ", bare)
    ]
    parts = [one.strip(" ,.:\"'`") for one in parts if one.strip(" ,.:\"'`")]
    return tuple(parts) if parts and all(len(one.split()) <= _LONGEST for one in parts) else ()


def _scans(literal: tuple[str, ...], after: str, said: str, *, negated: bool, title: bool) -> tuple[Range | Scan, ...]:
    part = _PART.search(after) is not None or not any(character.isalnum() for character in "".join(literal))
    kind: ScanKind = "part" if part and not (_WHOLE.search(after) and not _PART.search(after)) else "word"
    place: Place = "title" if title else "anywhere" if _BOTH.search(after) else "text"
    joined = len(literal) > 1 and re.search(r"\b(?:and|as well as|with)\b", said) is not None and not negated
    if joined:
        return tuple(Scan(kind, (one,), place) for one in literal)
    return (Scan(kind, literal, place, negated),)


def _one(part: Range | Scan) -> Scan:
    assert isinstance(part, Scan), "a literal is a scan"
    return part


# Other ways to write a literal mention: "wav2vec2", "wav2vec 2.0" and "Wav2Vec2.0" are one name to a reader and three to a scan.

_CHUNKS = re.compile(r"[^\W\d_]+|\d+")
_BETWEEN = r"[\s._-]*"
_MOST = 3  # other spellings that are named


def _loose(chunks: list[str]) -> re.Pattern[str]:
    """What finds letters and digits in this order, with other signs between them or none, with or without a last ".0"."""
    if chunks[-1] == "0" and chunks[-2].isdigit():
        chunks = chunks[:-1]
    last = rf"(?:{_BETWEEN}0)?" if chunks[-1].isdigit() else ""
    return re.compile(rf"(?<!\w){_BETWEEN.join(map(re.escape, chunks))}{last}(?!\w)", re.IGNORECASE)


def other_spellings(value: str, abstracts: Iterable[Abstract]) -> tuple[int, tuple[str, ...]]:
    """How many abstracts have a mention only in another spelling, and these spellings, the commonest first.

    Another spelling has the same letters and digits in the same order, with other signs between them or none, and may lack or have a
    last ".0". (0, ()) for a mention that is one plain word.
    """
    chunks = _CHUNKS.findall(value)
    if len(chunks) < 2 or "".join(chunks).isdigit():
        return 0, ()
    loose = _loose(chunks)
    exact = mention_pattern(value, part=False)
    found: Counter[str] = Counter()
    count = 0
    for one in abstracts:
        if exact.search(one.text):
            continue
        spellings = {" ".join(match[0].split()).casefold(): " ".join(match[0].split()) for match in loose.finditer(one.text)}
        found.update(spellings.values())
        count += bool(spellings)
    return count, tuple(spelling for spelling, _ in sorted(found.items(), key=lambda item: (-item[1], item[0]))[:_MOST])
