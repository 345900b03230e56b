"""The folder of a run: what it was made with, and answers and verdicts as lines that are only ever appended."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Any

from pydantic import SecretStr

from eval.questions import fingerprint, parse_question, to_row
from eval.records import Context, Control, Label, Question, Row, Span, Spent, Verdict
from rag.assistant import Assistant
from rag.llm import load_prompts
from rag.model import Abstract, Answer, RagError, Settings, environment_variable, spell_controls

# The folder of a run: manifest, answers and verdicts as lines that are only ever appended, so that a killed run goes on.


class RunError(RagError):
    """A run's folder cannot be used; the message says why and what to do."""


LINES = (
    "texts.jsonl",
    "answers.jsonl",
    "verdicts.jsonl",
    "labels.jsonl",
    "judge.jsonl",
)  # the files of a run that are only ever appended to


class RunFolder:
    """Reads and appends. Lines are whole: a last line that a kill cut short is taken off before anything is added."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()

    @property
    def manifest(self) -> dict[str, Any] | None:
        """What the run was made with, None where there is no run."""
        try:
            data = json.loads((self.path / "manifest.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise RunError(f"{self.path / 'manifest.json'} cannot be read: {error}. Choose another folder with --out.") from error
        if not isinstance(data, dict):
            raise RunError(f"{self.path / 'manifest.json'} is no manifest of a run. Choose another folder with --out.")
        return data

    def write(self, name: str, text: str) -> Path:
        """Write a whole file, in one step."""
        self.path.mkdir(parents=True, exist_ok=True)
        fresh = self.path / f".{name}.new"
        fresh.write_text(text, encoding="utf-8")
        return fresh.replace(self.path / name)

    def repair(self) -> None:
        """Take off what a kill left of a last line."""
        for name in LINES:
            path = self.path / name
            if path.exists():
                data = path.read_bytes()
                whole = data[: data.rfind(b"\n") + 1]
                if whole != data:
                    os.truncate(path, len(whole))

    def add_row(self, row: Row) -> None:
        """Append an answer."""
        self._append("answers.jsonl", row_to_dict(row))

    def add_verdicts(self, question_id: str, verdicts: Sequence[Verdict], controls: Sequence[Control] = ()) -> None:
        """Append all verdicts of one question, and what was said of the controls planted in it, in one line."""
        said = {"verdicts": [_without(asdict(one), "question_id") for one in verdicts]}
        planted = {"controls": [_without(asdict(one), "question_id") for one in controls]} if controls else {}
        self._append("verdicts.jsonl", {"question_id": question_id, **said, **planted})

    def add_texts(self, abstracts: Iterable[Abstract]) -> None:
        """Append abstracts that answers rest on, so that other judges can look at the run where its index is not."""
        for one in abstracts:
            self._append("texts.jsonl", one.to_dict())

    def texts(self) -> dict[str, Abstract]:
        """The abstracts that the run keeps, by id; raises RunError for one that cannot be read."""
        try:
            return {one.id: one for one in map(Abstract.from_dict, self._lines("texts.jsonl"))}
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(f"{self.path / 'texts.jsonl'} cannot be read ({error}). Remove it: the index has the same texts.") from error

    def add_label(self, label: Label) -> None:
        """Append what a person said of a claim."""
        self._append("labels.jsonl", asdict(label))

    def labels(self) -> tuple[Label, ...]:
        """What people said, of several by one person on one claim the last; raises RunError for what cannot be read."""
        try:
            found = [Label(**line) for line in self._lines("labels.jsonl")]
        except TypeError as error:
            raise RunError(f"{self.path / 'labels.jsonl'} cannot be read ({error}). Was it made by another version?") from error
        return tuple({(one.by, one.question_id, one.claim): one for one in found}.values())

    def add_spent(self, question_id: str, spent: Spent) -> None:
        """Append what judging a question took; with several at a time, what was taken since the line before."""
        self._append("judge.jsonl", {"question_id": question_id, **asdict(spent)})

    def spent(self) -> Spent:
        """What judging took in all sessions of the run."""
        return sum((Spent(**_without(line, "question_id")) for line in self._lines("judge.jsonl")), Spent())

    def rows(self) -> tuple[Row, ...]:
        """The answers so far, one a question."""
        found = {row.question.id: row for row in map(row_from_dict, self._lines("answers.jsonl"))}
        return tuple(found.values())

    def controls(self) -> tuple[Control, ...]:
        """The planted claims and what the judge said of them."""
        lines = {line["question_id"]: line.get("controls", ()) for line in self._lines("verdicts.jsonl")}
        return tuple(Control(**{**one, "question_id": name}) for name, planted in lines.items() for one in planted)

    def verdicts(self) -> dict[str, tuple[Verdict, ...]]:
        """The verdicts so far, by question."""
        return {
            line["question_id"]: tuple(
                Verdict(**{**one, "question_id": line["question_id"], "flags": tuple(one["flags"])}) for one in line["verdicts"]
            )
            for line in self._lines("verdicts.jsonl")
        }

    def _append(self, name: str, data: Mapping[str, Any]) -> None:
        line = (spell_controls(json.dumps(data, ensure_ascii=False)) + "\n").encode("utf-8", "backslashreplace")
        with self._lock, (self.path / name).open("ab") as file:
            file.write(line)  # one write: a kill leaves the line whole, or a part of it that `repair` takes off

    def _lines(self, name: str) -> Iterator[Any]:
        path = self.path / name
        if not path.exists():
            return
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            if not line:
                continue
            try:
                yield json.loads(line)
            except ValueError as error:
                raise RunError(f"{path}, line {number} is damaged: {error}. Remove the line to have its question asked again.") from error


def row_to_dict(row: Row) -> dict[str, Any]:
    """JSON-ready; the time stands last, so that equal runs differ at the end of a line only."""
    answer = None if row.answer is None else row.answer.to_dict()
    return {
        "question": to_row(row.question),
        "outcome": row.outcome,
        "gold": list(row.gold),
        "marginal": list(row.marginal),
        "near": list(row.near),
        "members": None if row.members is None else list(row.members),
        "evidence": [asdict(span) for span in row.evidence],
        "retrieved": [list(pair) for pair in row.retrieved],
        "answer": answer,
        "error": row.error,
        **({} if row.said is None else {"said": row.said}),
        **({"contexts": [asdict(one) for one in row.contexts]} if row.contexts else {}),
        "seconds": None if row.seconds is None else round(row.seconds, 6),
    }


def row_from_dict(data: Mapping[str, Any]) -> Row:
    """Read what `row_to_dict` wrote; raises RunError for anything else."""
    try:
        return Row(
            question=parse_question(data["question"]),
            gold=tuple(data["gold"]),
            marginal=tuple(data["marginal"]),
            near=tuple(data["near"]),
            members=None if data["members"] is None else tuple(data["members"]),
            evidence=tuple(Span(**span) for span in data["evidence"]),
            retrieved=tuple((one, score) for one, score in data["retrieved"]),
            answer=None if data["answer"] is None else Answer.from_dict(data["answer"]),
            error=data["error"],
            seconds=data["seconds"],
            contexts=tuple(Context(**one) for one in data.get("contexts", ())),
            said=data.get("said"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"A row of a run cannot be read ({type(error).__name__}: {error}). Was it made by another version?") from error


def _without(data: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != name}


# What a run was made with, so that it can be made again, and so that two runs are compared only where they can be.

SEED = 20261121  # of all resampling
_PACKAGES = ("abstract-rag", "chromadb", "tantivy", "wordllama", "numpy", "openai", "llama-index-core")
_SAME = ("questions", "settings", "corpus", "judge", "model service", "prompts", "system")  # what makes two runs the same run
# Where things are, and what is secret.
_PLACES = ("index_dir", "database_url", "database_schema", "corpus", "prompts", "openai_api_key", "openai_base_url")
_NO_ANSWER = ("ui_", "eval_")  # settings of the web page and of judges, which change no answer


def make_manifest(
    questions: Sequence[Question], assistant: Assistant | None, judge: str, *, name: str, system: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The manifest of a run; holds no key and no path. `system` says which other system was asked: then our settings changed nothing in
    its answers, and the assistant, where there is one, has the corpus that the questions refer to."""
    if assistant is None or system is not None:
        return _foreign_manifest(questions, assistant, judge, name, system)
    settings = assistant.settings
    abstracts = assistant.abstracts()
    return {
        "name": name,
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "questions": {"count": len(questions), "fingerprint": fingerprint(questions)},
        "settings": stated(settings),
        "changed settings": changed(settings),
        "corpus": {"abstracts": len(abstracts), "fingerprint": _digest(sorted(one.id for one in abstracts))},
        "index": assistant.generation,
        "model service": _host(settings),
        "prompts": load_prompts(settings.prompts).version if settings.writes else None,
        "judge": judge,
        "seed": SEED,
        "versions": _versions(),
        "machine": _machine(),
        "question_ids": [one.id for one in questions],
    }


