"""What is shown on stderr while something is under way: an answer as it is made, an index as it is built."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.text import Text

from rag.cli.terminal import claim_text, messages
from rag.model import Claim, Event, Progress, Settings, Stage, display_text, silent

_STAGES: dict[Stage, str] = {"read": "reading files", "merge": "merging works", "embed": "embedding texts", "index": "building the index"}


@contextmanager
def following(settings: Settings) -> Iterator[Callable[[Event], None]]:
    """Shows an answer while a model makes it: what is being done, and the claims so far; all of it goes when the answer is there. Silent
    without a model, which takes no time, and where stderr is no terminal."""
    console = messages()
    if not (settings.writes and console.is_terminal):
        yield lambda _: None
        return
    from rich.live import Live

    claims: list[Claim] = []
    note = [""]
    with Live(console=console, transient=True, auto_refresh=False, vertical_overflow="visible") as shown:

        def follow(step: Event) -> None:
            note[0] = step.note or note[0]
            if step.kind == "restart":
                claims.clear()
            if step.claim is not None:
                claims.insert(step.position, step.claim)
            said = Text(" ").join(map(claim_text, claims))
            shown.update(Text("\n\n").join(part for part in (said, Text(display_text(note[0]), style="dim")) if part.plain), refresh=True)

        yield follow


@contextmanager
def progress() -> Iterator[Progress]:
    """Bars with estimates on stderr, one a stage of indexing; silent where stderr is no terminal."""
    console = messages()
    if not console.is_terminal:
        yield silent
        return
    from rich import progress as bars

    class Rate(bars.ProgressColumn):
        """How many a second."""

        def render(self, task: bars.Task) -> Text:
            return Text(f"{task.speed:,.1f}/s" if task.speed else "", style="dim")

    described, counted = bars.TextColumn("{task.description}", markup=False), bars.MofNCompleteColumn()
    columns = (described, bars.BarColumn(), counted, Rate(), bars.TimeRemainingColumn())
    with bars.Progress(*columns, console=console, transient=True) as drawn:
        tasks: dict[Stage, bars.TaskID] = {}

        def note(stage: Stage, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = drawn.add_task(_STAGES[stage], total=total)
            drawn.update(tasks[stage], completed=done, total=total)

        yield note
