"""`python -m eval trend`: the runs of a folder, in the order of time, on one page."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from eval.records import Metric
from eval.report import Point, trend_report
from eval.runs import RunFolder, read_run
from rag.model import RagError, SettingsError, strip_controls


def trend(
    folder: Annotated[Path, typer.Argument(help="The folder that the folders of runs lie in, such as runs.")],
    out: Annotated[Path, typer.Option(help="Write the page to this file.")] = Path("trend.html"),
) -> None:
    """Draw the main metrics of all stored runs over time, each with its interval, on one page."""
    if not folder.is_dir():
        raise SettingsError(f"There is no folder {folder}. Give the one that the folders of runs lie in, such as runs.")
    points = []
    for path in sorted(folder.iterdir()):
        if not path.name.startswith(".") and (path / "manifest.json").is_file():
            try:
                points.append(point_of(path))
            except RagError as error:
                sys.stderr.write(strip_controls(f"Left out {path.name}: {error}") + "\n")
    if not points:
        raise SettingsError(f"There is no run in {folder}. Make one with: python -m eval run --out {folder / 'first'}")
    out.write_text(trend_report(points, folder.resolve().name), encoding="utf-8")
    sys.stderr.write(f"{len(points)} runs: {out}\n")


def point_of(path: Path) -> Point:
    """A run with the figures of its summary, computed anew where it has none that can be read; raises RagError for no run."""
    metrics = _summarized(path)
    if metrics is None:
        done = read_run(path)
        return Point(path.name, done.manifest, done.metrics)
    return Point(path.name, RunFolder(path).manifest or {}, metrics)


def _summarized(path: Path) -> dict[str, Metric] | None:
    try:
        found = json.loads((path / "summary.json").read_text(encoding="utf-8"))["metrics"]
        return {name: Metric.from_dict(name, one) for name, one in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
