"""Reading a comparison: what is set against what, and in what respect. "How do X and Y differ in what they output?" """

from __future__ import annotations

import re
from dataclasses import replace

from rag.questions.query import Comparison, Side
from rag.questions.tokens import Tokens
from rag.support import parse_sentence, polarity_words, proper_names
from rag.text import BE, DO, any_of

_LONGEST = 14  # words of one side; more is a sentence that was misread
_END = r"[\s?.!]*$"
_RELATES = r"(?:differ\w*|compare[sd]?|contrasts?|diverge|relate|stack up|hold up|fare)"
_AGAINST = r"(?:from|to|with|against|than|and|versus|vs\.?)"
# In each the sides are `one` and `other`, or `all` where they are joined by "and"; `aspect` is in what respect.
# What stands between two words is bounded, so that a long question takes no longer than its length.
_PATTERNS = tuple(
    re.compile(pattern + _END, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf".*\bhow (?:{BE}|{DO}|would) (?P<one>.{{1,400}}?) {_RELATES} {_AGAINST} (?P<other>.+)",
        rf".*\bhow {DO} (?P<all>.{{1,400}}?) {_RELATES}(?P<aspect>\W.*)?",
        r".*\b(?:differences?|contrasts?|comparison|distinctions?|similarit(?:y|ies)|trade-?offs?) (?:\w{1,60} ){0,3}?between (?P<all>.+)",
        r"(?:(?:can|could) you )?(?:please )?(?:compare|contrast) (?P<one>.{1,400}?) (?:with|to|against|versus|vs\.?) (?P<other>.+)",
        r"(?:(?:can|could) you )?(?:please )?(?:compare|contrast) (?P<all>.+)",
        r"(?P<one>.{1,400}?),? (?:versus|vs\.?) (?P<other>.+)",
        r"(?:which|what|who)\b(?P<aspect>[^,:]{0,400}\b(?:\w{1,60}er|more|less|worse|best|most|least|\w{1,60}est)\b[^,:]{0,400})[,:] "
        r"(?P<one>[^,:]{1,400}?),? or (?P<other>[^,:]+)",
        r"(?P<one>[^\W\d][^,:]{0,400}?) or (?P<other>[^,:]{1,400}?)(?:[,:;]|\s[-\u2013\u2014])\s{0,9}(?P<aspect>(?:which|what)\b.+)",
        r"what (?:do|does) (?P<all>.{1,400}?) have in common(?P<aspect>\W.*)?",
        r"(?P<all>.{1,400}?)(?:[.:;,]|\s[-\u2013\u2014])\s{0,9}(?:how )?do (?:they|the two|these two) (?:dis)?(?:agree|differ|compare)"
        r"(?P<aspect>\W.*)?",
        rf"{DO} (?P<all>.{{1,400}}?) (?:dis)?agree(?P<aspect>\W.*)?",
        rf"(?:{BE}|{DO}) (?P<one>.{{1,400}}?) (?:any |much |really )?(?:\w{{1,60}} ){{0,3}}?"
        r"(?:(?:\w{1,60}er|more \w{1,60}|less \w{1,60}|worse)(?: \w{1,60})? than|outperform|beat|surpass|exceed) (?P<other>.+)",
    )
)
_LEAD = re.compile(
    r"^(?:(?:and|so|but|ok(?:ay)?|well|hi|hello|hey|please|what about|how about|both|either|between|the|an?|I|we|you|in|of"
    rf"|the (?:{any_of('papers', 'works')}|models?|systems?|methods?|approach(?:es)?)(?: on| of| about| called)?"
    rf"|(?:what|how|where|why) (?:is|are|{DO}|about))\b,? *)+",
    re.IGNORECASE,
)
# What opens the respect in which two named sides are compared, and what does so behind any side.
_RESPECT = re.compile(
    r"(?<!\s)\s*(?:[,:;]|\s[-\u2013\u2014]\s)|\s(?:in terms of|with (?:respect|regard) to|regarding|concerning|when it comes to|as to"
    r"|as regards|in (?:how|what|which|their|its|the way)|both (?:freeze|use|train))\b",
    re.IGNORECASE,
)
_RESPECT_OF_NAMED = re.compile(r"\s(?:in|on|for|at|when|as|with|by|over|under|during)\b", re.IGNORECASE)
_JOINED = re.compile(r",? and |, | & | versus | vs\.? |,? or ", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w.*+-])(?=[\w.*+-]*[A-Z0-9])[\w.*+-]+(?: \d[\d.]*\w*)?")
# Names one after the other, "dMel, FocalCodec and CLaM-TTS": they are the sides, whatever stands around them.
_PROPER = (
    r"(?<!\w)(?=[A-Za-z])(?=[\w.*+-]{0,60}(?:[A-Z].{0,200}?[A-Z]|\d|[a-z][A-Z]))"
    r"(?>[A-Za-z][\w*+-]{0,60}(?:\.\d\w{0,60})?(?: \d[\d.]{0,60}\w?(?!\w))?)(?!\w)"
)
_RUN = re.compile(rf"{_PROPER}(?:, {_PROPER}){{0,12}},? (?:and|or|versus|vs\.?|&) {_PROPER}")
_PAPER = re.compile(rf"(?:^| ){any_of('papers', 'works')}(?:$| (?:on|that|which|about|by|of|from)\b)", re.IGNORECASE)


