"""Two runs side by side: what changed in each metric, how sure that is, and the questions that changed most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.records import Row, Spent
from eval.report.elements import cell, column, element, folded, foreign, row_head, table, words
from eval.report.page import page
from eval.report.spending import Spending, spending_table
from eval.report.wording import signed, wording_of
from rag.model import escape_markdown

CHANGED = 100
_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Compared:
    """One metric in runs A and B, as `Difference.to_dict` of `eval.runs.comparison` gives it."""

    name: str
    a: float | None = None
    b: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_holm: float | None = None
    n: int = 0
    of: int = 0
    wins: int = 0
    ties: int = 0
    losses: int = 0
    detectable: float | None = None
    higher_is_better: bool | None = True

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Compared:
        """From a mapping with these keys; others are left out."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})

    @property
    def found(self) -> str:
        """What the comparison shows, in words; Holm's p decides, and the plain one where there is no other."""
        p = self.p if self.p_holm is None else self.p_holm
        if self.difference is None or p is None:
            return "not compared"
        if p >= _LEVEL or self.difference == 0:
            return "no difference shown"
        if self.higher_is_better is None:
            return "changed"
        return "better" if (self.difference > 0) == self.higher_is_better else "worse"

    @property
    def told(self) -> str:
        """The difference with its interval, in words."""
        said = wording_of(self.name)
        if self.difference is None:
            return "not compared"
        if self.low is None or self.high is None:
            return signed(self.difference, said.unit)
        return f"{signed(self.difference, said.unit)} ({signed(self.low, said.unit, named=False)} to {signed(self.high, said.unit)})"


@dataclass(frozen=True, slots=True)
class Changed:
    """A question whose value in a metric differs between the runs, with its rows in both."""

    metric: str
    a: float
    b: float
    row_a: Row
    row_b: Row


def comparison_report(
    title_a: str,
    title_b: str,
    comparisons: Sequence[Mapping[str, Any]],
    changed: Sequence[Changed],
    settings: Sequence[tuple[str, str, str]] = (),
    spending: tuple[Spending, Spending] | None = None,
) -> str:
    """One self-contained HTML page that compares run B with run A.

    `comparisons` are mappings with the keys of `Compared`; `changed` are the questions to show, those that changed most first;
    `settings` those that differ: name, value in A, value in B. `spending` is what A and B took.
    """
    found = [Compared.read(one) for one in comparisons]
    lead = element("p", "A is ", element("b", foreign(title_a)), "; B is ", element("b", foreign(title_b)), ". A difference is B less A.")
    sections = [("metrics", "Metrics", _metrics(found)), ("questions", "Questions that changed most", _questions(changed))]
    if spending is not None:
        who = {f"{run}: {name}": spent for run, one in zip("AB", spending, strict=True) for name, spent in _parts(one)}
        sections.append(("spending", "What they took", spending_table(who)))
    return page(f"{title_b} compared with {title_a}", [lead, _settings(settings), _verdict(found)], sections)


def _parts(one: Spending) -> tuple[tuple[str, Spent], ...]:
    return ("the system", one.system), ("the judge", one.judge)


def _settings(found: Sequence[tuple[str, str, str]]) -> str:
    """The settings that differ, so that nobody takes their effect for another's."""
    if not found:
        return element("p", words("Both were made with the same settings."))
    parts = (element("code", foreign(f"{name} = {a} → {b}")) for name, a, b in found)
    return element("p", words("Settings that differ (A → B): "), ", ".join(parts))


def comparison_markdown(title_a: str, title_b: str, comparisons: Sequence[Mapping[str, Any]]) -> str:
    """The metrics that differ by more than chance as a table in Markdown, and how many do not."""
    found = [Compared.read(one) for one in comparisons]
    shown = [one for one in found if one.found in ("better", "worse", "changed")]
    lines = ["| Metric | A | B | Difference (95 % interval) | Found |", "| --- | --- | --- | --- | --- |"]
    for one in shown:
        said = wording_of(one.name)
        cells = (escape_markdown(said.label), said.write(one.a), said.write(one.b), one.told, one.found)
        lines.append(f"| {' | '.join(cells)} |")
    rest = f"{len(found) - len(shown)} of {len(found)} metrics differ by no more than chance."
    names = f"### {escape_markdown(title_b)} (B) compared with {escape_markdown(title_a)} (A)"
    return "\n\n".join([names, *(["\n".join(lines)] if shown else []), rest]) + "\n"


