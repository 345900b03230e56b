"""Recorded answers of any system: the rows of a file as questions with their replies; what cannot be used is named and is an error."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from eval.questions import parse_question
from eval.records import Question
from eval.systems.columns import columns_table, fields_in
from eval.systems.replies import Reply, SystemFailedError, listed_answer, passages, reply_of
from eval.systems.tables import FileRow, read_table
from rag.model import Answer

UNUSABLE = "unusable"  # the kind of a row that has no question to be asked
_OWN = tuple(columns_table()["fields"]["own"])


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row: its question and either the reply, or the error that stands for it.

    `own` is the answer with its claims where this project wrote them into the file, of another system where `other`; `row` is the whole
    row where it is one of a run. `ranking` is (id, score) of all that was retrieved, `resolved` are the references as ids and places,
    where the file tells them.
    """

    question: Question
    reply: Reply | None = None
    error: str = ""
    own: Answer | None = None
    other: bool = False
    row: Mapping[str, Any] | None = None
    ranking: tuple[tuple[str, float], ...] = ()
    resolved: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recording:
    """All rows of a file in their order, and what is to be told of it: columns that were not used, with the number of rows that have
    them, and rows that cannot be used, with their places. `fingerprint` is that of the file's content."""

    rows: tuple[Recorded, ...]
    unused: Mapping[str, int]
    problems: tuple[str, ...]
    fingerprint: str

    @property
    def quotes_alone(self) -> bool:
        """True where rows of a run have quotes of abstracts and not their texts, which the corpus has."""
        return any(one.row is not None and one.row.get("retrieved") and not one.row.get("contexts") for one in self.rows)

    def told(self) -> list[str]:
        """One line each."""
        columns = ", ".join(f"{name} ({count} rows)" for name, count in self.unused.items())
        return [*([f"Columns that are not used: {columns}."] if columns else []), *self.problems]


def read_recording(path: Path, questions: Sequence[Question] = ()) -> Recording:
    """The rows of a file, or of a run's folder. With `questions` each answer belongs to the one of its id, else of its wording, and a
    question without an answer is an error. Raises QuestionSetError where the file cannot be read at all."""
    file = path / "answers.jsonl" if path.is_dir() else path
    table = read_table(file)
    unused: Counter[str] = Counter()
    problems: list[str] = []
    found = [_recorded(one, unused, problems) for one in table]
    rows = _joined(found, questions, problems) if questions else _numbered(found, problems)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    return Recording(tuple(rows), dict(unused), tuple(problems), digest)


def _recorded(row: FileRow, unused: Counter[str], problems: list[str]) -> Recorded:
    if row.problem:
        problems.append(f"{row.place}: {row.problem}; it counts as an error.")
        return Recorded(_placeholder(row.place), error=f"{row.place} cannot be used: {row.problem}")
    if isinstance(row.data.get("question"), Mapping) and "outcome" in row.data:
        return _of_run(row, problems)
    found, rest = fields_in(row.data)
    unused.update(rest)
    try:
        question = question_in({name: value for name, value in found.items() if name != "answers" or "answer" in found})
    except (ValueError, SystemFailedError) as error:
        problems.append(f"{row.place}: {error}; it counts as an error.")
        return Recorded(_placeholder(row.place), error=f"{row.place} cannot be used: {error}")
    return _answered(question, found, row, problems)


def _answered(question: Question, found: Mapping[str, Any], row: FileRow, problems: list[str]) -> Recorded:
    try:
        if found.get("error"):
            raise SystemFailedError(str(found["error"]))
        own = _own_answer(found)
        turns = last_answer(found.get("question"))
        reply = reply_of({**found, "answer": found.get("answer", turns)} if turns is not None else found, list(row.data))
        if not reply.answer.strip() and not reply.refused:
            raise SystemFailedError("The answer is empty.")
    except SystemFailedError as error:
        problems.append(f"{row.place}: {error} It counts as an error.")
        return Recorded(question, error=str(error))
    other = own is not None and bool(found["record"].get("other system"))
    return Recorded(
        question, reply, own=own, other=other, ranking=_ranking(found.get("ranking")), resolved=_resolved(found.get("resolved"))
    )


def _of_run(row: FileRow, problems: list[str]) -> Recorded:
    try:
        return Recorded(parse_question(row.data["question"]), row=row.data)
    except ValueError as error:
        problems.append(f"{row.place}: {error}; it counts as an error.")
        return Recorded(_placeholder(row.place), error=f"{row.place} cannot be used: {error}")


def question_in(found: Mapping[str, Any]) -> Question:
    """The question that a row asks, with its reference and gold; a system's answer is no part of it. Raises ValueError."""
    turns = found.get("question")
    listed = [one for one in turns if isinstance(one, Mapping)] if isinstance(turns, list) else []
    asked = [place for place, one in enumerate(listed) if _role(one) == "user"]
    text = listed[asked[-1]].get("content") if asked else turns
    given = found.get("history")
    history = given or (listed[: asked[-1]] if asked else [])
    if not isinstance(history, list) or not all(isinstance(one, Mapping) for one in history):
        raise ValueError(f'"history" must be a list of messages, not {given!r}')
    told = {name: found[name] for name in _OWN if name in found and name not in ("evidence", "answerable", "number")}
    quotes = [one.text for one in passages(found.get("reference_contexts")) if one.text.strip()]
    data = {
        **{name: _items(value) for name, value in told.items()},
        "id": str(found.get("id") or made_id(str(text))),
        "question": text,
        "kind": str(found.get("kind") or "fact"),
        "answer": _reference(found),
        "split": str(found.get("split") or ""),
        "history": [{"role": _role(one), "content": str(one.get("content", ""))} for one in history],
        "evidence": _evidence(found.get("evidence"), quotes),
        "answerable": _answerable(found.get("answerable")),
        "number": _whole_number(found.get("number")),
    }
    if "gold" not in told and isinstance(found.get("reference_context_ids"), list):
        data["gold"] = [str(one) for one in found["reference_context_ids"]]
    return parse_question(data)