def _foreign_manifest(
    questions: Sequence[Question], assistant: Assistant | None, judge: str, name: str, system: Mapping[str, Any] | None
) -> dict[str, Any]:
    """That of a run in which our assistant answers nothing."""
    abstracts = assistant.abstracts() if assistant is not None else []
    corpus = {"abstracts": len(abstracts), "fingerprint": _digest(sorted(one.id for one in abstracts))}
    return {
        "name": name,
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "system": dict(system or {}),
        "questions": {"count": len(questions), "fingerprint": fingerprint(questions)},
        "settings": {},
        "changed settings": {},
        "corpus": None if assistant is None else corpus,
        "index": None if assistant is None else assistant.generation,
        "model service": None,
        "prompts": None,
        "judge": judge,
        "seed": SEED,
        "versions": _versions(),
        "machine": _machine(),
        "question_ids": [one.id for one in questions],
    }


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{one: _version(one) for one in _PACKAGES}}


def _machine() -> dict[str, Any]:
    return {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()}


def identity(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What must be equal for a run to go on."""
    return {name: manifest.get(name) for name in _SAME}


def stated(settings: Settings) -> dict[str, Any]:
    """The settings under the names of their variables, without places and secrets."""
    dumped = settings.model_dump(mode="json")
    secret = {name for name in dumped if isinstance(getattr(settings, name), SecretStr)}
    told = {name for name in dumped if name not in _PLACES and not name.startswith(_NO_ANSWER)} - secret
    return {environment_variable(name): value for name, value in dumped.items() if name in told}


def changed(settings: Settings) -> dict[str, Any]:
    """Those of the stated settings that are not at their defaults, wherever they were set: in code, the environment or `.env`."""
    defaults = {environment_variable(name): field.default for name, field in Settings.model_fields.items()}
    return {name: value for name, value in stated(settings).items() if value != defaults.get(name)}


def _host(settings: Settings) -> str | None:
    """Who writes the answers, None where nobody does."""
    if not settings.writes:
        return None
    from urllib.parse import urlsplit

    return urlsplit(settings.openai_base_url or "https://api.openai.com").hostname


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _digest(items: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(items).encode()).hexdigest()[:16]