def _verdict(found: Sequence[Compared]) -> str:
    """The comparison in a sentence."""
    counts = Counter(one.found for one in found)
    if not found:
        return element("p", "There is no metric to compare.", class_="notice")
    order = ("better", "worse", "changed", "no difference shown", "not compared")
    return element("p", words("B against A: " + ", ".join(f"{counts[name]} {name}" for name in order if counts[name]) + "."))


_HEADS = ("Metric", "A", "B", "Difference", "95 % interval", "Found", "p", "Holm p", "Wins / ties / losses", "Could be shown")
_NOTE = (
    "p is of a permutation test over the same questions; Holm p is corrected for the number of metrics, and decides. Wins are "
    "questions where B is better. “Could be shown” is the smallest true difference that so many questions would show four times in five, "
    "after that correction."
)


def _metrics(found: Sequence[Compared]) -> str:
    lines = table("Every metric in both runs", [column(name) for name in _HEADS], [_line(one) for one in found], class_="numbers tight")
    return lines + element("p", words(_NOTE), class_="small soft")


def _line(one: Compared) -> list[str]:
    said = wording_of(one.name)
    level = {"better": "good", "worse": "bad", "changed": "doubt"}.get(one.found)
    count = f"n {one.n:,}" if one.n == one.of else f"n {one.n:,} of {one.of:,}"
    low = None if one.low is None else signed(one.low, said.unit, named=False)
    cells = (
        *("–" if value is None else words(said.write(value)) for value in (one.a, one.b)),
        "–" if one.difference is None else words(signed(one.difference, said.unit)),
        "–" if low is None or one.high is None else words(f"{low} to {signed(one.high, said.unit)}"),
        element("span", words(one.found), class_=f"verdict {level}") if level else words(one.found),
        _p(one.p),
        _p(one.p_holm),
        f"{one.wins:,} / {one.ties:,} / {one.losses:,}",
        "–" if one.detectable is None else words(signed(one.detectable, said.unit).lstrip("+")),
    )
    return [
        row_head(foreign(said.label) + element("div", count, class_="n")),
        *(cell(inside, class_="wrap" if place == 4 else None) for place, inside in enumerate(cells)),
    ]


def _p(value: float | None) -> str:
    return "–" if value is None else words("< 0.001" if value < 0.001 else f"{value:.3f}")


def _questions(changed: Sequence[Changed]) -> str:
    if not changed:
        return element("p", "No question changed.")
    shown = [_question(one) for one in changed[:CHANGED]]
    rest = len(changed) - len(shown)
    return "".join(shown) + (element("p", words(f"{rest:,} more changed less, and are not shown."), class_="notice") if rest > 0 else "")


def _question(one: Changed) -> str:
    said = wording_of(one.metric)
    question = one.row_b.question
    move = f": {said.write(one.a)} → {said.write(one.b)} ({signed(one.b - one.a, said.unit)})"
    chips = element(
        "div",
        *(element("span", foreign(name)) for name in (question.id, question.kind.replace("_", " "))),
        element("b", foreign(said.label), words(move)),
        class_="chips",
    )
    sides = element("div", element("div", *_side("A", one.row_a)), element("div", *_side("B", one.row_b)), class_="pair")
    expected = element("p", words("Reference answer: "), foreign(question.answer), class_="small") if question.answer else ""
    return folded(
        chips + element("h3", foreign(question.question)), element("div", sides, expected, class_="inside"), class_="case", open=True
    )


def _side(name: str, row: Row) -> Iterator[str]:
    yield element("h4", words(f"{name}: {row.outcome}"))
    yield element("p", foreign(row.answer.text if row.answer else row.error or "The question ended in an error."), class_="answer")
    for one in row.answer.citations if row.answer else ():
        yield element(
            "p", element("b", f"[{one.number}] ", foreign(one.label)), " ", element("q", foreign(one.quote)), class_="small cited"
        )
