"""What is worked out of an edition once, when it is published, and read by key: its names, its themes, a sample of its words, its files.

What is stored here depends on no question. A reader that does not find it works it out for itself, where the corpus is small enough
for that, and writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from rag.index.catalogue import Catalogue
from rag.index.near_names import Names
from rag.index.snapshot import Snapshot
from rag.model import Abstract, clean_text
from rag.text import Acronym, Forms, Vocabulary, count_names, read_vocabulary, themes

WHOLE = 1500  # abstracts of a corpus that topics are judged in whole; of a larger one, a sample stands for it
_SAMPLED = 5000  # abstracts that themes and the sample are taken from: those that came first, so that adding to many changes nothing
_VOCABULARY = 1000  # of these, whose words are read
_BACKGROUND = 200  # of these, that stand for the corpus
_THEMES = 6
_EXAMPLES = 2  # abstracts of a theme that are cited
_LEAST = 3  # abstracts that make a theme

# The number is raised when what is stored under a name is worked out otherwise.
_NAMES_KEY, _THEMES_KEY, _SAMPLE_KEY = "names/1", "themes/1", "sample/1"
_SOURCES_KEY, _ARRIVALS_KEY = "sources/1", "arrivals/1"


@dataclass(frozen=True, slots=True)
class SharedTheme:
    """A phrase that abstracts share, how many of those that were read, and the ids of the first."""

    phrase: str
    number: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """What stands for a large corpus where topics are judged: what it writes, and the ids of some of its abstracts."""

    vocabulary: Vocabulary
    background: tuple[str, ...]


def known_names(snapshot: Snapshot) -> Names:
    """The names that the abstracts write; none of a large corpus whose last run did not store them."""
    stored = snapshot.kept(_NAMES_KEY)
    if stored is None:
        stored = _names(snapshot.listing()) if snapshot.count() <= _SAMPLED else {}
    return Names(stored)


def known_themes(snapshot: Snapshot) -> tuple[SharedTheme, ...]:
    """What the first abstracts speak of most."""
    found = _stored(snapshot, _THEMES_KEY, _find_themes)
    return tuple(SharedTheme(phrase, number, tuple(examples)) for phrase, number, examples in found)


def known_sample(snapshot: Snapshot) -> Sample:
    """The sample of a corpus of more than WHOLE abstracts."""
    found = _stored(snapshot, _SAMPLE_KEY, _take_sample)
    acronyms = tuple(Acronym(short, tuple(long)) for short, long in found["acronyms"])
    return Sample(Vocabulary(found["size"], found["frequencies"], found["spellings"], acronyms), tuple(found["background"]))


def known_sources(snapshot: Snapshot) -> dict[str, int]:
    """`Snapshot.sources`, as it was stored."""
    stored: dict[str, int] | None = snapshot.kept(_SOURCES_KEY)
    return Snapshot.sources(snapshot) if stored is None else stored


def known_arrivals(snapshot: Snapshot) -> dict[str, int]:
    """`Snapshot.arrivals`, as it was stored."""
    stored: dict[str, int] | None = snapshot.kept(_ARRIVALS_KEY)
    return Snapshot.arrivals(snapshot) if stored is None else stored


def is_kept(catalogue: Catalogue, edition: int) -> bool:
    """True where what belongs to an edition is stored."""
    return Snapshot(catalogue, edition).kept(_NAMES_KEY) is not None


def work_out(catalogue: Catalogue, edition: int, base: int) -> dict[str, str]:
    """What belongs to an edition except its words, as JSON by key; what is as in `base`, the edition before, is taken over."""
    now, before = Snapshot(catalogue, edition), Snapshot(catalogue, base)
    found: dict[str, Any] = {_SOURCES_KEY: _next_sources(now, before), _ARRIVALS_KEY: now.arrivals()}
    found[_THEMES_KEY] = _of_first(now, before, _THEMES_KEY, _find_themes)
    return {key: _json(value) for key, value in found.items()}


def work_out_words(catalogue: Catalogue, edition: int, base: int) -> dict[str, str]:
    """The names of an edition, and of a large one the sample of its words, as JSON by key; other than the rest of what belongs to it,
    as this takes about as long."""
    now, before = Snapshot(catalogue, edition), Snapshot(catalogue, base)
    found: dict[str, Any] = {_NAMES_KEY: _next_names(now, before)}
    if now.count() > WHOLE:
        found[_SAMPLE_KEY] = _of_first(now, before, _SAMPLE_KEY, _take_sample)
    return {key: _json(value) for key, value in found.items()}


def keep(catalogue: Catalogue, edition: int, found: Mapping[str, str]) -> None:
    """Store what was worked out of an edition."""
    with catalogue.writing() as connection:
        connection.execute("DELETE FROM kept WHERE edition = ?", (edition,))
        connection.executemany("INSERT INTO kept VALUES (?, ?, ?)", [(edition, key, value) for key, value in found.items()])


def _of_first(now: Snapshot, before: Snapshot, key: str, work: Callable[[Snapshot], Any]) -> Any:
    """What is worked out of the first abstracts, with what tells which these were."""
    stamp, old = _stamp(now), before.kept(key)
    return old if old is not None and old["of"] == stamp else {"of": stamp, "value": work(now)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _stored(snapshot: Snapshot, key: str, work: Callable[[Snapshot], Any]) -> Any:
    stored = snapshot.kept(key)
    return work(snapshot) if stored is None else stored["value"]


def _next_sources(now: Snapshot, before: Snapshot) -> dict[str, int]:
    """The files of an edition: those of the one before, with what came since and without what went."""
    known: dict[str, int] | None = before.kept(_SOURCES_KEY)
    if known is None:
        return now.sources()
    came, went = now.sources_since(before.edition)
    numbers = {name: known.get(name, 0) + came.get(name, 0) - went.get(name, 0) for name in sorted({*known, *came})}
    return {name: number for name, number in numbers.items() if number}


def _next_names(now: Snapshot, before: Snapshot) -> Forms:
    """The names of an edition: those of the one before, with what came since and without what went."""
    known: Forms | None = before.kept(_NAMES_KEY)
    if known is None:
        # A part at a time: whoever reads in one go keeps SQLite's log from being shortened, and another process may be writing much.
        return _names(one for part in now.places() for one in now.of_numbers([number for number, _ in part]))
    count_names(_named(now.came_since(before.edition)), known)
    count_names(_named(now.gone_since(before.edition)), known, -1)
    return known


def _names(abstracts: Iterable[Abstract]) -> Forms:
    forms: Forms = {}
    count_names(_named(abstracts), forms)
    return forms


def _named(abstracts: Iterable[Abstract]) -> Iterator[str]:
    return (clean_text(f"{one.label}. {one.title or ''}. {one.text}") for one in abstracts)


def _stamp(snapshot: Snapshot) -> str:
    """What changes with any of the first abstracts."""
    return sha256(json.dumps([number for number, _ in snapshot.first_rows(_SAMPLED)]).encode()).hexdigest()


def _find_themes(snapshot: Snapshot) -> list[tuple[str, int, list[str]]]:
    found = list(snapshot.abstracts([one for _, one in snapshot.first_rows(_SAMPLED)]).values())
    shared = themes((f"{one.title or ''}. {one.text}" for one in found), _THEMES, least=_LEAST)
    return [(one.phrase, len(one.members), [found[place].id for place in one.members[:_EXAMPLES]]) for one in shared]


def _take_sample(snapshot: Snapshot) -> dict[str, Any]:
    ids = [one for _, one in snapshot.first_rows(_SAMPLED)]
    read = read_vocabulary(snapshot.abstracts(ids[:: -(-len(ids) // _VOCABULARY)]).values())
    acronyms = [(one.short, one.long) for one in read.acronyms]
    words = {"size": read.size, "frequencies": read.frequencies, "spellings": read.spellings, "acronyms": acronyms}
    return words | {"background": ids[:: -(-len(ids) // _BACKGROUND)]}
