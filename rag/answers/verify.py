"""A model's claims: held against the abstracts it was given, and made into the records of an answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.answers.draft import DraftClaim, Pointer
from rag.answers.prompts import EvidencePack, Packed
from rag.embedding import ShortText, read_short
from rag.model import Support, Verdict, clean_text
from rag.support import Cited, ClaimWithSources, Judged, check_together, follows, judge, name_flags, number_flags
from rag.text import is_english

# A model's claims checked against the abstracts it was given: does each piece of evidence exist, and does it support the claim?

_BETTER = 0.15  # of support score, by which another abstract must support a claim better to be its true source
_RIVALS = 2  # other abstracts that are looked at
_ALIKE = 0.02  # of support score, that evidence must add to be worth citing
_NO_SUPPORT = Support("absent", 0.0, (), (0, 0))
_SCORES: Mapping[Verdict, float] = {"supported": 1.0, "weak": 0.5, "absent": 0.0}  # of what a model judged
_LETTERS = re.compile(r"[^\w%]+")

Place = tuple[Packed, int]  # an abstract and the 0-based index of one of its sentences


@dataclass(frozen=True, eq=False)
class Checked:
    """A claim after its check: the evidence that was found, how well it supports the claim, and what is wrong with it.

    `faults` are sentences for the model, which name keys; `flags` say the same to readers. A claim passes if it has neither
    faults nor a verdict below "supported". `invented` counts keys that were never given, `moved` quotes that stand in
    another sentence of the same abstract than the one named. `by` says whose the verdict is (`rag.model.Claim.verdict_by`), "" where a
    model is still to judge.
    """

    draft: DraftClaim
    places: tuple[Place, ...] = ()
    support: Support = _NO_SUPPORT
    checked_as: str | None = None
    faults: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    invented: int = 0
    moved: int = 0
    by: str = "local"

    @property
    def passes(self) -> bool:
        """True where nothing is wrong and the evidence supports the claim."""
        return bool(self.by) and not self.faults and self.support.verdict == "supported"


@dataclass
class _Findings:
    """What is found out about the pointers of one claim."""

    places: list[Place] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    invented: int = 0
    moved: int = 0

    def blame(self, fault: str, flag: str) -> None:
        self.faults.append(fault)
        self.flags.append(flag)


def check_claim(draft: DraftClaim, pack: EvidencePack, *, judged: bool = False) -> Checked:
    """Check one claim, in this order: key known; sentence exists; quote located; numbers, names, negation and support;
    no other abstract that supports it better.

    With `judged` a model is to judge what the cited sentences say: our own check then only vetoes, by key, sentence, quote, numbers and
    names; what passes is left open.
    """
    found = _Findings()
    for pointer in draft.pointers:
        _locate(pointer, pack, found)
    places = list(dict.fromkeys(found.places))
    if not places:
        found.blame("It names no sentence that was given as its evidence.", "source: none")
        return _checked(draft, found, (), _NO_SUPPORT, None)
    wording, checked_as = _wording(draft, places, found)
    support = _support(wording, places)
    if _is_verbatim(draft, places) and not found.faults:
        return replace(_checked(draft, found, tuple(_needed(wording, places, support)), support, checked_as), by="verbatim")
    if judged:
        flags = _vetoes(draft, places, support)
        if flags:
            found.faults.append(_unsupported(replace(support, flags=flags)))
        left = replace(support, flags=flags)
        return replace(_checked(draft, found, tuple(places), left, None), by="local" if found.faults else "")
    if support.verdict == "supported" and not found.faults:
        places = _needed(wording, places, support)
    support = _support(wording, places)
    if support.verdict == "supported":
        support = _uncontradicted(wording, places, support)
    if support.verdict != "supported":
        found.faults.append(_unsupported(support))
    better = _better(wording, places, support, pack)
    if better is not None:
        found.blame(
            f"The abstract {better.key} bears it out better than the one it cites.", f"source: rather {better.found.abstract.label}"
        )
    return _checked(draft, found, tuple(places), support, checked_as)


def _vetoes(draft: DraftClaim, places: Sequence[Place], support: Support) -> tuple[str, ...]:
    """The flags that no judge lifts: figures that neither stand in the cited sentences nor follow from them, and names that stand nowhere.

    A number in words may be a turn of phrase ("two thirds" of 34 %), a capital in another language is grammar: those are the judge's.
    """
    english = is_english(draft.text)
    cited = " ".join(item.found.long.sentence(index) for item, index in places)
    found = []
    for flag in support.flags:
        kind, _, said = flag.partition(": ")
        raw = said.partition(" (")[0]
        if kind == "number" and raw[:1].isdigit() and not follows(raw, cited):
            found.append(flag)
        if kind == "name" and (english or any(character.isupper() or character.isdigit() for character in said[1:])):
            found.append(flag)
    return tuple(found)


def _is_verbatim(draft: DraftClaim, places: Sequence[Place]) -> bool:
    sentences = (item.found.long.sentence(index) for item, index in places)
    return any(draft.text in (" ".join(one.split()), clean_text(one)) for one in sentences)


def with_verdict(checked: Checked, judged: Judged, model: str) -> Checked:
    """A claim with the verdict of a model in the place of our own."""
    support = replace(checked.support, verdict=judged.verdict, score=_SCORES[judged.verdict], flags=())
    if judged.verdict == "supported":
        return replace(checked, support=support, faults=(), flags=(), by=model)
    reason = judged.reason or "The cited sentences do not say this."
    return replace(checked, support=support, faults=(reason,), flags=(f"judge: {reason}",), by=model)


def as_judged(checked: Checked) -> ClaimWithSources:
    """A claim and the sentences that it cites, for a model to judge."""
    items = dict.fromkeys(item for item, _ in checked.places)
    sources = (
        (item.found.abstract.title or "", tuple(clean_text(item.found.long.sentence(at)) for other, at in checked.places if other is item))
        for item in items
    )
    return ClaimWithSources(checked.draft.text, tuple(sources))


def _checked(draft: DraftClaim, found: _Findings, places: tuple[Place, ...], support: Support, checked_as: str | None) -> Checked:
    flags = tuple(dict.fromkeys([*found.flags, *support.flags]))
    return Checked(draft, places, support, checked_as, tuple(dict.fromkeys(found.faults)), flags, found.invented, found.moved)


def _locate(pointer: Pointer, pack: EvidencePack, found: _Findings) -> None:
    item = _named(pointer, pack)
    if item is None:
        found.invented += 1
        found.blame(f"There is no abstract with the key {pointer.key!r}.", "source: unknown")
        return
    index, quote = pointer.sentence - 1, _plain(pointer.quote)
    exists = index in item.sentences
    if not quote:
        if exists:
            found.places.append((item, index))
        else:
            found.blame(f"The abstract {item.key} has no sentence {pointer.sentence}.", "source: no such sentence")
        return
    if exists and _stands(quote, item, index):
        found.places.append((item, index))
        return
    elsewhere = next((other for other in item.sentences if _stands(quote, item, other)), None)
    if elsewhere is not None and _telling(quote):
        found.moved += 1
        found.places.append((item, elsewhere))
        return
    owner = next((other for other in pack.items if other is not item and _holds(other, quote)), None)
    if owner is not None and _telling(quote):
        found.blame(f"Its quote stands in the abstract {owner.key}, not in {item.key}.", f"quote: of {owner.found.abstract.label}")
    else:
        found.blame(f"Its quote does not stand in sentence {pointer.sentence} of the abstract {item.key}.", "quote: not in the source")
    if exists:
        found.places.append((item, index))


def _named(pointer: Pointer, pack: EvidencePack) -> Packed | None:
    """The abstract that a pointer names: by its key, and where that is none by its title or its place in the list, if the words that
    the pointer quotes stand there."""
    key = pointer.key.strip().strip("[]()\"'")
    item, quote = pack.by_key.get(key), _plain(pointer.quote)
    if item is not None or not _telling(quote):
        return item
    place = int(key) if key.isdecimal() and len(key) < 4 else 0
    meant = [
        one for at, one in enumerate(pack.items, start=1) if at == place or (key and _plain(one.found.abstract.title or "") == _plain(key))
    ]
    return next((one for one in meant if _holds(one, quote)), None)


def _telling(quote: str) -> bool:
    """A quote of a word or two occurs in many sentences and identifies none of them."""
    return len(quote.split()) >= 3


def _holds(item: Packed, quote: str) -> bool:
    return any(_stands(quote, item, index) for index in item.sentences)


def _stands(quote: str, item: Packed, index: int) -> bool:
    """True where the words of the quote occur in a row in this one sentence, as it is stored or as it is shown."""
    sentence = item.found.long.sentence(index)
    return any(f" {quote} " in f" {_plain(text)} " for text in (sentence, clean_text(sentence)))


def _plain(text: str) -> str:
    """Words and figures alone, folded: models change quotation marks, dashes, case and the end of a quote."""
    return _LETTERS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _wording(draft: DraftClaim, places: Sequence[Place], found: _Findings) -> tuple[str, str | None]:
    """What is checked: the claim, or its English wording where it is in another language than its sources.

    The two wordings must have the same numbers and names; more than that nobody here can check, and the claim says so.
    """
    if not draft.english or is_english(draft.text) or draft.english == draft.text:
        return draft.text, None
    for flag in (*number_flags(draft.text.replace(",", "."), draft.english.replace(",", ".")), *_foreign_names(draft)):
        found.blame(f"It and its English wording differ ({flag}).", flag)
    return draft.english, draft.english


def _foreign_names(draft: DraftClaim) -> list[str]:
    """Names with inner capitals or digits that the English wording lacks; a plain capital may be German grammar."""
    return [flag for flag in name_flags(draft.text, draft.english) if any(c.isupper() or c.isdigit() for c in flag[len("name: ") + 1 :])]


def _support(wording: str, places: Sequence[Place]) -> Support:
    items = dict.fromkeys(item for item, _ in places)
    return check_together(wording, [_cited(item, [index for other, index in places if other is item]) for item in items])


def _cited(item: Packed, indexes: Sequence[int]) -> Cited:
    spans = tuple(item.found.long.spans[index] for index in sorted(indexes))
    return Cited(item.found.abstract.text, spans, item.found.abstract.title)


def _uncontradicted(wording: str, places: Sequence[Place], support: Support) -> Support:
    """The same support, unless another sentence of the one cited abstract comes nearer to the claim and disagrees with it."""
    items = {item.key: item for item, _ in places}
    if len(items) > 1:
        return support
    whole = judge(wording, read_short(wording), places[0][0].found.long)
    return replace(support, verdict="weak", flags=whole.flags) if whole.flags else support


def _needed(wording: str, places: list[Place], support: Support) -> list[Place]:
    """The evidence without what adds nothing to the rest (redundant citations, as ALCE counts them)."""
    kept = list(places)
    for place in places:
        rest = [one for one in kept if one != place]
        if rest and _support(wording, [place]).verdict != "supported":
            without = _support(wording, rest)
            if without.verdict == "supported" and without.score >= support.score - _ALIKE:
                kept = rest
    return kept


def _unsupported(support: Support) -> str:
    if support.flags:
        return f"Its evidence does not agree with it: {'; '.join(support.flags)}."
    return "Its evidence does not say this."


def _better(wording: str, places: Sequence[Place], support: Support, pack: EvidencePack) -> Packed | None:
    """Another abstract that alone supports the claim, and better than the cited sentences do.

    Of the others only those that share more of the claim's words than the cited abstracts are looked at, the nearest first.
    """
    if support.score + _BETTER > 1:
        return None
    short = read_short(wording)
    cited = {item.key for item, _ in places}
    own = max(_share(short, item) for item, _ in places)
    rivals = sorted(((_share(short, item), item) for item in pack.items if item.key not in cited), key=lambda pair: -pair[0])
    for share, item in rivals[:_RIVALS]:
        if share < own:
            break
        rival = judge(wording, short, item.found.long)
        if rival.verdict == "supported" and rival.score >= support.score + _BETTER:
            return item
    return None


def _share(short: ShortText, item: Packed) -> float:
    """How many of the claim's words an abstract has, by weight."""
    return float(short.idf[[any(stem in sentence for sentence in item.found.long.stems) for stem in short.stems]].sum())
