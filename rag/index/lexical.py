"""The lexical index of one generation: tantivy, BM25 over title with text, and title alone, English stems, stop words out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args

import tantivy

from rag.index.facets import Mention, Words, groups_of, query_of, words_query
from rag.index.literals import LONG, Expressions, letters_inside
from rag.index.word_list import WordList, add_words
from rag.model import NO_FILTERS, NUMBER_FIELDS, Filters, IndexDamagedError, NumberField, RagError, Scan
from rag.text import STOP_WORDS

_ANALYZER = "english_abstracts"
_TITLE_BOOST = 0.2  # on top of the title's share of the text field; best of 0 to 1 on SciFact and CACM together
_NEAR = 1000  # numbers of texts of which those between are looked at too rather than asked for apart
_HEAP = 64_000_000  # bytes that tantivy's writer may use before it flushes a segment

Must, Should = tantivy.Occur.Must, tantivy.Occur.Should


Field = Literal["words", "title_words", "names"]
_FIELDS_OF_WORDS: tuple[Field, ...] = ("words", "title_words")


@dataclass(frozen=True, slots=True)
class Opening:
    """What is looked up of an abstract as a whole, as `rag.index.literals` cuts it; `number` is that of its text in the catalogue."""

    number: int
    words: str
    title_words: str
    names: str


@dataclass(frozen=True, slots=True)
class LexicalDocument:
    """A passage as tantivy stores it. `fields` and `sources` are what filters ask for, `opening` is the abstract's whose first it is."""

    id: str
    abstract_id: str
    title: str
    text: str
    fields: Mapping[NumberField, int]
    sources: Sequence[str]
    opening: Opening | None = None


class LexicalWriter:
    """The one writer of a tantivy index in a folder; nothing is stored before `commit`."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Open the index in `folder` for writing, or create it; raises RagError where that is impossible."""
        self._folder = folder
        with _translated(folder):
            if create:
                folder.mkdir(parents=True)
            index = tantivy.Index(_schema(), path=str(folder), reuse=False) if create else tantivy.Index.open(str(folder))
            index.register_tokenizer(_ANALYZER, _analyzer())  # kept by the open index, not by the folder
            self._writer = index.writer(heap_size=_HEAP, num_threads=1)  # one thread: the same segments on every run
        self._words: set[str] = set()

    def remove(self, passage_ids: Iterable[str]) -> None:
        """Remove passages; unknown ids do not matter."""
        for passage_id in passage_ids:
            self._writer.delete_documents_by_term("id", passage_id)

    def add(self, documents: Iterable[LexicalDocument]) -> None:
        """Add passages that are not in the index (or were removed before)."""
        with _translated(self._folder):
            for document in documents:
                self._writer.add_document(_document(document))
                if document.opening is not None:
                    self._words.update(*(getattr(document.opening, field).split(" ") for field in _FIELDS_OF_WORDS))

    def commit(self) -> None:
        """Store everything and end; raises RagError where it cannot be written."""
        with _translated(self._folder):
            self._writer.commit()
            self._writer.wait_merging_threads()
        add_words(self._folder, self._words - {""})
        self.close()

    def close(self) -> None:
        """End without storing what was not committed."""
        self._writer = None


