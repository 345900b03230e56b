"""Literal mentions that questions ask for: "that mention wav2vec 2.0", "with BERT in the title"; and other spellings of one name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from rag.model import Abstract, Place, Scan, ScanKind, mention_pattern, name_chunks, spelling_pattern
from rag.questions.dates import Part, skip_lead
from rag.questions.tokens import Tokens

SETTINGS = ("as_part", "as_whole", "in_title", "in_both", "in_text", "in_case")
_LED = ("also", "explicitly", "literally", "ever", "either", "even", "people")
_LONGEST = 8  # words of an unquoted literal
_CONTAINED = 3  # the same, of what is only said to be contained
_SURELY = ("mention", "refer", "cit", "name", "naming")  # verbs behind which words are meant literally
_CLAUSES = ("that", "how", "whether", "why", "if", "what", "when", "where", "which", "who", "an", "any", "some", "more", "many", "several",
            "no", "at", "about", "a", "at least", "experiments", "both-sides")  # fmt: skip
_TITLES = ("titles", "headings")
_ENDS = ("be", "do", "occurs", "dated", "low", "above", "below", "please", "here", "at_all", "request", "wh", "counting", *SETTINGS)

_ASIDE = 8  # words in brackets at the most
_BETWEEN_SETTINGS = frozenset(("(", ",", ";", "and", "in", "them", "it", "also", "even"))


def read_mention(tokens: Tokens, place: int, stops: frozenset[int]) -> Part | None:
    """The literal mention that is asked for at a place. `stops` are where other conditions begin: an unquoted literal ends there."""
    return (
        _in_title(tokens, place, stops)
        or _mentioning(tokens, place, stops)
        or _has_in_title(tokens, place, stops)
        or _occurring(tokens, place, stops)
    )


def settings_at(tokens: Tokens, place: int) -> int:
    """The place behind words that say how literally a mention is meant, and in which place."""
    at, found = place, tokens.take(place, *SETTINGS)
    while found is None and tokens.word(at) in _BETWEEN_SETTINGS:
        at += 1
        found = tokens.take(at, *SETTINGS)
    if found is None:
        return _behind_aside(tokens, place)
    return settings_at(tokens, found.end + (tokens.word(found.end) == ")"))


def _behind_aside(tokens: Tokens, place: int) -> int:
    """The place behind a few words in brackets, which say of a mention what it says itself: "Llama-3 (with the hyphen)"."""
    ends = range(place + 1, place + _ASIDE) if tokens.word(place) == "(" else ()
    return next((at + 1 for at in ends if tokens.word(at) == ")"), place)


def _lead(tokens: Tokens, place: int) -> tuple[int, bool]:
    """The place behind "that do not explicitly", and whether it denies."""
    return skip_lead(tokens, place, "do", "be", words=_LED)


def _mentioning(tokens: Tokens, place: int, stops: frozenset[int]) -> Part | None:
    """ "That mention X or Y", "don't contain the word X", "with the phrase X"."""
    at, negated = _lead(tokens, place)
    named_so = tokens.has("as_whole")  # "that talk about X by name"
    verb = tokens.take(at, "mention", "having", "using", *(("about",) if named_so else ()))
    if verb is None:
        return None
    named = tokens.take(verb.end, "wording")
    start = named.end if named else verb.end
    surely = (
        named is not None
        or (named_so and "about" in tokens.types[at])
        or tokens.take(verb.end - 1, "wording") is not None
        or tokens.take(start, "quote") is not None
    )
    known = "mention" in tokens.types[at] and tokens.types[at]["mention"].end == verb.end
    negated = negated or tokens.word(start) == "neither"
    literal = _literal(tokens, start, stops, surely=surely, verb=tokens.word(at) if known else "")
    if literal is None or not (surely or known):
        return None
    return _part(tokens, place, at, literal, negated=negated, title=False)


def _lacks(tokens: Tokens, place: int, end: int) -> bool:
    """True for a verb that denies by itself: "without"."""
    return (found := tokens.take(place, "without")) is not None and found.end == end


_Literal = tuple[list[tuple[str, ...]], tuple[str, ...], int]  # groups that must all be there, what must not, and the place behind


def _literal(tokens: Tokens, place: int, stops: frozenset[int], *, surely: bool, verb: str) -> _Literal | None:
    """The literals from a place on: "X", "X or Y", "both X and Y", "X but not Y"."""
    at = place + (tokens.word(place) in ("neither", "both", "either"))
    sign = tokens.take(at + (tokens.word(at) in ("a", "an", "any", "the")), "sign")
    if sign is not None:
        return [(sign.value,)], (), sign.end
    groups: list[tuple[str, ...]] = []
    excluded: list[str] = []
    joined, end, denied = "and", at, False
    while True:
        found = _one(tokens, at, stops, surely=surely, verb=verb)
        if found is None:
            break
        said, end = found
        if denied:
            excluded.append(said)
        elif joined == "or" and groups:
            groups[-1] = (*groups[-1], said)
        else:
            groups.append((said,))
        link = _link(tokens, end, stops)
        if link is None:
            break
        joined, at, denied = link
    return (groups, tuple(excluded), end) if groups else None


def _link(tokens: Tokens, place: int, stops: frozenset[int]) -> tuple[str, int, bool] | None:
    """How a literal goes on: "or", "and", "but not"; where; and whether what follows must not be there."""
    at = place + (tokens.word(place) == ",")
    word = tokens.word(at)
    if at > place and (tokens.take(at, *SETTINGS) is not None or word in ("also", "which", "and", "what", "how")):
        return None
    if word == "but":
        lead, negated = _lead(tokens, at + 1)
        verb = tokens.take(lead, "mention")
        return ("and", verb.end if verb else lead, True) if negated else None
    denied = tokens.take(at, "neg")
    if denied is not None and tokens.word(at) in ("but", "and") and denied.end > at + 1:
        return "and", denied.end, True
    kind = "or" if word in ("or", "nor") else "and" if tokens.take(at, "and") else "or" if at > place else ""
    joined = tokens.take(at, "or", "and")
    if not kind or (joined is not None and joined.end in stops) or place in stops or at in stops:
        return None
    return kind, tokens.skip(joined.end if joined else at, "wording"), False


def _one(tokens: Tokens, place: int, stops: frozenset[int], *, surely: bool, verb: str) -> tuple[str, int] | None:
    """One literal: what is quoted, or words up to where something else begins."""
    if place >= len(tokens):
        return None
    if tokens.words[place].quoted:
        return tokens.words[place].quoted, place + 1
    if not surely and tokens.word(place) in _CLAUSES:
        return None
    end = place
    while end < len(tokens) and end not in stops and not _ends(tokens, end, end > place):
        end += 1
    most = _LONGEST if surely or verb.startswith(_SURELY) else _CONTAINED
    if end == place or end - place > most or (most == _CONTAINED and tokens.take(end - 2, "about", "in") is not None and end - 2 > place):
        return None
    return tokens.span(place, end).strip(" ,.:"), end


def _ends(tokens: Tokens, place: int, begun: bool) -> bool:
    if not tokens.words[place].is_word:
        return tokens.word(place) not in ("-", "+", "*", "/", "#")
    said = tokens.word(place)
    if said in ("or", "and", "nor", "but", "too", "also", "that", "which", "as", "somewhere", "anywhere", "in"):
        return begun or said in ("that", "which")
    return begun and tokens.take(place, *_ENDS) is not None and said not in ("on", "of")


def _part(tokens: Tokens, start: int, core: int, literal: _Literal, *, negated: bool, title: bool) -> Part:
    groups, excluded, end = literal
    kinds = _settings(tokens, start)
    signs = not any(character.isalnum() for group in groups for one in group for character in one)
    kind: ScanKind = "part" if signs or "as_part" in kinds or tokens.word(core + 2) in ("string", "substring", "letters") else "word"
    if "as_whole" in kinds and not signs:
        kind = "word"
    place: Place = "title" if title else "anywhere" if "in_both" in kinds else "title" if "in_title" in kinds else "text"
    if negated:
        scans: tuple[Scan, ...] = (Scan(kind, tuple(one for group in groups for one in group), place, negated=True),)
    else:
        scans = tuple(Scan(kind, group, place) for group in groups)
    if excluded:
        scans = (*scans, replace(scans[0], values=excluded, negated=True))
    return Part(start, settings_at(tokens, end), core, "mention", scans)


def _settings(tokens: Tokens, place: int) -> frozenset[str]:
    return frozenset(kind for kind in SETTINGS if any(at >= place for at, _ in tokens.each(kind)))


def _in_title(tokens: Tokens, place: int, stops: frozenset[int]) -> Part | None:
    """ "Whose title contains X", "titles without the word X", "title has X in it"."""
    titles = tokens.take(place, "title_thing")
    if titles is None:
        return None
    at, negated = _lead(tokens, titles.end)
    verb = tokens.take(at, "mention", "having", "without")
    lacking = verb is None and negated and tokens.word(at - 1) in ("without", "w/o", "no")
    if not lacking and (verb is None or tokens.word(at) in ("of", "by", "from")):
        return None
    start = verb.end if verb else at
    negated = negated or (verb is not None and _lacks(tokens, at, verb.end))
    literal = _literal(tokens, tokens.skip(start, "wording"), stops, surely=True, verb="mention")
    plural = tokens.word(place) in _TITLES  # the noun stays: it is what is counted
    first = titles.end if plural else place - (tokens.word(place - 1) in ("whose", "a", "with", "the", "in"))
    return _part(tokens, first, at, literal, negated=negated, title=True) if literal is not None else None


def _has_in_title(tokens: Tokens, place: int, stops: frozenset[int]) -> Part | None:
    """ "That have X in the title", "with Wikipedia in the abstract"."""
    at, negated = _lead(tokens, place)
    verb = tokens.take(at, "having", "without")
    if verb is None or tokens.word(at) in ("by", "from", "of"):
        return None
    literal = _literal(tokens, tokens.skip(verb.end, "wording"), stops, surely=True, verb="mention")
    if literal is None:
        return None
    if tokens.take(literal[2], *SETTINGS) is None:
        return None
    return _part(tokens, place, at, literal, negated=negated or _lacks(tokens, at, verb.end), title=False)


def _occurring(tokens: Tokens, place: int, stops: frozenset[int]) -> Part | None:
    """ "Does X occur", "is X mentioned", "do the words X appear", "can the word X be found", "do we find the word X"."""
    aux = tokens.take(place, "do", "be", "have", "modal")
    if aux is None and not (tokens.words[place].quoted or tokens.take(place, "wording")):
        return None
    at = aux.end if aux else place
    found = tokens.skip(at, "pronoun")
    finding = tokens.word(found) in ("find", "see", "meet", "read") and tokens.take(found + 1, "wording")
    start = tokens.skip(finding.end if finding else at, "wording")
    literal = _literal(tokens, start, stops, surely=True, verb="mention")
    if literal is None or (found > at and not finding):
        return None
    behind, negated = _lead(tokens, literal[2])
    occurs = tokens.take(behind, "occurs")
    if occurs is not None and tokens.take(behind, "mention") is None and not tokens.has("paper", "work", "title_thing"):
        return None
    if occurs is None:
        return _part(tokens, place, start, literal, negated=False, title=False) if finding else None
    return _part(tokens, place, start, (literal[0], literal[1], occurs.end), negated=negated, title=tokens.word(place - 1) in _TITLES)


# Other ways to write a literal mention: "wav2vec2", "wav2vec 2.0" and "Wav2Vec2.0" are one name to a reader and three to a scan.

_MOST = 3  # other spellings that are named


def other_spellings(value: str, abstracts: Iterable[Abstract]) -> tuple[int, tuple[str, ...]]:
    """How many abstracts have a mention only in another spelling, and these spellings, the commonest first.

    Another spelling has the same letters and digits in the same order, with other signs between them or none, and may lack or have a
    last ".0". (0, ()) for a mention that is one plain word.
    """
    chunks = name_chunks(value)
    if len(chunks) < 2 or "".join(chunks).isdigit():
        return 0, ()
    loose = spelling_pattern(chunks)
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
