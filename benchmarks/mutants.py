"""Faults put into the code by hand, and whether the tests notice them: `python -m benchmarks.mutants [number or file ...]`.

Each mutant is put alone into a copy of the tree, where the tests that should notice it are run. Exit status 1 where more than one
in ten passes. Without a fault the tests must pass there, else a failure would say nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
COPIED = ("rag", "ui", "eval", "tests", "benchmarks", "data", "pyproject.toml")
LEAST = 0.9  # share of the mutants that the tests must notice
PATIENCE = 900.0  # seconds for the tests of one mutant, of a machine that has other work
PASSED, FAILED = 0, 1  # exit statuses of pytest; any other says that tests could not be run


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault: the exact text of a file that it takes the place of, what it breaks, and the names of the test files that should notice."""

    file: str
    text: str
    replacement: str
    breaks: str
    tests: tuple[str, ...]


_RETRIEVE, _RERANK = "rag/search/retrieve.py", "rag/search/rerank.py"
_EXTRACT, _ANSWERABILITY = "rag/evidence/extract.py", "rag/evidence/answerability.py"
_CHECK, _FILTERS = "rag/support/check.py", "rag/model/filters.py"
_SUPPORT_TESTS = ("flags", "support")

MUTANTS = (
    Mutant(_RETRIEVE, "weights.lexical * self.lexical", "0 * self.lexical", "BM25 has no weight", ("retrieve",)),
    Mutant(_RETRIEVE, "weights.dense * self.dense", "0 * self.dense", "the cosine of passages has no weight", ("retrieve",)),
    Mutant(_RETRIEVE, "weights.words * self.words", "0 * self.words", "nearness of words has no weight", ("retrieve",)),
    Mutant(_RETRIEVE, "weights.static * self.static", "0 * self.static", "the best sentence by word vectors has no weight", ("retrieve",)),
    Mutant(_RETRIEVE, "weights.sentence * self.sentence", "0 * self.sentence", "the best sentence has no weight", ("retrieve",)),
    Mutant(_RETRIEVE, "hit.lexical / mass", "hit.lexical", "BM25 is no share of what the question weighs", ("retrieve",)),
    Mutant(_RERANK, "acronyms: float = 1.0", "acronyms: float = 0.0", "an acronym does not stand for its long form", ("retrieve",)),
    Mutant(
        _RETRIEVE,
        "return -one.hit.fused, one.abstract.id",
        "return -one.hit.fused, one.abstract.id[::-1]",
        "of equal scores the last id comes first",
        ("retrieve",),
    ),
    Mutant(
        _RERANK,
        "whole = np.maximum(word_nearness(short, longs), word_nearness(short, title_longs))",
        "whole = word_nearness(short, longs)",
        "a word of the title alone is not met",
        ("rerank",),
    ),
    Mutant(_RERANK, "in_all[:, rows].min(axis=1)", "in_all[:, rows].max(axis=1)", "one word of a long form is enough", ("rerank",)),
    Mutant(
        _RERANK,
        "words=float(weighted_mean(of_all, telling))",
        "words=float(weighted_mean(of_all, short.idf))",
        "a word that all candidates have weighs as much as one that tells them apart",
        ("rerank",),
    ),
    Mutant(
        _RERANK,
        "dot(long.vectors, short.vector).max(initial=0.0)",
        "dot(long.vectors, short.vector).sum() / max(1, len(long.vectors))",
        "the mean sentence for the best one",
        ("rerank",),
    ),
    Mutant(
        _EXTRACT,
        "parts.sort(key=lambda part: -part[2])",
        "parts.sort(key=lambda part: part[1])",
        "sentences stand in the order of their text, whatever answers",
        ("extract",),
    ),
    Mutant(
        _EXTRACT,
        "for one in said) <= words:",
        "for one in said) <= 2 * words:",
        "names put before sentences may take an answer over its words",
        ("extract",),
    ),
    Mutant(_EXTRACT, "_REPEATED = 0.8", "_REPEATED = 8.0", "what was said is said again", ("extract",)),
    Mutant(_EXTRACT, "[group[:-1] if", "[group[1:] if", "the best sentence falls out where words are short", ("extract",)),
    Mutant(
        _EXTRACT,
        "-one.hit.fused - _QUANTITY *",
        "-one.hit.fused + _QUANTITY *",
        "an abstract that has no number comes before one that counts what is asked for",
        ("extract",),
    ),
    Mutant(
        _ANSWERABILITY,
        "min(self.topic, self.detail)",
        "max(self.topic, self.detail)",
        "a missing detail is made good by the topic",
        ("answerability",),
    ),
    Mutant(
        _ANSWERABILITY,
        'result["introduced"] = float(introduced)',
        'result["introduced"] = float(not introduced)',
        "who only mentions a name is likelier to be asked about",
        ("answerability",),
    ),
    Mutant(
        _ANSWERABILITY,
        "np.average([stem(word) in there",
        "np.average([stem(word) not in there",
        "a detail whose word is missing is likelier there",
        ("answerability",),
    ),
    Mutant(
        _ANSWERABILITY,
        "max((word_likeness(noun, window)",
        "min((word_likeness(noun, window)",
        "the number that is least like what is asked for tells whether it is there",
        ("answerability",),
    ),
    Mutant(_CHECK, "if score >= SUPPORTED and not flags", "if score >= SUPPORTED", "a claim with a flag may be supported", _SUPPORT_TESTS),
    Mutant(
        _CHECK, "negation_flags(one.claim, one.window)", "()", "a flag is dropped: a denial that the text does not share", _SUPPORT_TESTS
    ),
    Mutant(
        _CHECK,
        "long.spans[min(best + 1, len(long.spans) - 1)][1]",
        "long.spans[best][1]",
        "the second sentence of a window is no evidence",
        _SUPPORT_TESTS,
    ),
    Mutant("rag/support/figures.py", "_LEAVES_OPEN = 0.06", "_LEAVES_OPEN = 0.6", '"about 40" is any number near or far', _SUPPORT_TESTS),
    Mutant(
        "rag/support/direction.py",
        "(name in _WINS) != passive",
        "(name in _WINS)",
        '"is outperformed by" reads as "outperforms"',
        _SUPPORT_TESTS,
    ),
    Mutant(_FILTERS, "return inside != self.outside", "return inside", "a range ignores `outside`", ("filters",)),
    Mutant(
        _FILTERS,
        "        if value is None:\n            return False\n",
        "        if value is None:\n            return self.outside\n",
        "a number that is not stated is outside of a range",
        ("filters",),
    ),
    Mutant(_FILTERS, "value <= self.high", "value < self.high", "the end of a range is left out", ("filters",)),
    Mutant(
        _FILTERS,
        "return found is not None and found != scan.negated",
        "return found != scan.negated",
        "an abstract without a date is outside of every month",
        ("filters",),
    ),
)