class LexicalIndex:
    """An open tantivy index in a folder. Safe to query from several threads."""

    def __init__(self, folder: Path) -> None:
        """Open the index in `folder`; raises IndexDamagedError where it cannot be read."""
        try:
            self._index = tantivy.Index.open(str(folder))
        except (ValueError, OSError) as error:
            raise IndexDamagedError(f"The word index in {folder} cannot be read ({error}). Type: rag index") from error
        self._index.register_tokenizer(_ANALYZER, _analyzer())
        self._index.config_reader("manual")  # a generation never changes, so nothing is watched for
        self._index.reload()
        self._schema = self._index.schema
        self._searcher = self._index.searcher()
        self._list = WordList(folder)

    def terms(self, text: str) -> list[str]:
        """The terms of a text in order. It is only analysed, never parsed as a query, so no sign in it is special."""
        return list(_analyzer().analyze(text))

    def query(self, text: str, limit: int, filters: Filters = NO_FILTERS, among: Sequence[str] | None = None) -> list[tuple[str, float]]:
        """The (passage id, BM25) of the `limit` best passages that share a term with `text`, best first, ties by id.

        `among` are the ids of the only abstracts that may be found. The scans of `filters` are the catalogue's: they are not
        applied here.
        """
        terms = self.terms(text)
        if limit < 1 or not terms or (among is not None and not among):
            return []
        conditions = [(Must, _unscored(one)) for one in self._conditions(filters)]
        if among is not None:
            conditions.append((Must, _unscored(tantivy.Query.term_set_query(self._schema, "abstract", list(among)))))
        return self._search(tantivy.Query.boolean_query([(Must, self._any_of(terms)), *conditions]), limit)

    def scores(self, text: str, passage_ids: Sequence[str]) -> dict[str, float]:
        """The BM25 of given passages, the same numbers that `query` gives; 0 for one that shares no term with `text`."""
        scores = dict.fromkeys(passage_ids, 0.0)
        terms = self.terms(text)
        if scores and terms:
            among = _unscored(tantivy.Query.term_set_query(self._schema, "id", list(scores)))
            scores.update(self._search(tantivy.Query.boolean_query([(Must, self._any_of(terms)), (Must, among)]), len(scores)))
        return scores

    @cached_property
    def openings(self) -> int:
        """How many abstracts there are whose words can be looked up."""
        return int(self._searcher.search(tantivy.Query.exists_query("opening"), 1, count=True).count)

    def having(self, values: Sequence[Expressions], fields: Sequence[Field]) -> list[int]:
        """The numbers of the texts that have, for one of the values, words of all its expressions, each in one of the fields."""
        return self.texts(words_query(self._schema, self._known(Words(values, fields))))

    def has_long(self, fields: Sequence[Field]) -> bool:
        """True where a text has a word, in one of the fields, that is too long to be looked up."""
        return any(self._searcher.doc_freq(field, LONG) for field in fields)

    def words_beginning(self, letters: str) -> dict[str, int]:
        """The words of texts and titles that begin with some letters, in one case, and how many texts or titles have each."""
        found: dict[str, int] = {}
        for field in _FIELDS_OF_WORDS:
            for word, number in self._searcher.terms_with_prefix(field, letters):
                found[word] = max(number, found.get(word, 0))
        return found

    def conditions(self, filters: Filters, mention: Mention) -> tantivy.Query | None:
        """Conditions as one query of abstracts for `count`, `texts` and `groups`; None where one is not to be told here."""

        def known(scan: Scan) -> Words | Sequence[str] | None:
            wanted = mention(scan)
            return self._known(wanted) if isinstance(wanted, Words) else wanted

        return query_of(self._schema, filters, known)

    def _known(self, wanted: Words) -> Words:
        """The words themselves for those that have letters inside, where they are few."""
        if not set(wanted.fields) <= set(_FIELDS_OF_WORDS):
            return wanted
        return Words([[self._words_of(one) for one in value] for value in wanted.values], wanted.fields)

    def _words_of(self, expression: str | Sequence[str]) -> str | Sequence[str]:
        inside = letters_inside(expression) if isinstance(expression, str) else None
        found = self._list.having(inside[0], last=inside[1]) if inside else None
        return expression if found is None else found

    def count(self, query: tantivy.Query | None = None) -> int:
        """How many abstracts meet a query; how many passages are stored without one."""
        return int(self._searcher.num_docs if query is None else self._searcher.search(query, 1, count=True).count)

    def texts(self, query: tantivy.Query) -> list[int]:
        """The numbers of the texts of the abstracts that meet a query."""
        return self._texts(_unscored(query), self.openings)

    def texts_among(self, query: tantivy.Query, texts: Sequence[int]) -> set[int]:
        """Which of some texts are of abstracts that meet a query, by the texts' numbers; quick where most of these follow each other."""
        found: set[int] = set()
        for first, last in _runs(texts):
            inside = tantivy.Query.range_query(self._schema, "opening", tantivy.FieldType.Integer, first, last)
            both = tantivy.Query.boolean_query([(Must, _unscored(inside)), (Must, _unscored(query))])
            found.update(self._texts(both, min(last - first + 1, self.openings)))
        return found.intersection(texts)

    def _texts(self, query: tantivy.Query, most: int) -> list[int]:
        found = self._searcher.search(query, max(1, most), count=False).hits
        return [int(one) for one in self._searcher.fast_field_values("opening", [address for _, address in found])]

    def groups(self, query: tantivy.Query, field: NumberField) -> dict[int | str, int] | None:
        """How many of the abstracts that meet a query state each number in a field, by the number; None where there are too many."""
        return groups_of(self._searcher, query, field)

    def close(self) -> None:
        """Give the files back, once no thread searches any more."""
        self._searcher = self._index = None

    def _search(self, query: tantivy.Query, limit: int) -> list[tuple[str, float]]:
        found = self._searcher.search(query, limit, count=False).hits
        hits = [(str(self._searcher.doc(address)["id"][0]), float(score)) for score, address in found]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def _any_of(self, terms: Sequence[str]) -> tantivy.Query:
        """Passages with any of the terms, in title or text; a term that is asked for twice counts twice."""
        clauses = []
        for term in terms:
            in_text = tantivy.Query.term_query(self._schema, "text", term, index_option="freq")
            in_title = tantivy.Query.term_query(self._schema, "title", term, index_option="freq")
            clauses += [(Should, in_text), (Should, tantivy.Query.boost_query(in_title, _TITLE_BOOST))]
        return tantivy.Query.boolean_query(clauses)

    def _conditions(self, filters: Filters) -> Iterable[tantivy.Query]:
        for one in filters.ranges:
            inside = tantivy.Query.exists_query(one.field)
            if one.low is not None or one.high is not None:
                inside = tantivy.Query.range_query(self._schema, one.field, tantivy.FieldType.Integer, one.low, one.high)
            if one.outside:
                stated = tantivy.Query.exists_query(one.field)
                inside = tantivy.Query.boolean_query([(Must, stated), (tantivy.Occur.MustNot, inside)])
            yield inside
        if filters.sources:
            yield tantivy.Query.term_set_query(self._schema, "source", list(filters.sources))


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each run of numbers in which those that are next to each other lie near."""
    ordered = sorted(numbers)
    ends = [place for place in range(1, len(ordered)) if ordered[place] - ordered[place - 1] > _NEAR]
    for begin, end in pairwise([0, *ends, len(ordered)]):
        if begin < end:
            yield ordered[begin], ordered[end - 1]


def _unscored(query: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, 0.0)


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("abstract", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name=_ANALYZER, index_option="freq")
    builder.add_text_field("text", tokenizer_name=_ANALYZER, index_option="freq")
    builder.add_text_field("source", tokenizer_name="raw", index_option="basic")
    for name in get_args(Field):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    builder.add_integer_field("opening", fast=True)
    for name in NUMBER_FIELDS:
        builder.add_integer_field(name, fast=True)
    return builder.build()


@lru_cache(maxsize=1)
def _analyzer() -> Any:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        tantivy.Filter.remove_long(80),  # base64 and the like
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.custom_stopword(sorted(STOP_WORDS)),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()


def _document(document: LexicalDocument) -> Any:
    made = tantivy.Document()
    made.add_text("id", document.id)
    made.add_text("abstract", document.abstract_id)
    made.add_text("title", document.title)
    made.add_text("text", f"{document.title}\n{document.text}")
    for source in document.sources:
        made.add_text("source", source)
    if document.opening is not None:
        made.add_integer("opening", document.opening.number)
        for field in get_args(Field):
            made.add_text(field, getattr(document.opening, field))
    for name, value in document.fields.items():
        made.add_integer(name, value)
    return made


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """tantivy reports a full disk and other troubles of writing as ValueError."""
    try:
        yield
    except ValueError as error:
        raise RagError(f"The word index in {folder} cannot be written: {error}. Is the disk full?") from error
