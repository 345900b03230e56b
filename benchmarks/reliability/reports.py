"""Runs that were damaged, and words that would be commands: whether what is told of a run stays whole and harmless."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

from benchmarks.evaluation import made_run
from benchmarks.reliability import Fault
from eval.commands.trend import trend
from eval.records import Spent
from eval.report.annotations import Annotation
from eval.report.junit import TestCase, junit_xml
from eval.runs import RunFolder, read_run

_PIECES: Sequence[str] = (
    *("\n::error::", "\r\n::stop-commands::x\n", "%0A::add-mask::", "]]>", "<!--", "<script>", "\x00", "\x1b[2J", "\ud800", "\ufffe"),
    *("::", ",", ":", "%", '"', "'", "&amp;", "a", " ", "\u2028", "\u202e", "\t"),
)


def _words(seed: int) -> list[str]:
    draw = random.Random(seed)
    return ["".join(draw.choices(_PIECES, k=draw.randrange(1, 12))) for _ in range(50)]


def _commands(_: Path, seed: int) -> str:
    """Words of a question that would be commands of a workflow are one line of text in an annotation."""
    for one in _words(seed):
        said = Annotation("error", one, one).command()
        title, sign, text = said.removeprefix("::error title=").partition("::")
        if "\n" in said or "\r" in said or not sign or "," in title or title.count(":") or not said.startswith("::error title="):
            return f"{one!r} became {said!r}"
        if any(part in text.replace("%25", "") for part in ("\n", "\r")):
            return f"{text!r} ends the command"
    return ""


def _xml(_: Path, seed: int) -> str:
    """Whatever characters a question has, JUnit's file is XML with that many cases."""
    words = _words(seed)
    read = ET.fromstring(junit_xml(words[0], [TestCase(one, one, one) for one in words]).encode("utf-8", "xmlcharrefreplace"))
    return "" if len(read[0]) == len(words) else f"{len(read[0])} cases of {len(words)}"


def _cut(folder: Path, seed: int) -> str:
    """A run that was killed while it wrote what judging took still counts all that was written before."""
    run = RunFolder(folder)
    for number in range(3):
        run.add_spent(f"q{number}", Spent(1, 100, 10, 0.5))
    path = folder / "judge.jsonl"
    whole = path.read_bytes()
    last = whole.rindex(b"\n", 0, len(whole) - 1) + 1
    path.write_bytes(whole[: random.Random(seed).randrange(last, len(whole))])
    run.repair()
    return "" if run.spent() == Spent(2, 200, 20, 1.0) else f"{run.spent()}"


def _damaged_summary(folder: Path, seed: int) -> str:
    """A summary that is damaged is computed anew for the page of runs over time; a manifest that is damaged leaves its run out."""
    draw = random.Random(seed)
    for name in ("whole", "lost", "broken"):
        made_run(folder / "runs" / name, 6, 1, 0.9)
        metrics = {key: one.to_dict() for key, one in read_run(folder / "runs" / name).metrics.items()}
        (folder / "runs" / name / "summary.json").write_text(json.dumps({"metrics": metrics}), encoding="utf-8")
    summary, manifest = folder / "runs" / "lost" / "summary.json", folder / "runs" / "broken" / "manifest.json"
    for path in (summary, manifest):
        path.write_bytes(path.read_bytes()[: draw.randrange(0, 200)])
    with redirect_stderr(StringIO()):
        trend(folder / "runs", folder / "trend.html")
    html = (folder / "trend.html").read_text(encoding="utf-8")
    found = {name: f'<th scope="row">{name}<div' in html for name in ("whole", "lost", "broken")}
    return "" if found == {"whole": True, "lost": True, "broken": False} else f"{found}"


FAULTS = (
    Fault("reports", "Words of a question that are commands to a workflow stand in an annotation", _commands, 50, 3),
    Fault("reports", "Words of a question that no XML can hold stand in JUnit's file", _xml, 50, 3),
    Fault("reports", "A run is killed while it writes what judging took", _cut, 50, 5),
    Fault("reports", "Among stored runs one has a damaged summary and one a damaged manifest", _damaged_summary, 20, 2),
)
