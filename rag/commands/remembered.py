"""The last answer of `rag ask` or `rag chat`, kept in the index folder, so that `rag show 2` knows what [2] was."""

from __future__ import annotations

import json
from pathlib import Path

from rag.answers import Answer, Citation
from rag.config import Settings
from rag.errors import NotFoundError

_NOTHING = "No answer is remembered. Ask first: rag ask QUESTION"


def remember(settings: Settings, answer: Answer) -> None:
    """Keep an answer; where the folder cannot be written, only `rag show NUMBER` and `rag export` miss it."""
    path = _path(settings)
    if not path.parent.is_dir():
        return
    fresh = path.with_suffix(".new")
    try:
        fresh.write_text(json.dumps(answer.to_dict()), encoding="utf-8")
        fresh.replace(path)
    except OSError:
        return


def recall(settings: Settings) -> Answer:
    """The last answer; raises NotFoundError where there is none that can be read."""
    try:
        return Answer.from_dict(json.loads(_path(settings).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotFoundError(_NOTHING) from error


def cited(answer: Answer, number: int) -> Citation:
    """The source with this number; raises NotFoundError, which names the numbers there are."""
    try:
        return answer.citation(number)
    except KeyError as error:
        there = f"its sources are 1 to {len(answer.citations)}" if answer.citations else "it has no sources"
        raise NotFoundError(f"The last answer has no source [{number}]; {there}.") from error


def _path(settings: Settings) -> Path:
    return settings.index_dir / "last-answer.json"
