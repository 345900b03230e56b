"""How well the support checker tells borne-out claims from others: `python -m benchmarks.support`.

AUC of the score on claims that people judged, with and without the penalties of the flags; on the corpus's own claims
also the verdicts, by what was done to the claim.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.development import area, references, rows, temporary_assistant
from rag.assistant import Assistant
from rag.support.check import Cited, Weighed, check_support, weigh, weigh_together

OUTSIDE = ("attributionbench_dev", "check_covid_sent_dev")


@dataclass(frozen=True)
class Judged:
    """A claim that people judged, and what the checker goes by.

    `kind` is what was done to the claim, where that is known; claims of one `group` are about one text or question, "" for none.
    """

    supported: bool
    weighed: Weighed
    kind: str = ""
    group: str = ""

    def passes(self, without: Collection[str] = ()) -> bool:
        """Whether the verdict is "supported", with the mechanisms `without` switched off."""
        return self.weighed.support(without).verdict == "supported"


def auc(judged: Sequence[Judged], flags: bool = True) -> float:
    """AUC of the score, or of the similarity that it is without flags."""
    scores = [(one.supported, one.weighed.support().score if flags else one.weighed.similarity) for one in judged]
    return area([score for supported, score in scores if supported], [score for supported, score in scores if not supported])


def right(judged: Sequence[Judged]) -> int:
    """How many verdicts are right: "supported" for supported claims, anything else for the others."""
    return sum(one.passes() == one.supported for one in judged)


def outside(name: str) -> list[Judged]:
    """The claims of `support/NAME.jsonl`, each checked against the text it comes with."""
    return [
        Judged(row["label"] == 1, weigh(row["claim"], row["doc"]), row["label_raw"], row["group"]) for row in rows(f"support/{name}.jsonl")
    ]


def own(assistant: Assistant) -> list[Judged]:
    """The claims about the shipped corpus, each checked against the abstract that it cites."""
    ids = references(assistant)
    return [
        Judged(row["label"] == "supported", weigh(row["claim"], assistant.abstract(ids[row["ref"]]).text), row["kind"])
        for row in rows("claims_dev.jsonl")
    ]


def fluent(assistant: Assistant) -> list[Judged]:
    """The claims as a strong model would write them, each checked against the sentences that it cites."""
    ids = references(assistant)
    return [
        Judged(
            row["label"] == "supported",
            weigh_together(row["claim"], _cited(assistant, [ids[ref] for ref in row["refs"]], row)),
            row["kind"],
        )
        for row in rows("claims_fluent_dev.jsonl")
    ]


def _cited(assistant: Assistant, ids: Sequence[str], row: Mapping[str, Any]) -> list[Cited]:
    """The abstracts of a claim with those of its sentences that stand in each."""
    parts = []
    for abstract in map(assistant.abstract, ids):
        starts = [(abstract.text.find(said), len(said)) for said in row["sentences"]]
        parts.append(Cited(abstract.text, tuple((start, start + size) for start, size in starts if start >= 0), abstract.title))
    return parts


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
    with temporary_assistant() as assistant:
        claims = own(assistant)
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
