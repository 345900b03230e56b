"""A model that embeds, at any OpenAI-compatible server."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.llm.endpoint import Endpoint, LateError, StoppedError
from rag.llm.failures import FEW, PassingError, RefusedError, Sleep, UnknownModelError, attempts, given_up
from rag.llm.protocol import TooMuchError
from rag.llm.records import Call, Usage
from rag.model import ModelError, Settings

ANNOUNCEMENT = "Passages and questions are embedded by {model} at {host}: their texts are sent there."


class EmbeddingModel:
    """Asks for the vectors of texts, with the same retries and limits as a model that writes. Share it between threads."""

    def __init__(
        self,
        settings: Settings,
        model: str,
        *,
        sleep: Sleep = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        announce: Callable[[str], None] | None = None,
    ) -> None:
        """Makes no request; raises SettingsError for an address or a key that cannot be one."""
        self.name = model
        self.usage = Usage()
        self._settings, self._sleep, self._clock, self._announce = settings, sleep, clock, announce
        self._endpoint = Endpoint(settings, clock)

    @property
    def host(self) -> str:
        """Where it is served."""
        return self._endpoint.host

    def vectors(self, texts: Sequence[str], dimensions: int | None = None, call: Call | None = None) -> NDArray[np.float32]:
        """One finite row a text, in the order of the texts, as the service gives them. Shape (n, dimensions).

        Raises ModelError where the service cannot be used, or goes on giving other vectors than asked for.
        """
        call = call or Call(2**62)
        until = self._clock() + self._settings.model_deadline
        self._endpoint.announce(self.name, ANNOUNCEMENT, self._announce)
        try:
            for attempt in attempts(self._settings, call, until, self._clock, self._sleep):
                with attempt:
                    return self._once(texts, dimensions, call, until)
        except PassingError as failure:
            raise ModelError(given_up(failure, until, self._clock, self._settings)) from None
        except RefusedError as refused:
            raise ModelError(f"{self.host} does not embed these texts ({refused.status}): {refused.words}. Check RAG_EMBEDDING.") from None
        except UnknownModelError as error:
            raise ModelError(f"{error}. Check RAG_EMBEDDING (now 'openai:{self.name}') and OPENAI_BASE_URL.") from None
        except (StoppedError, LateError, TooMuchError):
            late = f"{self.host} did not give the vectors within {self._settings.model_deadline:g} seconds"
            raise ModelError(f"{late} (RAG_MODEL_DEADLINE). Ask again later, or raise it.") from None
        raise AssertionError("attempts end with a return or an error")

    def close(self) -> None:
        """Give the connections back."""
        self._endpoint.close()

    def _once(self, texts: Sequence[str], dimensions: int | None, call: Call, until: float) -> NDArray[np.float32]:
        body = {"model": self.name, "input": list(texts), "encoding_format": "float"}
        data = self._endpoint.document(lambda client: client.embeddings.with_streaming_response.create(**body), call, until)
        used = data.get("usage")
        counted = used.get("prompt_tokens") if isinstance(used, Mapping) else None
        usage = Usage(1, counted if isinstance(counted, int) else sum(map(len, texts)) // 4)
        self.usage += usage
        call.add(usage)
        return self._checked(data.get("data"), len(texts), dimensions)

    def _checked(self, rows: Any, count: int, dimensions: int | None) -> NDArray[np.float32]:
        """The rows in their order; count, order, numbers and their finiteness are what a service may get wrong."""
        if not isinstance(rows, list) or len(rows) != count:
            raise self._wrong(f"{len(rows) if isinstance(rows, list) else 'no'} vectors for {count} texts")
        try:
            ordered = {int(row["index"]): row["embedding"] for row in rows}
            matrix = np.array([ordered[index] for index in range(count)], dtype=np.float32)
        except (KeyError, TypeError, ValueError):
            raise self._wrong("vectors of different lengths, or out of order") from None
        if matrix.ndim != 2 or matrix.shape[1] == 0 or (dimensions is not None and matrix.shape[1] != dimensions):
            raise self._wrong(f"vectors of {matrix.shape[-1]} numbers in the place of {dimensions}")
        if not np.isfinite(matrix).all() or not matrix.any(axis=1).all():
            raise self._wrong("vectors that are not numbers, or nothing but zeros")
        return matrix

    def _wrong(self, what: str) -> PassingError:
        return PassingError(f"{self.host} gave {what} (model {self.name})", attempts=FEW)
