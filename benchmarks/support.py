"""How well the support checker tells borne-out claims from others: `python -m benchmarks.support`.

AUC of the score on claims that people judged, with and without the penalties of the flags; on the corpus's own claims
also the verdicts, by what was done to the claim.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.development import area, references, rows, temporary_assistant
from rag.embedding.similarity import read_long, read_short
from rag.model.records import Support
from rag.support.check import check_support, similarities

OUTSIDE = ("attributionbench_dev", "check_covid_sent_dev")


@dataclass(frozen=True)
class Judged:
    """A claim that people judged, and what the checker says.

    `similarity` is the score before flags, computed anew: scores end at 0, so adding penalties back would not give it.
    `kind` is what was done to the claim, where that is known.
    """

    supported: bool
    similarity: float
    support: Support
    kind: str = ""


def auc(judged: Sequence[Judged], flags: bool = True) -> float:
    """AUC of the score, or of the similarity that it is without flags."""
    scores = [(one.supported, one.support.score if flags else one.similarity) for one in judged]
    return area([score for supported, score in scores if supported], [score for supported, score in scores if not supported])


def right(judged: Sequence[Judged]) -> int:
    """How many verdicts are right: "supported" for supported claims, anything else for the others."""
    return sum((one.support.verdict == "supported") == one.supported for one in judged)


def judged(supported: bool, claim: str, text: str, kind: str = "") -> Judged:
    """Check one claim against its text."""
    return Judged(supported, similarities(read_short(claim), read_long([text])[0])[1], check_support(claim, text), kind)


def outside(name: str) -> list[Judged]:
    """The claims of `support/NAME.jsonl`, each checked against the text it comes with."""
    return [judged(row["label"] == 1, row["claim"], row["doc"]) for row in rows(f"support/{name}.jsonl")]


def own() -> list[Judged]:
    """The claims about the shipped corpus, each checked against the abstract that it cites."""
    with temporary_assistant() as assistant:
        ids = references(assistant)
        return [
            judged(row["label"] == "supported", row["claim"], assistant.abstract(ids[row["ref"]]).text, row["kind"])
            for row in rows("claims_dev.jsonl")
        ]


def milliseconds(name: str) -> float:
    """The median time of one check."""
    times = []
    for row in rows(f"support/{name}.jsonl"):
        begin = time.perf_counter()
        check_support(row["claim"], row["doc"])
        times.append(time.perf_counter() - begin)
    return median(times) * 1000


def main() -> None:
    """Print all figures."""
    claims = own()
    print(f"{'AUC of the support score':<28} {'n':>6} {'flags':>7} {'none':>7}")
    for name, group in [(name, outside(name)) for name in OUTSIDE] + [("claims_dev", claims)]:
        print(f"{name:<28} {len(group):>6} {auc(group):>7.3f} {auc(group, flags=False):>7.3f}")
    print(f"a claim, median: {milliseconds(OUTSIDE[0]):.1f} ms on {OUTSIDE[0]}")
    print("\nclaims_dev: verdict right (supported claims read supported, others do not)")
    for kind in sorted({(not one.supported, one.kind) for one in claims}):
        group = [one for one in claims if (not one.supported, one.kind) == kind]
        print(f"  {'unsupported' if kind[0] else 'supported':<12} {kind[1]:<28} {right(group):>3} of {len(group):>3}")
    for supported in (True, False):
        group = [one for one in claims if one.supported == supported]
        print(f"  {'supported' if supported else 'unsupported':<12} {'all':<28} {right(group):>3} of {len(group):>3}")


if __name__ == "__main__":
    main()
