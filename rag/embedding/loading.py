"""The embedder that `RAG_EMBEDDING` names: wordllama, minilm, or a model of an OpenAI-compatible service; or one that is given."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from rag.embedding.encoder import INSTALL, MiniLM, load_minilm, weights_folder
from rag.embedding.wordllama import Embedder, Vectors, WordLlama, load_wordllama, unit_rows
from rag.llm import EmbeddingModel
from rag.model import Settings, SettingsError

_TEXTS, _TOKENS = 256, 50_000  # of one request, which OpenAI bounds at 2,048 texts and 300,000 tokens
_CHARACTERS_A_TOKEN = 3  # rather too few, so that a batch is not too large
_QUESTIONS = 256  # whose vectors are kept in memory
_MOST_BYTES = 256_000_000  # of vectors kept on disk
_PREFIX = "openai:"


def load_embedder(settings: Settings, given: object | None = None, *, space: str | None = None) -> Embedder:
    """The embedder that the settings name, or `given`: one of ours, or any LlamaIndex embedding.

    For "auto" it is the one of `space`, the name of an index's embedding, by default the encoder where its weights are installed.
    Makes no request. Raises SettingsError for a name that is not known and a package that is not installed.
    """
    if given is not None:
        return given if _is_ours(given) else LlamaIndexEmbedder(given)  # type: ignore[return-value]
    name = settings.embedding
    if name == "auto":
        encoded = (space or vector_spaces("auto")[0]) == MiniLM.name
        return load_minilm() if encoded else replace(load_wordllama(), reread=weights_folder() is not None)
    if name == "wordllama":
        return load_wordllama()
    if name == "minilm":
        return load_minilm()
    if name.startswith(_PREFIX) and name != _PREFIX:
        return ServiceEmbedder(settings)
    raise SettingsError(
        f"RAG_EMBEDDING cannot be {name!r}. Known: auto, minilm, wordllama, openai:text-embedding-3-small (or another model)."
    )


def vector_spaces(setting: str, embedding: object | None = None) -> tuple[str, ...]:
    """The names of the embeddings that a setting allows, the preferred one first; nothing is loaded for it.

    Vectors of different names do not compare. A LlamaIndex embedding is called after its class and its model.
    """
    if embedding is not None:
        name = getattr(embedding, "name", None)
        return (str(name) if name else f"{type(embedding).__name__}/{getattr(embedding, 'model_name', 'unknown')}",)
    if setting == "auto":
        return (MiniLM.name, WordLlama.name) if weights_folder() is not None else (WordLlama.name,)
    return ({"wordllama": WordLlama.name, "minilm": MiniLM.name}.get(setting, setting),)


def encoder_advice(settings: Settings, space: str, abstracts: int) -> str:
    """What to type so that an index of so many abstracts, embedded as `space`, is compared by meaning; "" where it is or cannot be."""
    if settings.embedding != "auto" or space != WordLlama.name or abstracts > settings.encoder_limit:
        return ""
    if weights_folder() is None:
        return f"Texts are compared by their words: the sentence encoder is not installed. Type: {INSTALL}, then: rag index --rebuild"
    return "This index compares texts by their words. To have them compared by the sentence encoder, type: rag index --rebuild"


def _is_ours(given: object) -> bool:
    return callable(getattr(given, "embed", None)) and isinstance(getattr(given, "name", None), str)


class LlamaIndexEmbedder:
    """A LlamaIndex embedding as one of ours; questions are embedded as it embeds texts."""

    def __init__(self, embedding: Any) -> None:
        (self.name,) = vector_spaces("", embedding)
        self._embedding = embedding
        self._dimensions = 0

    @property
    def dimensions(self) -> int:
        """Numbers of a vector; it does not say, so it is asked for one."""
        self._dimensions = self._dimensions or len(self._embedding.get_text_embedding("dimensions"))
        return self._dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, of length 1. Shape (n, dimensions)."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return unit_rows(np.array(self._embedding.get_text_embedding_batch(list(texts)), dtype=np.float32))


class ServiceEmbedder:
    """A model of an OpenAI-compatible service ("openai:text-embedding-3-small"). Safe to use from several threads.

    Batches are kept on disk by the hash of each text, below `RAG_INDEX_DIR`, so that an indexing that is interrupted does not
    pay twice; single questions are kept in memory only.
    """

    def __init__(self, settings: Settings, *, sleep: Callable[[float], None] = time.sleep, announce: Callable[[str], None] | None = None):
        self.name = settings.embedding
        self.model = EmbeddingModel(settings, settings.embedding.removeprefix(_PREFIX), sleep=sleep, announce=announce)
        self._store = VectorFile(settings.index_dir / "embedded", self.name)
        self._asked: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    @property
    def dimensions(self) -> int:
        """Numbers of a vector; the service is asked for one where none was ever kept."""
        if not self._store.dimensions:
            self._store.add(["dimensions"], self._fetch(["dimensions"]))
        return self._store.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, of length 1, a blank one zeros. Shape (n, dimensions). Raises ModelError."""
        if len(texts) == 1 and texts[0].strip():
            return self._question(texts[0])
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        wanted = list(dict.fromkeys(text for text in texts if text.strip()))
        known = self._store.find(wanted)
        for batch in _batches([text for text in wanted if text not in known]):
            vectors = self._fetch(batch)
            self._store.add(batch, vectors)
            known.update(zip(batch, vectors, strict=True))
        for index, text in enumerate(texts):
            if text in known:
                rows[index] = known[text]
        return rows

    def _question(self, text: str) -> Vectors:
        with self._lock:
            found = self._asked.get(text)
            if found is not None:
                self._asked.move_to_end(text)
                return found.copy()
        vector = self._fetch([text])
        with self._lock:
            self._asked[text] = vector
            while len(self._asked) > _QUESTIONS:
                self._asked.popitem(last=False)
        return vector.copy()

    def _fetch(self, texts: Sequence[str]) -> Vectors:
        return unit_rows(self.model.vectors(texts, self._store.dimensions or None))


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts in requests of a bounded size, in their order."""
    batch: list[str] = []
    tokens = 0
    for text in texts:
        size = len(text) // _CHARACTERS_A_TOKEN + 1
        if batch and (len(batch) == _TEXTS or tokens + size > _TOKENS):
            yield batch
            batch, tokens = [], 0
        batch.append(text)
        tokens += size
    if batch:
        yield batch


class VectorFile:
    """Vectors on disk by the hash of their texts: records of one size, appended; a torn or damaged one is not found.

    When the file is full it is begun anew. One process writes (the one that indexes); the number of a vector's numbers
    is in the file's name.
    """

    def __init__(self, folder: Path, name: str, most: int = _MOST_BYTES) -> None:
        self._folder, self._most = folder, most
        self._stem = hashlib.sha256(name.encode()).hexdigest()[:16]
        self._lock = Lock()
        paths = sorted(folder.glob(f"{self._stem}.*.vectors")) if folder.is_dir() else []
        self.dimensions = int(paths[-1].name.split(".")[1]) if paths else 0
        self._rows: dict[bytes, Vectors] | None = None

    def find(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of those texts that are kept."""
        with self._lock:
            rows = self._load()
            return {text: rows[key] for text in texts if (key := _key(text)) in rows}

    def add(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep the vectors of texts; on a disk that takes no more, they are kept in memory alone."""
        with self._lock:
            self.dimensions = self.dimensions or int(vectors.shape[1])
            records = np.zeros(len(texts), dtype=self._record())
            records["key"] = np.array([np.frombuffer(_key(text), dtype=np.uint8) for text in texts])
            records["row"] = vectors
            records["sum"] = _sums(records)
            self._load().update({_key(text): row for text, row in zip(texts, vectors, strict=True)})
            self._append(records.tobytes())

    def _append(self, data: bytes) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._path().open("ab") as file:
                whole = file.tell() - file.tell() % self._record().itemsize
                file.truncate(0 if whole + len(data) > self._most else whole)
                file.write(data)
        except OSError:
            return  # it only saves asking again

    def _load(self) -> dict[bytes, Vectors]:
        if self._rows is None:
            self._rows = {}
            if self.dimensions and self._path().exists():
                size = self._record().itemsize
                with self._path().open("rb") as file:
                    data = file.read()
                records = np.frombuffer(data[: len(data) - len(data) % size], dtype=self._record())
                for record in records[_sums(records) == records["sum"]]:
                    self._rows[record["key"].tobytes()] = record["row"]
        return self._rows

    def _record(self) -> np.dtype[Any]:
        return np.dtype([("key", "u1", 32), ("row", "<f4", self.dimensions), ("sum", "<u4")])

    def _path(self) -> Path:
        return self._folder / f"{self._stem}.{self.dimensions}.vectors"


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _sums(records: Any) -> Any:
    """A sum over each record's numbers, by which a torn one is known."""
    bits = np.ascontiguousarray(records["row"]).view(np.uint32).astype(np.uint64)
    return ((bits * np.arange(1, bits.shape[-1] + 1, dtype=np.uint64)).sum(axis=-1) + records["key"].sum(axis=-1) + 1).astype(np.uint32)
