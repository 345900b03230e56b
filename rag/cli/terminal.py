"""Answers and abstracts in a terminal: wrapped, bold and dim only, nothing that a document says obeyed; and what to type next."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from rag.index import CHANGED
from rag.model import (
    Abstract,
    Answer,
    Citation,
    Claim,
    NearMiss,
    Problem,
    Source,
    TraceStep,
    citation_marks,
    claim_pieces,
    display_text,
    locations,
    pluralize,
    remarks,
    sections,
    strip_controls,
    support_note,
)

# What a reader of a terminal can type next. An answer itself names no command: it is read on the web page too.

_YEARS = re.compile(r"year = ([\d.]+)")


def hints(answer: Answer) -> list[str]:
    """The commands that help on with what the notices of an answer tell, each as a sentence."""
    found = ["Bring the index up to date with: rag index"] if any(one.startswith(CHANGED) for one in answer.notices) else []
    return found + ([_where_all(answer.filters)] if answer.checks.get("members", 0) > len(answer.members) > 0 else [])


def _where_all(filters: tuple[str, ...]) -> str:
    """How to see all members: a condition on the years alone is one that `rag papers` takes."""
    *conditions, _ = filters or ("",)  # the last says how many match
    years = _YEARS.fullmatch(conditions[0]) if len(conditions) == 1 else None
    if years:
        return f"See all with: rag papers --year {years[1]}"
    return "See all of the corpus with: rag papers" if conditions else "See all with: rag papers"


# Answers and abstracts in a terminal: wrapped to its width, bold and dim only, and nothing that a document says obeyed. Documents' words
# reach the console as `Text` made from `display_text`, never as markup.

_WIDEST = 100  # longer lines are hard to read
_INDENT = 4
_EXCERPT = 80  # characters of a line that could not be read


def console_for(stream: TextIO) -> Console:
    """A console that prints what it is given: no markup, no highlighting, and no escapes at all under NO_COLOR."""
    found = Console(file=stream, markup=False, emoji=False, highlight=False)
    if found.no_color:
        return Console(file=stream, markup=False, emoji=False, highlight=False, color_system=None)
    return found


def output() -> Console:
    """The console for data."""
    return console_for(sys.stdout)


def messages() -> Console:
    """The console for progress, notices and errors."""
    return console_for(sys.stderr)


def say(message: str) -> None:
    """One line for people, on stderr; a path or a value in it cannot steer the terminal."""
    messages().print(Text(strip_controls(message)), soft_wrap=True)


def print_block(console: Console, text: Text, *, lead: str = "") -> None:
    """Print a paragraph, wrapped in a terminal and whole in a pipe; with a lead, hung behind it."""
    first = Text(lead.ljust(_INDENT) if lead else "")
    if not console.is_terminal:
        console.print(first + text, soft_wrap=True)
        return
    room = max(20, min(console.width, _WIDEST) - first.cell_len)
    for index, line in enumerate(text.wrap(console, room)):
        line.rstrip()
        console.print((first if index == 0 else Text(" " * first.cell_len)) + line, soft_wrap=True)


def print_answer(console: Console, answer: Answer) -> None:
    """The text with its numbers, then what was applied, the sources or the near misses, and notices."""
    text = answer_text(answer)
    if text:
        print_block(console, text)
    if answer.table:
        if text:
            console.print()
        print_table(console, answer.table)
    for remark in remarks(answer):
        console.print()
        print_block(console, Text(display_text(remark), style="dim"))
    for hint in hints(answer):
        console.print()
        print_block(console, Text(hint, style="dim"))
    if answer.near_misses:
        console.print()
        print_block(console, Text("Closest in the corpus:"))
    for miss in answer.near_misses:
        _print_source(console, "-", miss, None)
    print_sources(console, answer.citations)


def print_sources(console: Console, citations: Sequence[Citation]) -> None:
    """Each source with its number, label, date and place, and the sentence that is quoted."""
    for citation in citations:
        console.print()
        _print_source(console, f"[{citation.number}]", citation, citation.date)


def print_trace(console: Console, trace: Sequence[TraceStep]) -> None:
    """How an answer came about, a block for each stage; nothing where it was not asked for.

    The facts are printed as they are named, so that a new one needs nothing here. Times are left out: the same question prints the same.
    """
    if not trace:
        return
    console.print()
    print_block(console, Text("How this came about", style="bold"))
    for step in trace:
        console.print()
        print_block(console, Text(display_text(step.stage), style="bold"))
        for name, value in step.facts.items():
            _print_fact(console, name, value)


def _print_fact(console: Console, name: str, value: Any) -> None:
    """One fact of a stage: a line, or a table for a list of records."""
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        print_block(console, Text(f"{display_text(name)}:", style="dim"), lead=" ")
        heads = list(value[0])
        print_table(console, [heads, *([_in_words(one.get(head)) for head in heads] for one in value)], indent=_INDENT)
        return
    print_block(console, Text.assemble((f"{display_text(name)}: ", "dim"), display_text(_in_words(value))), lead=" ")


def _in_words(value: Any) -> str:
    """A fact as people read it: yes or no, three decimals, "none" for what is empty, and the parts of a list or a record."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.3f}"
        case list() | tuple():
            return ", ".join(map(_in_words, value)) or "none"
        case Mapping():
            return "; ".join(f"{name} {_in_words(part)}" for name, part in value.items() if part not in (None, "")) or "none"
        case _:
            return "none" if value in (None, "") else str(value)


