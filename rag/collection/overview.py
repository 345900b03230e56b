"""Answers about the corpus itself: greetings, what there is to ask about, and what is new in the index."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from rag.collection.selection import CITED, Selection, cite_members, member_names
from rag.evidence import member_citation
from rag.index import Generation, known_themes
from rag.model import Answer, Claim, Clock, Filters, Scan, pluralize, timestamp
from rag.questions import News, Query, Since, SmallTalk, resolve_since, spell_date

# Answers to greetings and to questions about the assistant and its corpus: what can be asked, what there is to ask about.

_TEXTS: dict[SmallTalk, str] = {
    "greeting": "Hello. Ask me about the {count} paper abstracts of this corpus; every sentence of an answer cites its source. ",
    "thanks": "You are welcome. Ask on, about the same abstracts or about others. ",
    "farewell": "Goodbye. ",
    "abilities": (
        "I answer questions from the {count} paper abstracts of this corpus, and from nothing else: each sentence cites the"
        " abstract that it "
        "stands in, and where the abstracts do not say, I say so. I find facts and figures, explain why and how, compare papers,"
        " list the papers "
        "on a topic, count and rank them by year, month, authors, upvotes, comments or words they mention, and follow up on earlier"
        " questions. "
    ),
    "overview": "",
}
_TRY = 'For example: "{example}", "How many papers are from {year}?", "What is in this corpus?"'


def overview_answer(frame: Answer, courtesy: SmallTalk, generation: Generation) -> Answer:
    """`frame` as the answer to a courtesy: what the assistant is for, or what the corpus holds, with examples."""
    if courtesy == "overview":
        return _overview(frame, generation)
    text = _TEXTS[courtesy].format(count=generation.manifest.abstracts)
    reason = text if courtesy in ("farewell", "thanks") else text + _example(generation)
    return replace(frame, outcome="info", reason=reason.strip())


def _example(generation: Generation) -> str:
    first = next((one for one in generation.listing() if one.title), None)
    years = generation.years()
    year = max(years, key=lambda one: (years[one], one), default=None)
    name = first.label.partition(":")[0] if first else "speech recognition"
    text = _TRY.format(example=f"What is {name}?", year=year or 2024)
    return text if year else text.replace(f'"How many papers are from {2024}?", ', "")


def _overview(frame: Answer, generation: Generation) -> Answer:
    """How many abstracts, of which years, from which files; then themes, each with examples."""
    shared = known_themes(generation)
    cited = generation.abstracts(list(dict.fromkeys(one for theme in shared for one in theme.examples)))
    numbers = {one: number for number, one in enumerate(cited, start=1)}
    claims = [Claim("collection", text, ()) for text in _facts(generation)]
    for theme in shared:
        text = f'{pluralize(theme.number, "abstract")} speak{"s" if theme.number == 1 else ""} of "{theme.phrase}".'
        claims.append(Claim("collection", text, tuple(numbers[one] for one in theme.examples)))
    citations = tuple(member_citation(numbers[one], abstract) for one, abstract in cited.items())
    return replace(
        frame, outcome="info", claims=tuple(claims), citations=citations, table=_years(generation), checks={"computed": len(claims)}
    )


def _facts(generation: Generation) -> list[str]:
    sources = generation.sources()
    every = generation.manifest.abstracts
    text = f"The corpus has {pluralize(every, 'abstract')} from {pluralize(len(sources), 'file')}: "
    facts = [text + "; ".join(f"{name} ({number})" for name, number in sources.items()) + "."]
    years = generation.years()
    if years:
        inferred = generation.count(Filters(scans=(Scan("inferred"),)))
        facts.append(
            f"{sum(years.values())} state a date, from {min(years)} to {max(years)}"
            + (f"; the year of {inferred} of these is inferred." if inferred else ".")
        )
    untitled = generation.count(Filters(scans=(Scan("missing", ("title",)),)))
    return [*facts, f"{untitled} have no title."] if untitled else facts


def _years(generation: Generation) -> tuple[tuple[str, ...], ...] | None:
    counts = generation.years()
    return (("Year", "Abstracts"), *((str(year), str(number)) for year, number in counts.items())) if counts else None


# What is new: abstracts by when they came into the index, which the catalogue keeps for each.

_HOW = "Decided by when each abstract was first indexed here, not by the dates of the papers."


def arrivals_answer(frame: Answer, query: Query, generation: Generation, clock: Clock, visited: datetime | None) -> Answer:
    """`frame` with the abstracts that came in since the time that is asked for, or with the last run that brought any.

    `visited` is when the asker was here before, None where that is not known: then the last run stands in for it, which is said.
    """
    news = query.news or News("", "run")
    seen = generation.arrivals()
    every, runs = sum(seen.values()), [moment for moment in seen if moment]
    known = sum(seen[moment] for moment in runs)
    frame = replace(frame, form="list")
    if not known:
        reason = f"It is not known when the {pluralize(every, 'abstract')} came into the index: they were indexed before that was kept."
        return replace(frame, outcome="refused" if every else "info", reason=reason if every else "The corpus has no abstract.")
    since = _since(news, clock, visited)
    notices = [_HOW]
    if news.kind == "visit" and since is None:
        notices.append("It is not known when you were here last: no earlier visit is stored. Shown is what came in last.")
    if known < every:
        notices.append(f"Left out: {pluralize(every - known, 'abstract')} that came in before this was kept.")
    topic = query.topic.text
    if since is None and len(runs) == 1 and not topic:
        text = f"{_all(known, every)} indexed in one go, at {_time(runs[0])}: none is newer than the others."
        return _said(frame, generation, text, [], notices)
    found = generation.arrived(runs[-1] if since is None else timestamp(since.moment))
    if topic:
        selection = Selection(generation, Filters(), query.topic)
        about = {one.id for one in selection}
        found, frame = [one for one in found if one in about], replace(frame, filters=selection.echo()[:-1])
    text = _sentence(len(found), known, since, runs[-1], f" about {topic}" if topic else "")
    return _said(frame, generation, text, found, notices)


def _since(news: News, clock: Clock, visited: datetime | None) -> Since | None:
    if news.kind == "time":
        return resolve_since(news, clock())
    if visited is not None and (news.kind == "visit" or not news.since):
        return Since(f"since you were here last, at {_time(timestamp(visited))}", visited)
    return None


def _sentence(number: int, known: int, since: Since | None, last: str, about: str) -> str:
    of = f"{number} of {pluralize(known, 'abstract')}" if number else f"None of {pluralize(known, 'abstract')}"
    if since is not None and number == known and not about:
        return f"All {pluralize(known, 'abstract')} came into the index {since.said}: the last ones came at {_time(last)}."
    if since is None:
        return f"{of}{f',{about},' if about else ''} came into the index last, at {_time(last)}"
    if not number and not about:
        return f"{of} came into the index {since.said}: the last ones came at {_time(last)}."
    return f"{of}{f',{about},' if about else ''} came into the index {since.said}"


def _said(frame: Answer, generation: Generation, text: str, found: list[str], notices: list[str]) -> Answer:
    members = list(generation.abstracts(found[:CITED]).values())
    citations = cite_members(members, None, {})
    listed = member_names(members, len(found)) if 0 < len(found) <= CITED else ""
    text = text if text.endswith(".") else f"{text}{listed}."
    more = [f"The first {len(citations)} of {len(found)} are cited."] if len(found) > len(citations) else []
    claim = Claim("collection", text, tuple(one.number for one in citations))
    checks = {"computed": 1, "members": len(found)}
    return replace(
        frame, outcome="answered", claims=(claim,), citations=citations, notices=(*notices, *more, *frame.notices), checks=checks
    )


def _all(known: int, seen: int) -> str:
    return (
        f"All {pluralize(seen, 'abstract')} were" if known == seen else f"{pluralize(known, 'abstract')} {'was' if known == 1 else 'were'}"
    )


def _time(moment: str) -> str:
    at = datetime.fromisoformat(moment).astimezone(UTC)
    return f"{at:%H:%M} UTC on {spell_date(f'{at:%Y-%m-%d}')}"
