"""Conditions on numbers of authors, upvotes and comments, and on fields that are stated or missing, as questions put them."""

from __future__ import annotations

from rag.model import CountedField, Range, Scan
from rag.questions.dates import Part, complement, skip_lead
from rag.questions.tokens import Tokens

COUNTED: dict[str, CountedField] = {"authors": "authors", "upvotes": "upvotes", "comments": "comments"}
_ALONE = (  # single words for a condition on a field
    ("untitled", Scan("missing", ("title",))),
    ("undated", Scan("missing", ("date",))),
    ("titled", Scan("missing", ("title",), negated=True)),
    ("is_dated", Scan("missing", ("date",), negated=True)),
    ("inferred", Scan("inferred")),
)
STATED = tuple(kind for kind, _ in _ALONE)
_BOUNDS = ("at_least", "more", "at_most", "less", "exactly")
_LED = ("also", "ever", "explicitly", "teams", "groups", "team", "group", "been", "people")
_Limits = tuple[int | None, int | None]


def read_amount(tokens: Tokens, place: int) -> Part | None:
    """The condition on a counted field that begins at a place: "with at least 5 authors", "two-author", "upvoted 55 times"."""
    at, negated = _having(tokens, place)
    for reader in (_number_of, _of_number, _several, _solo, _more_than):
        found = reader(tokens, at)
        if found is not None:
            part, end = found
            return Part(place, end, at, "amount", (complement(part) if negated else part,))
    return None


def _having(tokens: Tokens, place: int) -> tuple[int, bool]:
    """The place behind "that do not have", and whether it denies."""
    at, negated = skip_lead(tokens, place, "having", "do", "be", "have", words=_LED, bounds=_BOUNDS[:4])
    return at + (tokens.word(at) == "of" and tokens.word(at - 1) in _LED), negated


def _limits(tokens: Tokens, place: int) -> tuple[_Limits | tuple[str, ...], int] | None:
    """Numbers and the place behind them: "at least 5", "more than 3 but fewer than 6", "3 to 5", "7 or 8", "5 or more"."""
    between = tokens.take(place, "between")
    first = tokens.take(between.end if between else place, "number")
    if first is not None:
        to = tokens.take(first.end, "to")
        last = tokens.take(to.end, "number") if to else None
        if last is not None and (between or tokens.word(first.end) != "and"):
            low, high = sorted((int(first.value), int(last.value)))
            return (low, high), last.end
        if (several := _either(tokens, first.end, [first.value])) is not None:
            return several
    one = _bound(tokens, place)
    if one is None:
        return None
    limits, end = one
    joined = tokens.skip(end + (tokens.word(end) == ","), "and") if limits[1] is None else end
    joined = joined + (tokens.word(joined) == "but")
    other = _bound(tokens, joined) if joined > end else None
    if other is not None and other[0][0] is None and limits[0] is not None:
        return (limits[0], other[0][1]), other[1]
    return limits, end


def _either(tokens: Tokens, place: int, values: list[str]) -> tuple[tuple[str, ...] | _Limits, int] | None:
    """One of several numbers: "7 or 8"."""
    end = place
    while (more := tokens.take(end + 1 if tokens.word(end) in (",", "or") else len(tokens), "number")) is not None:
        values.append(more.value)
        end = more.end
    if end == place:
        return None
    ordered = sorted(map(int, values))
    if ordered == list(range(ordered[0], ordered[-1] + 1)):
        return (ordered[0], ordered[-1]), end
    return tuple(map(str, ordered)), end


def _bound(tokens: Tokens, place: int) -> tuple[_Limits, int] | None:
    kind, at = "exactly", place
    for one in _BOUNDS:
        found = tokens.take(place, one)
        if found is not None and found.end > at:
            kind, at = one, found.end
    number = tokens.take(at, "number")
    if number is None:
        return None
    value, end = int(number.value), number.end
    if kind == "exactly":
        kind, end = _behind(tokens, end, kind)
    return _as_limits(kind, value), end


def _behind(tokens: Tokens, place: int, otherwise: str) -> tuple[str, int]:
    """A bound that stands behind a number: "5 or more", "8+"."""
    for kind, type_ in (("at_least", "or_more"), ("at_most", "or_less")):
        found = tokens.take(place, type_)
        if found is not None:
            return kind, found.end
    return otherwise, place


def _as_limits(kind: str, value: int) -> _Limits:
    return {"at_least": (value, None), "more": (value + 1, None), "at_most": (None, value), "less": (None, value - 1)}.get(
        kind, (value, value)
    )


