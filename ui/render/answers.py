"""Answers as HTML: pure functions from records, and the one place where documents' and users' text is escaped (by `escape_html`).

A turn is drawn from these parts, live or from the store, so the same record is the same bytes. Every id begins with the
turn's, so a number of one turn never leads into another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rag.chat import Turn, partial
from rag.model import Answer, Citation, Claim, NearMiss, attribution, claim_pieces, escape_html, locations
from ui.holdings import Paper, Papers
from ui.render.words import checked, cited, condition, duration, lead, verdict, written

_CONTEXT_SENTENCES = 1  # sentences of context on either side of a quote
_INLINE_NAME = 32  # characters of a name that is drawn in the line; a longer one, a title, is drawn above it
_STATUS_LABELS: Mapping[str, str] = {"stopped": "stopped", "failed": "failed", "interrupted": "interrupted"}


@dataclass(frozen=True, slots=True)
class View:
    """All that a turn is drawn from. `keyless` says that no model service is configured, `note` what is being done for it now."""

    turn: Turn
    answer: Answer
    papers: Papers
    keyless: bool = True
    note: str = ""

    @property
    def name(self) -> str:
        """What the turn's ids begin with."""
        return f"t{self.turn.id[:12]}"


def view(turn: Turn, papers: Papers, *, answer: Answer | None = None, keyless: bool = True) -> View:
    """A stored turn, or one under way with what it has said so far."""
    return View(turn, answer or partial(turn), papers, keyless)


def cited_by(answer: Answer) -> list[str]:
    """The abstracts that an answer needs to be drawn."""
    return [one.abstract_id for one in answer.citations] + [one.abstract_id for one in answer.near_misses]


def question(seen: View) -> str:
    """The question, as the heading of its turn."""
    return f'<h2 class="rag-question" id="{seen.name}">{escape_html(seen.turn.question, typed=True)}</h2>'


def line(seen: View) -> str:
    """The quiet line above an answer; its height is there before it says anything."""
    chips = [seen.answer.form, *map(condition, seen.answer.filters[:-1])] if seen.answer.filters else []
    parts = [f'<span class="rag-chiplet">{escape_html(one)}</span>' for one in chips]
    parts += [escape_html(one) for one in seen.answer.filters[-1:]]
    if seen.turn.status == "running":
        parts.append(f'<span class="rag-busy">{escape_html(seen.note or "reading the abstracts …")}</span>')
    else:
        parts.append(escape_html(written(seen.answer, keyless=seen.keyless)) if seen.answer.outcome != "info" else "")
        parts.append(duration(seen.turn.seconds) if seen.turn.seconds is not None else "")
    if seen.turn.status in _STATUS_LABELS:
        parts.append(f'<strong class="rag-ended">{_STATUS_LABELS[seen.turn.status]}</strong>')
    understood = seen.answer.standalone_question.strip()
    same = understood == " ".join(seen.turn.question.split())
    rewritten = "" if same else f'<div class="rag-understood">Understood as: {escape_html(understood, typed=True)}</div>'
    before = _notices(seen) if seen.answer.mode == "extract" else ""
    return f'{rewritten}<div class="rag-line">{" · ".join(part for part in parts if part)}</div>{before}'


def claims(seen: View) -> list[str]:
    """One element a claim, in order; rows of a table stand in it once it is there."""
    tabled = seen.answer.table is not None
    return [claim(seen, position, one) for position, one in enumerate(seen.answer.claims) if not (tabled and one.cells)]


def claim(seen: View, position: int, said: Claim) -> str:
    """A claim with its chips, and the card of each."""
    found = cited(seen.answer, said)
    name, text = lead(said)
    words = verdict(said, found)
    turns = position and (name or _starts_paragraph(seen.answer, said, seen.answer.claims[position - 1]))
    opening = '<span class="rag-break"></span>' if turns else " " if position else ""  # before, not after: what stands does not move
    opening = _heading(seen.answer, position) or opening
    if name:
        opening += f'<b class="rag-lead{" rag-long" if len(name) > _INLINE_NAME else ""}">{escape_html(name)}</b> '
    doubt = "" if said.verdict == "supported" else f' <span class="rag-doubt">{escape_html("; ".join([words, *said.flags]))}</span>'
    chips = "".join(_chip(seen, position, one) for one in found)
    cards = "".join(_card(seen, position, one, words) for one in found)
    pieces = claim_pieces(said, escape_html, len(said.text) - len(text))
    shown = "".join(f'<b class="rag-answers">{piece}</b>' if answers else piece for piece, answers in pieces)
    return f'<div class="rag-claim rag-{said.verdict}">{opening}{shown}{chips}{doubt}{cards}</div>'


