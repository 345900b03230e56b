"""Ask a corpus of paper abstracts: every sentence of an answer is cited to, and checked against, a sentence of an abstract.

>>> import rag
>>> answer = rag.query("How does KS-Lottery find winning tickets?")
>>> print(answer.to_markdown())
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from rag.answers import Answer, Citation, Claim, NearMiss, Support
from rag.errors import RagError
from rag.records import Abstract, Hit, Source

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.config import Settings
    from rag.querying import query
    from rag.support import check_support

__all__ = [
    "Abstract",
    "Answer",
    "Assistant",
    "Citation",
    "Claim",
    "Hit",
    "NearMiss",
    "RagError",
    "Settings",
    "Source",
    "Support",
    "check_support",
    "query",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())

# What needs numpy, the index or pydantic is imported when it is first named, so that `import rag` takes a moment.
_HOMES = {"Assistant": "rag.assistant", "Settings": "rag.config", "check_support": "rag.support", "query": "rag.querying"}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    if name not in _HOMES:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def _version() -> str:
    """The version of the installed distribution; "unknown" where the code is used without having been installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("abstract-rag")
    except PackageNotFoundError:
        return "unknown"