def main() -> None:
    """Print each mutant with whether the tests noticed it, and how many they noticed."""
    chosen = [(number, one) for number, one in enumerate(MUTANTS, start=1) if is_asked(number, one, sys.argv[1:])]
    if not chosen:
        sys.exit(f"No mutant has the number or file {' '.join(sys.argv[1:])}. Name for example: 3, or rerank.py")
    check([mutant for _, mutant in chosen])
    with copied() as tree:
        names = tuple(sorted({name for _, mutant in chosen for name in mutant.tests}))
        if run_tests(tree, names) != PASSED:
            sys.exit(f"The tests fail without a fault: {' '.join(names)}")
        caught = sum(try_mutant(tree, number, mutant) for number, mutant in chosen)
    print(f"caught: {caught} of {len(chosen)}")
    sys.exit(caught < LEAST * len(chosen))


def is_asked(number: int, mutant: Mutant, arguments: Sequence[str]) -> bool:
    """True where an argument is the mutant's number or the end of its file's path, or where there is none."""
    return not arguments or any(one == str(number) or (not one.isdigit() and mutant.file.endswith(one)) for one in arguments)


def check(mutants: Sequence[Mutant]) -> None:
    """Exit with all mutants whose text does not stand exactly once in its file, or whose tests are not there."""
    missing = sorted({name for one in mutants for name in one.tests if not (ROOT / "tests" / f"test_{name}.py").is_file()})
    if missing:
        sys.exit(f"There are no tests {', '.join(missing)}: name in the mutants the files of tests that there are.")
    lost = [mutant for mutant in mutants if (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.text) != 1]
    if lost:
        sys.exit("\n".join(f"{one.file} does not have once: {one.text!r}" for one in lost))


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of what the tests need, without compiled files: one of the same size and second would hide a mutant."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"  # nothing but the tree beside it: tests that measure on development data are skipped
        tree.mkdir()
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, tree / name)
        imported = run_python(tree, "-c", "import rag; print(rag.__file__)").stdout.strip()
        if not Path(imported).resolve().is_relative_to(tree.resolve()):
            sys.exit(f"The tests of the copy would import {imported}")
        yield tree


def try_mutant(tree: Path, number: int, mutant: Mutant) -> bool:
    """Whether the tests notice a mutant; prints its line, and leaves the file as it was."""
    path = tree / mutant.file
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace(mutant.text, mutant.replacement), encoding="utf-8")
    begin = time.monotonic()
    status = run_tests(tree, mutant.tests)
    path.write_text(before, encoding="utf-8")
    if status not in (PASSED, FAILED):
        sys.exit(f"The tests of mutant {number} could not be run: pytest ended with {status}")
    said = "caught" if status == FAILED else "PASSED"
    print(f"{number:>2}  {said}  {time.monotonic() - begin:5.1f} s  {mutant.file:<30}  {mutant.breaks}", flush=True)
    return status == FAILED


def run_tests(tree: Path, names: Sequence[str]) -> int:
    """The exit status of pytest over these test files, up to the first failure."""
    files = [f"tests/test_{name}.py" for name in names]
    return run_python(tree, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files).returncode


def run_python(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Another Python with the packages of the copy."""
    surroundings = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=tree, env=surroundings, capture_output=True, text=True, timeout=PATIENCE, check=False)


if __name__ == "__main__":
    main()
