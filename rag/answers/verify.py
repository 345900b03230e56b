"""A model's claims: held against the abstracts it was given, and made into the records of an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answers.draft import DraftClaim
from rag.answers.locate import Findings, Place, locate, support_of
from rag.answers.prompts import EvidencePack, Packed, about_paper
from rag.embedding import ShortText, read_short
from rag.model import Support, Verdict, clean_text
from rag.support import (
    CitedPaper,
    ClaimWithSources,
    Judged,
    follows,
    judge,
    name_flags,
    number_flags,
    squeeze_name,
)
from rag.text import is_english

# A model's claims checked against the abstracts it was given: does each piece of evidence exist, and does it support the claim?

_BETTER = 0.15  # of support score, by which another abstract must support a claim better to be its true source
_RIVALS = 2  # other abstracts that are looked at
_ALIKE = 0.02  # of support score, that evidence must add to be worth citing
_NO_SUPPORT = Support("absent", 0.0, (), (0, 0))
_SCORES: Mapping[Verdict, float] = {"supported": 1.0, "weak": 0.5, "absent": 0.0}  # of what a model judged


@dataclass(frozen=True, eq=False)
class Checked:
    """A claim after its check: the evidence that was found, how well it supports the claim, and what is wrong with it.

    `faults` are sentences for the model, which name keys; `flags` say the same to readers. A claim passes if it has neither
    faults nor a verdict below "supported". `invented` counts keys that were never given, `moved` quotes that stand in
    another sentence of the same abstract than the one named. `by` says whose the verdict is (`rag.model.Claim.verdict_by`), "" where a
    model is still to judge. `of` are the claims that this one sums up.
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
    of: tuple[Checked, ...] = ()

    @property
    def passes(self) -> bool:
        """True where nothing is wrong and the evidence supports the claim."""
        return bool(self.by) and not self.faults and self.support.verdict == "supported"


def check_claim(draft: DraftClaim, pack: EvidencePack, *, judged: bool = False) -> Checked:
    """Check one claim, in this order: key known; sentence exists; quote located; numbers, names, negation and support;
    no other abstract that supports it better.

    With `judged` a model is to judge what the cited sentences say: our own check then only vetoes, by key, sentence, quote, numbers and
    names; what passes is left open.
    """
    found = Findings()
    for pointer in draft.pointers:
        locate(draft, pointer, pack, found)
    places = list(dict.fromkeys(found.places))
    if not places:
        found.blame("It names no sentence that was given as its evidence.", "source: none")
        return _checked(draft, found, (), _NO_SUPPORT, None)
    wording, checked_as = _wording(draft, places, found)
    support = support_of(wording, places)
    if _is_verbatim(draft, places) and not found.faults:
        return replace(_checked(draft, found, tuple(_needed(wording, places, support)), support, checked_as), by="verbatim")
    if judged:
        return _vetoed(draft, found, places, support)
    if support.verdict == "supported" and not found.faults:
        places = _needed(wording, places, support)
    support = support_of(wording, places)
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


def check_synthesis(draft: DraftClaim, of: Sequence[Checked], *, judged: bool = False) -> Checked:
    """Check a claim that sums up others: by the sentences that those cite. `of` are those that passed."""
    found = Findings()
    places = list(dict.fromkeys(place for one in of for place in one.places))
    if not places:
        found.blame("It sums up no sentence of the answer that passed its check.", "source: none")
        return _checked(draft, found, (), _NO_SUPPORT, None)
    wording, checked_as = _wording(draft, places, found)
    support = support_of(wording, places)
    if judged:
        return replace(_vetoed(draft, found, places, support), of=tuple(of))
    if support.verdict != "supported":
        found.faults.append(_unsupported(support))
    return replace(_checked(draft, found, tuple(places), support, checked_as), of=tuple(of))


def _vetoed(draft: DraftClaim, found: Findings, places: Sequence[Place], support: Support) -> Checked:
    """A claim that a model is to judge, unless a figure or a name of it stands nowhere."""
    flags = _vetoes(draft, places, support)
    if flags:
        found.faults.append(_unsupported(replace(support, flags=flags)))
    left = replace(support, flags=flags)
    return replace(_checked(draft, found, tuple(places), left, None), by="local" if found.faults else "")


def _vetoes(draft: DraftClaim, places: Sequence[Place], support: Support) -> tuple[str, ...]:
    """The flags that no judge lifts: figures that neither stand in the cited sentences, or in what is stated of their papers, nor follow
    from them, nor count the papers; and names that stand nowhere.

    A number in words may be a turn of phrase ("two thirds" of 34 %), a capital in another language is grammar: those are the judge's.
    """
    english = is_english(draft.text)
    papers = dict.fromkeys(item.found.abstract for item, _ in places)
    stated = [" ".join(map(str, about_paper(one).values())) for one in papers]
    cited = " ".join([*(item.found.long.sentence(index) for item, index in places), *stated, str(len(papers)) if len(papers) > 1 else ""])
    known = squeeze_name(cited)
    found = []
    for flag in support.flags:
        kind, _, said = flag.partition(": ")
        raw = said.partition(" (")[0]
        if kind == "number" and raw[:1].isdigit() and not follows(raw, cited):
            found.append(flag)
        odd = english or any(character.isupper() or character.isdigit() for character in said[1:])
        if kind == "name" and odd and squeeze_name(raw) not in known:
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
        CitedPaper(
            about_paper(item.found.abstract), [clean_text(item.found.long.sentence(at)) for other, at in checked.places if other is item]
        )
        for item in items
    )
    return ClaimWithSources(checked.draft.text, tuple(sources))


def _checked(draft: DraftClaim, found: Findings, places: tuple[Place, ...], support: Support, checked_as: str | None) -> Checked:
    flags = tuple(dict.fromkeys([*found.flags, *support.flags]))
    return Checked(draft, places, support, checked_as, tuple(dict.fromkeys(found.faults)), flags, found.invented, found.moved)


def _wording(draft: DraftClaim, places: Sequence[Place], found: Findings) -> tuple[str, str | None]:
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
        if rest and support_of(wording, [place]).verdict != "supported":
            without = support_of(wording, rest)
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
