"""Answers that are wrong, and judges that fail: whether the metrics of `eval` say so."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.reliability import Fault
from eval.judges import judged
from eval.judges.tasks import Task
from eval.metrics import METRICS, aggregate, occurs
from eval.questions import SHIPPED, load_questions
from eval.records import Question, Row, Verdict
from rag.model import Abstract, Answer, Claim

SETS = (SHIPPED, SHIPPED.with_name("refusals.jsonl"))
HOSTILE = ("\ud800 alone", "", "\x00", "a" * 20_000, "1," * 300, "5" * 5_000 + "B", "%" * 1_000, "1e400 billion", "½ ³ Ⅷ ٣", "; ; ;")
JUDGED = ("answer_correctness", "correctness_precision", "correctness_recall", "noise_sensitivity_relevant")
_NUMBER = re.compile(r"\d+")


class _Failing:
    """A judge that gives no verdict."""

    name = "failing"
    gatekeeper_of: frozenset[str] = frozenset()

    def decide(self, tasks: Sequence[Task]) -> list[Verdict]:
        return [task.verdict("unscored", why="It failed.") for task in tasks]


def _required() -> list[Question]:
    return [one for path in SETS for one in load_questions(path) if one.must_contain]


def _says(question: Question, text: str) -> bool:
    return all(occurs(one, text) for one in question.must_contain)


def _other_numbers(_: Path, seed: int) -> str:
    """Every number of a reference answer is another; a question that requires one must not pass."""
    change = random.Random(seed)
    asked = [one for one in _required() if any(_NUMBER.search(string) for string in one.must_contain)]
    told = [(one, _NUMBER.sub(lambda found: str(int(found[0]) + change.randint(1, 900)), one.answer)) for one in asked]
    passed = [one.id for one, text in told if _says(one, text)]
    return f"passed: {passed}" if passed else ""


def _other_answer(_: Path, seed: int) -> str:
    questions = _required()
    answers = [one.answer for one in questions]
    random.Random(seed).shuffle(answers)
    passed = [one.id for one, text in zip(questions, answers, strict=True) if text != one.answer and _says(one, text)]
    return f"passed: {passed}" if len(passed) > 3 else ""


def _nothing(abstract_id: str) -> Abstract | None:
    """No abstract is there."""
    return None


def _row(text: str, reference: str) -> Row:
    answer = Answer("Q?", "Q?", "answered", (Claim("evidence", text, ()),))
    return Row(Question("q", "fact", "How many layers?", answer=reference), ("a",), (), (), None, (), (("a", 1.0),), answer, None, 0.1)


def _no_verdict(_: Path, seed: int) -> str:
    row = _row("It has 7 layers.", "There are nine of them.")
    found = aggregate([row], judged(row, _nothing, _Failing()), metrics={name: METRICS[name] for name in JUDGED})
    wrong = [name for name, one in found.items() if one.value is not None]
    return f"scored: {wrong}" if wrong else ""


def _hostile(_: Path, seed: int) -> str:
    for text in HOSTILE:
        for row in (_row(text, text), _row(text, "It has 7 layers."), _row("It has 7 layers.", text)):
            aggregate([row], judged(row, _nothing, _Failing()))
        occurs(text, text)
    return ""


def _fault(name: str, attempt: Callable[[Path, int], str], tries: int) -> Fault:
    return Fault("metrics", name, attempt, tries)


FAULTS = (
    _fault("a reference answer with other numbers passes its check", _other_numbers, 20),
    _fault("the answer to another question passes", _other_answer, 20),
    _fault("a judge that gives no verdict is taken for one that accepts, or rejects", _no_verdict, 1),
    _fault("an answer or a reference of odd characters ends the run", _hostile, 1),
)
