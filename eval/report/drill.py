"""One question of a run in full: what was asked, what came back, and each claim beside what it cites, with the judge's verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.judges import Lookup
from eval.metrics import cited_abstracts
from eval.records import Row, Verdict
from eval.report.cases import Case, on_claim, showing, strings
from eval.report.elements import cell, column, element, folded, foreign, row_head, table, words
from eval.report.wording import written
from rag.model import Answer, Citation, Claim

_CONTEXT = 240  # characters of an abstract on either side of a quote
_RETRIEVED = 10
_LEVELS = {"supported": "good", "weak": "doubt", "absent": "bad", "unscored": "doubt"}
_VERDICTS = {"supported": "✓ supported", "weak": "~ weak", "absent": "✗ absent", "unscored": "? not judged"}


def drilled(case: Case, lookup: Lookup | None) -> str:
    """A question as a part that opens at a click."""
    row = case.row
    chips = element("div", _status(case), *(element("span", one) for one in _chips(row)), class_="chips")
    summary = chips + element("h3", foreign(row.question.question))
    return folded(
        summary,
        element("div", *_parts(case, lookup), class_="inside"),
        class_=f"case {case.level}",
        data_kind=row.question.kind,
        data_problem=case.status,
    )


def _status(case: Case) -> str:
    return element("span", words(case.status), class_=f"verdict {case.level}")


def _chips(row: Row) -> Iterator[str]:
    yield foreign(row.question.id)
    yield foreign(row.question.kind.replace("_", " "))
    yield words(row.outcome)


def _parts(case: Case, lookup: Lookup | None) -> Iterator[str]:
    row = case.row
    if case.problems:
        yield element("ul", *(element("li", foreign(one.words)) for one in case.problems), class_="problems")
    if row.question.history:
        yield element("h4", "Said before")
        yield element("ul", *(_message(one.get("role", ""), one.get("content", "")) for one in row.question.history), class_="plain")
    yield element("h4", "Answer")
    yield from _answer(row.answer)
    if row.answer and row.answer.claims:
        yield element("h4", "Claims and what they cite")
        yield element("ol", *(_claim(case, place, claim, lookup) for place, claim in enumerate(row.answer.claims)), class_="claims")
    yield element("div", element("div", *_expected(row, lookup)), element("div", *_retrieved(row, lookup)), class_="lists")
    yield _costs(row)


def _message(role: str, content: str) -> str:
    return element("li", element("b", foreign(role)), ": ", foreign(content))


def _answer(answer: Answer | None) -> Iterator[str]:
    if answer is None:
        yield element("p", "There is none: the question ended in an error.")
        return
    yield element("p", foreign(answer.text) or "It says nothing.", class_="answer")
    if answer.standalone_question not in ("", answer.question):
        yield element("p", words("Understood as: "), foreign(answer.standalone_question), class_="small soft")
    for said in (*answer.filters, *answer.notices):
        yield element("p", foreign(said), class_="small soft")
    if answer.table:
        heads = [element("th", foreign(one), scope="col") for one in answer.table[0]]
        yield folded(
            "The table of the answer",
            table("Table of the answer", heads, [[cell(foreign(one)) for one in line] for line in answer.table[1:]]),
        )
    if answer.near_misses:
        yield element("p", words("Closest: "), "; ".join(foreign(one.label) for one in answer.near_misses), class_="small soft")


def _claim(case: Case, place: int, claim: Claim, lookup: Lookup | None) -> str:
    assert case.row.answer is not None
    known = {one.number: one for one in case.row.answer.citations}
    numbers = "".join(f"[{number}]" for number in claim.citations)
    said = element("p", foreign(claim.text), " ", element("span", numbers, class_="soft"))
    sources = [_cited(known[number], lookup) for number in claim.citations if number in known]
    lost = [element("p", words(f"[{number}] stands for no source."), class_="warn") for number in claim.citations if number not in known]
    beside = "".join([*sources, *lost]) or element("p", "It cites nothing.", class_="warn")
    return element("li", element("div", said, *_judged(case, place, claim)), element("div", beside), class_="claim")


def _judged(case: Case, place: int, claim: Claim) -> Iterator[str]:
    """The verdict on a claim in words; of claims that are computed, that they are."""
    if claim.kind != "evidence":
        kind = {"collection": "computed from the catalogue", "absence": "says what is not reported"}[claim.kind]
        yield element("p", words(f"Not for the judge: {kind}."), class_="small soft")
        return
    verdict = on_claim(case.verdicts, place)
    yield element("p", _verdict(verdict), *_details(verdict), class_="small")
    elsewhere = on_claim(case.verdicts, place, "retrieved")
    if elsewhere is not None and (verdict is None or verdict.decision != "supported"):
        yield element("p", words("Against everything retrieved: "), _verdict(elsewhere), *_details(elsewhere), class_="small")
    alone = [one for one in case.verdicts if (one.claim, one.against) == (place, "alone")]
    if alone:
        yield element(
            "p", words("Each citation alone: "), ", ".join(words(f"[{one.citation}] {one.decision}") for one in alone), class_="small soft"
        )
    if claim.checked_as:
        yield element("p", words("Judged as: "), foreign(claim.checked_as), class_="small soft")


def _verdict(verdict: Verdict | None) -> str:
    if verdict is None:
        return element("span", "? not judged", class_="verdict doubt")
    return element("span", words(_VERDICTS[verdict.decision]), class_=f"verdict {_LEVELS[verdict.decision]}")


def _details(verdict: Verdict | None) -> Iterator[str]:
    if verdict is None:
        return
    if verdict.score is not None:
        yield words(f" score {verdict.score:.2f}")
    for flag in verdict.flags:
        yield f"; {foreign(flag)}"
    if verdict.why:
        yield f"; {foreign(verdict.why)}"


def _cited(citation: Citation, lookup: Lookup | None) -> str:
    head = element("b", words(f"[{citation.number}] "), foreign(citation.label))
    if citation.kind == "member":
        return element("p", head, class_="cited")
    quote = element("mark", foreign(citation.quote))
    before, after = _context(citation, lookup)
    text = element("q", before, quote, after, class_="context")
    return element("p", head, element("br"), text, class_="cited")


def _context(citation: Citation, lookup: Lookup | None) -> tuple[str, str]:
    """What stands around a quote in its abstract, where that can be looked up and still has the quote there."""
    abstract = lookup(citation.abstract_id) if lookup and citation.kind == "sentence" else None
    if abstract is None or abstract.text[citation.start : citation.end] != citation.quote:
        return "", ""
    before, after = abstract.text[: citation.start], abstract.text[citation.end :]
    if len(before) > _CONTEXT:
        before = "… " + before[-_CONTEXT:].partition(" ")[2]
    if len(after) > _CONTEXT:
        after = after[:_CONTEXT].rpartition(" ")[0] + " …"
    return (f"{foreign(before)} " if before.strip() else ""), (f" {foreign(after)}" if after.strip() else "")


def _expected(row: Row, lookup: Lookup | None) -> Iterator[str]:
    """What was to be found, with what was."""
    ranks = {abstract_id: place for place, (abstract_id, _) in enumerate(row.retrieved, start=1)}
    if row.question.answer:
        yield element("h4", "Reference answer") + element("p", foreign(row.question.answer), class_="small")
    if row.gold:
        refs = row.question.gold if len(row.question.gold) == len(row.gold) else row.gold
        items = [_gold(row, ref, one, ranks.get(one), lookup) for ref, one in zip(refs, row.gold, strict=True)]
        yield element("h4", "Gold abstracts") + element("ul", *items, class_="plain")
    if row.evidence:
        quotes = [one.quote for one in row.question.evidence]
        items = [_evidence(row, place, quotes) for place in range(len(row.evidence))]
        yield element("h4", "Gold evidence") + element("ul", *items, class_="plain")
    if row.question.must_contain:
        items = [element("li", _found(occurs), " ", element("code", foreign(one))) for one, occurs in strings(row)]
        yield element("h4", "Must contain") + element("ul", *items, class_="plain none")


def _found(stands: bool, yes: str = "found", no: str = "missed") -> str:
    return element("span", words(f"✓ {yes}" if stands else f"✗ {no}"), class_=f"verdict {'good' if stands else 'bad'}")


def _gold(row: Row, ref: str, abstract_id: str, rank: int | None, lookup: Lookup | None) -> str:
    where = f"retrieved at {rank}" if rank else "not retrieved"
    return element(
        "li",
        _found(abstract_id in cited_abstracts(row), "cited", "not cited"),
        words(f" {where}: "),
        _label(row, abstract_id, lookup),
        " ",
        element("code", foreign(ref)),
    )


def _evidence(row: Row, place: int, quotes: Sequence[str]) -> str:
    citation = showing(row, row.evidence[place])
    said = _found(citation is not None, f"cited as [{citation.number}]" if citation else "")
    return element(
        "li", said, " ", element("q", foreign(quotes[place] if len(quotes) == len(row.evidence) else row.evidence[place].abstract_id))
    )


def _label(row: Row, abstract_id: str, lookup: Lookup | None) -> str:
    abstract = lookup(abstract_id) if lookup else None
    if abstract is not None:
        return foreign(abstract.label)
    known = {one.abstract_id: one.label for one in (row.answer.citations if row.answer else ())}
    return foreign(known.get(abstract_id, abstract_id))


def _retrieved(row: Row, lookup: Lookup | None) -> Iterator[str]:
    yield element("h4", "Retrieved, best first")
    wanted = [(place, one, score) for place, (one, score) in enumerate(row.retrieved, start=1) if place <= _RETRIEVED or one in row.gold]
    items = [element("li", *_retrieved_item(row, one, score, lookup), value=place) for place, one, score in wanted]
    rest = len(row.retrieved) - len(wanted)
    yield element("ol", *items, class_="plain") if items else element("p", "Nothing.")
    if rest:
        yield element("p", words(f"and {rest} more, none of them gold."), class_="small soft")


def _retrieved_item(row: Row, abstract_id: str, score: float, lookup: Lookup | None) -> Iterator[str]:
    if abstract_id in row.gold:
        yield element("b", "gold ")
    elif abstract_id in row.marginal:
        yield "marginal "
    elif abstract_id in row.near:
        yield "near "
    yield _label(row, abstract_id, lookup)
    yield element("span", words(f" {score:.2f}"), class_="soft")


def _costs(row: Row) -> str:
    """What a question took, in a line."""
    parts = [words("time not known" if row.seconds is None else written(row.seconds, "seconds"))]
    if row.answer is not None:
        tokens = row.answer.usage.get("prompt_tokens", 0) + row.answer.usage.get("completion_tokens", 0)
        cost = "cost not known" if row.answer.cost is None else written(row.answer.cost, "dollars")
        spent = f"{tokens:,} tokens, {cost}" if tokens else "no tokens"
        parts += [words(spent), f"written by {foreign(row.answer.model)}" if row.answer.model else "extracted"]
    return element("p", "; ".join(parts), class_="small soft costs")


def compact(cases: Sequence[Case]) -> str:
    """Questions one a line, for those that have no part of their own."""
    heads = [column(name) for name in ("Question", "Kind", "Outcome", "Looked at")]
    rows = [
        [
            row_head(f"{foreign(one.row.question.id)}: {foreign(one.row.question.question[:200])}"),
            cell(foreign(one.row.question.kind)),
            cell(words(one.row.outcome)),
            cell(words(one.status)),
        ]
        for one in cases
    ]
    return table("Questions that are not shown in full", heads, rows)
