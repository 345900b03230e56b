"""What the evaluation itself takes: CPU seconds and memory of `python -m eval run`, `compare` and `gate`, each in its own process.

    python -m benchmarks.evaluation [--questions 2000] [--run]

`compare` and `gate` are of two made runs of so many questions, whose answers are as long as the shipped questions get; `--run` asks
the shipped questions of the index in `.rag` as well, without a key.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from eval.questions import SHIPPED
from eval.records import Decision, Question, Row, Span, Verdict
from eval.runs import RunFolder
from rag.model import Answer, Citation, Claim, spell_controls

_KINDS = ("fact", "paraphrase", "synthesis", "absent_topic", "list")
_DECISIONS: tuple[Decision, ...] = ("supported", "weak", "absent", "unscored")


def made_run(path: Path, questions: int, seed: int, right: float) -> None:
    """Write a run of so many questions, of whose claims about this share is supported; the same questions for every seed."""
    folder = RunFolder(path)
    draw = random.Random(seed)
    rows = [made_row(number, draw) for number in range(questions)]
    folder.write("manifest.json", spell_controls(made_manifest(path.name, rows)))
    for row in rows:
        folder.add_row(row)
        folder.add_verdicts(row.question.id, made_verdicts(row, draw, right))


def made_row(number: int, draw: random.Random) -> Row:
    """One question as it was asked: 20 abstracts retrieved, one to five claims."""
    answerable = number % 5 != 3
    gold = (f"abstract{number % 300:05}",) if answerable else ()
    question = Question(
        f"q{number:05}",
        _KINDS[number % 5],
        f"What do the abstracts say of subject {number}?",
        gold=gold,
        answerable=answerable,
        must_contain=(f"figure {number}",) if answerable else (),
        split="dev" if number % 2 else "test",
    )
    return Row(
        question=question,
        gold=gold,
        marginal=(),
        near=(),
        members=gold if question.kind == "list" else None,
        evidence=tuple(Span(one, 0, 120) for one in gold),
        retrieved=_retrieved(number, draw),
        answer=made_answer(number, draw, declined=draw.random() < (0.1 if answerable else 0.7)),
        error=None,
        seconds=draw.lognormvariate(-2, 0.7),
    )


def _retrieved(number: int, draw: random.Random) -> tuple[tuple[str, float], ...]:
    found = [f"abstract{draw.randrange(300):05}" for _ in range(19)] + [f"abstract{number % 300:05}"]
    return tuple((one, round(draw.random(), 6)) for one in dict.fromkeys(found))


def made_answer(number: int, draw: random.Random, *, declined: bool) -> Answer:
    """An answer with a citation for each claim, or a refusal."""
    text = f"What do the abstracts say of subject {number}?"
    if declined:
        return Answer(text, text, "refused", reason="No abstract says so.", answerability=draw.random() * 0.6)
    claims = [
        Claim("evidence", f"Claim {place} says that figure {number if draw.random() < 0.8 else 0} was found in the study.", (place + 1,))
        for place in range(draw.randrange(1, 6))
    ]
    citations = [
        Citation(place + 1, "sentence", f"abstract{(number + (draw.random() < 0.3)) % 300:05}", "A study", "x" * 140, 0, 140)
        for place in range(len(claims))
    ]
    return Answer(text, text, "answered", tuple(claims), tuple(citations), answerability=draw.uniform(0.2, 1.0))


def made_verdicts(row: Row, draw: random.Random, right: float) -> list[Verdict]:
    """A verdict on each claim against what it cites, and against what was retrieved."""
    claims = row.answer.claims if row.answer else ()
    weights = (right, (1 - right) * 0.6, (1 - right) * 0.35, (1 - right) * 0.05)
    return [
        Verdict(row.question.id, place, against, None, draw.choices(_DECISIONS, weights)[0], round(draw.random(), 3))
        for against in ("cited", "retrieved")
        for place in range(len(claims))
    ]


def made_manifest(name: str, rows: list[Row]) -> str:
    """The manifest of a made run, as JSON."""
    asked = {"count": len(rows), "fingerprint": "made"}
    known = {"name": name, "when": "2026-01-01T00:00:00Z", "questions": asked, "settings": {}, "changed settings": {}}
    corpus = {"abstracts": 300, "fingerprint": "made"}
    more = {"corpus": corpus, "index": "made", "judge": "made", "seed": 1, "question_ids": [row.question.id for row in rows]}
    return json.dumps({**known, **more})


def measured(*arguments: str, folder: Path) -> str:
    """CPU seconds and the most memory of a command in a process of its own."""
    script = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "wrong = done.stderr[-300:] if done.returncode else ''\n"
        "print(f'{used.ru_utime + used.ru_stime:6.1f} s CPU {used.ru_maxrss / 1024:6.0f} MB', wrong)\n"
    )
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", script, sys.executable, "-m", "eval", *arguments]
    return subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    """Print what each command takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=2_000)
    parser.add_argument("--run", action="store_true", help="ask the shipped questions, too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for seed, run in enumerate("ab"):
            made_run(folder / run, arguments.questions, seed, 0.9 - 0.02 * seed)
        of = f"{arguments.questions:,} questions"
        print(f"compare, two runs of {of:16} {measured('compare', 'a', 'b', '--out', 'changes.html', folder=folder)}", flush=True)
        print(f"gate, a run and its baseline of {of:7} {measured('gate', 'b', '--baseline', 'a', folder=folder)}", flush=True)
        if arguments.run:
            out = str(folder / "run")
            print(f"run, {SHIPPED.name} without a key        {measured('run', '--out', out, folder=Path.cwd())}", flush=True)


if __name__ == "__main__":
    main()
