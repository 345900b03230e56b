"""Other systems that fail, and rows of theirs that are damaged or say too little: each is an error that counts, and nothing is invented."""

from __future__ import annotations

import json
import random
import shlex
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.reliability import Fault
from eval.exchange import read_questions
from eval.records import Question, Row
from eval.runs import RecordedAnswers, SystemAnswers, evaluate
from eval.systems import ProgramSystem, PythonSystem, read_recording

_QUESTION = Question("q", "fact", "What is A?")
_ROW = {"question": "What is A?", "answer": "A has seven layers. It is blue.", "contexts": ["A has seven layers."]}


def _program(folder: Path, seed: int, *, code: str, seconds: float = 60.0) -> str:
    """A program that does this must be an error."""
    system = ProgramSystem(shlex.join([sys.executable, "-c", code]), seconds=seconds)
    row = evaluate([_QUESTION], SystemAnswers(system)).rows[0]
    return "" if row.outcome == "error" and row.error else f"the outcome was {row.outcome}"


def _function(folder: Path, seed: int, *, reply: Any) -> str:
    """A function that gives this must be an error that counts."""
    run = evaluate([_QUESTION], SystemAnswers(PythonSystem("mine:answer", lambda question: reply)))
    counted = run.metrics["answered_recall"]
    return "" if (run.rows[0].outcome, counted.value, counted.of) == ("error", 0.0, 1) else f"{run.rows[0].outcome}, {counted}"


def _rows(folder: Path, lines: list[str], name: str = "rows.jsonl") -> tuple[tuple[Row, ...], tuple[str, ...]]:
    path = folder / name
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    recording = read_recording(path)
    run = evaluate([one.question for one in recording.rows], RecordedAnswers(recording, None, {"name": "recorded"}))
    return run.rows, recording.problems


def _damaged_line(folder: Path, seed: int, *, damage: Callable[[str, random.Random], str]) -> str:
    """Of ten rows one is damaged: ten rows come out, one an error that is named by its line."""
    chance = random.Random(seed)
    lines = [json.dumps({**_ROW, "id": f"q{number}"}) for number in range(10)]
    place = chance.randrange(10)
    lines[place] = damage(lines[place], chance)
    rows, problems = _rows(folder, lines)
    bad = [number for number, row in enumerate(rows) if row.outcome == "error"]
    named = any(one.startswith(f"line {place + 1}:") for one in problems)
    return "" if (len(rows), bad, named) == (10, [place], True) else f"{len(rows)} rows, errors at {bad} of {place}, {problems}"


def _without(line: str, _: random.Random, *, field: str) -> str:
    return json.dumps({name: value for name, value in json.loads(line).items() if name != field})


def _as(line: str, _: random.Random, *, changed: Mapping[str, Any]) -> str:
    return json.dumps({**json.loads(line), **changed})


def _reference(folder: Path, seed: int, *, row: Mapping[str, Any]) -> str:
    """What a system said is never the reference of an imported question."""
    path = folder / "rows.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")
    found = read_questions(path)
    return "" if (found.questions[0].answer, found.answers) == ("", 1) else f"the reference was {found.questions[0].answer!r}"


def _unread_column(folder: Path, seed: int) -> str:
    path = folder / "rows.jsonl"
    path.write_text(json.dumps({**_ROW, "mood": "good"}), encoding="utf-8")
    recording = read_recording(path)
    return "" if recording.unused == {"mood": 1} else f"unused: {recording.unused}"


def _false_claim(folder: Path, seed: int, *, row: Mapping[str, Any]) -> str:
    """Of the two claims the second is in no context: half is faithful, however the contexts are given."""
    (folder / "rows.jsonl").write_text(json.dumps(row), encoding="utf-8")
    recording = read_recording(folder / "rows.jsonl")
    run = evaluate([one.question for one in recording.rows], RecordedAnswers(recording, None, {"name": "recorded"}))
    found = run.metrics["faithfulness_cited"].value
    return "" if found == 0.5 else f"faithfulness was {found}"


def _code(folder: Path, seed: int) -> str:
    """A cell that holds Python is a text: nothing of it runs."""
    mark = folder / "mark"
    cell = f"[__import__('pathlib').Path({str(mark)!r}).touch()]"
    rows, _ = _rows(folder, ["question,answer,contexts", f'What is A?,Seven.,"{cell}"'], "rows.csv")
    return "it was run" if mark.exists() else "" if rows[0].contexts[0].text == cell else f"{rows[0].contexts}"


_PROGRAMS = {
    "a program that ends with an error": {"code": "import sys; sys.exit('no model')"},
    "a program that prints nothing": {"code": "pass"},
    "a program that never answers": {"code": "import time; time.sleep(600)", "seconds": 1.0},
    "a program whose child never ends": {
        "code": "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).wait()",
        "seconds": 2.0,
    },
    "a program that prints without end": {"code": "while True: print('x' * 65536)"},
    "a program that kills itself": {"code": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"},
    "a program that prints an object without an answer": {"code": "print('{}')"},
}
_REPLIES: dict[str, Any] = {
    "a function that gives None": None,
    "a function that gives an empty text": "",
    "a function that gives a mapping without an answer": {"contexts": ["x"]},
    "a function that gives contexts that are none": {"answer": "Seven.", "contexts": [object()]},
}
_DAMAGES: dict[str, Callable[[str, random.Random], str]] = {
    "a recorded row that is cut": lambda line, chance: line[: chance.randrange(1, len(line) - 1)],
    "a recorded row without a question": partial(_without, field="question"),
    "a recorded row without an answer": partial(_without, field="answer"),
    "a recorded row whose answer is a number": partial(_as, changed={"answer": 7}),
    "a recorded row whose contexts are numbers": partial(_as, changed={"contexts": [7]}),
    "a recorded row that is a list": lambda line, chance: "[1, 2]",
}
_ANSWERED: dict[str, Mapping[str, Any]] = {
    "a file of ragas rows whose answer is wrong, imported": {"user_input": "What is A?", "response": "Wrong.", "retrieved_contexts": []},
    "a file of DeepEval cases whose output is wrong, imported": {"input": "What is A?", "actual_output": "Wrong."},
}
_TOLD: dict[str, Mapping[str, Any]] = {
    "a false claim in an answer without citations": _ROW,
    "a false claim in an answer with citations": {**_ROW, "answer": "A has seven layers [1]. It is blue [1]."},
    "a claim that cites a context that is not there": {**_ROW, "answer": "A has seven layers [1]. A has seven layers [2]."},
}

FAULTS = [
    *(Fault("systems", name, partial(_program, **options)) for name, options in _PROGRAMS.items()),  # type: ignore[arg-type]
    *(Fault("systems", name, partial(_function, reply=reply)) for name, reply in _REPLIES.items()),
    *(Fault("systems", name, partial(_damaged_line, damage=damage), tries=10) for name, damage in _DAMAGES.items()),
    *(Fault("systems", name, partial(_reference, row=row)) for name, row in _ANSWERED.items()),
    *(Fault("systems", name, partial(_false_claim, row=row)) for name, row in _TOLD.items()),
    Fault("systems", "a column that nobody knows", _unread_column),
    Fault("systems", "Python in a cell", _code),
]
