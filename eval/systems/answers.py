"""A reply as an answer that can be judged: its sentences are the claims, its contexts what they cite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.records import Context
from eval.systems.abstentions import abstains
from eval.systems.marks import Said, sentences_said
from eval.systems.matching import matched
from eval.systems.replies import Reply, SystemFailedError
from eval.systems.sources import Lookup, Placed, contexts_of, joined, label_of, nothing
from rag.model import Answer, Citation, Claim

MATCHED = "The system cites nothing: each sentence was matched to the contexts that share most of its words."
UNCHECKED = "nobody"  # who gave the verdict of a claim that its own system did not check


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a reply: an answer with claims and citations, all contexts that it told, and its own words."""

    answer: Answer
    contexts: tuple[Context, ...]
    retrieved: tuple[tuple[str, float], ...]
    said: str


def heard(question: str, reply: Reply, lookup: Lookup = nothing, placed: Placed | None = None) -> Heard:
    """The answer that a reply makes. Raises SystemFailedError for a reply without a word.

    A sentence that says that there is no answer (`eval.systems.abstentions`) is a claim of kind "absence", which has no support to be
    judged. Nothing else: the outcome is "refused"; at the head of other sentences: "nearest". [n] is the n-th context; an answer
    without any [n] has each of its sentences matched to its best contexts, and a notice says so.
    """
    contexts = contexts_of(reply.contexts, lookup, placed)
    cited = contexts_of(reply.cited, lookup, placed) or contexts
    known = contexts + tuple(one for one in cited if one not in contexts)
    said = sentences_said(reply.answer)
    if not said and not reply.refused:
        raise SystemFailedError("The answer is empty.")
    claims, notices = _claims(said, cited)
    told = [one for one in claims if one.kind != "absence"]
    refused = reply.refused or not told
    answer = Answer(
        question,
        question,
        "refused" if refused else "nearest" if claims[0].kind == "absence" else "answered",
        claims=() if refused else tuple(claims),
        citations=() if refused else _citations(told, cited, joined_texts(known, lookup)),
        reason=(reply.answer.strip() or "The system refused.") if refused else None,
        notices=() if refused else notices,
        mode="generate",
        model=reply.model,
        usage=reply.usage,
        cost=reply.cost,
        seconds=reply.seconds or 0.0,
    )
    ids = dict.fromkeys(one.id for one in contexts)
    return Heard(answer, known, tuple((name, 1 / place) for place, name in enumerate(ids, start=1)), reply.answer)


def _claims(said: Sequence[Said], cited: Sequence[Context]) -> tuple[list[Claim], tuple[str, ...]]:
    texts = [one.text for one in cited]
    match = bool(cited) and not any(one.numbers for one in said)
    claims = []
    for one in said:
        if abstains(one.text):
            claims.append(Claim("absence", one.text, (), group=one.heading))
            continue
        numbers = tuple(place + 1 for place in matched(one.text, texts)) if match else one.numbers
        claims.append(Claim("evidence", one.text, numbers, "weak", 0.0, group=one.heading, verdict_by=UNCHECKED))
    return claims, (MATCHED,) if match else ()


def joined_texts(contexts: Sequence[Context], lookup: Lookup) -> dict[str, str]:
    """The text of the source of each context, by its id."""
    found = {one.id: source.text for one in contexts if (source := lookup(one.id)) is not None}
    return found | {name: source.text for name, source in joined(contexts, lookup).items()}


def _citations(claims: Sequence[Claim], cited: Sequence[Context], texts: dict[str, str]) -> tuple[Citation, ...]:
    """The contexts that are cited, whole, under their numbers; one whose text was not told cannot be."""
    numbers = sorted({number for claim in claims for number in claim.citations if number <= len(cited)})
    known = [(number, cited[number - 1]) for number in numbers]
    return tuple(_citation(number, one, texts[one.id]) for number, one in known if one.text.strip())


def _citation(number: int, context: Context, source: str) -> Citation:
    quote = context.text.strip()
    start = source.index(quote)
    return Citation(number, "sentence", context.id, label_of(context), quote, start, start + len(quote), context.title)
