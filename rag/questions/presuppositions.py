"""What a question takes for granted, as statements: "Why does X beat Y?" takes for granted that X beats Y.

A question is cut into clauses. Of a clause that asks, the words that ask are left out; what remains is taken for granted, and so is a
clause that only states, before one that asks ("Seeing as X is slow, which part ..."). Where an auxiliary stands matters little to what
reads the statement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.text import STOP_WORDS, words_of

_CLAUSE = re.compile(r"(?<=[?!])\s+|(?<=\.)\s+(?=[A-Z])|(?<=[\w)])[,;:]\s+|\s[-\u2013\u2014]\s")
_ASIDE = re.compile(r"\([^()]*\)")
_ASKING = frozenset("why how what which who whom whose when where".split())
_DEGREES = frozenset("badly much far strongly often well many come long exactly little few".split())
_CAUSES = frozenset(
    "makes made make explains explain explained causes cause caused lets let enables allows allowed leads led helps".split()
)
_LEADS = frozenset(
    "seeing given that since because as so but and or though although if also then now well ok okay while whereas fact considering "
    "granted knowing when where".split()
)
_TAGS = frozenset(("right", "correct", "no", "isn't", "doesn't", "is", "does"))
_FORMS = words_of("auxiliaries", "negated") | frozenset("be been being am cant dont doesnt didnt isnt".split())
_NEGATED = words_of("negated") | frozenset("cant dont doesnt didnt isnt".split())
_OBLIGED = frozenset(("must", "should"))
_ASKER = frozenset("i we my our us me you your i'm we're i've we've".split())  # who states something of their own
_SEARCHED = 8  # words behind a word that asks among which its auxiliary stands
_EARLY = 3  # words before which a word that asks must stand for the clause to ask
_LEAST_WORDS = 2  # content words of a statement


@dataclass(frozen=True, slots=True)
class Statement:
    """What is taken for granted; `claims` is False where only the existence of a thing is, as by "Which engine does it run?"."""

    text: str
    claims: bool


def taken_for_granted(question: str) -> list[Statement]:
    """The statements that a question takes for granted, in its order. A question of yes or no takes nothing for granted."""
    plain = _ASIDE.sub("", question)
    parts = [one for one in _CLAUSE.split(plain) if one.strip()]
    clauses = [one.strip().rstrip("?.! ").split() for one in parts]
    folded = [[word.casefold().replace("\u2019", "'") for word in clause] for clause in clauses]
    found = []
    for place, (clause, words) in enumerate(zip(clauses, folded, strict=True)):
        after = folded[place + 1][:1] if place + 1 < len(folded) else []
        whole = parts[place].rstrip().endswith((".", "!"))
        led = words[:1] + after
        stated = bool(after) and (after[0] in _TAGS or whole or not _LEADS.isdisjoint(led)) and _ASKER.isdisjoint(words)
        one = _statement(clause, words, stated=stated, tagged=bool(after) and after[0] in _TAGS)
        if one is not None and sum(word.casefold() not in STOP_WORDS for word in one.text.split()) >= _LEAST_WORDS:
            found.append(one)
    return found


def _statement(clause: Sequence[str], words: Sequence[str], *, stated: bool, tagged: bool) -> Statement | None:
    """What a clause takes for granted; `stated` says that it may be a statement before one that asks."""
    first = next((at for at in range(len(words)) if not _opens(words, at)), len(words))
    rest, said = words[first:], clause[first:]
    if not rest or (rest[0] in _FORMS and not tagged):
        return None
    asks = next((at for at, word in enumerate(rest[: _EARLY + 1]) if word.split("'")[0] in _ASKING), None)
    if asks is None:
        return Statement(" ".join(said), claims=True) if stated else None
    return _asked(rest[asks], said[asks + 1 :], rest[asks + 1 :])


def _opens(words: Sequence[str], at: int) -> bool:
    """True for a word that only leads a clause in; "when" and "where" do so where no auxiliary follows."""
    if words[at] in ("when", "where"):
        return at + 1 < len(words) and words[at + 1] not in _FORMS
    return words[at] in _LEADS


def _asked(asking: str, said: Sequence[str], words: Sequence[str]) -> Statement:
    """What remains of a clause that asks: "which labels does X need" leaves "X need labels"."""
    start = next((at for at, word in enumerate(words) if word not in _DEGREES), len(words))
    if words[start : start + 1] and words[start] in _CAUSES:
        behind = start + 1 + (words[start + 1 : start + 2] == ["that"])
        return Statement(" ".join(said[behind:]), claims=True)
    verb = next((at for at in range(start, min(len(words), start + _SEARCHED)) if words[at] in _FORMS), None)
    if verb is None:
        return Statement(" ".join(said[start:]), claims=asking in ("why", "how"))
    kept = "not " if words[verb] in _NEGATED else "must " if words[verb] in _OBLIGED else ""
    claims = asking in ("why", "how", "when", "where") and words[:1] not in (["many"], ["few"], ["little"])
    return Statement(kept + " ".join([*said[verb + 1 :], *said[start:verb]]), claims=claims)
