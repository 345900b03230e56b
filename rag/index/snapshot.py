"""Reading the catalogue as it stood at one edition; conditions in its own language."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.index.catalogue import Catalogue
from rag.index.database import Row
from rag.model import NO_FILTERS, Abstract, Filters, NotFoundError, Passage, Range, Scan, Sentence, is_mention, meets_scan

# Conditions on abstracts as SQL, and those that can only be decided by reading the text.

_COLUMNS = {"title": "title", "date": "first_day", "authors": "authors", "upvotes": "upvotes", "comments": "comments"}
_MONTH = "(CASE WHEN a.first_day / 100 = a.last_day / 100 THEN a.first_day / 100 % 100 END)"


def conditions(filters: Filters, containing: str | None, match_case: bool) -> tuple[str, Mapping[str, Any]]:
    """What follows WHERE, each part after an AND, and its values. Where `scanned` is not empty, more than match are let through."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    for index, one in enumerate(filters.ranges):  # the column is one of NUMBER_FIELDS, never a user's text
        parts.append(_range(one, index))
        values |= {f"low{index}": one.low, f"high{index}": one.high}
    if filters.sources:
        parts.append(_from_files("sources"))
        values["sources"] = json.dumps(filters.sources)
    for index, scan in enumerate(filters.scans):
        part = _scan(scan, f"scan{index}")
        if part:
            parts.append(f"({part}) IS FALSE" if scan.negated else f"({part})")
            values[f"scan{index}"] = json.dumps(scan.values)
    if containing:
        parts.append("(" + " OR ".join(_contains(column, match_case) for column in ("a.title", "a.body")) + ")")
        values["containing"] = containing if match_case else "%" + _escaped(containing) + "%"
    return "".join(f" AND {part}" for part in parts), values


def scanned(filters: Filters) -> Sequence[Scan]:
    """The conditions that SQL does not decide: literal mentions, which have their own notion of case and of a word."""
    return [one for one in filters.scans if not _scan(one, "")]


def _range(one: Range, index: int) -> str:
    field = f"a.{one.field}"
    tests = [
        f"{field} {sign} :{name}{index}" for sign, name, bound in ((">=", "low", one.low), ("<=", "high", one.high)) if bound is not None
    ]
    inside = f"({' AND '.join(tests) or f'{field} IS NOT NULL'})"
    return f"{inside} IS FALSE" if one.outside else inside


def _scan(scan: Scan, name: str) -> str:
    among = f"IN (SELECT value FROM json_each(:{name}))"
    match scan.kind:
        case "month":
            return f"CAST({_MONTH} AS TEXT) {among}"
        case "year":
            return f"CAST(a.year AS TEXT) {among}"
        case "missing":
            return " OR ".join(f"a.{_COLUMNS[one]} IS NULL" for one in scan.values)
        case "none":
            return " AND ".join(f"(a.{_COLUMNS[one]} IS NULL OR a.{_COLUMNS[one]} = 0)" for one in scan.values)
        case "inferred":
            return "CASE WHEN a.first_day IS NOT NULL THEN json_extract(a.record, '$.date_inferred') END"
        case "source":
            return _from_files(name)
        case "id":
            return f"a.id {among}"
        case "authors" | "upvotes" | "comments":
            return f"CAST(a.{scan.kind} AS TEXT) {among}"
        case _:
            return ""


def _from_files(name: str) -> str:
    return f"a.number IN (SELECT o.abstract FROM origins o WHERE o.file IN (SELECT value FROM json_each(:{name})))"


def _contains(column: str, match_case: bool) -> str:
    return f"instr({column}, :containing)" if match_case else f"{column} LIKE :containing ESCAPE '\\'"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


# Reading the catalogue as of one edition, while a writer in another process goes on to the next.

Vectors = NDArray[np.float32]

