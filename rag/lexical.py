"""The lexical index of one generation: tantivy, BM25 over title and text with English stems, stop words left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import tantivy

from rag.errors import IndexDamagedError
from rag.filters import NO_FILTERS, NUMBER_FIELDS, Filters, NumberField

_ANALYZER = "english_abstracts"
_TITLE_BOOST = 0.3  # best of 0 to 1 on the SciFact training claims
_HEAP = 64_000_000  # bytes that tantivy's writer may use before it flushes a segment

Must, Should = tantivy.Occur.Must, tantivy.Occur.Should


@dataclass(frozen=True, slots=True)
class LexicalDocument:
    """A passage as tantivy stores it. `fields` and `sources` are what filters ask for."""

    id: str
    abstract_id: str
    title: str
    text: str
    fields: Mapping[NumberField, int]
    sources: Sequence[str]


class LexicalIndex:
    """An open tantivy index in a folder. Safe to query from several threads."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Open the index in `folder`, or create it; raises IndexDamagedError where it cannot be read."""
        self.folder = folder
        try:
            if create:
                folder.mkdir(parents=True)
            self._index = tantivy.Index(_schema(), path=str(folder), reuse=True) if create else tantivy.Index.open(str(folder))
        except (ValueError, OSError) as error:
            raise IndexDamagedError(f"The word index in {folder} cannot be read ({error}). Type: rag index --rebuild") from error
        self._index.register_tokenizer(_ANALYZER, _analyzer())  # kept by the open index, not by the folder
        self._index.config_reader("manual")  # a generation never changes, so nothing is watched for
        self._index.reload()
        self._schema = self._index.schema
        self._searcher = self._index.searcher()

    def change(self, *, remove: Iterable[str] = (), add: Iterable[LexicalDocument] = ()) -> None:
        """Remove passages by id, then add others, in one commit; raises OSError or ValueError where it cannot be written."""
        writer = self._index.writer(heap_size=_HEAP, num_threads=1)
        for passage_id in remove:
            writer.delete_documents_by_term("id", passage_id)
        for document in add:
            writer.add_document(_document(document))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def count(self) -> int:
        """How many passages are stored."""
        return int(self._searcher.num_docs)

    def query(self, text: str, limit: int, filters: Filters = NO_FILTERS) -> list[tuple[str, float]]:
        """The (passage id, BM25) of the `limit` best passages that share a term with `text`, best first, ties by id."""
        terms = self._terms(text)
        if limit < 1 or terms is None:
            return []
        conditions = [(Must, _unscored(one)) for one in self._conditions(filters)]
        return self._search(tantivy.Query.boolean_query([(Must, terms), *conditions]), limit)

    def scores(self, text: str, passage_ids: Sequence[str]) -> dict[str, float]:
        """The BM25 of given passages, the same numbers that `query` gives; 0 for one that shares no term with `text`."""
        scores = dict.fromkeys(passage_ids, 0.0)
        terms = self._terms(text)
        if scores and terms is not None:
            among = _unscored(tantivy.Query.term_set_query(self._schema, "id", list(scores)))
            scores.update(self._search(tantivy.Query.boolean_query([(Must, terms), (Must, among)]), len(scores)))
        return scores

    def close(self) -> None:
        """Give the files back, once no thread searches any more."""
        with suppress(AttributeError):
            del self._searcher, self._index

    def _search(self, query: tantivy.Query, limit: int) -> list[tuple[str, float]]:
        found = self._searcher.search(query, limit, count=False).hits
        hits = [(str(self._searcher.doc(address)["id"][0]), float(score)) for score, address in found]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def _terms(self, text: str) -> tantivy.Query | None:
        """Any of the text's terms, in title or text. The text is only analysed, never parsed, so no sign in it is special."""
        clauses = []
        for term in _analyzer().analyze(text):
            in_text = tantivy.Query.term_query(self._schema, "text", term, index_option="freq")
            in_title = tantivy.Query.term_query(self._schema, "title", term, index_option="freq")
            clauses += [(Should, in_text), (Should, tantivy.Query.boost_query(in_title, _TITLE_BOOST))]
        return tantivy.Query.boolean_query(clauses) if clauses else None

    def _conditions(self, filters: Filters) -> Iterable[tantivy.Query]:
        for one in filters.ranges:
            yield tantivy.Query.range_query(self._schema, one.field, tantivy.FieldType.Integer, one.low, one.high)
        if filters.sources:
            yield tantivy.Query.term_set_query(self._schema, "source", list(filters.sources))


def _unscored(query: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, 0.0)


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("abstract", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name=_ANALYZER, index_option="freq")
    builder.add_text_field("text", tokenizer_name=_ANALYZER, index_option="freq")
    builder.add_text_field("source", tokenizer_name="raw", index_option="basic")
    for name in NUMBER_FIELDS:
        builder.add_integer_field(name, fast=True)
    return builder.build()


@lru_cache(maxsize=1)
def _analyzer() -> Any:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        tantivy.Filter.remove_long(80),  # base64 and the like
        tantivy.Filter.lowercase(),
        tantivy.Filter.stopword("english"),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()


def _document(document: LexicalDocument) -> Any:
    made = tantivy.Document()
    made.add_text("id", document.id)
    made.add_text("abstract", document.abstract_id)
    made.add_text("title", document.title)
    made.add_text("text", document.text)
    for source in document.sources:
        made.add_text("source", source)
    for name, value in document.fields.items():
        made.add_integer(name, value)
    return made