_QUOTED = re.compile(r"[\"\u201c]([^\"\u201c\u201d]{3,300})[\"\u201d]")


def read_comparison(text: str) -> Comparison | None:
    """The sides of a comparison; None where the question sets nothing against anything, or not clearly. A title in quotation marks is
    read as one name."""
    titles = {f"Title{place}": match[1] for place, match in enumerate(_QUOTED.finditer(text))}
    for name in titles:
        text = _QUOTED.sub(name, text, count=1)
    found = _compared(text)
    if found is None or not titles:
        return found
    sides = (Side(said, said, (said,)) if (said := titles.get(one.said, "")) else one for one in found.sides)
    return replace(found, sides=tuple(sides))


def _compared(text: str) -> Comparison | None:
    for pattern in _PATTERNS:
        match = pattern.match(text.strip())
        if match is None:
            continue
        found = match.groupdict()
        aspect = (found.get("aspect") or "").strip(" ,:;?-")
        if found.get("all") and (run := _RUN.search(found["all"])):
            parts = [part.strip() for part in _JOINED.split(run[0])]
            aspect = " ".join(f"{found['all'][: run.start()]} {found['all'][run.end() :]} {aspect}".split()).strip(" ?.!,")
            return Comparison(tuple(_side(part, part) for part in parts), aspect)
        parts = _joined(found["all"]) if found.get("all") else [found["one"], found["other"]]
        cut = [_cut(_bare(part)) for part in parts]
        aspect = " ".join([*(rest for _, rest in cut if rest), aspect]).strip()
        said = list(dict.fromkeys(side for side, _ in cut))
        if len(said) > 1 and all(map(_is_side, said)):
            return Comparison(tuple(map(_side, said, _with_heads(said))), aspect)
    return None


def _joined(text: str) -> list[str]:
    """The parts of "X and Y" or "X, Y and Z"; one part where more than one "and" leaves it open which of them joins."""
    kept, rest = _cut(text.strip())
    parts = [part for part in _JOINED.split(kept) if part.strip()]
    if len(parts) > 2 and "," not in kept and not all(proper_names(f"the {part}") for part in parts):
        return []
    return [*parts[:-1], f"{parts[-1]} {rest}".strip()] if parts else []


def _bare(text: str) -> str:
    return _LEAD.sub("", text.strip(" ,.?!'\"")).strip(" '\"")


def _cut(text: str) -> tuple[str, str]:
    """A side without the respect that is put behind it, and that respect."""
    places = [match.start() for match in (_RESPECT.search(text),) if match]
    named = next(iter(_named(text)), None)
    if named is not None:
        after = _RESPECT_OF_NAMED.search(text, text.find(named) + len(named))
        places += [after.start()] if after else []
    place = min(places, default=len(text))
    return text[:place].strip(" '\""), text[place:].strip(" ,:;-\u2013\u2014?'\"")


def _is_side(text: str) -> bool:
    """True for a name or a topic. A paper that is described ("a vision-language paper") is found by the whole question."""
    return bool(re.search(r"\w\w", text)) and len(text.split()) <= _LONGEST and not _PRONOUN.fullmatch(text) and not _PAPER.search(text)


_PRONOUN = re.compile(
    r"(?:it|they|them|this|that|these|those|each other|one another|the others?|others?|two|both)|(?:its|their|when|what|which|how|do) .+",
    re.IGNORECASE,
)


def _with_heads(said: list[str]) -> list[str]:
    """ "encoder-only" and "decoder-only models": the last one's head belongs to all that stand before it without one."""
    last = said[-1].split()
    result = []
    for side in said[:-1]:
        own = side.split()
        head = last[len(own) :]
        bare = len(own) == 1 and head and not _named(side) and _parts(side).isdisjoint(_parts(" ".join(head)))
        result.append(" ".join([*own, *head]) if bare else side)
    return [*result, said[-1]]


def _parts(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _side(said: str, sought: str) -> Side:
    return Side(said, sought, _named(said))


def _named(text: str) -> tuple[str, ...]:
    """The names in a side, each with its version: "Tacotron 2", "wav2vec 2.0"."""
    known = set(proper_names(f"the {text}"))  # a capital tells a name only behind another word
    found = [match[0] for match in _NAME.finditer(text)]
    return tuple(one for one in found if one.split()[0] in known or (any(c.isdigit() for c in one.split()[0]) and one[0].isalpha()))


# The point on which papers are asked to agree or disagree.


def read_point(tokens: Tokens) -> str:
    """The point on which abstracts are to agree or disagree: a statement or a topic; "" where the question asks for neither."""
    found = next(((place, one.end) for place, one in tokens.each("agree")), None)
    if found is None:
        return ""
    start, at = found
    if any(tokens.words[place].text[1:].lower() != tokens.words[place].text[1:] for place in range(start)):
        return ""  # "Do X and Y agree on ..." compares two that are named
    while (lead := tokens.take(at, "point", "paper", "work")) is not None:
        at = lead.end
    point = tokens.span(at, len(tokens)).strip(" \"'?.!")
    # Evidence for a thing says that it helps, evidence against it that it hurts.
    weighed = tokens.span(*found).lower() == "for and against" and not polarity_words(parse_sentence(point))
    verb = "help" if point.endswith("s") and not point.endswith(("ss", "is")) else "helps"
    return f"{point} {verb}" if point and weighed else point
