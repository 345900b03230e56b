"""Ask a corpus of paper abstracts: every sentence of an answer is cited to, and checked against, a sentence of an abstract.

>>> import rag
>>> answer = rag.query("How does KS-Lottery find winning tickets?")
>>> print(answer.to_markdown())
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from rag.model import Abstract, Answer, Citation, Claim, Hit, NearMiss, RagError, Source, Support

if TYPE_CHECKING:
    from rag.assistant import Assistant, query
    from rag.model import Settings
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
_HOMES = {"Assistant": "rag.assistant", "Settings": "rag.model", "check_support": "rag.support", "query": "rag.assistant"}


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
