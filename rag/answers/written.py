"""A model's claims that were checked, made into the records of an answer, and what it says is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rag.answers.draft import DraftClaim
from rag.answers.prompts import EvidencePack
from rag.answers.verify import Checked
from rag.evidence import member_citation, sentence_citation
from rag.model import Citation, Claim, Event
from rag.search import Candidate
from rag.text import stems

_ADDRESS = re.compile(r"://|\bwww\.|@", re.IGNORECASE)

Numbers = dict[tuple[str, int], int]  # (abstract id, sentence) -> citation number


def claim_event(checked: Checked, all_checked: Sequence[Checked], numbers: Numbers) -> Event:
    """A claim that passed, as an event; new citations get the next provisional numbers."""
    claim, citations = _claim(checked, numbers)
    before = sum(1 for one in all_checked if one.passes and one.draft.place < checked.draft.place)
    return Event("claim", claim=claim, citations=citations, position=before)


def number_claims(kept: Sequence[Checked], absent: Sequence[str]) -> tuple[tuple[Claim, ...], tuple[Citation, ...]]:
    """The claims in their order with citations numbered by first use; `absent` things are said last, of the abstracts cited."""
    numbers: Numbers = {}
    claims: list[Claim] = []
    citations: dict[int, Citation] = {}
    for checked in sorted(kept, key=lambda one: one.draft.place):
        claim, cited = _claim(checked, numbers)
        claims.append(claim)
        citations.update((one.number, one) for one in cited)
    if absent:
        read = list({item.found.abstract.id: item.found for one in kept for item, _ in one.places}.values())
        members = {len(citations) + place: found for place, found in enumerate(read, start=1)}
        citations.update((number, member_citation(number, found.abstract)) for number, found in members.items())
        claims += [_absence(one, members) for one in absent]
    return tuple(claims), tuple(citations[number] for number in sorted(citations))


def _claim(checked: Checked, numbers: Numbers) -> tuple[Claim, tuple[Citation, ...]]:
    citations = []
    for item, index in checked.places:
        number = numbers.setdefault((item.found.abstract.id, index), len(numbers) + 1)
        citations.append(sentence_citation(number, item.found, index))
    support = checked.support
    # A real sentence of the wrong source may support a claim: what has a fault is never "supported".
    verdict = "weak" if checked.faults and support.verdict == "supported" else support.verdict
    told_numbers = tuple(one.number for one in citations)
    claim = Claim(
        "evidence", checked.draft.text, told_numbers, verdict, support.score, checked.flags, checked.checked_as, verdict_by=checked.by
    )
    return claim, tuple(citations)


def _absence(missing: str, members: Mapping[int, Candidate]) -> Claim:
    names = " and ".join(dict.fromkeys(found.abstract.label for found in members.values()))
    verb = "does" if len(members) == 1 else "do"
    return Claim("absence", f"{names} {verb} not say: {missing.rstrip('.')}.", tuple(members))


def in_question_words(missing: str, *questions: str) -> bool:
    """True where what is said to be missing is put in words of the question: a model may not bring in anything else here."""
    said, asked = set(stems(missing)), {one for question in questions for one in stems(question)}
    return bool(said) and not _ADDRESS.search(missing) and 2 * len(said & asked) >= len(said)


def is_stated(missing: str, pack: EvidencePack) -> bool:
    """True where one given sentence has all the words of what is said to be missing."""
    said = set(stems(missing))
    return any(said <= item.found.long.stems[index] for item in pack.items for index in item.sentences)


def as_drafted(draft: DraftClaim) -> dict[str, Any]:
    """A claim in the form in which the model wrote it."""
    evidence = [{"key": one.key, "sentence": one.sentence, "quote": one.quote} for one in draft.pointers]
    return {"text": draft.text, "english": draft.english, "evidence": evidence}


def count_sentences(count: int) -> str:
    """ "One sentence", "3 sentences"."""
    return "One sentence" if count == 1 else f"{count} sentences"
