"""What the assistant says: claims, their citations, the answer they make, and its rendering as Markdown and HTML."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal

from rag.model.display import escape_html, escape_markdown, locations
from rag.model.records import Citation, Claim, NearMiss, Source, TraceStep, fields_of, source_dicts, source_from_dict

# What the assistant says: claims, their citations, and the answer they make, with all that is needed to check it again.

Outcome = Literal["answered", "nearest", "refused", "info"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant says. Times are in `seconds`, which `to_dict` leaves out so that equal answers are equal bytes.

    "nearest" is an outcome between an answer and a refusal: the first claim says that this may not be the answer and what is missing,
    as `reason` does, and the sentences that come nearest follow.

    `usage` counts tokens and requests of the model service; `cost` is in US dollars, None where the price is not known;
    `answerability` is the chance that the abstracts found answer the question (`rag.evidence.answerability`), None where code alone
    answers; `checks` counts what became of the claims; `incomplete` says that an answer was stopped or cut, `bulleted` that each claim is
    to stand on a line of its own. `form` is how the question was read (`rag.questions.question.Form`).
    """

    question: str
    standalone_question: str
    outcome: Outcome
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    reason: str | None = None
    near_misses: tuple[NearMiss, ...] = ()
    filters: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] | None = None
    notices: tuple[str, ...] = ()
    incomplete: bool = False
    bulleted: bool = False
    mode: Literal["extract", "generate"] = "extract"
    model: str | None = None
    usage: Mapping[str, int] = field(default_factory=dict)
    cost: float | None = None
    checks: Mapping[str, int] = field(default_factory=dict)
    generation: str = ""
    form: str = ""
    answerability: float | None = None
    trace: tuple[TraceStep, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    @property
    def text(self) -> str:
        """The claims with their [n], one paragraph or one a line; the reason where there are none."""
        if not self.claims:
            return self.reason or ""
        said = ((heading, self.joined(map(numbered_text, part))) for heading, part in sections(self.claims))
        space = "\n" if self.bulleted else " "
        return space.join((f"{heading}:{space}" if heading else "") + part for heading, part in said)

    def __str__(self) -> str:
        """The same as `text`."""
        return self.text

    def joined(self, claims: Iterable[str]) -> str:
        """Rendered claims as a paragraph, or as the lines of a list."""
        return "\n".join(f"- {one}" for one in claims) if self.bulleted else " ".join(claims)

    @property
    def supported(self) -> bool:
        """True if there are claims and every one of them is supported by what it cites."""
        return bool(self.claims) and all(claim.verdict == "supported" for claim in self.claims)

    @property
    def members(self) -> tuple[Citation, ...]:
        """The citations without those of what only stands beside a count or a list."""
        others = {number for claim in self.claims if not claim.aside for number in claim.citations}
        beside = {number for claim in self.claims if claim.aside for number in claim.citations} - others
        return tuple(one for one in self.citations if one.number not in beside)

    def citation(self, number: int) -> Citation:
        """The citation with this number; raises KeyError where the answer has none such."""
        for citation in self.citations:
            if citation.number == number:
                return citation
        raise KeyError(number)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, without times: the same answer gives the same bytes."""
        data = fields_of(self) | {
            "claims": tuple(fields_of(one) for one in self.claims),
            "citations": [one.to_dict() for one in self.citations],
            "near_misses": tuple(fields_of(one) | {"sources": source_dicts(one.sources)} for one in self.near_misses),
            "usage": dict(self.usage),
            "checks": dict(self.checks),
            "text": self.text,
        }
        del data["seconds"]
        if self.trace:
            data["trace"] = [one.to_dict() for one in self.trace]
        else:
            del data["trace"]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Answer:
        """Read what `to_dict` wrote, also after a trip through JSON; raises KeyError or TypeError on anything else."""
        known = {one.name for one in fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        values["claims"] = tuple(_claim(one) for one in data["claims"])
        values["citations"] = tuple(_citation(one) for one in data["citations"])
        values["near_misses"] = tuple(_near_miss(one) for one in data.get("near_misses", ()))
        values["filters"] = tuple(data.get("filters", ()))
        values["notices"] = tuple(data.get("notices", ()))
        values["trace"] = tuple(TraceStep(one["stage"], one["facts"]) for one in data.get("trace", ()))
        table = data.get("table")
        values["table"] = None if table is None else tuple(tuple(row) for row in table)
        return cls(**values)

    def to_markdown(self) -> str:
        """The answer as Markdown that ends in its source list."""
        return answer_markdown(self)

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def _repr_html_(self) -> str:
        return answer_html(self)


def sections(claims: Iterable[Claim]) -> list[tuple[str, tuple[Claim, ...]]]:
    """The claims in their order, those of one group together under its heading; a heading of "" for those of none."""
    return [(heading, tuple(part)) for heading, part in groupby(claims, key=attrgetter("group"))]


def numbered_text(claim: Claim) -> str:
    """The claim's text, behind its opening, followed by its citation numbers: "Yes. It uses 18 tokens. [1][2]"."""
    return opened(claim) + claim.text + (" " + "".join(f"[{number}]" for number in claim.citations) if claim.citations else "")


def opened(claim: Claim) -> str:
    """What stands before the claim's text: "Yes. ", or nothing."""
    return f"{claim.opening}. " if claim.opening else ""


def claim_pieces(claim: Claim, escape: Callable[[str], str], skip: int = 0) -> Iterator[tuple[str, bool]]:
    """The claim's opening and its text from character `skip` on, escaped, in pieces: what answers, to be set in bold, and the rest."""
    if claim.opening:
        yield escape(f"{claim.opening}."), True
        yield " ", False
    start, end = claim.span or (skip, skip)
    for piece, answers in ((claim.text[skip:start], False), (claim.text[start:end], True), (claim.text[end:], False)):
        if piece:  # white space at the edges is lost where a piece is escaped
            yield " " * piece[0].isspace() + escape(piece) + " " * (piece[-1].isspace() and not piece.isspace()), answers


def _claim(data: Mapping[str, Any]) -> Claim:
    span = data.get("span")
    values = {**data, "citations": tuple(data["citations"]), "flags": tuple(data["flags"]), "span": span and (span[0], span[1])}
    return Claim(**values)


def _citation(data: Mapping[str, Any]) -> Citation:
    values = {name: value for name, value in data.items() if name != "uri"}
    values["external_ids"] = tuple(data["external_ids"])
    values["sources"] = tuple(source_from_dict(source) for source in data["sources"])
    return Citation(**values)


def _near_miss(data: Mapping[str, Any]) -> NearMiss:
    return NearMiss(**{**data, "sources": tuple(source_from_dict(source) for source in data["sources"])})


# Answers as Markdown and HTML: the text with its [n], then the sources that the numbers stand for.

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
    """Who wrote an answer, what became of its sentences, and what it cost: "Written by m; 2 of 3 sentences passed the check..."."""
    checked = answer.checks.get("checked", 0)
    passed = sum(one.kind == "evidence" and one.verdict == "supported" for one in answer.claims)
    tokens = answer.usage.get("prompt_tokens", 0) + answer.usage.get("completion_tokens", 0)
    cost = "" if answer.cost is None else f", about ${answer.cost:.4f}"
    return f"Written by {answer.model}: {passed} of {checked} sentences checked passed; {tokens:,} tokens{cost}."


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
