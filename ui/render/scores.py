"""Runs of the evaluation as HTML: their figures as the reports draw them, and two runs side by side."""

from __future__ import annotations

import re

from eval.records import Metric
from eval.report import all_metrics, cards, differing_settings, foreign, headline, signed, span, wording_of, words
from rag.model import escape_html, pluralize
from ui.runs import Found


def run(found: Found) -> str:
    """What a run was made with, and its figures."""
    facts = [found.made.replace("T", " ").rstrip("Z"), pluralize(found.questions, "question"), f"judge {found.judge}"]
    facts.append(f"answers written by {found.model}" if found.model else "extractive answers")
    changed = ", ".join(f"{name} = {value}" for name, value in found.changed.items())
    return (
        f'<p class="rag-facts">{escape_html(" · ".join(one for one in facts if one))}</p>'
        f'<p class="rag-note">{escape_html("Settings that differ from the defaults: " + (changed or "none") + ".")}</p>'
        f'<div class="rag-report">{_cards(found)}{all_metrics(found.metrics)}</div>'
    )


def _cards(found: Found) -> str:
    """The cards with their intervals drawn as plain elements: Streamlit takes drawings out of HTML."""
    shown = [found.metrics[name] for name in headline(found.metrics)]
    drawn = (_whisker(one) for one in shown if one.value is not None and one.low is not None and one.high is not None)
    return re.sub(r"<svg(?:(?!<svg).)*?</svg>", lambda _: next(drawn, ""), cards(found.metrics), flags=re.DOTALL)


def _whisker(metric: Metric) -> str:
    value, low, high = metric.value or 0.0, metric.low or 0.0, metric.high or 0.0
    top = wording_of(metric.name).top or 1.25 * max(high, value) or 1.0
    places = {"low": low / top, "width": (high - low) / top, "at": value / top}
    style = ";".join(f"--{name}:{100 * min(max(part, 0.0), 1.0):.1f}%" for name, part in places.items())
    return f'<span class="rag-whisker" style="{style}" aria-hidden="true"></span>'


def compared(one: Found, other: Found) -> str:
    """The main metrics of two runs in a table, with their difference; how sure it is, `python -m eval compare` tells."""
    names = [name for name in headline(one.metrics) if name in other.metrics]
    if not names:
        return '<p class="rag-note">These runs have no metric in common.</p>'
    rows = "".join(_row(name, one, other) for name in names)
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Metric", escape_html(one.name), escape_html(other.name), "Difference"))
    return f'{_unlike(one, other)}<div class="rag-table"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _unlike(one: Found, other: Found) -> str:
    """The settings that differ between two runs."""
    if not (one.settings and other.settings):
        return '<p class="rag-note">With which settings they were made, one of these runs does not say.</p>'
    found = differing_settings({"settings": one.settings}, {"settings": other.settings})
    told = "; ".join(f"{name} is {left} in {one.name} and {right} in {other.name}" for name, left, right in found)
    return f'<p class="rag-note">{escape_html(f"Settings that differ: {told}." if told else "Both were made with the same settings.")}</p>'


def _row(name: str, one: Found, other: Found) -> str:
    said, left, right = wording_of(name), one.metrics[name], other.metrics[name]
    difference = "–" if left.value is None or right.value is None else signed(right.value - left.value, said.unit) or "none"
    values = "".join(
        f'<td>{words(said.write(metric.value))}<br><span class="rag-where">{words(span(metric))}</span></td>' for metric in (left, right)
    )
    return f'<tr><th scope="row">{foreign(said.label)}</th>{values}<td>{words(difference)}</td></tr>'
