"""What a model has judged once, on disk: asked again only for other claims, texts, models, prompts or repeats."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

from eval.llm_prompt import VERSION, Item, Judgement
from rag.errors import RagError


class VerdictCache:
    """Judgements by key: one line of JSON each, appended and never changed, so that a killed run loses at most its last line.

    Without a folder it is kept in memory only. Threads and processes may share a folder. `failures` counts what could not be
    written: it is kept in memory.
    """

    def __init__(self, folder: Path | None) -> None:
        """Read what is there; raises RagError where the folder cannot be used."""
        self._known: dict[str, Judgement] = {}
        self._lock = threading.Lock()
        self._path = None if folder is None else folder / "llm-verdicts.jsonl"
        self.failures = 0
        if self._path is not None:
            self._read(self._path)

    def get(self, model: str, item: Item, repeat: int) -> Judgement | None:
        """What the model said of it in this repeat."""
        return self._known.get(_key(model, item, repeat))

    def put(self, model: str, item: Item, repeat: int, judgement: Judgement) -> None:
        """Remember it."""
        key = _key(model, item, repeat)
        row = json.dumps({"key": key, "statements": judgement.to_list()}, ensure_ascii=False)
        with self._lock:
            self._known[key] = judgement
            if self._path is None:
                return
            try:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(f"\n{row}\n")  # the line feed before it ends a line that a killed run left unfinished
            except OSError:
                self.failures += 1

    def _read(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.exists() else []
        except OSError as error:
            raise RagError(f"The judge's cache {path} cannot be used: {error}. Choose another folder.") from error
        for line in lines:
            try:
                row = json.loads(line)
                judgement = Judgement.read(row["statements"])
                if judgement is not None:
                    self._known[row["key"]] = judgement
            except (ValueError, TypeError, KeyError, RecursionError):
                continue  # empty, or unfinished when a run was killed


def _key(model: str, item: Item, repeat: int) -> str:
    return hashlib.sha256(json.dumps([model, VERSION, item.claim, item.text, repeat]).encode()).hexdigest()