def _made(field: CountedField, limits: _Limits | tuple[str, ...]) -> Range | Scan:
    if limits and isinstance(limits[0], str):
        return Scan(field, tuple(str(one) for one in limits))
    low, high = limits
    assert not isinstance(low, str), "told apart above"
    assert not isinstance(high, str), "told apart above"
    return Scan("none", (field,)) if low == high == 0 else Range(field, low, high)


def _field(tokens: Tokens, place: int) -> tuple[CountedField, int] | None:
    """The counted field that is named at a place, with what may stand before it ("different", "listed")."""
    at = tokens.skip(place, "stating", "determiner") if tokens.word(place) not in ("a", "an") else place
    at += tokens.word(at) in ("-", "other")
    found = tokens.take(at, "field")
    if found is not None and found.value in COUNTED:
        return COUNTED[found.value], found.end
    return None


def _number_of(tokens: Tokens, place: int) -> tuple[Range | Scan, int] | None:
    """ "5 or more authors", "3 authors or fewer", "two people", "upvoted 55 times"."""
    rated = tokens.take(place, "rated")
    at = rated.end if rated else place
    found = _limits(tokens, at)
    if found is None:
        return None
    limits, end = found
    if rated is not None:
        times = tokens.take(end, "times")
        return (_made(COUNTED[rated.value], limits), times.end) if times else None
    field = _field(tokens, end)
    if field is None:
        people = tokens.take(end, "people")
        return (_made("authors", limits), people.end) if people and tokens.word(place - 1) in ("by", "of") else None
    name, end = field
    if isinstance(limits[0], int) and limits[0] == limits[1] and "or_more" not in _types_before(tokens, end):
        kind, end = _behind(tokens, end, "exactly")
        limits = _as_limits(kind, limits[0])
    return _made(name, limits), end


def _types_before(tokens: Tokens, place: int) -> frozenset[str]:
    return frozenset(tokens.types[place - 1]) if place else frozenset()


def _of_number(tokens: Tokens, place: int) -> tuple[Range | Scan, int] | None:
    """ "Whose number of authors exceeds 20", "upvotes > 5"; not "authors 3" of anything else."""
    field = _field(tokens, place + (tokens.word(place) in ("the", "a", "an")))
    if field is None:
        return None
    at = field[1]
    while tokens.word(at) in ("is", "are", "was", "that", "which"):
        at += 1
    found = _limits(tokens, at)
    if found is None or (at + 1 == found[1] and at == field[1]):
        return None
    behind = tokens.words[found[1]] if found[1] < len(tokens) else None
    plain = behind is None or not behind.is_word or bool(tokens.types[found[1]])
    return (_made(field[0], found[0]), found[1]) if plain else None


def _several(tokens: Tokens, place: int) -> tuple[Range | Scan, int] | None:
    if tokens.word(place) not in ("several", "multiple"):
        return None
    field = _field(tokens, place + 1)
    return (Range("authors", 2), field[1]) if field and field[0] == "authors" else None


def _solo(tokens: Tokens, place: int) -> tuple[Range | Scan, int] | None:
    found = tokens.take(place, "solo")
    if found is None or (found.end == place + 1 and tokens.word(place) == "alone" and tokens.take(place - 1, "dated", "having") is None):
        return None
    return Range("authors", 1, 1), found.end


def _more_than(tokens: Tokens, place: int) -> tuple[Range | Scan, int] | None:
    """ "More upvotes than 30"."""
    way = tokens.word(place)
    field = _field(tokens, place + 1) if way in ("more", "fewer", "less") else None
    number = tokens.take(field[1] + 1, "number") if field and tokens.word(field[1]) == "than" else None
    if field is None or number is None:
        return None
    return Range(field[0], *_as_limits("more" if way == "more" else "less", int(number.value))), number.end


def read_stated(tokens: Tokens, place: int) -> Part | None:
    """The condition on what is stated at all that begins at a place: "without a date", "untitled", "upvoted", "neither ... nor ..."."""
    at, negated = _having(tokens, place)
    for start, denied in dict.fromkeys((*((one, False) for one in range(place, at)), (at, negated))):
        found = _missing(tokens, start) or _word_alone(tokens, start) or _touched(tokens, start)
        if found is not None:
            parts, end = found
            return Part(place, _behind_stated(tokens, end), start, "stated", tuple(map(_turned, parts)) if denied else parts)
    field = _any_field(tokens, _behind_articles(tokens, at)) if _holds(tokens, place, at) else None
    if field is None or _asked_of(tokens, field[1]):
        return None
    name, end = field
    stated: Range | Scan = Range(COUNTED[name]) if name in COUNTED else Scan("missing", (name,), negated=True)
    return Part(place, _behind_stated(tokens, end), at, "stated", (_none(name) if negated else stated,))


