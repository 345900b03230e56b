"""A model's reply read while it comes: each claim as soon as it is whole."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rag.answers.draft import MOST_CLAIMS, DraftClaim, claims_of, loads


class ClaimReader:
    """Finds the finished objects of the array "claims" in a reply that grows; `feed` gives each once, as soon as it is whole. `text` is
    all that came."""

    def __init__(self) -> None:
        self.text = ""
        self._position = 0
        self._depth: list[str] = []
        self._inside = self._escaped = False
        self._word_start = self._element = 0
        self._last_word = ""
        self._claims_depth: int | None = None
        self._thinking: bool | None = None
        self._count = 0
        self._finished = False
        self._columns: tuple[str, ...] | None = None

    def feed(self, piece: str) -> Iterator[DraftClaim]:
        """Read on; yields the claims that this piece completes."""
        self.text += piece
        if self._still_thinking():
            return
        while self._position < len(self.text) and not self._finished:
            character = self.text[self._position]
            self._position += 1
            if self._read(character):
                self._count += 1
                if self._count <= MOST_CLAIMS:
                    yield from claims_of(loads(self.text[self._element : self._position]), self._count - 1, self.columns)

    @property
    def columns(self) -> tuple[str, ...]:
        """The heads of the table that stand before the claims."""
        if self._columns is None:
            _, _, rest = self.text.partition('"columns"')
            self._columns = _strings(rest.lstrip(" :\n\t"))
        return self._columns

    def _still_thinking(self) -> bool:
        """True while the reply is inside <think>...</think>, which some models write before they answer."""
        if self._thinking is None:
            opening = self.text.lstrip()
            if len(opening) < len("<think>") and "<think>".startswith(opening):
                return True
            self._thinking = opening.startswith("<think>")
        if self._thinking:
            end = self.text.find("</think>")
            if end < 0:
                return True
            self._position, self._thinking = end + len("</think>"), False
        return False

    def _read(self, character: str) -> bool:
        """Take one character; True where it closes an element of "claims"."""
        if self._inside:
            if self._escaped:
                self._escaped = False
            elif character == "\\":
                self._escaped = True
            elif character == '"':
                self._inside = False
                self._last_word = self.text[self._word_start : self._position - 1]
            return False
        if character == '"' and self._depth:
            self._inside, self._word_start = True, self._position
        elif character in "{[" and (self._depth or character == "{"):
            self._open(character)
        elif character in "}]" and self._depth:
            return self._close()
        return False

    def _open(self, character: str) -> None:
        if character == "{" and self._claims_depth is not None and len(self._depth) == self._claims_depth:
            self._element = self._position - 1
        self._depth.append(character)
        if character == "[" and self._last_word == "claims" and self._claims_depth is None:
            self._claims_depth = len(self._depth)
        self._last_word = ""

    def _close(self) -> bool:
        opened = self._depth.pop()
        if self._claims_depth is None:
            return False
        if len(self._depth) < self._claims_depth:
            self._finished = True
            return False
        return opened == "{" and len(self._depth) == self._claims_depth


def _strings(text: str) -> tuple[str, ...]:
    """The texts of the JSON list that a text begins with."""
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(text) if text.startswith("[") else ([], 0)
    except (ValueError, RecursionError):
        return ()
    return tuple(one for one in found if isinstance(one, str))
