"""What the commands say to continuous integration: `--github` and `--junit`."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from eval.report import Annotation, TestCase, add_summary, junit_xml
from rag.model import RagError

GithubOption = Annotated[
    bool, typer.Option("--github", help="Write GitHub annotations, and the step summary where GITHUB_STEP_SUMMARY names its file.")
]
StepSummaryOption = Annotated[Path | None, typer.Option("--step-summary", envvar="GITHUB_STEP_SUMMARY", hidden=True)]
JunitOption = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write the results as JUnit's XML to this file.")]


@dataclass(frozen=True, slots=True)
class GitHub:
    """Where GitHub is told what was found; not `wanted`, it is told nothing."""

    wanted: bool
    summary: Path | None

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What is printed inside is no command to GitHub, whatever a question or a kind is called."""
        if not self.wanted:
            yield
            return
        token = secrets.token_hex(16)
        _write(f"::stop-commands::{token}")
        try:
            yield
        finally:
            _write(f"::{token}::")

    def tell(self, annotations: Iterable[Annotation], markdown: str) -> None:
        """Write the annotations on standard error, which GitHub reads as well, so that standard output stays what it is."""
        if not self.wanted:
            return
        for one in annotations:
            _write(one.command())
        if self.summary is not None:
            add_summary(self.summary, markdown)


NOBODY = GitHub(wanted=False, summary=None)


def _write(line: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def write_junit(path: Path | None, name: str, found: Sequence[TestCase]) -> None:
    """Write the file where one is named; raises RagError where it cannot be written."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(junit_xml(name, found), encoding="utf-8")
    except OSError as error:
        raise RagError(f"{path} cannot be written: {error}.") from error
