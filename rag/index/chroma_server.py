"""Chroma's server: vectors of any number of abstracts behind an address (`RAG_CHROMA_URL`), for several machines at a time.

A collection belongs to one catalogue and one way of embedding, and is named after both. As in `rag.index.segments`, a row is called by its
key (a text's number and that of a passage's first sentence) and is right for as long as its text is there; whether an edition sees it is
for the catalogue to say. So what is added only adds, what is removed writes nothing, and rows of texts that the catalogue itself has
forgotten are deleted now and then. Nothing that the server says is believed but which rows there are and which are near.
"""

from __future__ import annotations

import logging
import math
import re
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rag.embedding import Vectors
from rag.index.chroma import HNSW, explicit_settings, import_chromadb
from rag.index.layout import REPAIR
from rag.index.segments import Keys
from rag.llm import Address, read_address
from rag.model import IndexDamagedError, RagError, strip_controls

log = logging.getLogger(__name__)

_FIRST, _LONGEST, _JITTER = 0.2, 10.0, 0.1  # seconds: the first wait, the longest, and the most that chance adds
_CONNECT = 5.0  # seconds for a connection
_ROWS = 500  # of a batch that is written
_IDS = 5_000  # of a batch that is asked for
_KEY = re.compile(r"0|[1-9][0-9]{0,18}")
_LARGEST = 2**63 - 1
_PASSING = frozenset({408, 425, 429, 502, 503, 504})
_SHOWN = 200  # characters of what a server says