def print_table(console: Console, rows: Sequence[Sequence[str]], *, indent: int = 0) -> None:
    """Columns under their heads, the first row; separated by tabs where no terminal is, which needs no indent."""
    if not console.is_terminal:
        for row in rows:
            console.file.write("\t".join(display_text(cell) for cell in row) + "\n")  # a console would expand the tabs
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in rows[0]:
        table.add_column(Text(display_text(head)))
    for row in rows[1:]:
        table.add_row(*(Text(display_text(cell)) for cell in row))
    console.print(Padding.indent(table, indent))


def print_abstract(console: Console, abstract: Abstract, evidence: Sequence[tuple[int, int]] = ()) -> None:
    """One abstract with what its source states about it; the (start, end) of evidence in bold."""
    title = display_text(abstract.title) if abstract.title else f"Untitled: {display_text(abstract.label)}"
    print_block(console, Text(title, style="bold"))
    print_block(console, Text(" · ".join(facts(abstract)), style="dim"))
    console.print()
    print_block(console, _highlighted(abstract.text, evidence))


def facts(abstract: Abstract) -> Iterator[str]:
    """What a source states about an abstract, in words: id, date, authors, upvotes, places."""
    yield f"rag:{abstract.id}"
    if abstract.date:
        yield abstract.date + (" (year inferred)" if abstract.date_inferred else "")
    if abstract.author_names:
        yield ", ".join(display_text(name) for name in abstract.author_names)
    elif abstract.authors is not None:
        yield pluralize(abstract.authors, "author")
    if abstract.upvotes is not None:
        yield pluralize(abstract.upvotes, "upvote")
    if abstract.comments is not None:
        yield pluralize(abstract.comments, "comment")
    if abstract.venue:
        yield display_text(abstract.venue)
    yield from (display_text(one) for one in (*abstract.external_ids, *abstract.urls))
    yield locations(abstract.sources)


def print_listed(console: Console, abstract: Abstract) -> None:
    """One line of a list: the id that `rag show` takes, label, date and place."""
    print_block(console, _head(abstract.label, abstract.date, abstract.sources), lead=f"{abstract.id}  ")


def print_problem(console: Console, problem: Problem) -> None:
    """Where something could not be read, why, and how it begins."""
    where = f"{problem.file}:{problem.line}" if problem.line else problem.file
    excerpt = display_text(problem.excerpt)[:_EXCERPT]
    reason = f"{strip_controls(where)}: {strip_controls(problem.reason)}"
    print_block(console, Text.assemble(reason, (f"  {excerpt}" if excerpt else "", "dim")))


def answer_text(answer: Answer) -> Text:
    """The claims with their numbers in bold, or the reason of a refusal."""
    if not answer.claims:
        return Text(display_text(answer.reason or ""))
    return Text("\n\n").join(
        Text.assemble((f"{display_text(heading)}: ", "bold") if heading else "", _joined(answer, part))
        for heading, part in sections(answer.claims)
    )


def _joined(answer: Answer, claims: Sequence[Claim]) -> Text:
    """The claims as a paragraph, or one a line."""
    if not answer.bulleted:
        return Text(" ").join(map(claim_text, claims))
    return Text("\n").join(Text("- ") + claim_text(one) for one in claims)


def claim_text(claim: Claim) -> Text:
    """A claim with what answers in bold, its numbers, and what a reader should know of its support."""
    text = Text.assemble(*((piece, "bold" if answers else "") for piece, answers in claim_pieces(claim, display_text)))
    for part, style in ((citation_marks(claim), "bold"), (display_text(support_note(claim)), "dim")):
        if part:
            text.append(" ").append(part, style=style)
    return text


def _print_source(console: Console, lead: str, source: Citation | NearMiss, date: str | None) -> None:
    print_block(console, _head(source.label, date, source.sources), lead=lead)
    if getattr(source, "kind", "sentence") != "member":
        print_block(console, Text(f"“{display_text(source.quote)}”"), lead=" ")


def _head(label: str, date: str | None, sources: Sequence[Source]) -> Text:
    text = Text(display_text(label), style="bold")
    rest = "".join(f" · {part}" for part in (date, locations(sources)) if part)
    return Text.assemble(text, (rest, "dim"))


def _highlighted(text: str, evidence: Sequence[tuple[int, int]]) -> Text:
    """Cut at the evidence first and cleaned afterwards: offsets count characters of the verbatim text."""
    found = Text()
    cuts = sorted({0, len(text), *(bound for span in evidence for bound in span)})
    for start, end in pairwise(cuts):
        piece = text[start:end]
        if found.plain and (text[start - 1].isspace() or piece[:1].isspace()):
            found.append(" ")
        inside = any(first <= start and end <= last for first, last in evidence)
        found.append(display_text(piece), style="bold" if inside else "")
    return found
