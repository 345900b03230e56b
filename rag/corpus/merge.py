"""The same work met twice, however it is printed, becomes one abstract with all its sources and ids."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from rag.corpus.draft import letters
from rag.corpus.naming import label
from rag.model import Abstract, Source

# What two records of one work have in common however they are printed: keys of titles and texts, and how near two texts are.

# Of the three-word runs of both texts together, the share that both have. One word changed in a hundred costs about six
# hundredths, so 0.7 lets five words in a hundred differ (a later version, another publisher's copy editing); two
# abstracts on one subject share less than 0.1. Runs are sets, so comparing takes time in the length of the texts
# (difflib takes its square).
_SIMILAR = 0.7
# A listing may cut a text short: nearly all runs of the shorter one, if it is long enough to tell, are in the longer.
_CONTAINED = 0.9
_CONTAINED_RUNS = 30

_WORD = re.compile(r"[^\W_]+")
_TAG = re.compile(r"</?[a-zA-Z]{1,10}>")
_COMMAND = re.compile(r"\\[a-zA-Z]{2,20}(?=\s*\{)")


def title_key(title: str) -> str:
    """The letters and digits of a title without case, accents, LaTeX commands and mark-up; "" where it has none."""
    return letters(_plain(_COMMAND.sub("", _TAG.sub("", html.unescape(title)))))


def text_key(text: str) -> str:
    """32 hexadecimal digits, the same for texts that differ in case, accents, punctuation and white space at most."""
    return hashlib.blake2b(letters(_plain(text)).encode(), digest_size=16).hexdigest()


def similar(a: frozenset[str], b: frozenset[str]) -> bool:
    """True if two sets of `runs` are of nearly the same text, or one of the beginning or another part of the other."""
    if not a or not b:
        return False
    shorter, longer = sorted((a, b), key=len)
    enough = len(shorter) >= _CONTAINED_RUNS
    if not enough and len(shorter) < _SIMILAR * len(longer):
        return False
    both = len(shorter & longer)
    return both >= _SIMILAR * (len(a) + len(b) - both) or (enough and both >= _CONTAINED * len(shorter))


def runs(text: str) -> frozenset[str]:
    """The runs of three words of a text, without case, accents and punctuation; of a shorter text the text."""
    words = _words(text)
    if len(words) < 3:
        return frozenset([" ".join(words)]) if words else frozenset()
    return frozenset(map(" ".join, zip(words, words[1:], words[2:], strict=False)))


class Fingerprint:
    """The keys of a record, each made when it is first asked for."""

    def __init__(self, abstract: Abstract) -> None:
        self.abstract = abstract

    @cached_property
    def title(self) -> str:
        """Its `title_key`, "" for a record without a title."""
        return title_key(self.abstract.title or "")

    @cached_property
    def text(self) -> str:
        """Its `text_key`."""
        return text_key(self.abstract.text)

    @cached_property
    def runs(self) -> frozenset[str]:
        """The `runs` of its text."""
        return runs(self.abstract.text)

    @cached_property
    def title_alone(self) -> bool:
        """True if its text is its title, as where a table gives no abstract."""
        return bool(self.title) and title_key(self.abstract.text) == self.title

    @cached_property
    def title_words(self) -> int:
        """The number of words of its title."""
        return len(_words(self.abstract.title or ""))


def _words(text: str) -> list[str]:
    return _WORD.findall(_plain(text))


def _plain(text: str) -> str:
    """A text without case and accents."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        marks = {ord(sign): None for sign in set(text) if unicodedata.combining(sign)}
        text = text.translate(marks) if marks else text
    return text.casefold()


# The same work met twice becomes one abstract with all its sources and ids.

# A title that more different works have than this is generic ("Editorial"): a text is compared with the first fifty,
# or a hundred thousand of them would take quadratic time.
_MOST_COMPARED = 50
# "Editorial" and "Reply to the authors" are titles of many papers; five words or more seldom are.
_SPECIFIC_WORDS = 5
# A preprint is as a rule not older than this when the journal's version is dated.
_YEARS_APART = 2
# A file that says the same thing a hundred thousand times is quoted by the first places.
_MOST_PLACES = 100
_PRECISION = {None: 0, "year": 1, "month": 2, "day": 3}


def same_work(a: Abstract, b: Abstract) -> bool:
    """True if two records are of one work.

    They are if they have the same id; or the same title and nearly the same text (`fingerprints.similar`); or the
    same title of five words or more, one of them no text beside it, and no dates further than two years apart; or the
    same text, one of them no title. Ids of other collections do not count: a DOI may be that of the whole proceedings.
    """
    return a.id == b.id or _same(Fingerprint(a), Fingerprint(b))


