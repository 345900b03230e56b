"""Questions about the collection as a whole, answered by counting the fields of its abstracts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from eval.making.material import made
from eval.making.words import making_data
from eval.records import Question
from rag.model import Abstract

_MOST_LISTED = 12  # papers of an answer that a person would want listed
Number = Callable[[Abstract], int | None]


def catalogue_questions(abstracts: Sequence[Abstract]) -> Iterator[Question]:
    """Counts, lists and superlatives, each with its exact members."""
    known = sorted(abstracts, key=lambda one: one.id)
    forms = making_data()["catalogue"]
    years = sorted({one.year for one in known if one.year is not None})
    for year in years:
        of_year = [one for one in known if one.year == year]
        yield from _both(forms["year_count"], forms["year_list"], {"year": year}, of_year)
        yield from _exactly(forms["year_authors"], of_year, {"year": year})
        yield from _most(forms["most_year_upvotes"], of_year, lambda one: one.upvotes, {"year": year})
        yield from _most(forms["most_year_authors"], of_year, lambda one: one.authors, {"year": year})
    for least in _steps(known, lambda one: one.upvotes):
        most = [one for one in known if (one.upvotes or 0) >= least]
        yield from _both(forms["upvotes_count"], forms["upvotes_list"], {"least": least}, most)
    for more in _steps(known, lambda one: one.authors):
        many = [one for one in known if (one.authors or 0) > more]
        if 2 <= len(many) <= _MOST_LISTED:
            yield _listed(forms["authors_list"].format(more=more), many)
    yield from _exactly(forms["authors_count"], known, {})
    yield from _most(forms["most_upvotes"], known, lambda one: one.upvotes, {})
    yield from _most(forms["most_comments"], known, lambda one: one.comments, {})
    yield from _most(forms["most_authors"], known, lambda one: one.authors, {})


def _steps(abstracts: Sequence[Abstract], of: Number) -> list[int]:
    """Round numbers that divide the abstracts by a field: some have more, some do not."""
    stated = [value for one in abstracts if (value := of(one)) is not None]
    return [step for step in (5, 10, 20, 50, 100) if stated and min(stated) < step < max(stated)]


def _both(count: str, listed: str, values: dict[str, int], members: Sequence[Abstract]) -> Iterator[Question]:
    if len(members) >= 2:
        yield _count(count.format(**values), members)
        if len(members) <= _MOST_LISTED:
            yield _listed(listed.format(**values), members)


def _exactly(form: str, abstracts: Sequence[Abstract], values: dict[str, int]) -> Iterator[Question]:
    for exactly in sorted({one.authors for one in abstracts if one.authors is not None and one.authors > 1}):
        members = [one for one in abstracts if one.authors == exactly]
        if len(members) >= 2:
            yield _count(form.format(exactly=exactly, **values), members)


def _most(form: str, abstracts: Sequence[Abstract], of: Number, values: dict[str, int]) -> Iterator[Question]:
    """The one with the most; nothing where several share the first place."""
    stated = [(value, one) for one in abstracts if (value := of(one)) is not None]
    top = max((value for value, _ in stated), default=0)
    first = [one for value, one in stated if value == top]
    if len(stated) >= 3 and len(first) == 1 and top:
        answer = f"{first[0].label} ({top})"
        yield made("superlative", form.format(**values), members=first, number=top, answer=answer, tags=["catalogue"])


def _count(text: str, members: Sequence[Abstract]) -> Question:
    number = len(members)
    return made(
        "count", text, members=members, number=number, must=[str(number)], answer=f"{number}: {_labels(members)}", tags=["catalogue"]
    )


def _listed(text: str, members: Sequence[Abstract]) -> Question:
    return made("list", text, members=members, number=len(members), answer=_labels(members), tags=["catalogue"])


def _labels(members: Sequence[Abstract]) -> str:
    return "; ".join(one.label for one in members)
