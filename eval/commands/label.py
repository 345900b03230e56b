"""`python -m eval label`: claims of a run and what they cite, for a person's verdict, in the terminal."""

from __future__ import annotations

import getpass
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from eval.judges import Lookup, Task, cited_tasks, is_verbatim
from eval.records import Label, Row
from eval.runs import Run, RunFolder, read_run
from eval.systems import sources_of
from rag.model import RagError, display_text, spell_controls

_KEYS = {"s": "supported", "p": "partly", "n": "not", "u": "unsure"}
_ASKED = "[s]upported  [p]artly  [n]ot  [u]nsure   [b]ack  [q]uit: "


def label(
    folder: Annotated[Path, typer.Argument(help="The folder of a run.")],
    by: Annotated[str, typer.Option(help="Whose verdicts these are; by default the name of the user.")] = "",
    most: Annotated[int, typer.Option("--limit", min=1, help="Stop after so many.")] = 50,
    verbatim: Annotated[bool, typer.Option("--verbatim", help="Show claims too that are a cited sentence word for word.")] = False,
    export: Annotated[
        Path | None, typer.Option(help="Write what people said as labelled claims, for validate-judge, and ask nothing.")
    ] = None,
) -> None:
    """Say of claims whether what they cite supports them. The judge's verdict is not shown; what is said corrects the scores."""
    done, runs = read_run(folder), RunFolder(folder)
    runs.repair()
    texts = runs.texts()
    if export is not None:
        written = export_labels(done, texts.get, export)
        sys.stderr.write(f"{written} labelled claims in {export}\n")
        return
    name = by or getpass.getuser()
    mine = {(one.question_id, one.claim) for one in done.labels if one.by == name}
    due = [(row, task) for row, task in in_order(done, texts.get, verbatim) if (task.question_id, task.claim) not in mine]
    if not due:
        sys.stderr.write(f"{name} has labelled every claim of {folder.name}.\n")
        return
    from rag.cli.terminal import output

    said = ask_all(due[:most], name, runs, output(), _read_key)
    sys.stderr.write(
        f"{said} labelled now, {len(mine) + said} by {name} in all. See them in the scores with: python -m eval report {folder}\n"
    )


def in_order(done: Run, lookup: Lookup, verbatim: bool) -> list[tuple[Row, Task]]:
    """The claims of a run that cite anything, in an order by chance that is the same each time: any first part is a fair sample."""
    tasks = [(row, task) for row in done.rows for task in cited_tasks(row, sources_of(row, lookup))]
    tasks = [(row, task) for row, task in tasks if verbatim or not is_verbatim(task)]
    return sorted(tasks, key=lambda pair: hashlib.sha256(f"label {pair[1].question_id} {pair[1].claim}".encode()).digest())


def ask_all(due: Sequence[tuple[Row, Task]], name: str, runs: RunFolder, console: Console, read: Callable[[], str]) -> int:
    """Show one claim after the other and store what is said at once; the number of claims that were labelled."""
    said: set[int] = set()
    place = 0
    while place < len(due):
        row, task = due[place]
        show(console, row, task, f"{place + 1} of {len(due)}")
        key = read()
        if key == "q":
            break
        if key == "b":
            place = max(0, place - 1)
        elif key in _KEYS:
            runs.add_label(Label(name, task.question_id, task.claim, _KEYS[key]))
            said.add(place)
            place += 1
    return len(said)


def show(console: Console, row: Row, task: Task, where: str) -> None:
    """A claim, and the sentences that it cites within their abstracts, those in bold."""
    console.print()
    console.print(Text(f"{where} · {display_text(row.question.question)}", style="dim"))
    console.print(Text(display_text(task.said), style="bold"))
    for part in task.parts:
        if part.title:
            console.print(Padding(Text(display_text(part.title), style="italic"), (1, 0, 0, 4)))
        console.print(Padding(_marked(part.text, part.spans), (0, 0, 0, 4)))


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> Text:
    shown, at = Text(), 0
    for start, end in spans:
        shown.append(display_text(text[at:start]), style="dim")
        shown.append(display_text(text[start:end]))
        at = end
    shown.append(display_text(text[at:]), style="dim")
    return shown


def _read_key() -> str:
    """What a person answers; the end of the input is a wish to stop."""
    sys.stderr.write(_ASKED)
    sys.stderr.flush()
    line = sys.stdin.readline()
    return line.strip().lower()[:1] if line else "q"


def export_labels(done: Run, lookup: Lookup, path: Path) -> int:
    """Write the claims that people agree on as rows for `load_labelled`; where they differ, the majority, and a tie is left out."""
    if not done.labels:
        raise RagError("Nobody has labelled a claim of this run yet. Begin with: python -m eval label RUN")
    rows = list(_agreed(done, lookup))
    path.write_text("".join(spell_controls(json.dumps(row, ensure_ascii=False)) + "\n" for row in rows), encoding="utf-8")
    return len(rows)


def _agreed(done: Run, lookup: Lookup) -> Iterator[Mapping[str, object]]:
    said: dict[tuple[str, int], list[bool]] = {}
    for one in done.labels:
        if one.supported is not None:
            said.setdefault((one.question_id, one.claim), []).append(one.supported)
    for _, task in in_order(done, lookup, verbatim=True):
        votes = said.get((task.question_id, task.claim), [])
        if sum(votes) * 2 != len(votes):
            yield {"claim": task.said, "doc": _titled(task), "label": int(sum(votes) * 2 > len(votes)), "kind": "of a run"}


def _titled(task: Task) -> str:
    return "\n".join(f"{part.title}\n{part.text}" if part.title else part.text for part in task.parts)