def combine_records(first: Abstract, *others: Abstract) -> Abstract:
    """One record of one work: the id and the text of `first` (citations slice it), the rest from all.

    Sources, ids and URLs of all are united in order. The title is the one of the highest confidence, the date the most
    precise of those stated, else of those inferred. Of upvotes and comments the largest number is taken, as they grow
    with time; names of authors, their number and the venue are the first that are stated. Ties go to the earlier record.
    """
    if not others:
        return first
    records = (first, *others)
    titled = max(records, key=lambda record: (record.title is not None, record.title_confidence))
    dated = max(records, key=lambda record: (record.date is not None, not record.date_inferred, _PRECISION[record.date_precision]))
    named = next((record for record in records if record.author_names), first)
    return replace(
        first,
        title=titled.title,
        title_confidence=titled.title_confidence,
        label=first.label if titled.title == first.title else label(titled.title, first.text),
        external_ids=_united(record.external_ids for record in records),
        date=dated.date,
        date_precision=dated.date_precision,
        date_inferred=dated.date_inferred,
        upvotes=max((record.upvotes for record in records if record.upvotes is not None), default=None),
        comments=max((record.comments for record in records if record.comments is not None), default=None),
        authors=next((record.authors for record in (named, *records) if record.authors is not None), None),
        author_names=named.author_names,
        urls=_united(record.urls for record in records),
        venue=next((record.venue for record in records if record.venue), None),
        sources=_united_sources(records),
    )


def merge_works(abstracts: Iterable[Abstract]) -> tuple[Abstract, ...]:
    """One record for each work, in the order in which the works were first met; time grows with the number of records.

    The record whose text is kept is the first that has a text beside its title and does not end in an ellipsis, as
    texts do that a listing cut short; else the first. The result depends on the order of the records and nothing else.
    """
    works: list[_Work] = []
    index = _Index()
    for abstract in abstracts:
        record = Fingerprint(abstract)
        work = index.find(record)
        if work is None:
            work = _Work(record)
            works.append(work)
        else:
            work.add(record)
        index.add(record, work)
    return tuple(combine_records(*work.records()) for work in works)


def _same(a: Fingerprint, b: Fingerprint) -> bool:
    """What `same_work` says of records with different ids."""
    if a.title and b.title:
        return a.title == b.title and (a.text == b.text or _same_text(a, b))
    return a.text == b.text


def _same_text(a: Fingerprint, b: Fingerprint) -> bool:
    if a.title_alone or b.title_alone:
        years = (a.abstract.year, b.abstract.year)
        apart = abs(years[0] - years[1]) if years[0] and years[1] else 0
        return a.title_words >= _SPECIFIC_WORDS and apart <= _YEARS_APART
    return similar(a.runs, b.runs)


class _Work:
    """The records of one work so far. `lead` is the one whose text is kept, with the title of another if it has none."""

    def __init__(self, record: Fingerprint) -> None:
        self.lead = record
        self._first = record.abstract
        self._all = [record.abstract]

    def add(self, record: Fingerprint) -> None:
        """Take a record in; it leads if it is the first with a whole text of its own."""
        self._all.append(record.abstract)
        if not _whole(self.lead) and _whole(record):
            self._first, self.lead = record.abstract, record
        elif not self.lead.title and record.title:
            self.lead = Fingerprint(replace(self._first, title=record.abstract.title))

    def records(self) -> list[Abstract]:
        """The record that leads, then the others in order."""
        return [self._first, *(record for record in self._all if record is not self._first)]


def _whole(record: Fingerprint) -> bool:
    return not record.title_alone and not record.abstract.text.rstrip().endswith(("…", "..."))


class _Index:
    """Finds the work of a record by its keys."""

    def __init__(self) -> None:
        self._by_id: dict[str, _Work] = {}
        self._by_text: defaultdict[str, list[_Work]] = defaultdict(list)
        self._by_title: defaultdict[str, list[_Work]] = defaultdict(list)

    def find(self, record: Fingerprint) -> _Work | None:
        """The work that the record is of; None where it is the first of its work.

        A title alone that several works have is of none of them: which one is meant cannot be told.
        """
        if work := self._by_id.get(record.abstract.id):
            return work
        titled = self._by_title.get(record.title, []) if record.title else []
        if len(titled) > 1 and record.title_alone:
            return None
        candidates = (*self._by_text.get(record.text, ()), *titled)
        return next((work for work in candidates if _same(work.lead, record)), None)

    def add(self, record: Fingerprint, work: _Work) -> None:
        """Make the work known under the keys of its new record."""
        self._by_id.setdefault(record.abstract.id, work)
        for key, works in ((record.text, self._by_text), (record.title, self._by_title)):
            if key and work not in works[key] and len(works[key]) < _MOST_COMPARED:
                works[key].append(work)


def _united(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for group in groups for value in group))


def _united_sources(records: Iterable[Abstract]) -> tuple[Source, ...]:
    places: Counter[str] = Counter()
    kept = []
    for source in dict.fromkeys(source for record in records for source in record.sources):
        places[source.file] += 1
        if places[source.file] <= _MOST_PLACES:
            kept.append(source)
    return tuple(kept)
