"""What a run was made with, so that it can be made again, and so that two runs are compared only where they can be."""

from __future__ import annotations

import hashlib
import os
import platform
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from eval.questions import fingerprint
from eval.records import Question
from rag.assistant import Assistant
from rag.config import Settings, variable

SEED = 20261121  # of all resampling
_PACKAGES = ("abstract-rag", "chromadb", "tantivy", "wordllama", "numpy", "openai", "llama-index-core")
_SAME = ("questions", "settings", "corpus", "judge", "model service")  # what makes two runs the same run
_PLACES = ("index_dir", "corpus", "openai_api_key", "openai_base_url")  # where things are, and what is secret


def make_manifest(questions: Sequence[Question], assistant: Assistant, judge: str, *, name: str) -> dict[str, Any]:
    """The manifest of a run; holds no key and no path."""
    settings = assistant.settings
    abstracts = assistant.abstracts()
    return {
        "name": name,
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "questions": {"count": len(questions), "fingerprint": fingerprint(questions)},
        "settings": stated(settings),
        "changed settings": {
            name: value for name, value in stated(settings).items() if value != stated(Settings(_env_file=None)).get(name)
        },
        "corpus": {"abstracts": len(abstracts), "fingerprint": _digest(sorted(one.id for one in abstracts))},
        "index": assistant.generation,
        "model service": _host(settings),
        "judge": judge,
        "seed": SEED,
        "versions": {"python": platform.python_version(), **{one: _version(one) for one in _PACKAGES}},
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()},
        "question_ids": [one.id for one in questions],
    }


def identity(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What must be equal for a run to go on."""
    return {name: manifest.get(name) for name in _SAME}


def stated(settings: Settings) -> dict[str, Any]:
    """The settings under the names of their variables, without places and secrets."""
    dumped = settings.model_dump(mode="json")
    return {variable(name): value for name, value in dumped.items() if name not in _PLACES}


def _host(settings: Settings) -> str | None:
    """Who writes the answers, None where nobody does."""
    if not settings.writes:
        return None
    from urllib.parse import urlsplit

    return urlsplit(settings.openai_base_url or "https://api.openai.com").hostname


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _digest(items: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(items).encode()).hexdigest()[:16]
