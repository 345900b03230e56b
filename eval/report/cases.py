"""What went wrong with each question, in words, and which questions to look at first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.metrics import answers, cited_abstracts, claimed_text, declines, graded, occurs, overlaps, plain, refuses
from eval.records import Metric, Row, Span, Verdict
from rag.model import Citation

EVIDENCE = ("evidence_recall@120", "evidence_recall")  # the metric that decides on evidence, where the run has it
PROBLEMS = (
    "error",
    "not answered",
    "not refused",
    "not supported",
    "incomplete",
    "not judged",
)
"""Kinds of problems, the gravest first; a question without any has none of these."""
_SAID = {
    "error": "Error",
    "not answered": "Not answered",
    "not refused": "Not refused",
    "not supported": "Claim not supported",
    "incomplete": "Something missing",
    "not judged": "Not judged",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an answer: its kind, of `PROBLEMS`, and what it is in words."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Case:
    """One question of a run with all that was said of it."""

    row: Row
    verdicts: tuple[Verdict, ...]
    problems: tuple[Problem, ...]

    @property
    def rank(self) -> int:
        """The place of its gravest problem in `PROBLEMS`; their number where there is none."""
        return min((PROBLEMS.index(one.kind) for one in self.problems), default=len(PROBLEMS))

    @property
    def status(self) -> str:
        """Its gravest problem, or "No problem found"."""
        return _SAID[PROBLEMS[self.rank]] if self.problems else "No problem found"

    @property
    def level(self) -> str:
        """ "bad", "doubt" or "good": how it is coloured, beside its words."""
        return "good" if not self.problems else "bad" if self.rank <= PROBLEMS.index("not supported") else "doubt"


def cases(rows: Sequence[Row], verdicts: Sequence[Verdict], metrics: Mapping[str, Metric]) -> tuple[Case, ...]:
    """Every question, the gravest failures first, otherwise in the order of the run."""
    judged: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        judged[verdict.question_id].append(verdict)
    found = [_case(row, tuple(judged[row.question.id]), metrics) for row in rows]
    return tuple(sorted(found, key=lambda case: case.rank))


def _case(row: Row, verdicts: tuple[Verdict, ...], metrics: Mapping[str, Metric]) -> Case:
    if row.answer is None:
        return Case(row, verdicts, (Problem("error", row.error or "The question ended in an error."),))
    problems = (*_outcome(row), *_support(row, verdicts), *_missing(row, metrics))
    return Case(row, verdicts, problems)


def _outcome(row: Row) -> tuple[Problem, ...]:
    """Answered where a refusal is right, or the other way round. A false premise may be corrected or refused."""
    ended = {
        "refused": "refused",
        "nearest": "shown what may not be the answer",
        "info": "taken for a greeting or a question about the corpus",
        "no claims": "without any claim",
    }
    said = "answered only with what is not reported" if row.outcome == "answered" and refuses(row) else ended.get(row.outcome, "answered")
    if row.question.answerable and not answers(row) and (graded(row) or not refuses(row)):
        return (Problem("not answered", f"The corpus answers this; it was {said}."),)
    if not row.question.answerable and not declines(row):
        return (Problem("not refused", f"The corpus does not answer this; it was {said}."),)
    return ()


def _support(row: Row, verdicts: tuple[Verdict, ...]) -> tuple[Problem, ...]:
    assert row.answer is not None
    decisions = {place: on_claim(verdicts, place) for place, claim in enumerate(row.answer.claims) if claim.kind == "evidence"}
    known = {one.number for one in row.answer.citations}
    bare = [place for place in decisions if not known & set(row.answer.claims[place].citations)]
    failed = [place for place, one in decisions.items() if one is not None and one.decision in ("weak", "absent")]
    unjudged = [place for place, one in decisions.items() if place not in bare and (one is None or one.decision == "unscored")]
    invented = {number for claim in row.answer.claims for number in claim.citations} - known
    said = (
        ("not supported", bool(failed), f"{len(failed)} of {len(decisions)} claims not supported by what they cite."),
        ("not supported", bool(bare), f"{len(bare)} of {len(decisions)} claims cite nothing that exists."),
        ("not supported", bool(invented), f"Citations without a source: {', '.join(f'[{number}]' for number in sorted(invented))}."),
        ("not judged", bool(unjudged), f"{len(unjudged)} of {len(decisions)} claims could not be judged."),
    )
    return tuple(Problem(kind, text) for kind, applies, text in said if applies)


def on_claim(verdicts: Sequence[Verdict], place: int, against: str = "cited") -> Verdict | None:
    """What was said of one claim as a whole; of several verdicts, as after resuming a run, the last."""
    return next((one for one in reversed(verdicts) if (one.claim, one.against, one.citation) == (place, against, None)), None)


def _missing(row: Row, metrics: Mapping[str, Metric]) -> tuple[Problem, ...]:
    if not row.question.answerable or not (answers(row) or row.outcome == "nearest"):
        return ()
    lost = [one for one, occurs in strings(row) if not occurs]
    recall = _evidence_recall(row, metrics)
    exact = metrics["collection_exact"].values.get(row.question.id) if "collection_exact" in metrics else None
    uncited = len(set(row.gold) - cited_abstracts(row))
    said = (
        (recall is not None and recall < 1, f"{(recall or 0) * 100:.0f} % of the gold evidence is shown."),
        (bool(lost), f"{len(lost)} of {len(row.question.must_contain)} strings that it must contain are missing."),
        (exact == 0, "The number or the members are not exactly right."),
        (bool(uncited), f"{uncited} of {len(set(row.gold))} gold abstracts are not cited."),
    )
    return tuple(Problem("incomplete", text) for applies, text in said if applies)


def _evidence_recall(row: Row, metrics: Mapping[str, Metric]) -> float | None:
    """As the run's metric has it, else over all citations."""
    for name in EVIDENCE:
        if name in metrics and row.question.id in metrics[name].values:
            return metrics[name].values[row.question.id]
    found = [showing(row, span) is not None for span in row.evidence]
    return sum(found) / len(found) if found else None


def showing(row: Row, span: Span) -> Citation | None:
    """The first citation that shows a piece of gold evidence, at any place of the answer."""
    return next((one for one in (row.answer.citations if row.answer else ()) if overlaps(one, span)), None)


def strings(row: Row) -> list[tuple[str, bool]]:
    """The strings that a right answer contains, each with whether this one says it."""
    said = plain(claimed_text(row))
    return [(one, occurs(plain(one), said)) for one in row.question.must_contain]
