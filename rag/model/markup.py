"""Answers as Markdown and HTML: the text with its [n], remarks, then the sources that the numbers stand for."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rag.model.claims import claim_pieces, sections
from rag.model.display import escape_html, escape_markdown, locations, pluralize
from rag.model.records import Citation, Claim, NearMiss, Source

if TYPE_CHECKING:
    from rag.model.answers import Answer

# Notebooks set what stands between dollar signs as formulas, unless an element's class forbids it.
_BLOCK = '<div class="rag-answer tex2jax_ignore mathjax_ignore">'


def answer_markdown(answer: Answer) -> str:
    """The answer in Markdown, ending in its source list; what documents say cannot become Markdown of its own."""
    parts = [_text(answer)]
    parts += ["\n".join(_table(answer.table))] if answer.table else []
    parts += [f"*{escape_markdown(one)}*" for one in remarks(answer)]
    if answer.near_misses:
        parts += ["**Closest in the corpus**", "\n".join(_missed(one) for one in answer.near_misses)]
    if answer.citations:
        parts += ["**Sources**", "\n".join(_listed(one) for one in answer.citations)]
    return "\n\n".join(part for part in parts if part) + "\n"


def answer_html(answer: Answer) -> str:
    """The answer as one self-contained element without scripts, links or images."""
    body = "".join(f"<p>{part}</p>" for part in _html_parts(answer))
    return f"{_BLOCK}{body}{_html_table(answer)}{_html_sources(answer)}{_html_misses(answer)}</div>"


def support_note(claim: Claim) -> str:
    """What a reader should know about a claim that is not plainly supported, else nothing."""
    if claim.verdict == "supported":
        return ""
    return "(" + "; ".join([f"support: {claim.verdict}", *claim.flags]) + ")"


def citation_marks(claim: Claim) -> str:
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
        yield attribution(answer)


def attribution(answer: Answer) -> str:
    """Who wrote an answer from what, what became of its sentences, and what it cost, by stage."""
    checked = answer.checks.get("checked", 0)
    passed = sum(one.written and one.verdict == "supported" for one in answer.claims)
    judges = list(dict.fromkeys(one.verdict_by for one in answer.claims if one.verdict_by not in ("", "verbatim", "local")))
    by = f", judged by {' and '.join(judges)}" if judges else ""
    parts = [f"{name} {_tokens(one):,}" for name, one in answer.stages.items()]
    stages = f" ({', '.join(parts)})" if len(parts) > 1 else ""
    cost = "" if answer.cost is None else f", about ${answer.cost:.4f}"
    said = f"Written by {answer.model}{by}: {passed} of {checked} sentences passed; {_tokens(answer.usage):,} tokens{stages}{cost}."
    return " ".join([*([_looked_for(answer)] if answer.read else []), said])


def _looked_for(answer: Answer) -> str:
    """What was searched for besides the question, and how much was read: "Searched for ...; read 23 abstracts."."""
    sought = f"Searched for {'; '.join(answer.searches)}. " if answer.searches else ""
    return f"{sought}Read {pluralize(answer.read, 'abstract')}."


def _tokens(usage: Mapping[str, int]) -> int:
    return usage.get("prompt_tokens", 0) + usage.get("completion_tokens", 0)


def _text(answer: Answer) -> str:
    if not answer.claims:
        return escape_markdown(answer.reason or "")
    space = "\n\n" if answer.bulleted else " "
    said = ((heading, _section(answer, part)) for heading, part in sections(answer.claims))
    return "\n\n".join((f"**{escape_markdown(heading)}:**{space}" if heading else "") + part for heading, part in said)


def _section(answer: Answer, claims: Sequence[Claim]) -> str:
    parts = ((_marked(one), citation_marks(one), escape_markdown(support_note(one))) for one in claims)
    return answer.joined(" ".join(part for part in claim if part) for claim in parts)


def _marked(claim: Claim) -> str:
    return "".join(f"**{piece}**" if answers else piece for piece, answers in claim_pieces(claim, escape_markdown))


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for index, row in enumerate(rows):
        yield "| " + " | ".join(escape_markdown(cell) for cell in row) + " |"
        if index == 0:
            yield "|" + " --- |" * len(row)


def _listed(citation: Citation) -> str:
    head = _head(citation.label, citation.date, citation.sources)
    return f"{citation.number}. {head}" + (f"  \n   “{escape_markdown(citation.quote)}”" if citation.kind != "member" else "")


def _missed(miss: NearMiss) -> str:
    return f"- {_head(miss.label, None, miss.sources)}  \n  “{escape_markdown(miss.quote)}”"


def _head(label: str, date: str | None, sources: Sequence[Source]) -> str:
    return ", ".join(
        part for part in (f"**{escape_markdown(label)}**", escape_markdown(date or ""), escape_markdown(locations(sources))) if part
    )


def _html_parts(answer: Answer) -> Iterator[str]:
    for heading, said in sections(answer.claims):
        parts = ((_html_claim(one) + _html_numbers(answer, one), escape_html(support_note(one))) for one in said)
        rendered = [" ".join(part for part in claim if part) for claim in parts]
        lines = "<br>".join(f"\u2022 {one}" for one in rendered) if answer.bulleted else " ".join(rendered)
        yield (f"<b>{escape_html(heading)}:</b> " if heading else "") + lines
    if answer.reason and not answer.claims:
        yield escape_html(answer.reason)
    for remark in remarks(answer):
        yield f"<em>{escape_html(remark)}</em>"


def _html_claim(claim: Claim) -> str:
    return "".join(f"<b>{piece}</b>" if answers else piece for piece, answers in claim_pieces(claim, escape_html))


def _html_numbers(answer: Answer, claim: Claim) -> str:
    """The numbers, each showing its quote when it is pointed at."""
    quotes = [(number, answer.citation(number).quote) for number in claim.citations]
    return "".join(f'<sup title="{escape_html(quote)}">[{number}]</sup>' for number, quote in quotes)


def _html_table(answer: Answer) -> str:
    if not answer.table:
        return ""
    tags = ["th"] + ["td"] * (len(answer.table) - 1)
    rows = ["".join(f"<{tag}>{escape_html(cell)}</{tag}>" for cell in row) for tag, row in zip(tags, answer.table, strict=True)]
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


def _html_sources(answer: Answer) -> str:
    items = [
        f'<li value="{one.number}">{_html_head(one.label, one.date, one.sources)}'
        + (f"<br><q>{escape_html(one.quote)}</q>" if one.kind != "member" else "")
        + "</li>"
        for one in answer.citations
    ]
    return f"<ol>{''.join(items)}</ol>" if items else ""


def _html_misses(answer: Answer) -> str:
    items = [f"<li>{_html_head(one.label, None, one.sources)}<br><q>{escape_html(one.quote)}</q></li>" for one in answer.near_misses]
    return f"<p>Closest in the corpus:</p><ul>{''.join(items)}</ul>" if items else ""


def _html_head(label: str, date: str | None, sources: Sequence[Source]) -> str:
    return ", ".join(
        part
        for part in (f"<b>{escape_html(label)}</b>", escape_html(date or ""), f"<code>{html.escape(locations(sources))}</code>")
        if part
    )
