"""`rag.query`: one question, one answer, with an assistant that is opened once a process."""

from __future__ import annotations

import atexit
from threading import Lock
from typing import Any

from rag.answers import Answer
from rag.assistant import Assistant
from rag.config import Settings
from rag.given import Messages

_open: dict[Settings, Assistant] = {}
_lock = Lock()


def query(question: str, history: Messages | None = None, *, settings: Settings | None = None, **options: Any) -> Answer:
    """Answer a question from the corpus that the settings name (default: environment and `.env`).

    `options` are those of `Assistant.ask`. The assistant stays open for the next question with equal settings.
    """
    chosen = settings or Settings()
    with _lock:
        if chosen not in _open:
            _open[chosen] = Assistant.open(chosen)
        assistant = _open[chosen]
    return assistant.ask(question, history, **options)


@atexit.register
def _close() -> None:
    for assistant in _open.values():
        assistant.close()
