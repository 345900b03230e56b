"""Answers to greetings and to questions about the assistant and its corpus: what can be asked, what there is to ask about."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise

from rag.answers import Answer, Claim
from rag.courtesy import Courtesy
from rag.filters import Filters, Range, Scan
from rag.generations import Generation
from rag.lexicon import words_of
from rag.showing import counted
from rag.stated import member
from rag.themes import themes
from rag.words import STOP_WORDS, stem

_THEMES = 6
_EXAMPLES = 2  # abstracts that are cited for a theme
_LEAST = 3  # abstracts that make a theme
_READ = 5000  # abstracts that themes are looked for in, at the most
_PLAIN = frozenset(map(stem, words_of("papers", "works"))) | frozenset(
    map(
        stem,
        """method approach result model framework novel state-of-the-art large based using propose proposed experiment performance
        training learning pretraining pre-training pre-trained pretrained trained fine-tuning multiple different recent existing various
        new achieve show demonstrate improve extensive significant publicly available evaluation benchmark dataset tasks
        downstream natural wide range previous further""".split(),
    )
)

_TEXTS: dict[Courtesy, str] = {
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


def informed(frame: Answer, courtesy: Courtesy, generation: Generation) -> Answer:
    """`frame` as the answer to a courtesy: what the assistant is for, or what the corpus holds, with examples."""
    if courtesy == "overview":
        return _overview(frame, generation)
    text = _TEXTS[courtesy].format(count=generation.manifest.abstracts)
    reason = text if courtesy in ("farewell", "thanks") else text + _example(generation)
    return replace(frame, outcome="info", reason=reason.strip())


def _example(generation: Generation) -> str:
    first = next((one for one in generation.listing() if one.title), None)
    year = next((one.year for one in generation.listing(Filters((Range("year"),)))), None)
    name = first.label.partition(":")[0] if first else "speech recognition"
    text = _TRY.format(example=f"What is {name}?", year=year or 2024)
    return text if year else text.replace(f'"How many papers are from {2024}?", ', "")


def _overview(frame: Answer, generation: Generation) -> Answer:
    """How many abstracts, of which years, from which files; then themes, each with examples."""
    found = [abstract for abstract, _ in zip(generation.listing(), range(_READ), strict=False)]
    shared = themes((_pairs(f"{one.title or ''}. {one.text}") for one in found), _THEMES, least=_LEAST, apart=True)
    cited = list({place: found[place] for theme in shared for place in theme.members[:_EXAMPLES]}.values())
    numbers = {one.id: number for number, one in enumerate(cited, start=1)}
    claims = [Claim("collection", text, ()) for text in _facts(generation)]
    claims += [
        Claim("collection", f'{counted(len(theme.members), "abstract")} speak{"s" if len(theme.members) == 1 else ""} of "{theme.phrase}".',
              tuple(numbers[found[place].id] for place in theme.members[:_EXAMPLES]))
        for theme in shared
    ]  # fmt: skip
    citations = tuple(member(number, one) for number, one in enumerate(cited, start=1))
    return replace(
        frame, outcome="info", claims=tuple(claims), citations=citations, table=_years(generation), checks={"computed": len(claims)}
    )


def _facts(generation: Generation) -> list[str]:
    sources = generation.sources()
    every = generation.manifest.abstracts
    text = f"The corpus has {counted(every, 'abstract')} from {counted(len(sources), 'file')}: "
    facts = [text + "; ".join(f"{name} ({number})" for name, number in sources.items()) + "."]
    dated = generation.count(Filters((Range("year"),)))
    if dated:
        years = [one.year for one in generation.listing(Filters((Range("year"),))) if one.year]
        inferred = generation.count(Filters(scans=(Scan("inferred"),)))
        facts.append(
            f"{dated} state a date, from {min(years)} to {max(years)}"
            + (f"; the year of {inferred} of these is inferred." if inferred else ".")
        )
    untitled = generation.count(Filters(scans=(Scan("missing", ("title",)),)))
    return [*facts, f"{untitled} have no title."] if untitled else facts


def _years(generation: Generation) -> tuple[tuple[str, ...], ...] | None:
    counts = Counter(one.year for one in generation.listing(Filters((Range("year"),))) if one.year)
    return (("Year", "Abstracts"), *((str(year), str(counts[year])) for year in sorted(counts))) if counts else None


def _pairs(text: str) -> list[tuple[tuple[str, str], str]]:
    """Neighbouring content words, by their stems, with the words themselves."""
    found = []
    for clause in re.split(r"[^\w\s'-]+", text):
        said = [word.lower() for word in clause.split() if not word.startswith("-")]
        for first, second in pairwise(said):
            telling = _telling(first) and _telling(second)
            if telling:
                found.append(((stem(first), stem(second)), f"{first} {second}"))
    return found


def _telling(word: str) -> bool:
    plain = word.replace("-", "")
    return len(word) > 3 and plain.isalpha() and word not in STOP_WORDS and stem(word) not in _PLAIN
