"""How many generated claims of each kind the support checker lets pass: `python -m benchmarks.damage`.

True sentences of the shipped abstracts, said in other words by rule and damaged by rule, and the labelled claims that are shipped
(`eval/data/claims.jsonl`). The abstracts fall into two halves by their ids; rules and weights are made on half A, half B is held out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from random import Random

import numpy as np

from benchmarks.damaged import invented, negated, over_claimed, swapped_name, wrong_number
from benchmarks.development import temporary_assistant
from benchmarks.paraphrased import joined, paraphrases
from rag.embedding.wordllama import load_wordllama, unit_rows
from rag.model.records import Abstract, Support
from rag.support.check import check_support
from rag.text.names import proper_names
from rag.text.sentences import sentence_spans

SHIPPED = Path(__file__).parent.parent / "eval" / "data" / "claims.jsonl"
_SEED = 20261121
_OWN = re.compile(r"\b(?:[Ww]e|[Oo]ur|[Ii]t|results?|experiments?|method|model|approach)\b")


@dataclass(frozen=True)
class Case:
    """A claim about an abstract, with its label and kind; `how` says how it was made."""

    claim: str
    abstract: Abstract
    supported: bool
    kind: str
    how: str

    @property
    def half(self) -> str:
        """A or B, by the abstract's id."""
        return "AB"[int(hashlib.sha256(self.abstract.id.encode()).hexdigest(), 16) % 2]


def generated(abstracts: Sequence[Abstract], seed: int = _SEED) -> list[Case]:
    """All generated cases, the same for a seed and a corpus."""
    ordered = sorted(abstracts, key=lambda one: one.id)
    near = _neighbours(ordered)
    return [case for one, others in zip(ordered, near, strict=True) for case in _of_abstract(one, others, Random(f"{seed}{one.id}"))]


def _neighbours(abstracts: Sequence[Abstract]) -> list[list[Abstract]]:
    vectors = unit_rows(load_wordllama().embed([one.text for one in abstracts]))
    order = np.argsort(-(vectors @ vectors.T), axis=1, kind="stable")
    return [[abstracts[index] for index in row if index != at][:4] for at, row in enumerate(order)]


def _of_abstract(one: Abstract, near: Sequence[Abstract], random: Random) -> Iterator[Case]:
    said = _sentences(one)
    foreign = sorted({name for other in near for name in proper_names(other.text) if any(c.isupper() for c in name[1:])})
    for sentence in random.sample(said, min(4, len(said))):
        variants = [("verbatim", sentence), *paraphrases(sentence, one.text, random)]
        yield Case(sentence, one, True, "plain", "verbatim")
        for how, claim in random.sample(variants[1:], min(2, len(variants) - 1)):
            yield Case(claim, one, True, "paraphrase", how)
        start, base = random.choice((variants[0], variants[-1]))
        for kind, found in (
            ("wrong number", wrong_number(base, one.text, random)),
            ("swapped name", swapped_name(base, one.text, foreign, random)),
            ("negated", negated(base, random)),
            ("over-claim", over_claimed(base, random)),
        ):
            yield from (Case(claim, one, False, kind, f"{how}, {start}") for how, claim in found if claim != base)
    if len(said) > 1:
        at = random.randrange(len(said) - 1)
        yield Case(joined(said[at], said[at + 1]), one, True, "paraphrase", "joined")
    system = _system(one)
    for how, claim in invented(system or "The model", _topic(one), one.text, random):
        yield Case(claim, one, False, "invented", how)
    yield from (Case(claim, one, False, "misattributed", "of a neighbour") for claim in _borrowed(near, system, random))


def _sentences(one: Abstract) -> list[str]:
    """Sentences of ordinary length, most of them on the abstract's own work."""
    return [sentence for start, end in sentence_spans(one.text) if 7 <= len((sentence := one.text[start:end].strip()).split()) <= 40]


def _borrowed(near: Sequence[Abstract], system: str, random: Random) -> Iterator[str]:
    for other in near[:2]:
        mine = [sentence for sentence in _sentences(other) if _OWN.search(sentence)]
        if mine:
            name = _system(other)
            sentence = random.choice(mine)
            yield sentence.replace(name, system or "the model") if name else sentence


def _system(one: Abstract) -> str:
    """The name that the abstract repeats most, or an empty string."""
    found = [
        name
        for name in proper_names(one.text)
        if any(c.isupper() for c in name[1:]) and not re.fullmatch(r"(?:P?LL?Ms?|ASR|NLP|TTS|AI)", name)
    ]
    counts = {name: one.text.count(name) for name in found}
    best = max(counts, key=counts.__getitem__, default="")
    return best if counts.get(best, 0) > 1 else ""


def _topic(one: Abstract) -> str:
    match = re.search(
        r"\b(?:speech|language|translation|video|image|audio|dialogue|recognition|text|recommendation)\b", one.text, re.IGNORECASE
    )
    return match.group().lower() if match else "training"


def shipped(abstracts: Sequence[Abstract]) -> list[Case]:
    """The labelled claims of `eval/data/claims.jsonl`, which a person read the abstracts for."""
    places = {f"{source.file}:{source.line}": one for one in abstracts for source in one.sources}
    rows = [json.loads(line) for line in SHIPPED.read_text(encoding="utf-8").splitlines()]
    return [Case(row["claim"], places[row["source"]], row["label"] == "supported", row["kind"], row["id"]) for row in rows]


def interval(passed: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (Wilson 1927)."""
    z, share = 1.96, passed / total
    middle, spread = share + z * z / (2 * total), z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (middle - spread) / (1 + z * z / total), (middle + spread) / (1 + z * z / total)


def table(cases: Sequence[Case], checked: Sequence[Support]) -> list[str]:
    """One line a kind: how many read "supported", with the interval, by half."""
    lines = []
    for supported, kind in sorted({(case.supported, case.kind) for case in cases}, reverse=True):
        cells = [f"{'supported' if supported else 'unsupported':<12} {kind:<14}"]
        for half in "AB":
            group = [
                one for case, one in zip(cases, checked, strict=True) if (case.supported, case.kind, case.half) == (supported, kind, half)
            ]
            passed = sum(one.verdict == "supported" for one in group)
            low, high = interval(passed, len(group)) if group else (0.0, 1.0)
            cells.append(f"{passed:>4} of {len(group):>4} {passed / max(1, len(group)):>6.1%} [{low:>5.1%}, {high:>5.1%}]")
        lines.append("   ".join(cells))
    return lines


def main() -> None:
    """Print which share of the claims of each kind is read as supported."""
    with temporary_assistant() as assistant:
        abstracts = list(assistant.abstracts())
    for title, cases in (("generated", generated(abstracts)), ("eval/data/claims.jsonl", shipped(abstracts))):
        print(f"{title}, {len(cases)} claims: read supported in half A, half B, with 95 % intervals")
        print("\n".join(table(cases, [check_support(case.claim, case.abstract.text) for case in cases])))


if __name__ == "__main__":
    main()