def _heading(answer: Answer, position: int) -> str:
    """The heading above a claim that is the first of its group."""
    group = answer.claims[position].group
    if not group or (position and answer.claims[position - 1].group == group):
        return ""
    return f'<span class="rag-break"></span><b class="rag-group">{escape_html(group)}</b>'


def _starts_paragraph(answer: Answer, said: Claim, before: Claim) -> bool:
    """True where a claim is of another kind than the one before, or cites another abstract, and in an answer in points."""
    here, there = ({one.abstract_id for one in cited(answer, claim)} for claim in (said, before))
    return answer.bulleted or said.kind != before.kind or bool(here and there and not here & there)


def after(seen: View) -> str:
    """What follows the claims of an answer that has ended: table, refusal, notices, sources. Before, it would be pushed about."""
    if seen.turn.status == "running":
        return '<div class="rag-after"></div>'
    notices = _notices(seen) if seen.answer.mode == "generate" else ""
    parts = [_refusal(seen), _table(seen.answer.table), notices, _sources(seen), _made(seen.answer)]
    return f'<div class="rag-after">{"".join(parts)}</div>'


def block(seen: View) -> str:
    """A whole turn as one element."""
    return f'{question(seen)}{line(seen)}<div class="rag-claims">{"".join(claims(seen))}</div>{after(seen)}'


def _chip(seen: View, position: int, one: Citation) -> str:
    label = escape_html(f"Citation {one.number}: {one.label}")
    target = f"{seen.name}-{position}-{one.number}"
    return f'<button type="button" class="rag-chip" popovertarget="{target}" aria-label="{label}">{one.number}</button>'


def _card(seen: View, position: int, one: Citation, words: str) -> str:
    target = f"{seen.name}-{position}-{one.number}"
    head = f'<span class="rag-number">{one.number}</span><b>{escape_html(one.label)}</b>'
    close = f'<button type="button" class="rag-close" popovertarget="{target}" popovertargetaction="hide" aria-label="Close">×</button>'
    below = f'<a href="#{seen.name}-s-{escape_html(one.abstract_id)}">source below</a>'
    return (
        f'<div popover class="rag-card" id="{target}" role="dialog" aria-label="{escape_html(f"Citation {one.number}")}">'
        f'<div class="rag-head">{head}{close}</div>{_context(seen.papers.get(one.abstract_id), one)}'
        f'<div class="rag-foot"><span class="rag-verdict">{escape_html(words)}</span>'
        f"<span>{_location(one, seen.papers.get(one.abstract_id))}</span>{below}</div></div>"
    )


def _context(paper: Paper | None, one: Citation) -> str:
    """The quote between the sentences around it, where the corpus still has it; else the quote alone."""
    if one.kind == "member":
        return ""
    if paper is None or one.kind == "field" or paper.abstract.text[one.start : one.end] != one.quote:
        return f"<blockquote><mark>{escape_html(one.quote)}</mark></blockquote>"
    text = paper.abstract.text
    before = [span for span in paper.sentences if span[1] <= one.start][-_CONTEXT_SENTENCES:]
    following = [span for span in paper.sentences if span[0] >= one.end][:_CONTEXT_SENTENCES]
    head = " ".join(escape_html(text[start:end]) for start, end in before)
    tail = " ".join(escape_html(text[start:end]) for start, end in following)
    return f"<blockquote>{head} <mark>{escape_html(one.quote)}</mark> {tail}</blockquote>"


def _location(one: Citation, paper: Paper | None) -> str:
    parts = [escape_html(one.date or ""), f"<code>{escape_html(locations(one.sources[:1]))}</code>" if one.sources else ""]
    parts += ['<strong class="rag-gone">no longer in the corpus</strong>'] if paper is None else []
    return " · ".join(part for part in parts if part)


