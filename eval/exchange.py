"""Question sets from and for other tools: ragas-style rows, CSV, and users' thumbs."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.questions import QuestionSetError, parse_question
from eval.records import Question, Row
from rag.model import spell_controls, strip_controls

_SEPARATOR = "|"  # between the items of one CSV cell
_COLUMNS = ("id", "kind", "question", "answer", "gold", "evidence", "must_contain", "answerable", "tags", "history")


def from_ragas(rows: Iterable[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Questions from ragas rows (`user_input`, `reference`, `reference_contexts`; also the older `question`, `ground_truth`).

    `reference_contexts` become evidence with the ref "*", which is looked for in all abstracts when the set is used.
    Raises QuestionSetError with the number of the row.
    """
    found = []
    for number, row in enumerate(rows, start=1):
        asked = row.get("user_input", row.get("question"))
        history = asked[:-1] if isinstance(asked, list) and asked else []
        last = asked[-1] if isinstance(asked, list) and asked else asked
        text = last.get("content") if isinstance(last, Mapping) else last
        data = {
            "id": str(row.get("id") or _id(str(text))),
            "kind": str(row.get("kind") or "fact"),
            "question": text,
            "answer": row.get("reference", row.get("ground_truth")) or "",
            "gold": list(row.get("reference_context_ids") or []),
            "evidence": [{"ref": "*", "quote": one} for one in row.get("reference_contexts") or []],
            "history": [{"role": _role(one), "content": one.get("content", "")} for one in history if isinstance(one, Mapping)],
            "answerable": bool(row.get("answerable", True)),
        }
        try:
            found.append(parse_question(data))
        except ValueError as error:
            raise QuestionSetError(f"Row {number} cannot be used: {error}") from error
    return tuple(found)


def _role(message: Mapping[str, Any]) -> str:
    """ragas says "human" and "ai" where OpenAI says "user" and "assistant"."""
    role = str(message.get("type", message.get("role", "user")))
    return {"human": "user", "ai": "assistant"}.get(role, role)


def to_ragas(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """A run as ragas rows: what was asked, answered and retrieved, and the reference. Failed questions have an empty response."""
    for row in rows:
        cited = [] if row.answer is None else [one.quote for one in row.answer.citations]
        yield {
            "id": row.question.id,
            "user_input": row.question.question,
            "response": "" if row.answer is None else row.answer.text,
            "retrieved_contexts": cited,
            "retrieved_context_ids": [one for one, _ in row.retrieved],
            "reference": row.question.answer,
            "reference_contexts": [one.quote for one in row.question.evidence],
            "reference_context_ids": list(row.gold),
        }


def questions_to_ragas(questions: Iterable[Question]) -> Iterator[dict[str, Any]]:
    """Questions as ragas rows that have not been answered yet."""
    for one in questions:
        yield {
            "id": one.id,
            "kind": one.kind,
            "user_input": one.question,
            "reference": one.answer,
            "reference_contexts": [quote.quote for quote in one.evidence],
            "reference_context_ids": list(one.gold),
            "answerable": one.answerable,
        }


def read_csv(path: Path) -> tuple[Question, ...]:
    """Questions from CSV with a head; lists are separated by "|", evidence and history are JSON. Only `question` is needed."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise QuestionSetError(f"The questions in {path} cannot be read: {error}") from error
    found = []
    for number, row in enumerate(rows, start=2):
        try:
            found.append(parse_question(_from_cells(row)))
        except ValueError as error:
            raise QuestionSetError(f"{path}, line {number}: {error}") from error
    return tuple(found)


def _from_cells(row: Mapping[str | None, Any]) -> dict[str, Any]:
    cells = {
        str(name).strip(): _plain((value or "").strip())
        for name, value in row.items()
        if isinstance(name, str) and not isinstance(value, list)
    }
    data: dict[str, Any] = {name: cells[name] for name in ("kind", "question", "answer") if cells.get(name)}
    data["id"] = cells.get("id") or _id(cells.get("question", ""))
    for name in ("gold", "must_contain", "tags"):
        data[name] = [part.strip() for part in cells.get(name, "").split(_SEPARATOR) if part.strip()]
    for name in ("evidence", "history"):
        data[name] = json.loads(cells[name]) if cells.get(name) else []
    stated = cells.get("answerable", "").casefold()
    if stated not in ("", "true", "false", "1", "0", "yes", "no"):
        raise ValueError(f'"answerable" must be true or false, not {stated!r}')
    data["answerable"] = stated not in ("false", "0", "no")
    return data


def write_csv(questions: Iterable[Question], path: Path) -> None:
    """Questions as CSV; what begins like a formula is quoted for spreadsheets with an apostrophe."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for one in questions:
            evidence = _json([{"ref": quote.ref, "quote": quote.quote} for quote in one.evidence])
            history = _json(list(one.history)) if one.history else ""
            lists = [_SEPARATOR.join(items) for items in (one.gold, one.must_contain, one.tags)]
            cells = [one.id, one.kind, one.question, one.answer, lists[0], evidence if one.evidence else "", lists[1]]
            writer.writerow([_cell(cell) for cell in [*cells, str(one.answerable).lower(), lists[2], history]])


def _json(value: object) -> str:
    return spell_controls(json.dumps(value, ensure_ascii=False))


def _cell(text: str) -> str:
    text = strip_controls(text)
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


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
        "id": str(row.get("id") or _id(row["question"])),
        "kind": str(row.get("kind") or "feedback"),
        "question": row["question"],
        "history": [{"role": one["role"], "content": one["content"]} for one in row.get("history") or []],
        "gold": list(dict.fromkeys(one["abstract_id"] for one in cited)),
        "evidence": [{"ref": one["abstract_id"], "quote": one["quote"]} for one in cited],
        "answer": str((row.get("answer") if up else row.get("comment")) or ""),
        "answerable": not (up and row.get("outcome") == "refused"),
        "tags": [f"thumb {'up' if up else 'down'}"],
    }


def _id(text: str) -> str:
    return "x" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:10]
