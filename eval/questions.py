"""Question sets: read, checked line by line, and resolved against an index; written as JSON Lines, ragas-style rows or CSV."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from eval.records import ALTERNATIVES, Question, Quote, Span
from rag.assistant import Assistant
from rag.model import Abstract, RagError, spell_controls

DATA = Path(__file__).parent / "data"
SHIPPED = DATA / "questions.jsonl"
_MOST_SHOWN = 10  # problems in one message
_LISTS = ("gold", "marginal", "near", "tags", "members")
_KNOWN = frozenset(field.name for field in fields(Question))


class QuestionSetError(RagError):
    """A question set cannot be used; the message names file, lines and reasons."""


def load_questions(path: Path = SHIPPED) -> tuple[Question, ...]:
    """Read a set of questions, by default the shipped one; one JSON object a line, fields that are not known are kept out.

    Raises QuestionSetError, which lists the lines that are wrong and why.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # JSON may hold other characters that end lines
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionSetError(f"The questions in {path} cannot be read: {error}") from error
    found: list[Question] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = parse_question(json.loads(line))
        except ValueError as error:
            problems.append(f"line {number}: {error}")
            continue
        if question.id in seen:
            problems.append(f"line {number}: the id {question.id!r} stands in line {seen[question.id]} too")
        seen[question.id] = number
        found.append(question)
    if problems:
        more = f"\n  and {len(problems) - _MOST_SHOWN} more" if len(problems) > _MOST_SHOWN else ""
        raise QuestionSetError(f"{path} has lines that cannot be used:\n  " + "\n  ".join(problems[:_MOST_SHOWN]) + more)
    if not found:
        raise QuestionSetError(f"{path} has no questions. Each line is one JSON object; see eval/data/README.md.")
    return tuple(found)


def parse_question(data: object) -> Question:
    """One row as a question; raises ValueError, which says what is wrong with it."""
    if not isinstance(data, Mapping):
        raise ValueError(f"it is not a JSON object but {type(data).__name__}")
    values: dict[str, Any] = {name: data[name] for name in _KNOWN if name in data}
    for name in ("id", "question"):
        if not isinstance(values.get(name), str) or not values[name].strip():
            raise ValueError(f'"{name}" must be a text that is not empty, not {values.get(name)!r}')
    for name in ("kind", "answer", "split"):
        if not isinstance(values.setdefault(name, "fact" if name == "kind" else ""), str):
            raise ValueError(f'"{name}" must be a text, not {values[name]!r}')
    for name in _LISTS:
        if values.get(name) is not None:
            values[name] = _texts(name, values[name])
    values["must_contain"] = tuple(_required(one) for one in _list("must_contain", data.get("must_contain")))
    values["evidence"] = tuple(_quote(one) for one in _list("evidence", data.get("evidence")))
    values["history"] = tuple(_message(one) for one in _list("history", data.get("history")))
    if not isinstance(values.setdefault("answerable", True), bool):
        raise ValueError(f'"answerable" must be true or false, not {values["answerable"]!r}')
    number = values.get("number")
    if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
        raise ValueError(f'"number" must be a whole number, not {number!r}')
    return Question(**values)


def _list(name: str, value: object) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f'"{name}" must be a list, not {value!r}')
    return value


def _texts(name: str, value: object) -> tuple[str, ...]:
    items = _list(name, value)
    if not all(isinstance(item, str) and item for item in items):
        raise ValueError(f'"{name}" must be a list of texts, not {value!r}')
    return tuple(items)


def _required(data: object) -> str:
    """One required string; several that are alternatives become one string that holds them all."""
    given = data if isinstance(data, list) else [data]
    wordings = [one for one in given if isinstance(one, str) and one.strip()]
    if not given or wordings != given:
        raise ValueError(f'each string of "must_contain" must be a text or a list of texts of which one will do, not {data!r}')
    return ALTERNATIVES.join(wordings)


def _quote(data: object) -> Quote:
    if not isinstance(data, Mapping) or not isinstance(data.get("ref"), str) or not isinstance(data.get("quote"), str):
        raise ValueError(f'each piece of "evidence" must have "ref" and "quote", both texts, not {data!r}')
    return Quote(data["ref"], data["quote"])


