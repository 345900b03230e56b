"""How often the local judge of evaluations is right, beside the check that the assistant's answers pass: `python -m benchmarks.judge`.

First what it was never fitted to: sentences of the shipped abstracts, untouched, reworded, and damaged by `benchmarks.damage`; the
shipped claims; and the third of the other labelled claims that stays shut. Behind them the sets that it was fitted to, which flatter it:
what it makes of them unseen is printed by `python -m benchmarks.fit_judge`. All with 95 % intervals. `--quick` leaves the large
collections out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from benchmarks.judge_data import SUPPORT, Example, abstracts, outside, own, planted, sentences
from eval.judges import LocalJudge
from eval.judges.tasks import Task
from eval.statistics import area, area_interval, wilson
from rag.model.records import Abstract
from rag.support import Cited, check_support, check_together

PLANTED = 60  # of each kind
_WIDTH = 46


def by_judge(examples: Sequence[Example]) -> list[tuple[bool, float]]:
    """Whether the judge accepts each, and its score."""
    tasks = [Task("", at, "cited", None, one.claim, one.parts) for at, one in enumerate(examples)]
    return [(verdict.decision == "supported", verdict.score or 0.0) for verdict in LocalJudge().decide(tasks)]


def by_check(examples: Sequence[Example]) -> list[tuple[bool, float]]:
    """The same by the check that answers pass: against whole texts, or the cited sentences."""
    found = [
        check_support(one.claim, one.parts[0].text)
        if len(one.parts) == 1 and one.parts[0].spans == ((0, len(one.parts[0].text)),)
        else check_together(one.claim, one.parts)
        for one in examples
    ]
    return [(support.verdict == "supported", support.score) for support in found]


def line(name: str, examples: Sequence[Example], said: Sequence[tuple[bool, float]]) -> str:
    """Sensitivity, specificity, their mean, and the area under the curve."""
    yes = [one for one, example in zip(said, examples, strict=True) if example.supported]
    no = [one for one, example in zip(said, examples, strict=True) if not example.supported]
    parts = [f"{name:<{_WIDTH}}{len(examples):>6}"]
    parts += [f"accepted {_share([one for one, _ in yes])}" if yes else "", f"caught {_share([not one for one, _ in no])}" if no else ""]
    if yes and no:
        value = area([score for _, score in yes], [score for _, score in no])
        assert value is not None
        low, high = area_interval(value, len(yes), len(no))
        balanced = (sum(one for one, _ in yes) / len(yes) + sum(not one for one, _ in no) / len(no)) / 2
        parts.append(f"balanced {balanced:.3f}  AUC {value:.3f} [{low:.3f}, {high:.3f}]")
    return "  ".join(part for part in parts if part)


def _share(right: Sequence[bool]) -> str:
    low, high = wilson(sum(right), len(right))
    return f"{sum(right) / len(right):.3f} [{low:.3f}, {high:.3f}]"


def untouched(corpus: Sequence[Abstract]) -> list[Example]:
    """Every fifth sentence of the shipped abstracts, as it stands."""
    found = [
        Example("untouched", said, (Cited(one.text, ((0, len(one.text)),), one.title),), True, "untouched", one.id)
        for one in corpus
        for said in sentences(one.text)
    ]
    return found[::5]


def sets(quick: bool) -> Iterator[tuple[str, list[Example]]]:
    """What is measured, by name."""
    corpus = abstracts()
    yield "untouched sentences", untouched(corpus)
    found = planted(corpus, PLANTED)
    for kind in sorted({one.kind for one in found}):
        yield f"planted: {kind}", [one for one in found if one.kind == kind]
    yield "planted: all", found
    about = list(own(corpus))
    yield "claims", [one for one in about if one.of == "claims"]
    for name in ("claims_dev", "claims_fluent_dev"):
        yield f"{name}, shut", [one for one in about if one.of == name and one.shut]
        yield f"{name}, fitted to", [one for one in about if one.of == name and not one.shut]
    for name in () if quick else SUPPORT:
        yield f"{name}, fitted to", list(outside(name))


def main() -> None:
    """Print all figures."""
    for name, examples in sets("--quick" in sys.argv):
        print(line(f"{name}: judge", examples, by_judge(examples)))
        print(line(f"{' ' * len(name)}  check", examples, by_check(examples)), flush=True)


if __name__ == "__main__":
    main()