Sleep = Callable[[float], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is made that fails in passing, and the seconds in which the next byte of a reply must come."""

    attempts: int
    read: float


ASKING = Patience(attempts=4, read=10.0)  # a question: it waits for about a second between attempts, in all
WRITING = Patience(attempts=12, read=60.0)  # a run: about a minute


class _PassingError(Exception):
    """What may be gone in a moment."""


class _OddError(Exception):
    """A reply that is none."""


def collection_name(catalogue: int, rule: str) -> str:
    """What the collection of a catalogue, by its number, and of a way of embedding is called."""
    return f"rag-{catalogue}-{sha256(rule.encode()).hexdigest()[:16]}"


def server_name(url: str) -> str:
    """The host and port of a server; raises SettingsError for what is no address."""
    return _address(url).host


class Collection:
    """The rows of one collection. Safe to use from several threads; requests that fail in passing are made again."""

    def __init__(self, url: str, name: str, *, create: bool = False, patience: Patience = ASKING, sleep: Sleep = time.sleep) -> None:
        """Reach it, or make it; raises IndexDamagedError where there is none, RagError where the server cannot be used.

        With `create`, a server that is not there is told soon all the same: nothing has been done yet that waiting would save.
        """
        if not url:
            raise RagError(
                "The index keeps its vectors on a Chroma server, and RAG_CHROMA_URL is not set. Set it to the server's address, "
                "or take the vectors back from the catalogue with: rag index"
            )
        self._address, self._name = _address(url), name
        self._attempts, self._sleep = (ASKING if create else patience).attempts, sleep
        self._api = _api(self._address, patience.read)
        try:
            self._rows = self._reached(create=create)
        except RagError:
            self.close()
            raise
        self._attempts = patience.attempts

    def count(self) -> int:
        """How many rows there are, those of texts that are gone included."""
        return self._asked(_counted)

    def add(self, keys: Keys, vectors: Vectors) -> None:
        """Store the vectors of passages, shape (len(keys), dimensions); those that are there already become the same again."""
        for some, part in zip(_parts(keys, _ROWS), _parts(vectors, _ROWS), strict=True):
            self._asked(partial(_stored, some, part))

    def remove(self, keys: Keys) -> None:
        """Delete rows; unknown keys do not matter."""
        for some in _parts(keys, _ROWS):
            self._asked(partial(_deleted, some))

    def having(self, keys: Keys) -> NDArray[np.bool_]:
        """Which keys there are rows of."""
        found = [self._asked(partial(_among, some)) for some in _parts(keys, _IDS)]
        return np.isin(keys, np.concatenate(found)) if found else np.zeros(0, dtype=np.bool_)

    def all_keys(self) -> Iterator[Keys]:
        """The keys of all rows, some at a time; nobody may write meanwhile."""
        start, count = 0, self.count()
        while start < count and len(some := self._asked(partial(_from, start))):
            yield some
            start += len(some)

    def nearest(self, vector: Vectors, limit: int) -> list[int]:
        """The keys of the `limit` rows nearest to a vector, the nearest first."""
        return self._asked(partial(_nearest, np.asarray(vector, dtype=np.float32), limit))

    def close(self) -> None:
        """Give the connections back; nobody may be asking."""
        self._api._session.close()

    def _reached(self, *, create: bool) -> Any:
        """The collection, as Chroma's client has it; how it is configured is never read from a server."""
        from chromadb.api.models.Collection import Collection as Rows

        how = {"configuration": {"hnsw": HNSW}, "get_or_create": True}
        find = (lambda: self._api.create_collection(self._name, **how)) if create else (lambda: self._api.get_collection(self._name))
        return Rows(client=self._api, model=self._tried(find), embedding_function=None)

    def _asked(self, ask: Callable[[Any], T]) -> T:
        return self._tried(lambda: ask(self._rows))

    def _tried(self, ask: Callable[[], T]) -> T:
        """What a request gives, made again where it fails in passing."""
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random

        retrying = Retrying(
            retry=retry_if_exception_type(_PassingError),
            wait=wait_exponential(multiplier=_FIRST, max=_LONGEST) + wait_random(0, _JITTER),
            stop=stop_after_attempt(self._attempts),
            sleep=self._sleep,
            before_sleep=lambda state: log.warning("%s; asked again in %.1f seconds", self._address.host, state.upcoming_sleep),
            reraise=True,
        )
        with self._told():
            given: T = retrying(_passing, ask)
            return given

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Foreign errors as ours, at this border."""
        from chromadb.errors import ChromaError, NotFoundError

        where = f"The Chroma server at {self._address.host}"
        try:
            yield
        except _PassingError as error:
            raise RagError(
                f"{where} cannot be reached ({self._shown(error)}). Start it with: chroma run --path FOLDER --host HOST --port PORT, "
                "or set RAG_CHROMA_URL to where it is. Then ask again, or type: rag index (it goes on where a run stopped)"
            ) from error
        except NotFoundError as error:
            raise IndexDamagedError(f"{where} has no collection {self._name}. {REPAIR}") from error
        except ChromaError as error:
            raise RagError(f"{where} refuses: {self._shown(error)}. See its log.") from error
        except (_OddError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise RagError(f"{where} answers what Chroma does not ({self._shown(error)}). Is RAG_CHROMA_URL right?") from error

    def _shown(self, error: Exception) -> str:
        """The first line of what was said, without the password that was sent."""
        text = (str(error) or type(error).__name__).strip().partition("\n")[0]
        for secret in self._address.secrets:
            text = text.replace(secret, "…")
        return strip_controls(text)[:_SHOWN]


def _address(url: str) -> Address:
    return read_address(url, "RAG_CHROMA_URL", "http://127.0.0.1:8000")


def _passing(ask: Callable[[], T]) -> T:
    """What a request gives; what may be gone in a moment as such an error."""
    import httpx

    try:
        return ask()
    except httpx.TransportError as error:
        raise _PassingError(str(error) or type(error).__name__) from error
    except Exception as error:
        if type(error) is Exception:  # how Chroma's client tells of a status that it does not know
            raise _OddError(str(error)) from error
        raise


def _api(address: Address, read: float) -> Any:
    """Chroma's client of HTTP: the one inside `chromadb.HttpClient`, which sets no time limits and asks before any could be set."""
    import httpx

    import_chromadb()
    from chromadb.api.fastapi import FastAPI
    from chromadb.config import System

    login = {} if address.login is None else {"Authorization": "Basic " + b64encode(":".join(address.login).encode()).decode()}
    settings = explicit_settings()(
        anonymized_telemetry=False,
        allow_reset=False,
        chroma_api_impl="chromadb.api.fastapi.FastAPI",
        chroma_server_host=address.url,
        chroma_server_http_port=8000,  # asked for, and not used: the address has it
        chroma_server_headers=login,
    )
    api = System(settings).instance(FastAPI)
    api._session.timeout = httpx.Timeout(read, connect=_CONNECT)
    api._session.event_hooks = {"response": [_judge]}
    return api


def _judge(response: Any) -> None:
    """Tell what may be gone in a moment, and what is no server of Chroma's: its client takes any page for an answer."""
    if response.status_code in _PASSING:
        raise _PassingError(f"status {response.status_code}")
    if response.is_redirect or "json" not in response.headers.get("content-type", "json"):
        raise _OddError(f"status {response.status_code}, {response.headers.get('content-type', 'no type')}")


# What is asked of the rows of a collection, and what is taken for an answer.


def _counted(rows: Any) -> int:
    number = rows.count()
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise _OddError(f"{str(number)[:40]!r} is no number of rows")
    return number


def _stored(keys: Keys, vectors: Vectors, rows: Any) -> None:
    rows.upsert(ids=_written(keys), embeddings=vectors)


def _deleted(keys: Keys, rows: Any) -> None:
    rows.delete(ids=_written(keys))


def _among(keys: Keys, rows: Any) -> Keys:
    return _read(rows.get(ids=_written(keys), include=[])["ids"])


def _from(start: int, rows: Any) -> Keys:
    return _read(rows.get(limit=_IDS, offset=start, include=[])["ids"])


def _nearest(vector: Vectors, limit: int, rows: Any) -> list[int]:
    found = rows.query(query_embeddings=[vector], n_results=limit, include=["distances"])
    (ids,), (distances,) = found["ids"], found["distances"]
    if len(ids) != len(distances) or len(ids) > limit or not all(math.isfinite(one) for one in distances):
        raise _OddError(f"{len(ids)} rows at {len(distances)} distances where {limit} were asked for")
    return [int(key) for key in _read(ids)]


def _written(keys: Keys) -> list[str]:
    return [str(key) for key in keys.tolist()]


def _read(ids: Sequence[object]) -> Keys:
    """The keys that a server named; raises _OddError for what is none."""
    odd = [one for one in ids if not (isinstance(one, str) and _KEY.fullmatch(one) and int(one) <= _LARGEST)]
    if odd:
        raise _OddError(f"a row is called {str(odd[0])[:40]!r}")
    return np.array([int(str(one)) for one in ids], dtype=np.int64)


def _parts(rows: NDArray[Any], size: int) -> Iterator[NDArray[Any]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
