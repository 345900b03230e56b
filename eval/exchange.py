"""Question sets and runs from and for other tools: ragas rows, CSV, and users' thumbs. What is written can be read back whole."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from eval.questions import QuestionSetError, parse_question
from eval.records import Question, Row
from eval.systems import FileRow, Lookup, fields_in, made_id, question_in, quoted, read_table, response_digest
from rag.model import spell_controls, strip_controls

_SEPARATOR = "|"  # between the items of one CSV cell
_MOST_SHOWN = 10  # problems in one message
_LISTS = ("gold", "marginal", "near", "must_contain", "tags")
_COLUMNS = (
    "id",
    "kind",
    "question",
    "reference",
    *_LISTS,
    "evidence",
    "answerable",
    "number",
    "members",
    "split",
    "history",
)
_OWN = frozenset(one.name for one in fields(Question))
_SURELY_OWN = ("kind", "answerable")  # columns of a set of ours, whose `answer` is the reference


# Question sets from rows of other tools.


@dataclass(frozen=True, slots=True)
class Imported:
    """Questions from a file, the columns that they do not use with the number of rows that have them, and how many rows hold a system's
    answer, which is no reference."""

    questions: tuple[Question, ...]
    unused: Mapping[str, int]
    answers: int


def read_questions(path: Path) -> Imported:
    """Questions from CSV, JSON or JSON Lines in anybody's columns (`eval/data/columns.toml`). Only a reference becomes the answer of a
    question: what a system said is left aside and counted. Raises QuestionSetError, which lists the rows that cannot be used."""
    return _imported(read_table(path), f"{path}, ")


def from_ragas(rows: Iterable[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Questions from ragas rows (`user_input`, `reference`, `reference_contexts`; also the older `question`, `ground_truth`).

    `reference_contexts` become evidence with the ref "*", which is looked for in all abstracts when the set is used.
    Raises QuestionSetError with the number of the row.
    """
    return _imported([FileRow(f"Row {number}", row) for number, row in enumerate(rows, start=1)], "").questions


def _imported(rows: Iterable[FileRow], where: str) -> Imported:
    found: list[Question] = []
    problems: list[str] = []
    unused: dict[str, int] = {}
    answers = 0
    for row in rows:
        data = _own_reference(row.data)
        values, rest = fields_in(data)
        try:
            if row.problem:
                raise ValueError(row.problem)
            question = question_in(values)
            found.append(question)
            answers += "answer" in values or ("answers" in values and not question.answer)
        except ValueError as error:
            problems.append(f"{where}{row.place} cannot be used: {error}")
        for name in rest:
            unused[name] = unused.get(name, 0) + 1
    if problems:
        more = f"\n  and {len(problems) - _MOST_SHOWN} more" if len(problems) > _MOST_SHOWN else ""
        raise QuestionSetError("\n  ".join(problems[:_MOST_SHOWN]) + more)
    return Imported(tuple(found), unused, answers)


