"""A model's claims that were checked, made into the records of an answer, with what it says is missing and what it left aside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rag.answers.draft import DraftClaim, Reply
from rag.answers.prompts import EvidencePack
from rag.answers.surveys import ALSO
from rag.answers.task import Numbers, State, Task
from rag.answers.verify import Checked
from rag.evidence import member_citation, near_misses, sentence_citation
from rag.llm import Reply as Received
from rag.model import Answer, Citation, Claim, Event, ModelError, pluralize
from rag.search import Candidate
from rag.text import stems

NOT_SAID = "The corpus does not say: "
_ADDRESS = re.compile(r"://|\bwww\.|@", re.IGNORECASE)
_HEADING_WORDS = 8
_CUT = {
    "length": "The reply was longer than the model may write (RAG_REPLY_TOKENS): the answer is incomplete.",
    "cut": "The connection to the model service broke: the answer is incomplete.",
    "late": "The model service did not finish in time (RAG_MODEL_DEADLINE): the answer is incomplete.",
    "repeats": "The model began to say the same again and again and was stopped: the answer is incomplete.",
    "stopped": "The answer was stopped: it is incomplete.",
    "filtered": "The model service ended the reply by its content filter: the answer is incomplete.",
}

Headings = Sequence[tuple[tuple[int, int], str]]  # the place of each, which orders them among the claims


def claim_event(checked: Checked, state: State) -> Event:
    """A claim that passed, as an event; new citations get the next provisional numbers."""
    claim, citations = _claim(checked, state.numbers, _heading(checked, state.headings, state.pack))
    before = sum(1 for one in state.checked if one.passes and one.draft.place < checked.draft.place)
    return Event("claim", claim=claim, citations=citations, position=before)


def written_answer(blank: Answer, task: Task, state: State, draft: Reply, reply: Received, *, flag: bool) -> Answer:
    """`blank` with the claims that passed, and with `flag` those that did not; a refusal where the model finds no answer.

    Raises ModelError where nothing is left of what it wrote: then the abstracts' own sentences have to do.
    """
    if not draft.answerable and reply.why != "stopped":
        return _unanswerable(blank, task, state)
    kept = sorted((one for one in state.checked if one.passes or (flag and one.places)), key=lambda one: one.draft.place)
    notices = [*state.notices, *_told(state, task, len(state.checked) - len(kept)), *([] if reply.complete else [_cut(reply)])]
    tally = {"dropped": len(state.checked) - len(kept), "flagged": sum(not one.passes for one in kept), "beyond": state.beyond}
    checks = dict(sorted({**blank.checks, **{name: count for name, count in tally.items() if count}}.items()))
    blank = replace(blank, notices=tuple(notices), checks=checks)
    if not kept:
        if reply.why != "stopped":
            raise ModelError("None of the sentences that the model wrote could be confirmed in the abstracts.")
        return replace(blank, outcome="info", reason="The answer was stopped before its first sentence was checked.", incomplete=True)
    absent = [one for one in state.gaps if not is_stated(one, state.pack)]
    claims, citations = _numbered(kept, state.headings, state.pack, absent)
    answer = replace(blank, outcome="answered", claims=claims, citations=citations, incomplete=not reply.complete)
    return _with_others(replace(answer, table=make_table(state.columns, claims)), task.others)


def _cut(reply: Received) -> str:
    return _CUT.get(reply.why, _CUT["cut"])


def _told(state: State, task: Task, lost: int) -> list[str]:
    """What became of sentences that are not in the answer."""
    told = [f"{count_sentences(lost)} the model wrote {'was' if lost == 1 else 'were'} left out: the sources do not bear it out."]
    beyond = f"{count_sentences(state.beyond)} more that the model wrote {'was' if state.beyond == 1 else 'were'} left out: the answer was"
    return [*(told if lost else []), *([f"{beyond} to have at most {task.wish.words} words."] if state.beyond else [])]


def _unanswerable(blank: Answer, task: Task, state: State) -> Answer:
    missing = f" What is missing: {'; '.join(state.gaps)}." if state.gaps else ""
    read = pluralize(len(state.pack.items), "abstract")
    reason = f"{NOT_SAID}the model found no answer in what it was given to read ({read})."
    near = near_misses(task.question, [one.found for one in task.readings])
    return replace(blank, reason=reason + missing, near_misses=near, notices=tuple(state.notices))


def _numbered(
    kept: Sequence[Checked], headings: Headings, pack: EvidencePack, absent: Sequence[str]
) -> tuple[tuple[Claim, ...], tuple[Citation, ...]]:
    """The claims in their order with citations numbered by first use; `absent` things are said last, of the abstracts cited."""
    numbers: Numbers = {}
    claims: list[Claim] = []
    citations: dict[int, Citation] = {}
    places = {id(checked): place for place, checked in enumerate(kept)}
    for checked in kept:
        claim, cited = _claim(checked, numbers, _heading(checked, headings, pack))
        claims.append(replace(claim, sums_up=tuple(places[id(one)] for one in checked.of if id(one) in places)))
        citations.update((one.number, one) for one in cited)
    if absent:
        read = list({item.found.abstract.id: item.found for one in kept for item, _ in one.places}.values())
        members = {len(citations) + place: found for place, found in enumerate(read, start=1)}
        citations.update((number, member_citation(number, found.abstract)) for number, found in members.items())
        claims += [_absence(one, members) for one in absent]
    return tuple(claims), tuple(citations[number] for number in sorted(citations))


def _claim(checked: Checked, numbers: Numbers, group: str) -> tuple[Claim, tuple[Citation, ...]]:
    citations = []
    for item, index in checked.places:
        number = numbers.setdefault((item.found.abstract.id, index), len(numbers) + 1)
        citations.append(sentence_citation(number, item.found, index))
    support = checked.support
    claim = Claim(
        "synthesis" if checked.of else "evidence",
        checked.draft.text,
        tuple(one.number for one in citations),
        # A real sentence of the wrong source may support a claim: what has a fault is never "supported".
        "weak" if checked.faults and support.verdict == "supported" else support.verdict,
        support.score,
        checked.flags,
        checked.checked_as,
        group,
        cells=checked.draft.cells,
        verdict_by=checked.by,
    )
    return claim, tuple(citations)


def _heading(checked: Checked, headings: Headings, pack: EvidencePack) -> str:
    """The last heading before a claim. It is not checked, so it is shown only if it is short and says nothing that no abstract has a
    word for."""
    before = [heading for place, heading in sorted(headings) if place < checked.draft.place]
    if not before or len(before[-1].split()) > _HEADING_WORDS or any(map(str.isdigit, before[-1])):
        return ""
    said = set(stems(before[-1]))
    known = {stem for item in pack.items for sentence in item.found.long.stems for stem in sentence}
    return before[-1] if said and 2 * len(said & known) >= len(said) else ""


def make_table(columns: Sequence[str], claims: Sequence[Claim]) -> tuple[tuple[str, ...], ...] | None:
    """The rows of a table that the model wrote, each with its sources; None where it wrote none."""
    rows = [(*claim.cells, "".join(f"[{number}]" for number in claim.citations)) for claim in claims if claim.cells]
    return ((*columns, "Sources"), *rows) if rows else None


def _with_others(answer: Answer, others: Sequence[Candidate]) -> Answer:
    """The answer with a list of the abstracts that bear on the question and that none of its claims cites."""
    cited = {one.abstract_id for one in answer.citations}
    rest = [one for one in others if one.abstract.id not in cited]
    if not rest:
        return answer
    numbers = range(len(answer.citations) + 1, len(answer.citations) + len(rest) + 1)
    listed = [Claim("collection", f"{one.abstract.label}.", (number,), group=ALSO) for number, one in zip(numbers, rest, strict=True)]
    more = (member_citation(number, one.abstract) for number, one in zip(numbers, rest, strict=True))
    return replace(answer, claims=(*answer.claims, *listed), citations=(*answer.citations, *more))


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
    if draft.of:
        return {"claims": [one + 1 for one in draft.of], "text": draft.text}
    evidence = [{"key": one.key, "sentence": one.sentence, "quote": one.quote} for one in draft.pointers]
    said: dict[str, Any] = {"cells": list(draft.cells)} if draft.cells else {"text": draft.text}
    return {"evidence": evidence} | said | ({"english": draft.english} if draft.english else {})


def count_sentences(count: int) -> str:
    """ "One sentence", "3 sentences"."""
    return "One sentence" if count == 1 else f"{count} sentences"
