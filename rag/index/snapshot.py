"""Reading the catalogue as it stood at one edition, while a writer in another process goes on to the next."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embedding import Vectors
from rag.index.catalogue import KEY, Catalogue, abstract_of, text_of
from rag.index.conditions import GROUPS, Grouping, conditions, scanned
from rag.index.database import Row
from rag.model import (
    NO_FILTERS,
    Abstract,
    Filters,
    NotFoundError,
    NumberField,
    Passage,
    Range,
    Scan,
    Sentence,
    is_mention,
    meets_scan,
)

# The sign keeps SQLite from walking all rows by their edition where another index leaves a few.
VISIBLE = "+a.added <= :edition AND (a.removed IS NULL OR a.removed > :edition)"
_CAME = f"a.added > :since AND {VISIBLE}"
_WENT = "a.removed > :since AND a.removed <= :edition AND +a.added <= :since"
_AMONG = "(SELECT value FROM json_each(:ids))"
_OF_NUMBERS = "SELECT a.number, a.id, a.title, a.body, a.record FROM abstracts a WHERE a.number IN (SELECT value FROM json_each(:numbers))"
_LAST = "\U0010ffff"  # no character comes after it
_IN_ORDER = "ORDER BY a.file, a.line, a.id"
_ARRIVAL = "a.added, a.removed NULLS FIRST, a.text"
_READ_FIRST, _READ_AT_A_TIME = 32, 100  # abstracts: as many as an answer cites, then more
_PLACES, _MOST_PLACES = 400, 5000  # abstracts, at first and at the most
_KEYS_AT_A_TIME = 10_000
_PASSAGES = (
    "SELECT a.id, p.start, p.end, p.first, p.last{more} FROM abstracts a JOIN passages p ON p.text = a.text "
    f"WHERE a.id IN {_AMONG} AND {VISIBLE}"
)


class Snapshot:
    """All that answering needs of the catalogue, at `edition`. Safe to use from several threads.

    What a batch method is asked for and does not find is left out of its answer.
    """

    def __init__(self, catalogue: Catalogue, edition: int) -> None:
        self.catalogue = catalogue
        self.edition = edition

    def abstracts(self, ids: Sequence[str]) -> dict[str, Abstract]:
        """Abstracts by id, in the order asked for; no aliases (see `resolve`)."""
        query = f"SELECT a.id, a.title, a.body, a.record FROM abstracts a WHERE a.id IN {_AMONG} AND {VISIBLE}"
        found = {row["id"]: abstract_of(row) for row in self._rows(query, ids=ids)}
        return {one: found[one] for one in ids if one in found}

    def sentences(self, abstract_ids: Sequence[str]) -> dict[str, tuple[Sentence, ...]]:
        """The sentences of each abstract, by abstract id."""
        query = f"SELECT a.id, t.sentences FROM abstracts a JOIN texts t ON t.number = a.text WHERE a.id IN {_AMONG} AND {VISIBLE}"
        return {row["id"]: sentences_of(row["id"], row["sentences"]) for row in self._rows(query, ids=abstract_ids)}

    def sentence_vectors(self, abstract_ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of each abstract's sentences, by abstract id, shape (sentences, dimensions); none where they are not stored."""
        query = (
            "SELECT a.id, t.sentence_vectors, length(t.sentences) / 8 AS count FROM abstracts a JOIN texts t ON t.number = a.text "
            f"WHERE a.id IN {_AMONG} AND {VISIBLE} AND t.sentence_vectors IS NOT NULL"
        )
        found = {}
        for row in self._rows(query, ids=abstract_ids):
            rows = np.frombuffer(row["sentence_vectors"], dtype="<f2").astype(np.float32)
            found[row["id"]] = rows.reshape(row["count"], -1) if row["count"] else rows.reshape(0, 0)
        return found

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Passages by id ("abstract:start"), in the order asked for."""
        found = {passage.id: passage for passage in map(passage_of, self._rows(_PASSAGES.format(more=""), ids=_abstracts_of(ids)))}
        return {one: found[one] for one in ids if one in found}

    def passages_of(self, abstract_ids: Sequence[str]) -> dict[str, tuple[Passage, ...]]:
        """All passages of each abstract, by abstract id, in the order of the text."""
        found: dict[str, list[Passage]] = {}
        for row in self._rows(_PASSAGES.format(more="") + " ORDER BY p.start", ids=abstract_ids):
            found.setdefault(row["id"], []).append(passage_of(row))
        return {one: tuple(found[one]) for one in abstract_ids if one in found}

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """The vectors of passages, shape (len(ids), dimensions), in the order asked for; zeros for an unknown id."""
        rows = self._rows(_PASSAGES.format(more=", p.vector"), ids=_abstracts_of(ids))
        found = {f"{row['id']}:{row['start']}": row["vector"] for row in rows}
        if not found:
            return np.zeros((len(ids), 0), dtype=np.float32)
        nothing = bytes(len(next(iter(found.values()))))
        return np.frombuffer(b"".join(found.get(one, nothing) for one in ids), dtype="<f4").reshape(len(ids), -1)

    def passage_vectors(self, texts: Sequence[int]) -> tuple[list[str], Vectors]:
        """The ids and vectors of the passages of texts, by the texts' numbers; shape (passages, dimensions)."""
        query = f"SELECT a.id || ':' || p.start, p.vector FROM abstracts a JOIN passages p ON p.text = a.text WHERE a.text IN {_AMONG}"
        rows = self._rows(f"{query} AND {VISIBLE}", ids=texts)
        vectors = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4")
        return [row[0] for row in rows], vectors.reshape(len(rows), -1 if rows else 0)

    def listing(self, filters: Filters = NO_FILTERS, *, containing: str | None = None, match_case: bool = False) -> Iterator[Abstract]:
        """Abstracts in the order of their files, those that match `filters` and literally contain a string.

        `containing` is looked for in title and text by a scan; unless `match_case`, A to Z count as a to z.
        The rows are read in one transaction, so take them promptly.
        """
        filters = self._decided(filters, containing)
        rest = scanned(filters)
        query, values = self._ordered("a.number", filters, containing, match_case)
        with self.catalogue.reading() as connection:
            # Numbers first: what is put in order then are not the texts.
            chosen, size = connection.execute(query, values), _READ_FIRST
            while numbers := [row[0] for row in chosen.fetchmany(size)]:
                size = _READ_AT_A_TIME
                found = {row["number"]: row for row in connection.execute(_OF_NUMBERS, {"numbers": json.dumps(numbers)})}
                for abstract in (abstract_of(found[number]) for number in numbers):
                    if all(meets_scan(one, abstract) for one in rest):
                        yield abstract

    def of_texts(self, texts: Sequence[int]) -> Iterator[Abstract]:
        """The abstracts with these texts, by the texts' numbers, in the order of their files."""
        query = f"SELECT a.number FROM abstracts a WHERE a.text IN (SELECT value FROM json_each(:texts)) AND {VISIBLE} {_IN_ORDER}"
        yield from self.of_numbers([row[0] for row in self._rows(query, texts=json.dumps(list(texts)))])

    def of_numbers(self, numbers: Sequence[int]) -> Iterator[Abstract]:
        """The abstracts in rows with these numbers, in the order asked for."""
        for start, end in pairwise([0, *range(_READ_FIRST, len(numbers), _READ_AT_A_TIME), len(numbers)]):
            chosen = numbers[start:end]
            found = {row["number"]: row for row in self._rows(_OF_NUMBERS, numbers=json.dumps(chosen))}
            yield from (abstract_of(found[number]) for number in chosen)

    def places(self) -> Iterator[list[tuple[int, int]]]:
        """The numbers of the row and of the text of all abstracts in the order of their files: a few at first, then ever more."""
        file, line, last, size = "", -1, "", _PLACES
        after = f"(a.file, a.line, a.id) > (:file, :line, :last) AND {VISIBLE} {_IN_ORDER} LIMIT :size"
        while True:
            rows = self._rows(f"SELECT a.number, a.text FROM abstracts a WHERE {after}", file=file, line=line, last=last, size=size)
            if not rows:
                return
            yield [(row[0], row[1]) for row in rows]
            [(file, line, last)] = self._rows("SELECT a.file, a.line, a.id FROM abstracts a WHERE a.number = :number", number=rows[-1][0])
            size = min(2 * size, _MOST_PLACES)

    def first_rows(self, limit: int) -> list[tuple[int, str]]:
        """The numbers of the rows and the ids of the abstracts that came first, in the order of their files; a row never changes."""
        first = f"SELECT a.number, a.id, a.file, a.line FROM abstracts a WHERE {VISIBLE} ORDER BY {_ARRIVAL} LIMIT :limit"
        return [(row[0], row[1]) for row in self._rows(f"SELECT number, id FROM ({first}) AS one ORDER BY file, line, id", limit=limit)]

    def came_since(self, edition: int) -> Iterator[Abstract]:
        """The abstracts that are here and were not as they are at an edition before."""
        return self._changed(_CAME, edition)

    def gone_since(self, edition: int) -> Iterator[Abstract]:
        """The abstracts that were here at an edition before, as they were, and are not as they were any more."""
        return self._changed(_WENT, edition)

    def sources_since(self, edition: int) -> tuple[dict[str, int], dict[str, int]]:
        """How many of the abstracts that `came_since` and `gone_since` give each file contributed to, by the file's name."""
        query = "SELECT o.file, count(*) FROM abstracts a CROSS JOIN origins o ON o.abstract = a.number WHERE {condition} GROUP BY o.file"
        came, went = ({row[0]: row[1] for row in self._rows(query.format(condition=one), since=edition)} for one in (_CAME, _WENT))
        return came, went

    def _changed(self, condition: str, since: int) -> Iterator[Abstract]:
        query = f"SELECT a.id, a.title, a.body, a.record FROM abstracts a WHERE {condition}"
        with self.catalogue.reading() as connection:
            yield from map(abstract_of, connection.execute(query, {"edition": self.edition, "since": since}))

    def kept(self, name: str) -> Any:
        """What was stored of this edition under a name when it was published; None where nothing was."""
        rows = self._rows("SELECT value FROM kept WHERE edition = :edition AND name = :name", name=name)
        return json.loads(rows[0][0]) if rows else None

    def count(self, filters: Filters = NO_FILTERS, *, containing: str | None = None, match_case: bool = False) -> int:
        """How many abstracts `listing` would give."""
        filters = self._decided(filters, containing)
        if scanned(filters):
            return sum(1 for _ in self.listing(filters, containing=containing, match_case=match_case))
        where, values = conditions(filters, containing, match_case)
        return int(self._rows(f"SELECT count(*) FROM abstracts a WHERE {VISIBLE}{where}", **values)[0][0])

    def ids(self, filters: Filters = NO_FILTERS) -> tuple[str, ...]:
        """The ids of the abstracts that `listing` would give."""
        filters = self._decided(filters, None)
        if scanned(filters):
            return tuple(one.id for one in self.listing(filters))
        query, values = self._ordered("a.id", filters)
        return tuple(row[0] for row in self._rows(query, **values))

    def passage_ids(self, filters: Filters) -> list[str]:
        """The ids of the passages of the abstracts that `listing` would give."""
        where, values = conditions(self._decided(filters, None), None, match_case=False)
        query = f"SELECT a.id || ':' || p.start FROM abstracts a JOIN passages p ON p.text = a.text WHERE {VISIBLE}{where}"
        return [row[0] for row in self._rows(query, **values)]

    def texts_of(self, filters: Filters) -> list[int]:
        """The numbers of the texts of the abstracts that `listing` would give, in no order."""
        where, values = conditions(self._decided(filters, None), None, match_case=False)
        return [row[0] for row in self._rows(f"SELECT a.text FROM abstracts a WHERE {VISIBLE}{where}", **values)]

    def passages_at(self, keys: Sequence[int]) -> dict[int, str]:
        """The ids of passages by key; none for a key of a text that no abstract has any more."""
        query = f"SELECT {KEY} AS key, a.id || ':' || p.start FROM abstracts a JOIN passages p ON p.text = a.text WHERE "
        rows = self._rows(f"{query} a.text IN {_AMONG} AND {VISIBLE}", ids=text_of(np.array(keys, dtype=np.int64)).tolist())
        found = {row[0]: row[1] for row in rows}
        return {key: found[key] for key in keys if key in found}

    def passage_keys(self, since: int = -1) -> Iterator[NDArray[np.int64]]:
        """The keys of all passages, or of those of abstracts that came after an edition, some at a time."""
        query = f"SELECT {KEY} FROM abstracts a JOIN passages p ON p.text = a.text WHERE {VISIBLE} AND a.added > :since"
        with self.catalogue.reading() as connection:
            found = connection.execute(query, {"edition": self.edition, "since": since})
            while rows := found.fetchmany(_KEYS_AT_A_TIME):
                yield np.array([row[0] for row in rows], dtype=np.int64)

    def numbers(self, fields: Sequence[NumberField], filters: Filters = NO_FILTERS) -> list[tuple[str, tuple[int, ...]]]:
        """The id and the numbers in `fields` of each abstract that `listing` would give and that states them all."""
        filters = self._decided(replace(filters, ranges=(*filters.ranges, *map(Range, fields))), None)
        query, values = self._ordered(", ".join(("a.id", *(f"a.{name}" for name in fields))), filters)
        return [(one, tuple(numbers)) for one, *numbers in self._rows(query, **values)]

    def tally(self, group: Grouping, filters: Filters = NO_FILTERS) -> dict[int | str, int]:
        """How many of the abstracts that `listing` would give there are of each year, month, file or number, in their order."""
        where, values = conditions(self._decided(filters, None), None, match_case=False)
        origins = " CROSS JOIN origins o ON o.abstract = a.number" if group == "source" else ""
        query = (
            f"SELECT {GROUPS[group]} AS value, count(*) FROM abstracts a{origins} WHERE {VISIBLE}{where} AND {GROUPS[group]} IS NOT NULL"
        )
        return {row[0]: row[1] for row in self._rows(f"{query} GROUP BY value ORDER BY value", **values)}

    def _ordered(
        self, columns: str, filters: Filters, containing: str | None = None, match_case: bool = False
    ) -> tuple[str, Mapping[str, Any]]:
        """The query for columns of the abstracts that meet conditions, in the order of their files, and its values."""
        where, values = conditions(filters, containing, match_case)
        query = f"SELECT {columns} FROM abstracts a WHERE {VISIBLE}{where} {_IN_ORDER}"
        return query, {"edition": self.edition, **values}

    def mentioning(self, scan: Scan, texts: Sequence[int] | None = None) -> tuple[str, ...]:
        """The ids of the abstracts in which a mention is found, negated or not; `texts` are the numbers of those to read, None for all."""
        among = "" if texts is None else " AND a.text IN (SELECT value FROM json_each(:texts))"
        query = f"SELECT a.id, a.title, a.body FROM abstracts a WHERE {VISIBLE}{among}"
        with self.catalogue.reading() as connection:
            rows = connection.execute(query, {"edition": self.edition, "texts": json.dumps(texts)})
            return tuple(row["id"] for row in rows if is_mention(scan, row["title"], row["body"]))

    def ids_of_texts(self, texts: Sequence[int]) -> tuple[str, ...]:
        """The ids of the abstracts with these texts, by the texts' numbers."""
        query = f"SELECT a.id FROM abstracts a WHERE a.text IN (SELECT value FROM json_each(:texts)) AND {VISIBLE}"
        return tuple(row[0] for row in self._rows(query, texts=json.dumps(list(texts))))

    def _decided(self, filters: Filters, containing: str | None) -> Filters:
        """The conditions as they are looked up; here as they are."""
        return filters

    def count_passages(self) -> int:
        """How many passages the abstracts have."""
        query = f"SELECT count(*) FROM abstracts a JOIN passages p ON p.text = a.text WHERE {VISIBLE}"
        return int(self._rows(query)[0][0])

    def any_passage(self) -> tuple[str, str, Vectors] | None:
        """The id, text and vector of some passage, None if there are none."""
        query = f"SELECT a.id, a.body, p.start, p.end, p.vector FROM abstracts a JOIN passages p ON p.text = a.text WHERE {VISIBLE} LIMIT 1"
        for row in self._rows(query):
            vector = np.frombuffer(row["vector"], dtype="<f4")
            return f"{row['id']}:{row['start']}", row["body"][row["start"] : row["end"]], vector
        return None

    def sources(self) -> dict[str, int]:
        """How many abstracts each file contributed to, by the file's name."""
        return {str(name): number for name, number in self.tally("source").items()}

    def years(self) -> dict[int, int]:
        """How many abstracts are of each year, by the year."""
        return {int(year): number for year, number in self.tally("year").items()}

    def of_file(self, name: str) -> Iterator[Abstract]:
        """The abstracts that stand first in a file, in the order of their ids."""
        query = f"SELECT a.id, a.title, a.body, a.record FROM abstracts a WHERE a.file = :file AND a.id > :last AND {VISIBLE} ORDER BY a.id"
        last = ""
        while rows := self._rows(f"{query} LIMIT {_READ_AT_A_TIME}", file=name, last=last):
            yield from map(abstract_of, rows)
            last = rows[-1]["id"]

    def arrivals(self) -> dict[str, int]:
        """How many abstracts were first indexed at each moment, ISO 8601 in UTC in order; "" first, where that is not known."""
        moments = self._rows("SELECT coalesce(first_seen, '') AS moment, count(*) FROM works GROUP BY moment ORDER BY moment")
        found = {row[0]: row[1] for row in moments}
        if sum(found.values()) == self.count():
            return found  # each work is one abstract of this edition: a tenth of the time of the join
        query = (
            "SELECT coalesce(w.first_seen, '') AS moment, count(*) FROM abstracts a LEFT JOIN works w ON w.id = a.id "
            f"WHERE {VISIBLE} GROUP BY moment ORDER BY moment"
        )
        return {row[0]: row[1] for row in self._rows(query)}

    def arrived(self, since: str) -> list[str]:
        """The ids of the abstracts that were first indexed at a moment or after it, in the order of the files."""
        query = f"SELECT a.id FROM works w JOIN abstracts a ON a.id = w.id WHERE w.first_seen >= :since AND {VISIBLE}"
        return [row[0] for row in self._rows(f"{query} ORDER BY a.file, a.line, a.id", since=since)]

    def resolve(self, abstract_id: str) -> str:
        """The id that an abstract has now: itself, or the one it became part of; raises NotFoundError."""
        query = (
            f"SELECT a.id FROM abstracts a WHERE a.id = :id AND {VISIBLE} UNION ALL SELECT a.id FROM aliases l "
            f"JOIN works w ON w.number = l.work JOIN abstracts a ON a.id = w.id WHERE l.alias = :id AND {VISIBLE}"
        )
        rows = self._rows(query, id=abstract_id)
        if not rows:
            raise NotFoundError(f"No abstract has the id {abstract_id!r}. See all of them with: rag papers")
        return str(rows[0][0])

    def ids_beginning(self, prefix: str) -> list[str]:
        """The ids that begin with some characters, in their order."""
        query = f"SELECT a.id FROM abstracts a WHERE a.id >= :first AND a.id < :after AND {VISIBLE} ORDER BY a.id"
        return [row[0] for row in self._rows(query, first=prefix, after=prefix + _LAST)]

    def _rows(self, query: str, ids: Sequence[str | int] | None = None, **values: Any) -> list[Row]:
        if ids is not None:
            values["ids"] = json.dumps(list(ids))
        with self.catalogue.reading() as connection:
            return connection.execute(query, {"edition": self.edition} | values).fetchall()


def passage_of(row: Row) -> Passage:
    """The record in a row with id (of the abstract), start, end, first and last."""
    return Passage(row["id"], row["start"], row["end"], row["first"], row["last"])


def sentences_of(abstract_id: str, packed: bytes | None) -> tuple[Sentence, ...]:
    """The records in a BLOB of (start, end) pairs."""
    spans = np.frombuffer(packed or b"", dtype="<i4").reshape(-1, 2).tolist()
    return tuple(Sentence(abstract_id, index, start, end) for index, (start, end) in enumerate(spans))


def _abstracts_of(passage_ids: Sequence[str]) -> list[str]:
    return list({one.rpartition(":")[0]: None for one in passage_ids})
