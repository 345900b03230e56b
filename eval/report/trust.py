"""How far a run's faithfulness can be trusted: corrected for the judge's errors, planted controls caught, and people's labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from eval.corrections import RIGHT, Agreement, Corrections
from eval.records import Metric
from eval.report.elements import cell, column, element, row_head, table, words
from eval.report.wording import NOTHING, wording_of, written
from eval.statistics import Corrected, wilson


def trust_lines(trust: Corrections, metrics: Mapping[str, Metric]) -> Iterator[str]:
    """The same in lines of text, for a terminal and Markdown."""
    for name, one in _both(trust):
        metric = metrics.get(name)
        if metric is None or (metric.value is None and one.value is None):
            continue
        yield f"{wording_of(name).label}: {_raw(metric)} as judged, {told(one)}."
    own = metrics.get("passed_own_check")
    if own is not None and own.value is not None:
        yield f"{_raw(own)} of the claims passed their own check: this judge let them into the answers. That is no faithfulness."
    caught, of = trust.catch_rate
    if of:
        yield f"Planted errors that the judge caught: {_rate(caught, of)}; planted right claims accepted: {_rate(*_right(trust))}."
    if trust.agreement is not None:
        yield _people(trust.agreement)


def told(one: Corrected) -> str:
    """ "corrected 41.2 % [30.0 %, 52.9 %] (Rogan-Gladen)", or why there is no correction."""
    if one.value is None or one.low is None or one.high is None:
        return f"not corrected ({one.why.rstrip('.')})"
    low, high = written(one.low, "percent"), written(one.high, "percent")
    return f"corrected {written(one.value, 'percent')} [{low}, {high}] ({one.method})"


def trust_section(trust: Corrections, metrics: Mapping[str, Metric]) -> str:
    """The same as a section of the report, with the controls by kind."""
    lines = [element("li", words(one)) for one in trust_lines(trust, metrics)]
    said = element("ul", *lines) if lines else element("p", "There was nothing to judge.")
    return said + _controls(trust)


def _controls(trust: Corrections) -> str:
    if not trust.caught:
        return element("p", "No control was planted: no answer of the sample cites anything.", class_="small soft")
    heads = [column(one) for one in ("Planted", "Right to say", "Judged right", "95 % interval")]
    rows = []
    for kind, (right, of) in trust.caught.items():
        low, high = wilson(right, of)
        said = "supported" if kind in RIGHT else "not supported"
        share = words(f"{right} of {of}")
        span = words(f"{written(low, 'percent')} to {written(high, 'percent')}")
        rows.append((row_head(words(kind)), cell(said), cell(share), cell(span)))
    lead = "Claims altered on purpose, and right ones, went to the judge among the others, and it was not told which."
    return element("p", lead, class_="small soft") + table("Planted controls", heads, rows, class_="numbers")


def _both(trust: Corrections) -> tuple[tuple[str, Corrected], ...]:
    return ("faithfulness_cited", trust.faithfulness), ("faithfulness_written", trust.written)


def _raw(metric: Metric) -> str:
    return NOTHING if metric.value is None else written(metric.value, "percent")


def _right(trust: Corrections) -> tuple[int, int]:
    pairs = [pair for kind, pair in trust.caught.items() if kind in RIGHT]
    return sum(right for right, _ in pairs), sum(of for _, of in pairs)


def _rate(right: int, of: int) -> str:
    if not of:
        return NOTHING
    low, high = wilson(right, of)
    return f"{right} of {of} [{written(low, 'percent')}, {written(high, 'percent')}]"


def _people(one: Agreement) -> str:
    kappa = "not defined" if one.kappa is None else f"{one.kappa:.2f}"
    alpha = f"; Krippendorff's alpha of the people {one.alpha:.2f}" if one.alpha is not None else ""
    return f"{len(one.people)} people labelled {one.claims:,} claims; Cohen's kappa with the judge {kappa}{alpha}."