def _behind_stated(tokens: Tokens, place: int) -> int:
    """The place behind "at all", and behind what stands there otherwise: ", rather than a dash"."""
    end = tokens.skip(place, "at_all")
    at = tokens.take(end + (tokens.word(end) == ","), "contrast")
    if at is None:
        return end
    end = at.end
    while end < len(tokens) and tokens.words[end].is_word and not tokens.take(end, "paper", "about", "that", "dated"):
        end += 1
    return end


def _holds(tokens: Tokens, start: int, end: int) -> bool:
    """True where words that lead to a field say that it is there: "with", "that show", not "of" or "by"."""
    return any(tokens.take(place, "holding") is not None for place in range(start, end))


def _behind_articles(tokens: Tokens, place: int) -> int:
    while tokens.take(place, "determiner", "stating") is not None or tokens.word(place) in ("any", "some"):
        place += 1
    return place


def _asked_of(tokens: Tokens, place: int) -> bool:
    """True where more is said of the field: "with authors that ...", "have titles that mention"."""
    return tokens.take(place, "mention", "that", "number", "rated") is not None and not tokens.take(place, "stating")


def _turned(part: Range | Scan) -> Range | Scan:
    if isinstance(part, Scan) and part.kind == "none":
        return Range(COUNTED[part.values[0]])
    return complement(part) if isinstance(part, Scan) else Scan("none", (part.field,))


def _none(name: str) -> Scan:
    return Scan("none", (name,)) if name in COUNTED and name != "authors" else Scan("missing", (name,))


def _any_field(tokens: Tokens, place: int) -> tuple[str, int] | None:
    found = tokens.take(place, "field")
    if found is None or found.value == "words" or tokens.word(place) in ("time", "age", "long", "recency", "votes", "team", "teams"):
        return None
    return found.value, found.end


def _missing(tokens: Tokens, place: int) -> tuple[tuple[Range | Scan, ...], int] | None:
    """ "Without upvotes or comments", "no title", "neither a title nor a date"."""
    without = tokens.take(place, "without")
    first = _any_field(tokens, tokens.skip(without.end, "determiner", "quantity", "stating")) if without else None
    if without is None or first is None or tokens.take(first[1], "than"):
        return None
    found, end = [_none(first[0])], first[1]
    while (joined := tokens.take(end, "or", "and") or tokens.take(end, "without")) is not None:
        more = _any_field(tokens, tokens.skip(joined.end, "determiner", "quantity", "stating", "without"))
        if more is None:
            break
        found.append(_none(more[0]))
        end = more[1]
    return tuple(found), end


def _word_alone(tokens: Tokens, place: int) -> tuple[tuple[Range | Scan, ...], int] | None:
    for kind, scan in _ALONE:
        found = tokens.take(place, kind)
        if found is not None and not (kind in ("is_dated", "titled") and _goes_on(tokens, found.end, kind)):
            end = tokens.skip(found.end, "field") if kind == "inferred" else found.end
            return (scan,), end
    return None


def _goes_on(tokens: Tokens, place: int, kind: str) -> bool:
    """True where "dated" or "titled" goes on: "dated 2021", "have a title with ..."."""
    said = tokens.take(
        place, "number", "month", "year", "low", "below", "above", "between", "season", "quote", "in", "iso", "mention", "that"
    )
    held = kind == "titled" and tokens.word(place) in ("with", "containing", "like", "of")
    return (said is not None and not tokens.take(place, "here")) or held or tokens.word(place) in ("the", "early", "late")


def _touched(tokens: Tokens, place: int) -> tuple[tuple[Range | Scan, ...], int] | None:
    """ "Upvoted papers", "were upvoted", "nobody commented on"."""
    nobody = tokens.take(place, "nobody", "neg", "denied")
    at = nobody.end if nobody else place
    while tokens.word(at) in ("ever", "has", "have", "did", "been", "were", "was", "are", "people", "had"):
        at += 1
    touched, rated = tokens.take(at, "touched"), tokens.take(at, "rated")
    field = COUNTED[rated.value] if rated else None
    if field is None or not (touched or nobody) or tokens.word(place - 1) in ("most", "least", "best", "top", "highest"):
        return None
    end = max(rated.end if rated else at, touched.end if touched else at)
    if nobody is not None:
        return (Scan("none", (field,)),), end
    held = tokens.take(end, "paper", "work", "thing") is not None or tokens.take(place - 1, "be", "have") is not None or at > place
    before = tokens.word(place - 1) in ("been", "got", "was", "were", "ever")
    apart = tokens.take(end, "most", "least", "number") is not None or tokens.word(end) == "the"
    return ((Range(field),), end) if (held or before) and not apart else None
