"""Answers as Markdown and HTML: the text with its [n], then the sources that the numbers stand for."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rag.answers import sections
from rag.showing import markdown, markup, places

if TYPE_CHECKING:
    from rag.answers import Answer, Citation, Claim, NearMiss
    from rag.records import Source

# Notebooks set what stands between dollar signs as formulas, unless an element's class forbids it.
_BLOCK = '<div class="rag-answer tex2jax_ignore mathjax_ignore">'


def answer_markdown(answer: Answer) -> str:
    """The answer in Markdown, ending in its source list; what documents say cannot become Markdown of its own."""
    parts = [_text(answer)]
    parts += ["\n".join(_table(answer.table))] if answer.table else []
    parts += [f"*{markdown(one)}*" for one in remarks(answer)]
    if answer.near_misses:
        parts += ["**Closest in the corpus**", "\n".join(_missed(one) for one in answer.near_misses)]
    if answer.citations:
        parts += ["**Sources**", "\n".join(_listed(one) for one in answer.citations)]
    return "\n\n".join(part for part in parts if part) + "\n"


def answer_html(answer: Answer) -> str:
    """The answer as one self-contained element without scripts, links or images."""
    body = "".join(f"<p>{part}</p>" for part in _html_parts(answer))
    return f"{_BLOCK}{body}{_html_table(answer)}{_html_sources(answer)}{_html_misses(answer)}</div>"


def doubt(claim: Claim) -> str:
    """What a reader should know about a claim that is not plainly supported, else nothing."""
    if claim.verdict == "supported":
        return ""
    return "(" + "; ".join([f"support: {claim.verdict}", *claim.flags]) + ")"


def numbers(claim: Claim) -> str:
    """ "[1][2]", or nothing for a claim without citations."""
    return "".join(f"[{number}]" for number in claim.citations)


def remarks(answer: Answer) -> Iterator[str]:
    """What a reader should know besides the claims: how the question was understood, what was applied, notices."""
    if answer.standalone_question.strip() not in ("", answer.question.strip()):
        yield f"Understood as: {answer.standalone_question}"
    if answer.filters:
        yield "Applied: " + "; ".join(answer.filters)
    yield from answer.notices
    if answer.mode == "generate":
        yield written_by(answer)


def written_by(answer: Answer) -> str:
    """Who wrote an answer, what became of its sentences, and what it cost: "Written by m; 2 of 3 sentences passed the check..."."""
    checked = answer.checks.get("checked", 0)
    passed = sum(one.kind == "evidence" and one.verdict == "supported" for one in answer.claims)
    tokens = answer.usage.get("prompt_tokens", 0) + answer.usage.get("completion_tokens", 0)
    cost = "" if answer.cost is None else f", about ${answer.cost:.4f}"
    return f"Written by {answer.model}: {passed} of {checked} sentences checked passed; {tokens:,} tokens{cost}."


def _text(answer: Answer) -> str:
    if not answer.claims:
        return markdown(answer.reason or "")
    return "\n\n".join((f"**{markdown(heading)}:** " if heading else "") + _section(part) for heading, part in sections(answer.claims))


def _section(claims: Sequence[Claim]) -> str:
    parts = ((markdown(one.text), numbers(one), markdown(doubt(one))) for one in claims)
    return " ".join(part for claim in parts for part in claim if part)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for index, row in enumerate(rows):
        yield "| " + " | ".join(markdown(cell) for cell in row) + " |"
        if index == 0:
            yield "|" + " --- |" * len(row)


def _listed(citation: Citation) -> str:
    head = _head(citation.label, citation.date, citation.sources)
    return f"{citation.number}. {head}" + (f"  \n   “{markdown(citation.quote)}”" if citation.kind != "member" else "")


def _missed(miss: NearMiss) -> str:
    return f"- {_head(miss.label, None, miss.sources)}  \n  “{markdown(miss.quote)}”"


def _head(label: str, date: str | None, sources: Sequence[Source]) -> str:
    return ", ".join(part for part in (f"**{markdown(label)}**", markdown(date or ""), markdown(places(sources))) if part)


def _html_parts(answer: Answer) -> Iterator[str]:
    for heading, said in sections(answer.claims):
        parts = ((markup(one.text) + _html_numbers(answer, one), markup(doubt(one))) for one in said)
        yield (f"<b>{markup(heading)}:</b> " if heading else "") + " ".join(part for claim in parts for part in claim if part)
    if answer.reason and not answer.claims:
        yield markup(answer.reason)
    for remark in remarks(answer):
        yield f"<em>{markup(remark)}</em>"


def _html_numbers(answer: Answer, claim: Claim) -> str:
    """The numbers, each showing its quote when it is pointed at."""
    quotes = [(number, answer.citation(number).quote) for number in claim.citations]
    return "".join(f'<sup title="{markup(quote)}">[{number}]</sup>' for number, quote in quotes)


def _html_table(answer: Answer) -> str:
    if not answer.table:
        return ""
    tags = ["th"] + ["td"] * (len(answer.table) - 1)
    rows = ["".join(f"<{tag}>{markup(cell)}</{tag}>" for cell in row) for tag, row in zip(tags, answer.table, strict=True)]
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


def _html_sources(answer: Answer) -> str:
    items = [
        f'<li value="{one.number}">{_html_head(one.label, one.date, one.sources)}'
        + (f"<br><q>{markup(one.quote)}</q>" if one.kind != "member" else "")
        + "</li>"
        for one in answer.citations
    ]
    return f"<ol>{''.join(items)}</ol>" if items else ""


def _html_misses(answer: Answer) -> str:
    items = [f"<li>{_html_head(one.label, None, one.sources)}<br><q>{markup(one.quote)}</q></li>" for one in answer.near_misses]
    return f"<p>Closest in the corpus:</p><ul>{''.join(items)}</ul>" if items else ""


def _html_head(label: str, date: str | None, sources: Sequence[Source]) -> str:
    return ", ".join(
        part for part in (f"<b>{markup(label)}</b>", markup(date or ""), f"<code>{html.escape(places(sources))}</code>") if part
    )
