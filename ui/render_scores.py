"""Runs of the evaluation as HTML: their figures as the reports draw them, and two runs side by side."""

from __future__ import annotations

from eval.report.scores import all_metrics, cards, headline
from eval.report.wording import signed, span, wording
from rag.showing import counted, markup
from ui.runs import Found


def run(found: Found) -> str:
    """What a run was made with, and its figures."""
    facts = [found.made.replace("T", " ").rstrip("Z"), counted(found.questions, "question"), f"judge {found.judge}"]
    facts.append(f"answers written by {found.model}" if found.model else "extractive answers")
    changed = ", ".join(f"{name} = {value}" for name, value in found.settings.items())
    return (
        f'<p class="rag-facts">{markup(" · ".join(one for one in facts if one))}</p>'
        f'<p class="rag-where">{markup("Settings that differ from the defaults: " + (changed or "none") + ".")}</p>'
        f'<div class="rag-report">{cards(found.metrics)}{all_metrics(found.metrics)}</div>'
    )


def compared(one: Found, other: Found) -> str:
    """The main metrics of two runs in a table, with their difference; how sure it is, `python -m eval compare` tells."""
    names = [name for name in headline(one.metrics) if name in other.metrics]
    if not names:
        return '<p class="rag-where">These runs have no metric in common.</p>'
    rows = "".join(_row(name, one, other) for name in names)
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Metric", markup(one.name), markup(other.name), "Difference"))
    return f'<div class="rag-table"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(name: str, one: Found, other: Found) -> str:
    said, left, right = wording(name), one.metrics[name], other.metrics[name]
    difference = "–" if left.value is None or right.value is None else signed(right.value - left.value, said.unit) or "none"
    values = "".join(
        f'<td>{markup(said.write(metric.value))}<br><span class="rag-where">{markup(span(metric))}</span></td>' for metric in (left, right)
    )
    return f'<tr><th scope="row">{markup(said.label)}</th>{values}<td>{markup(difference)}</td></tr>'
