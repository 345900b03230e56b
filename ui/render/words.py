"""The words of the page for what the core says in codes."""

from __future__ import annotations

import re

from rag.model import Answer, Citation, Claim, display_text

_LEAD = re.compile(r"\[([^\[\]]{1,120})\] (?=\S)")
_BOUNDS = re.compile(r"(\w+) = (\d*)\.\.(\d*)")


def lead(claim: Claim) -> tuple[str, str]:
    """The name in brackets that a claim begins with, and the rest: ("KS-Lottery", "We propose ...")."""
    found = _LEAD.match(claim.text)
    return (found[1], claim.text[found.end() :]) if found else ("", claim.text)


def condition(echoed: str) -> str:
    """A filter as it is echoed, in words: "year = 2024.." is "year from 2024"."""
    found = _BOUNDS.fullmatch(echoed)
    if not found:
        return echoed
    name, low, high = found.groups()
    return f"{name} {low} to {high}" if low and high else f"{name} {'from ' + low if low else 'up to ' + high}"


def verdict(claim: Claim, cited: tuple[Citation, ...]) -> str:
    """What the checker found, in words. The checker is not an oracle, and the words do not make it one."""
    if claim.verdict == "absent":
        return "not found: removed"
    if claim.verdict == "weak":
        return "weak: check"
    if claim.kind == "collection":
        return "read in the corpus, not counted" if claim.aside else "counted in the corpus"
    if claim.kind == "absence":
        return "held against what is cited" if claim.citations else "looked for, not stated"
    if claim.kind == "synthesis":
        return "sums up other sentences" + (f", says {claim.verdict_by}" if claim.verdict_by not in ("", "local") else "")
    said = display_text(lead(claim)[1])
    if any(said in display_text(one.quote) or display_text(one.quote) in said for one in cited if one.kind == "sentence"):
        return "quoted verbatim"
    judge = "" if claim.verdict_by in ("verbatim", "local") else claim.verdict_by
    return f"borne out, says {judge}" if judge else "supported by the quote"


def written(answer: Answer, *, keyless: bool) -> str:
    """How an answer was made: the model's name, or "extractive, no key"."""
    if answer.mode == "generate":
        return f"written by {answer.model}" if answer.model else "written by a model"
    return "extractive, no key" if keyless else "extractive"


def duration(seconds: float) -> str:
    """ "0.4 s"; what takes no time that anybody notices is "under 0.1 s"."""
    return f"{seconds:.1f} s" if seconds >= 0.095 else "under 0.1 s"


def counted(number: int, one: str, many: str) -> str:
    """ "1 abstract", "2 abstracts"."""
    return f"{number:,} {one if number == 1 else many}"


def checked(answer: Answer) -> str:
    """What became of the sentences: "4 sentences, all quoted verbatim"; "2 were not found and removed"."""
    if not answer.claims:
        return ""
    kinds: dict[str, int] = {}
    for claim in answer.claims:
        words = verdict(claim, cited(answer, claim))
        kinds[words] = kinds.get(words, 0) + 1
    total = counted(len(answer.claims), "sentence", "sentences")
    parts = [f"{number} {words}" for words, number in kinds.items()]
    said = f"{total}, {'all ' if len(answer.claims) > 1 else ''}{next(iter(kinds))}" if len(kinds) == 1 else f"{total}: {', '.join(parts)}"
    dropped = answer.checks.get("dropped", 0)
    return said + (f"; {dropped} more not found: removed" if dropped else "")


def cited(answer: Answer, claim: Claim) -> tuple[Citation, ...]:
    """The citations of a claim."""
    return tuple(one for number in claim.citations for one in answer.citations if one.number == number)
