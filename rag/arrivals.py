"""What is new: abstracts by when they came into the index, which the catalogue keeps for each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from rag.answers import Answer, Claim
from rag.clock import Clock, stamp
from rag.filters import Filters
from rag.generations import Generation
from rag.newness import News, Since, resolved
from rag.phrasing import said_date
from rag.pool import CITED, Pool, cite, names
from rag.showing import counted
from rag.wanted import topic_words

_HOW = "Decided by when each abstract was first indexed here, not by the dates of the papers."


def arrived(frame: Answer, news: News, generation: Generation, clock: Clock, visited: datetime | None) -> Answer:
    """`frame` with the abstracts that came in since the time that is asked for, or with the last run that brought any.

    `visited` is when the asker was here before, None where that is not known: then the last run stands in for it, which is said.
    """
    seen = generation.first_seen()
    known = {one: moment for one, moment in seen.items() if moment}
    frame = replace(frame, form="list")
    if not known:
        reason = f"It is not known when the {counted(len(seen), 'abstract')} came into the index: they were indexed before that was kept."
        return replace(frame, outcome="refused" if seen else "info", reason=reason if seen else "The corpus has no abstract.")
    since = _since(news, clock, visited)
    notices = [_HOW]
    if news.kind == "visit" and since is None:
        notices.append("It is not known when you were here last: no earlier visit is stored. Shown is what came in last.")
    if len(known) < len(seen):
        notices.append(f"Left out: {counted(len(seen) - len(known), 'abstract')} that came in before this was kept.")
    runs = sorted(set(known.values()))
    first = runs[-1] if since is None else stamp(since.moment)
    found = [one for one, moment in known.items() if moment >= first]
    topic = topic_words(news.topic) if news.topic else ""
    if topic:
        pool = Pool.of(generation, Filters(), topic)
        about = {one.id for one in generation.abstracts(found).values() if not pool.lacks(one)}
        found, frame = [one for one in found if one in about], replace(frame, filters=pool.echo()[:-1])
    if since is None and len(runs) == 1 and not topic:
        text = f"{_all(len(known), len(seen))} indexed in one go, at {_time(runs[0])}: none is newer than the others."
        return _said(frame, generation, text, [], notices)
    text = _sentence(len(found), len(known), since, runs[-1], f" about {topic}" if topic else "")
    return _said(frame, generation, text, found, notices)


def _since(news: News, clock: Clock, visited: datetime | None) -> Since | None:
    if news.kind == "time":
        return resolved(news, clock())
    if visited is not None and (news.kind == "visit" or not news.since):
        return Since(f"since you were here last, at {_time(stamp(visited))}", visited)
    return None


def _sentence(number: int, known: int, since: Since | None, last: str, about: str) -> str:
    of = f"{number} of {counted(known, 'abstract')}" if number else f"None of {counted(known, 'abstract')}"
    if since is not None and number == known and not about:
        return f"All {counted(known, 'abstract')} came into the index {since.said}: the last ones came at {_time(last)}."
    if since is None:
        return f"{of}{f',{about},' if about else ''} came into the index last, at {_time(last)}"
    if not number and not about:
        return f"{of} came into the index {since.said}: the last ones came at {_time(last)}."
    return f"{of}{f',{about},' if about else ''} came into the index {since.said}"


def _said(frame: Answer, generation: Generation, text: str, found: list[str], notices: list[str]) -> Answer:
    members = list(generation.abstracts(found[:CITED]).values())
    citations = cite(members, None, {})
    listed = names(members) if 0 < len(found) <= CITED else ""
    text = text if text.endswith(".") else f"{text}{listed}."
    more = [f"The first {len(citations)} of {len(found)} are cited."] if len(found) > len(citations) else []
    claim = Claim("collection", text, tuple(one.number for one in citations))
    checks = {"computed": 1, "members": len(found)}
    return replace(
        frame, outcome="answered", claims=(claim,), citations=citations, notices=(*notices, *more, *frame.notices), checks=checks
    )


def _all(known: int, seen: int) -> str:
    return f"All {counted(seen, 'abstract')} were" if known == seen else f"{counted(known, 'abstract')} {'was' if known == 1 else 'were'}"


def _time(moment: str) -> str:
    at = datetime.fromisoformat(moment).astimezone(UTC)
    return f"{at:%H:%M} UTC on {said_date(f'{at:%Y-%m-%d}')}"