def _message(data: object) -> Mapping[str, str]:
    if not isinstance(data, Mapping) or not isinstance(data.get("role"), str) or not isinstance(data.get("content"), str):
        raise ValueError(f'each message of the "history" must have "role" and "content", both texts, not {data!r}')
    return {"role": data["role"], "content": data["content"]}


def to_row(question: Question) -> dict[str, Any]:
    """A question as it stands in a file, without empty fields."""
    row = {name: value for name, value in asdict(question).items() if value not in ((), "", None) or (name == "members" and value == ())}
    return row | {"answerable": question.answerable, "gold": list(question.gold)}


def save_questions(questions: Iterable[Question], path: Path) -> None:
    """Write a set as JSON Lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(spell_controls(json.dumps(to_row(one), ensure_ascii=False)) + "\n" for one in questions), encoding="utf-8")


def refers_to_corpus(questions: Iterable[Question]) -> bool:
    """True where a question names abstracts or quotes them, so that the corpus is needed to score it."""
    return any(one.gold or one.marginal or one.near or one.members or one.evidence for one in questions)


def fingerprint(questions: Sequence[Question]) -> str:
    """The same for the same questions in the same order."""
    text = "\n".join(json.dumps(to_row(one), ensure_ascii=False, sort_keys=True) for one in questions)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class References:
    """Finds the abstracts that references name: an abstract's id, or `source:line` with the file's name or its first letters."""

    def __init__(self, assistant: Assistant | None) -> None:
        """Without an assistant there is no corpus: references are taken as the ids that they are, and no quote has a place."""
        self._corpus = assistant is not None
        self._abstracts = {one.id: one for one in assistant.abstracts()} if assistant is not None else {}
        self._lines: dict[int, list[tuple[str, str]]] = {}
        for one in self._abstracts.values():
            for source in one.sources:
                self._lines.setdefault(source.line, []).append((source.file, one.id))

    def resolve(self, ref: str) -> str:
        """The abstract's id; raises QuestionSetError for a reference to nothing or to several."""
        bare = ref.removeprefix("rag:")
        if bare in self._abstracts or not self._corpus:
            return bare
        file, _, line = ref.rpartition(":")
        places = self._lines.get(int(line), []) if line.isdecimal() else []
        found = {one for name, one in places if name == file} or {one for name, one in places if file and name.startswith(file)}
        if len(found) != 1:
            what = "names several abstracts" if found else "names no abstract of the index"
            raise QuestionSetError(f"The reference {ref!r} {what}. Is this the corpus that the questions are about?")
        return found.pop()

    def abstract(self, abstract_id: str) -> Abstract:
        """An abstract by its id."""
        return self._abstracts[abstract_id]

    def find(self, abstract_id: str) -> Abstract | None:
        """An abstract by its id, None for one that is not there."""
        return self._abstracts.get(abstract_id)

    def span(self, quote: Quote) -> Span:
        """Where a quote stands, for the ref "*" in any abstract; raises QuestionSetError where it stands nowhere."""
        if quote.ref == "*":
            for one in self._abstracts.values():
                if quote.quote in one.text:
                    return Span(one.id, one.text.index(quote.quote), one.text.index(quote.quote) + len(quote.quote))
            raise QuestionSetError(f"No abstract has the words {quote.quote[:80]!r}.")
        abstract = self.abstract(self.resolve(quote.ref))
        start = abstract.text.find(quote.quote)
        if start < 0:
            raise QuestionSetError(f"The abstract {quote.ref} does not have the words {quote.quote[:80]!r}.")
        return Span(abstract.id, start, start + len(quote.quote))

    def check(self, questions: Iterable[Question]) -> None:
        """Resolve everything that the questions refer to; raises QuestionSetError, which lists what cannot be resolved."""
        problems: list[str] = []
        if not self._corpus:
            return
        for question in questions:
            try:
                for ref in (*question.gold, *question.marginal, *question.near, *(question.members or ())):
                    self.resolve(ref)
                for quote in question.evidence:
                    self.span(quote)
            except QuestionSetError as error:
                problems.append(f"{question.id}: {error}")
        if problems:
            more = f"\n  and {len(problems) - _MOST_SHOWN} more" if len(problems) > _MOST_SHOWN else ""
            raise QuestionSetError("The questions do not fit the corpus:\n  " + "\n  ".join(problems[:_MOST_SHOWN]) + more)