def last_answer(turns: Any) -> str | None:
    """The answer in a list of messages that ends with one of the system's."""
    if not isinstance(turns, list) or not turns or not isinstance(turns[-1], Mapping) or _role(turns[-1]) != "assistant":
        return None
    return str(turns[-1].get("content", ""))


def _reference(found: Mapping[str, Any]) -> str:
    value = found.get("reference")
    if value is None and _is_gold(found):
        value = found.get("answers")
    listed = listed_answer(value)
    return "" if value is None else listed if listed is not None else str(value)


def _is_gold(found: Mapping[str, Any]) -> bool:
    """True where `answers` are references: there is another answer, or they have a place in their context, as only references do."""
    value = found.get("answers")
    return "answer" in found or (isinstance(value, Mapping) and "answer_start" in value)


def _items(value: Any) -> Any:
    """A cell of CSV as the list that it stands for: its items, separated by "|"."""
    return [part.strip() for part in value.split(SEPARATOR) if part.strip()] if isinstance(value, str) else value


SEPARATOR = "|"  # between the items of one CSV cell


def _evidence(given: Any, quotes: Sequence[str]) -> Any:
    """The evidence as we write it, unless the reference contexts beside it say something else; else those, to be looked for."""
    if given is not None and not isinstance(given, list):
        return given  # for `parse_question` to refuse
    listed = given or []
    if listed and (not quotes or [one.get("quote") for one in listed if isinstance(one, Mapping)] == list(quotes)):
        return listed
    return [{"ref": "*", "quote": one} for one in quotes]


def _answerable(value: Any) -> Any:
    """As it is stated, in CSV as a word; what is neither is left for `parse_question` to refuse."""
    if value is None:
        return True
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(str(value).strip().casefold(), value)


def _whole_number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else value


def _role(message: Mapping[str, Any]) -> str:
    """ragas says "human" and "ai" where OpenAI says "user" and "assistant"."""
    role = str(message.get("type", message.get("role", "user")))
    return {"human": "user", "ai": "assistant"}.get(role, role)


def _own_answer(found: Mapping[str, Any]) -> Answer | None:
    """The answer as this project wrote it, where it still says what stands beside it."""
    record = found.get("record")
    if not isinstance(record, Mapping) or record.get("response") != response_digest(str(found.get("answer") or "")):
        return None
    try:
        return Answer.from_dict(record["answer"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def response_digest(response: str) -> str:
    """Tells an answer's wording from others: one that was changed in a file is read anew."""
    return hashlib.sha256(response.encode("utf-8", "replace")).hexdigest()[:16]


def _ranking(value: Any) -> tuple[tuple[str, float], ...]:
    rows = [one for one in value if isinstance(one, list) and len(one) == 2] if isinstance(value, list) else []
    return tuple((str(name), float(score)) for name, score in rows if isinstance(score, int | float))


def _resolved(value: Any) -> Mapping[str, Any]:
    """References as our own export resolved them; none where it is anything else."""
    if not isinstance(value, Mapping) or not isinstance(value.get("evidence"), list):
        return {}
    lists = [value.get(name) for name in ("gold", "marginal", "near", "members")]
    spans = [isinstance(one, Mapping) and set(one) == {"abstract_id", "start", "end"} for one in value["evidence"]]
    return value if all(spans) and all(one is None or isinstance(one, list) for one in lists) else {}


def _placeholder(place: str) -> Question:
    return Question(id=place.replace(" ", "-"), kind=UNUSABLE, question=f"({place} cannot be used)")


def _numbered(found: Iterable[Recorded], problems: list[str]) -> list[Recorded]:
    """The rows with ids of their own: of one that is there twice, each further one is numbered."""
    seen: Counter[str] = Counter()
    rows = []
    for one in found:
        name = one.question.id
        seen[name] += 1
        if seen[name] > 1:
            fresh = f"{name}-{seen[name]}"
            problems.append(f"The id {name!r} is there again; it is {fresh!r} here.")
            seen[fresh] += 1
            one = replace(one, question=replace(one.question, id=fresh), row=None if one.row is None else {**one.row})
        rows.append(one)
    return rows


def _joined(found: Sequence[Recorded], questions: Sequence[Question], problems: list[str]) -> list[Recorded]:
    """A row for each question, with its answer."""
    by_id = {one.question.id: one for one in reversed(found)}
    by_text = {_wording(one.question): one for one in reversed(found)}
    rows, used = [], set[int]()
    for question in questions:
        one = by_id.get(question.id) or by_text.get(_wording(question))
        if one is None:
            problems.append(f"{question.id}: the file has no answer to it; it counts as an error.")
            rows.append(Recorded(question, error="The file has no answer to it."))
            continue
        used.add(id(one))
        rows.append(replace(one, question=question))
    problems += [f"{one.question.id}: the questions have none such; its answer is not used." for one in found if id(one) not in used]
    return rows


def _wording(question: Question) -> tuple[str, str]:
    turns = " ".join(one["content"] for one in question.history)
    return " ".join(question.question.casefold().split()), " ".join(turns.casefold().split())


def made_id(text: str) -> str:
    """An id made of a question's wording, the same on every run."""
    return "x" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:10]
