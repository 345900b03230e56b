"""What answers need of a model that writes, whoever serves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from rag.llm.records import Call, Message, Reply, Restart, Usage


class LanguageModel(Protocol):
    """A model that writes. `rag.llm.ChatModel` is one at a server, `rag.llm.ObjectModel` one that a program brings along.

    Share it between threads. `complete` and `stream` raise ModelError where nothing came, and where the tokens of `call` are used up.
    """

    @property
    def name(self) -> str:
        """The model, as an answer names it; raises ModelError where that cannot be known."""
        ...

    @property
    def host(self) -> str:
        """Where it is served."""
        ...

    def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, call: Call, max_tokens: int | None = None
    ) -> Reply:
        """Ask, and wait for the whole reply."""
        ...

    def stream(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, call: Call, max_tokens: int | None = None
    ) -> Iterator[str | Restart | Reply]:
        """Ask, and give the reply piece by piece; the last item is the whole of it. Ends at once when `call` is stopped."""
        ...

    def cost(self, usage: Usage) -> float | None:
        """US dollars; None where the price is not known."""
        ...

    def close(self) -> None:
        """Give back what was opened for it."""
        ...