def _sources(seen: View) -> str:
    """One row for each abstract that is cited, with its numbers, in the order of first mention."""
    rows: dict[str, list[Citation]] = {}
    for one in seen.answer.citations:
        rows.setdefault(one.abstract_id, []).append(one)
    if not rows:
        return ""
    items = "".join(_source(seen, abstract_id, group) for abstract_id, group in rows.items())
    note = f'<span class="rag-checked">{escape_html(checked(seen.answer))}</span>'
    return f'<h3 class="rag-small">Sources {note}</h3><ol class="rag-sources">{items}</ol>'


def _source(seen: View, abstract_id: str, group: Sequence[Citation]) -> str:
    paper = seen.papers.get(abstract_id)
    numbers = "".join(f'<span class="rag-number">{one.number}</span>' for one in group)
    first = group[0]
    evidence = "" if first.kind == "member" else f'<span class="rag-evidence">{escape_html(first.quote)}</span>'
    head = f'<span class="rag-numbers">{numbers}</span><span class="rag-label">{escape_html(first.label)}</span>'
    head += f'<span class="rag-where">{_location(first, paper)}</span>{evidence}'
    target = f'id="{seen.name}-s-{escape_html(abstract_id)}"'
    if paper is None:
        return f'<li {target}><div class="rag-row">{head}</div></li>'
    return f'<li {target}><details><summary class="rag-row">{head}</summary>{_marked_abstract(seen, paper, group)}</details></li>'


def _marked_abstract(seen: View, paper: Paper, group: Sequence[Citation]) -> str:
    """The whole abstract with what is cited marked, its location, and the support scores of the claims that cite it."""
    marks = sorted({(one.start, one.end) for one in group if one.kind == "sentence"})
    place = [locations(paper.abstract.sources), f"rag:{paper.abstract.id}", *_scores(seen.answer, group)]
    text = marked(paper.abstract.text, marks)
    return f'<div class="rag-whole"><p>{text}</p><p class="rag-place">{escape_html(" · ".join(place))}</p></div>'


def _scores(answer: Answer, group: Sequence[Citation]) -> list[str]:
    """The checker's score of each claim that cites one of these: "check 0.95"."""
    numbers = {one.number for one in group}
    found = [f"{one.score:.2f}" for one in answer.claims if one.written and numbers & set(one.citations)]
    return [f"check {', '.join(found)}"] if found else []


def marked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """A text with some spans of it marked; spans that overlap are joined."""
    parts: list[str] = []
    at = 0
    for start, end in spans:
        if end > max(at, start):
            start = max(at, start)
            parts += [escape_html(text[at:start]), f"<mark>{escape_html(text[start:end])}</mark>"]
            at = end
    return " ".join(part for part in [*parts, escape_html(text[at:])] if part)


def _refusal(seen: View) -> str:
    answer = seen.answer
    if answer.claims or not (answer.reason or answer.near_misses):
        return ""
    missed = "".join(_near_miss(seen, one) for one in answer.near_misses)
    near = f'<h3 class="rag-small">Closest in the corpus</h3><ol class="rag-sources">{missed}</ol>' if missed else ""
    return f'<p class="rag-reason">{escape_html(answer.reason or "")}</p>{near}'


def _near_miss(seen: View, one: NearMiss) -> str:
    paper = seen.papers.get(one.abstract_id)
    place = f"<code>{escape_html(locations(one.sources[:1]))}</code>"
    head = f'<span class="rag-label">{escape_html(one.label)}</span><span class="rag-where">{place}</span>'
    head += f'<span class="rag-evidence">{escape_html(one.quote)}</span>'
    if paper is None:
        return f'<li><div class="rag-row">{head}</div></li>'
    start = paper.abstract.text.find(one.quote)
    body = f"<p>{marked(paper.abstract.text, [(start, start + len(one.quote))] if start >= 0 else [])}</p>"
    return f'<li><details><summary class="rag-row">{head}</summary><div class="rag-whole">{body}</div></details></li>'


def _table(rows: Sequence[Sequence[str]] | None) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape_html(cell)}</th>' for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape_html(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f'<div class="rag-table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _made(answer: Answer) -> str:
    """What a model was asked for, stage by stage, and what that cost."""
    if answer.mode != "generate":
        return ""
    return f'<details class="rag-made"><summary>How this was made</summary><p>{escape_html(attribution(answer))}</p></details>'


def _notices(seen: View) -> str:
    if seen.turn.status == "running":
        return ""
    return "".join(f'<p class="rag-notice">{escape_html(one)}</p>' for one in seen.answer.notices)