# The sign keeps SQLite from walking all rows by their edition where another index leaves a few.
_VISIBLE = "+a.added <= :edition AND (a.removed IS NULL OR a.removed > :edition)"
_AMONG = "(SELECT value FROM json_each(:ids))"
_PASSAGES = (
    "SELECT a.id, p.start, p.end, p.first, p.last{more} FROM abstracts a JOIN passages p ON p.text = a.text "
    f"WHERE a.id IN {_AMONG} AND {_VISIBLE}"
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
        query = f"SELECT a.id, a.title, a.body, a.record FROM abstracts a WHERE a.id IN {_AMONG} AND {_VISIBLE}"
        found = {row["id"]: abstract_of(row) for row in self._rows(query, ids=ids)}
        return {one: found[one] for one in ids if one in found}

    def sentences(self, abstract_ids: Sequence[str]) -> dict[str, tuple[Sentence, ...]]:
        """The sentences of each abstract, by abstract id."""
        query = f"SELECT a.id, t.sentences FROM abstracts a JOIN texts t ON t.number = a.text WHERE a.id IN {_AMONG} AND {_VISIBLE}"
        return {row["id"]: sentences_of(row["id"], row["sentences"]) for row in self._rows(query, ids=abstract_ids)}

    def sentence_vectors(self, abstract_ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of each abstract's sentences, by abstract id, shape (sentences, dimensions); none where they are not stored."""
        query = (
            "SELECT a.id, t.sentence_vectors, length(t.sentences) / 8 AS count FROM abstracts a JOIN texts t ON t.number = a.text "
            f"WHERE a.id IN {_AMONG} AND {_VISIBLE} AND t.sentence_vectors IS NOT NULL"
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

    def listing(self, filters: Filters = NO_FILTERS, *, containing: str | None = None, match_case: bool = False) -> Iterator[Abstract]:
        """Abstracts in the order of their files, those that match `filters` and literally contain a string.

        `containing` is looked for in title and text by a scan; unless `match_case`, A to Z count as a to z.
        The rows are read in one transaction, so take them promptly.
        """
        filters = self._decided(filters, containing)
        where, values = conditions(filters, containing, match_case)
        query = f"SELECT a.id, a.title, a.body, a.record FROM abstracts a WHERE {_VISIBLE}{where} ORDER BY a.file, a.line, a.id"
        rest = scanned(filters)
        with self.catalogue.reading() as connection:
            for row in connection.execute(query, {"edition": self.edition, **values}):
                abstract = abstract_of(row)
                if all(meets_scan(one, abstract) for one in rest):
                    yield abstract

    def count(self, filters: Filters = NO_FILTERS, *, containing: str | None = None, match_case: bool = False) -> int:
        """How many abstracts `listing` would give."""
        filters = self._decided(filters, containing)
        if scanned(filters):
            return sum(1 for _ in self.listing(filters, containing=containing, match_case=match_case))
        where, values = conditions(filters, containing, match_case)
        return int(self._rows(f"SELECT count(*) FROM abstracts a WHERE {_VISIBLE}{where}", **values)[0][0])

    def ids(self, filters: Filters = NO_FILTERS) -> tuple[str, ...]:
        """The ids of the abstracts that `listing` would give."""
        filters = self._decided(filters, None)
        if scanned(filters):
            return tuple(one.id for one in self.listing(filters))
        where, values = conditions(filters, None, match_case=False)
        query = f"SELECT a.id FROM abstracts a WHERE {_VISIBLE}{where} ORDER BY a.file, a.line, a.id"
        return tuple(row[0] for row in self._rows(query, **values))

    def mentioning(self, scan: Scan, texts: Sequence[int] | None = None) -> tuple[str, ...]:
        """The ids of the abstracts in which a mention is found, negated or not; `texts` are the numbers of those to read, None for all."""
        among = "" if texts is None else " AND a.text IN (SELECT value FROM json_each(:texts))"
        query = f"SELECT a.id, a.title, a.body FROM abstracts a WHERE {_VISIBLE}{among}"
        with self.catalogue.reading() as connection:
            rows = connection.execute(query, {"edition": self.edition, "texts": json.dumps(texts)})
            return tuple(row["id"] for row in rows if is_mention(scan, row["title"], row["body"]))

    def ids_of_texts(self, texts: Sequence[int]) -> tuple[str, ...]:
        """The ids of the abstracts with these texts, by the texts' numbers."""
        query = f"SELECT a.id FROM abstracts a WHERE a.text IN (SELECT value FROM json_each(:texts)) AND {_VISIBLE}"
        return tuple(row[0] for row in self._rows(query, texts=json.dumps(list(texts))))

    def _decided(self, filters: Filters, containing: str | None) -> Filters:
        """The conditions as they are looked up; here as they are."""
        return filters

    def count_passages(self) -> int:
        """How many passages the abstracts have."""
        query = f"SELECT count(*) FROM abstracts a JOIN passages p ON p.text = a.text WHERE {_VISIBLE}"
        return int(self._rows(query)[0][0])

    def any_passage(self) -> tuple[str, str, Vectors] | None:
        """The id, text and vector of some passage, None if there are none."""
        query = (
            f"SELECT a.id, a.body, p.start, p.end, p.vector FROM abstracts a JOIN passages p ON p.text = a.text WHERE {_VISIBLE} LIMIT 1"
        )
        for row in self._rows(query):
            vector = np.frombuffer(row["vector"], dtype="<f4")
            return f"{row['id']}:{row['start']}", row["body"][row["start"] : row["end"]], vector
        return None

    def sources(self) -> dict[str, int]:
        """How many abstracts each file contributed to, by the file's name."""
        query = f"SELECT o.file, count(*) FROM abstracts a CROSS JOIN origins o ON o.abstract = a.number WHERE {_VISIBLE} GROUP BY o.file"
        return {row[0]: row[1] for row in self._rows(query + " ORDER BY o.file")}

    def years(self) -> dict[int, int]:
        """How many abstracts are of each year, by the year."""
        query = f"SELECT a.year, count(*) FROM abstracts a WHERE {_VISIBLE} AND a.year IS NOT NULL GROUP BY a.year ORDER BY a.year"
        return {row[0]: row[1] for row in self._rows(query)}

    def arrivals(self) -> dict[str, int]:
        """How many abstracts were first indexed at each moment, ISO 8601 in UTC in order; "" first, where that is not known."""
        query = (
            "SELECT coalesce(w.first_seen, '') AS moment, count(*) FROM abstracts a LEFT JOIN works w ON w.id = a.id "
            f"WHERE {_VISIBLE} GROUP BY moment ORDER BY moment"
        )
        return {row[0]: row[1] for row in self._rows(query)}

    def arrived(self, since: str) -> list[str]:
        """The ids of the abstracts that were first indexed at a moment or after it, in the order of the files."""
        query = f"SELECT a.id FROM works w JOIN abstracts a ON a.id = w.id WHERE w.first_seen >= :since AND {_VISIBLE}"
        return [row[0] for row in self._rows(f"{query} ORDER BY a.file, a.line, a.id", since=since)]

    def resolve(self, abstract_id: str) -> str:
        """The id that an abstract has now: itself, or the one it became part of; raises NotFoundError."""
        query = (
            f"SELECT a.id FROM abstracts a WHERE a.id = :id AND {_VISIBLE} UNION ALL SELECT a.id FROM aliases l "
            f"JOIN works w ON w.number = l.work JOIN abstracts a ON a.id = w.id WHERE l.alias = :id AND {_VISIBLE}"
        )
        rows = self._rows(query, id=abstract_id)
        if not rows:
            raise NotFoundError(f"No abstract has the id {abstract_id!r}. See all of them with: rag papers")
        return str(rows[0][0])

    def _rows(self, query: str, ids: Sequence[str] | None = None, **values: Any) -> list[Row]:
        if ids is not None:
            values["ids"] = json.dumps(list(ids))
        with self.catalogue.reading() as connection:
            return connection.execute(query, {"edition": self.edition, **values}).fetchall()


def abstract_of(row: Row) -> Abstract:
    """The record in a row with id, title, body and record (the other fields, as JSON)."""
    return Abstract.from_dict({**json.loads(row["record"]), "id": row["id"], "title": row["title"], "text": row["body"]})


def passage_of(row: Row) -> Passage:
    """The record in a row with id (of the abstract), start, end, first and last."""
    return Passage(row["id"], row["start"], row["end"], row["first"], row["last"])


def sentences_of(abstract_id: str, packed: bytes | None) -> tuple[Sentence, ...]:
    """The records in a BLOB of (start, end) pairs."""
    spans = np.frombuffer(packed or b"", dtype="<i4").reshape(-1, 2).tolist()
    return tuple(Sentence(abstract_id, index, start, end) for index, (start, end) in enumerate(spans))


def _abstracts_of(passage_ids: Sequence[str]) -> list[str]:
    return list({one.rpartition(":")[0]: None for one in passage_ids})
