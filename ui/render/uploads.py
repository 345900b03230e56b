"""What was read in an upload, as HTML: abstract by abstract, and what could not be read."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rag.corpus import Fingerprint, Reading
from rag.model import Abstract, Problem, escape_html, pluralize

SHOWN = 12  # abstracts at first
MOST = 100  # abstracts and problems in all: a preview is to be looked through
_WORDS = 32  # of an abstract's text


def head(label: str, reading: Reading, known: Collection[str]) -> str:
    """What an upload is called, and what was found in it."""
    there = sum(one.id in known for one in reading.abstracts)
    facts = [pluralize(len(reading.abstracts), "abstract")]
    facts += [f"{there:,} already in the corpus"] if there else []
    alone = len(titles_alone(reading))
    facts += [f"{alone:,} without an abstract"] if alone else []
    facts += [pluralize(len(reading.problems), "problem")] if reading.problems else []
    facts += [f"read as {reading.shape}"] if reading.abstracts else []
    return f'<h2 class="rag-upload">{escape_html(label)}</h2><p class="rag-facts">{escape_html(" · ".join(facts))}</p>'


def titles_alone(reading: Reading) -> list[Abstract]:
    """The papers of which there is no text but the title, which then stands for it."""
    short = (one for one in reading.abstracts if one.title and len(one.text) <= 2 * len(one.title))  # the others need no closer look
    return [one for one in short if Fingerprint(one).title_alone]


def without_text(reading: Reading) -> str:
    """Which papers have no abstract: where they stand and what they are called."""
    found = titles_alone(reading)
    if not found:
        return ""
    items = "".join(f"<li><b>Line {one.sources[0].line}</b>: {escape_html(one.label)}</li>" for one in found[:MOST])
    beyond = f"<p>and {len(found) - MOST:,} more</p>" if len(found) > MOST else ""
    title = f"{pluralize(len(found), 'paper')} without an abstract: nothing but the title can be found or cited"
    opened = " open" if len(found) <= SHOWN else ""
    return f'<details class="rag-more rag-problems"{opened}><summary>{escape_html(title)}</summary><ul>{items}</ul>{beyond}</details>'


def preview(reading: Reading, known: Collection[str]) -> str:
    """The abstracts that were read, the first of them at once and more at a click, and the columns of a table."""
    items = [_item(one, one.id in known) for one in reading.abstracts[:MOST]]
    first, more = "".join(items[:SHOWN]), "".join(items[SHOWN:])
    parts = [_columns(reading), f'<ol class="rag-read">{first}</ol>' if first else ""]
    if more:
        left = len(reading.abstracts) - SHOWN
        beyond = f" (the first {MOST - SHOWN} of them)" if len(reading.abstracts) > MOST else ""
        opened = f'<ol class="rag-read" start="{SHOWN + 1}">{more}</ol>'
        parts.append(f'<details class="rag-more"><summary>{left:,} more{beyond}</summary>{opened}</details>')
    return f'<div class="rag-preview">{"".join(parts)}</div>'


def problems(found: Sequence[Problem]) -> str:
    """What could not be read: line, reason and the beginning of the line."""
    if not found:
        return ""
    items = "".join(_problem(one) for one in found[:MOST])
    beyond = f"<p>and {len(found) - MOST:,} more</p>" if len(found) > MOST else ""
    opened = " open" if len(found) <= SHOWN else ""
    title = f"{pluralize(len(found), 'problem')}: what could not be read as it stands"
    return f'<details class="rag-more rag-problems"{opened}><summary>{escape_html(title)}</summary><ul>{items}</ul>{beyond}</details>'


def _item(abstract: Abstract, known: bool) -> str:
    alone = abstract.text == abstract.title
    words = [] if alone else abstract.text.split()
    text = " ".join(words[:_WORDS]) + (" …" if len(words) > _WORDS else "")
    facts = [abstract.date or "no date", f"line {abstract.sources[0].line}"]
    facts += [] if abstract.title else ["no title stated"]
    facts += ["no abstract"] if alone else []
    facts += ["already in the corpus"] if known else []
    return (
        f'<li><span class="rag-label">{escape_html(abstract.label)}</span>'
        f'<span class="rag-where">{escape_html(" · ".join(facts))}</span><span class="rag-evidence">{escape_html(text)}</span></li>'
    )


def _problem(one: Problem) -> str:
    place = f"Line {one.line}" if one.line else "The whole file"
    excerpt = f" <code>{escape_html(one.excerpt[:160])}</code>" if one.excerpt.strip() else ""
    return f"<li><b>{place}</b>: {escape_html(one.reason)}{excerpt}</li>"


def _columns(reading: Reading) -> str:
    if not reading.columns:
        return ""
    pairs = ", ".join(f"{column} as {field}" for column, field in reading.columns.items())
    return f'<p class="rag-columns">Columns: {escape_html(pairs)}</p>'
