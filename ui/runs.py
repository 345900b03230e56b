"""The runs of the evaluation below a folder, as far as they can be read: a run may be unfinished, damaged or foreign."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.records import Metric
from eval.report import changed_settings
from rag.model import RagError

FOLDER = Path("runs")  # below the folder that `rag ui` was started in
_MOST = 100  # runs that are listed
_BYTES = 50_000_000  # of a summary or a report that is read
_NUMBERS = ("value", "low", "high")


@dataclass(frozen=True, slots=True)
class Found:
    """A run as its folder has it. `trouble` says why there are no figures, "" where there are.

    `changed` are the settings that are not at their defaults, as they are shown; `settings` are all that are stated.
    """

    path: Path
    name: str
    made: str = ""
    questions: int = 0
    judge: str = ""
    model: str = ""
    changed: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    trouble: str = ""

    @property
    def report(self) -> bytes | None:
        """The report's file, None where there is none."""
        path = self.path / "report.html"
        return path.read_bytes() if path.is_file() and path.stat().st_size <= _BYTES else None


def find(folder: Path = FOLDER) -> list[Found]:
    """The runs below a folder, the newest first; nothing in them raises."""
    try:
        paths = sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
    except OSError:
        return []
    found = [_read(one) for one in paths[:_MOST]]
    return sorted(found, key=lambda one: one.made, reverse=True)


def _read(path: Path) -> Found:
    try:
        manifest = _object(path / "manifest.json")
        return _described(path, manifest, _object(path / "summary.json"))
    except FileNotFoundError as error:
        what = "It is no run" if Path(str(error.filename)).name == "manifest.json" else "It has no figures yet"
        return Found(path, path.name, trouble=f"{what}: there is no {Path(str(error.filename)).name} in it.")
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, RagError) as error:
        return Found(path, path.name, trouble=f"It is damaged ({type(error).__name__}: {str(error)[:200]}).")


def _described(path: Path, manifest: Mapping[str, Any], summary: Mapping[str, Any]) -> Found:
    if not all(isinstance(manifest.get(name) or {}, dict) for name in ("settings", "changed settings")):
        raise ValueError("its settings are no mapping")
    return Found(
        path,
        path.name,
        str(manifest.get("when", ""))[:20],
        int(manifest["questions"]["count"]),
        str(manifest.get("judge", ""))[:100],
        str(manifest.get("model service") or "")[:100],
        dict(changed_settings(manifest)),
        manifest.get("settings") or {},
        {str(name): _metric(str(name), one) for name, one in summary["metrics"].items()},
    )


def _metric(name: str, data: Mapping[str, Any]) -> Metric:
    value, low, high = (None if data[one] is None else float(data[one]) for one in _NUMBERS)
    return Metric(name, value, low, high, int(data["n"]), int(data["of"]))


def _object(path: Path) -> Mapping[str, Any]:
    if path.stat().st_size > _BYTES:
        raise ValueError(f"{path.name} has more than {_BYTES // 10**6} MB")
    data = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
    if not isinstance(data, dict):
        raise ValueError(f"{path.name} is no mapping")
    return data


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def safe(name: str) -> str:
    """A run's name as the name of a file."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:60] or "run"