def _own_reference(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row of a question set of ours, where `answer` is the reference, with that column named as such."""
    if not set(row) <= _OWN or not all(name in row for name in _SURELY_OWN) or "answer" not in row:
        return row
    return {"reference" if name == "answer" else name: value for name, value in row.items()}


# Question sets and runs as ragas rows. Beside ragas' own columns stand ours, so that nothing is lost on the way back.


def to_ragas(rows: Iterable[Row], lookup: Lookup, drawn: int | None = None) -> Iterator[dict[str, Any]]:
    """A run as ragas rows: what was asked, answered and retrieved, and the reference. Failed questions have an empty response.

    `retrieved_contexts` are the texts that were retrieved, of our own answers the first `drawn`; one that is not there any more is "".
    What is cited stands in `cited_contexts`. `python -m eval score` gives the same figures for these rows.
    """
    for row in rows:
        texts = _retrieved(row, lookup, drawn)
        yield {
            **_question_columns(row.question),
            "response": said_in(row),
            "outcome": row.outcome,
            **({"error": row.error} if row.error is not None else {}),
            "retrieved_contexts": [text for _, text, _ in texts],
            "retrieved_context_ids": [name for name, _, _ in texts],
            "retrieved_context_titles": [title for _, _, title in texts],
            "cited_contexts": [] if row.answer is None else [one.quote for one in row.answer.citations],
            "ranking": [list(one) for one in row.retrieved],
            "reference_context_ids": list(row.gold),
            "resolved": _resolved(row),
            **({} if row.answer is None else {"answer_record": _record(row)}),
            "seconds": row.seconds,
        }


def questions_to_ragas(questions: Iterable[Question]) -> Iterator[dict[str, Any]]:
    """Questions as ragas rows that have not been answered yet."""
    return map(_question_columns, questions)


def said_in(row: Row) -> str:
    """The answer of a row as its system gave it."""
    if row.said is not None:
        return row.said
    return "" if row.answer is None else row.answer.text


def _question_columns(one: Question) -> dict[str, Any]:
    ours: dict[str, Any] = {name: list(getattr(one, name)) for name in _LISTS}
    ours["evidence"] = [asdict(quote) for quote in one.evidence]
    ours["history"] = [dict(turn) for turn in one.history]
    kept = {name: value for name, value in ours.items() if value}
    kept |= {} if one.number is None else {"number": one.number}
    kept |= {} if one.members is None else {"members": list(one.members)}
    return {
        "id": one.id,
        "kind": one.kind,
        "user_input": one.question,
        "reference": one.answer,
        "reference_contexts": [quote.quote for quote in one.evidence],
        "reference_context_ids": list(one.gold),
        "answerable": one.answerable,
        **kept,
        **({"split": one.split} if one.split else {}),
    }


def _retrieved(row: Row, lookup: Lookup, drawn: int | None) -> list[tuple[str, str, str | None]]:
    """(id, text, title) of what the answer could draw on."""
    if row.said is not None or row.contexts:
        return [(one.id, one.text, one.title) for one in row.contexts]
    found = [(name, lookup(name)) for name, _ in row.retrieved[:drawn]]
    return [(name, "" if one is None else one.text, None if one is None else one.title) for name, one in found]


def _resolved(row: Row) -> dict[str, Any]:
    members = None if row.members is None else list(row.members)
    spans = [asdict(span) for span in row.evidence]
    return {"gold": list(row.gold), "marginal": list(row.marginal), "near": list(row.near), "members": members, "evidence": spans}


def _record(row: Row) -> dict[str, Any]:
    """The answer with its claims and citations, and of which response: one that was changed since is read anew."""
    assert row.answer is not None
    return {"answer": row.answer.to_dict(), "response": response_digest(said_in(row)), "other system": row.said is not None}


# CSV.


def read_csv(path: Path) -> tuple[Question, ...]:
    """Questions from CSV with a head; lists are separated by "|" or JSON, evidence and history are JSON. Only `question` is needed."""
    return read_questions(path).questions


def write_csv(questions: Iterable[Question], path: Path) -> None:
    """Questions as CSV; what begins like a formula is quoted for spreadsheets with an apostrophe."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for one in questions:
            cells = {name: _WRITTEN.get(name, _text)(getattr(one, "answer" if name == "reference" else name)) for name in _COLUMNS}
            writer.writerow([quoted(strip_controls(cell)) for cell in cells.values()])


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _items(items: Iterable[str] | None) -> str:
    """Items with "|" between them; as JSON where that would not give them back."""
    listed = list(items or ())
    plain = _SEPARATOR.join(listed)
    safe = all(one == one.strip() and _SEPARATOR not in one for one in listed) and plain[:1] not in ("[", "{")
    return plain if safe else _json(listed)


def _json(value: object) -> str:
    return spell_controls(json.dumps(value, ensure_ascii=False))


_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(_LISTS, _items),
    "members": lambda value: "" if value is None else _items(value) or "[]",
    "evidence": lambda value: _json([asdict(one) for one in value]) if value else "",
    "history": lambda value: _json([dict(one) for one in value]) if value else "",
    "answerable": lambda value: str(value).lower(),
}


# Users' thumbs.


def from_feedback(rows: Iterable[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Questions from users' thumbs (`rag.chat.history.History.feedback_rows`).

    A thumb up keeps the answer as the reference and what it cited as gold and evidence. A thumb down keeps the question, with the
    comment as its reference answer, for somebody to fill in. The tags say which it was.
    """
    return tuple(parse_question(_judged(row)) for row in rows if row["thumb"])


def _judged(row: Mapping[str, Any]) -> dict[str, Any]:
    up = row["thumb"] == "up"
    cited = [one for one in row.get("evidence") or [] if one.get("quote")] if up else []
    return {
        "id": str(row.get("id") or made_id(row["question"])),
        "kind": str(row.get("kind") or "feedback"),
        "question": row["question"],
        "history": [{"role": one["role"], "content": one["content"]} for one in row.get("history") or []],
        "gold": list(dict.fromkeys(one["abstract_id"] for one in cited)),
        "evidence": [{"ref": one["abstract_id"], "quote": one["quote"]} for one in cited],
        "answer": str((row.get("answer") if up else row.get("comment")) or ""),
        "answerable": not (up and row.get("outcome") == "refused"),
        "tags": [f"thumb {'up' if up else 'down'}"],
    }
