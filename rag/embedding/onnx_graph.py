"""The graph of a BERT encoder for onnxruntime, written from its weights as they are.

Matrices of 8 bits were tried: a fifth faster on a processor with AVX-512, and so coarse that a difference in the last digit of a float,
as between two processors, changed a vector by 0.001 and with it 14 of 343 answers.

A graph is a protobuf message (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto); the few parts of the format that are needed
are written out here, where the package `onnx` would have to be installed to write them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Weights = Callable[[str], Array]

INPUT, OUTPUT = "embedded", "states"

_FLOATS = 1  # of TensorProto.DataType
_FLOAT, _INT = 1, 2  # AttributeProto.AttributeType
_CONTRIBUTED = "com.microsoft"  # onnxruntime's own operators, which are fused
_VERSIONS = {"": 17, _CONTRIBUTED: 1}
_FORMAT = 8  # ir_version, which onnxruntime reads since 1.12


def bert_graph(weights: Weights, *, layers: int, heads: int, dimensions: int, epsilon: float) -> bytes:
    """A model from embedded tokens, float32 of shape (texts, tokens, dimensions), to the last layer's states, of the same shape.

    `weights` gives a tensor by the name that Hugging Face's BertModel has for it.
    """
    graph = _Graph(weights)
    states = graph.layer_norm(INPUT, "embeddings.LayerNorm", epsilon)
    for number in range(layers):
        layer = f"encoder.layer.{number}."
        parts = [graph.linear(states, f"{layer}attention.self.{name}") for name in ("query", "key", "value")]
        seen = graph.node("MultiHeadAttention", parts, num_heads=heads)
        states = graph.added_norm(
            graph.linear(seen, f"{layer}attention.output.dense"), states, f"{layer}attention.output.LayerNorm", epsilon
        )
        inner = graph.node("Gelu", [graph.linear(states, f"{layer}intermediate.dense")])
        states = graph.added_norm(graph.linear(inner, f"{layer}output.dense"), states, f"{layer}output.LayerNorm", epsilon)
    return graph.model(states, dimensions)


class _Graph:
    """Nodes and constants in the order in which they were added; each method returns the name of what its node gives."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []

    def linear(self, given: str, name: str) -> str:
        """The product with a matrix, and its bias added."""
        product = self.node("MatMul", [given, self._constant(self._weights(f"{name}.weight").T)], domain="")
        return self.node("Add", [product, self._constant(self._weights(f"{name}.bias"))], domain="")

    def layer_norm(self, given: str, name: str, epsilon: float) -> str:
        """Layer normalization over the last axis."""
        return self.node("LayerNormalization", [given, *self._norm(name)], domain="", axis=-1, epsilon=epsilon)

    def added_norm(self, given: str, before: str, name: str, epsilon: float) -> str:
        """Layer normalization of a sum."""
        return self.layer_norm(self.node("Add", [given, before], domain=""), name, epsilon)

    def node(self, operator: str, inputs: list[str], *, domain: str = _CONTRIBUTED, **attributes: float) -> str:
        """Add a node; whole numbers among its attributes are of that type."""
        output = f"{len(self._nodes)}"
        named = b"".join(_field(5, _attribute(name, value)) for name, value in attributes.items())
        ends = b"".join(_field(1, one) for one in inputs) + _field(2, output)
        self._nodes.append(ends + _field(4, operator) + named + _field(7, domain))
        return output

    def model(self, states: str, dimensions: int) -> bytes:
        """The whole as a ModelProto."""
        self._nodes.append(_field(1, states) + _field(2, OUTPUT) + _field(4, "Identity"))
        shape = ("texts", "tokens", dimensions)
        constants = [piece for one in self._constants for piece in (_head(5, len(one)), one)]  # 43 MB, put together once
        body = [_field(1, one) for one in self._nodes] + [_field(2, "encoder"), *constants]
        body += [_field(11, _value(INPUT, shape)), _field(12, _value(OUTPUT, shape))]
        versions = [_field(8, _field(1, domain) + _field(2, version)) for domain, version in _VERSIONS.items()]
        return b"".join([_field(1, _FORMAT), *versions, _head(7, sum(map(len, body))), *body])

    def _norm(self, name: str) -> list[str]:
        return [self._constant(self._weights(f"{name}.{part}")) for part in ("weight", "bias")]

    def _constant(self, values: Array) -> str:
        name = f"c{len(self._constants)}"
        sizes = b"".join(_field(1, size) for size in values.shape)
        self._constants.append(sizes + _field(2, _FLOATS) + _field(8, name) + _field(9, np.ascontiguousarray(values).tobytes()))
        return name


def _attribute(name: str, value: float) -> bytes:
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, _INT)
    return _field(1, name) + _field(2, value) + _field(20, _FLOAT)


def _value(name: str, shape: tuple[str | int, ...]) -> bytes:
    """The name, type and shape of what goes in or comes out; a text stands for a size that varies."""
    sizes = b"".join(_field(1, _field(1, size) if isinstance(size, int) else _field(2, size)) for size in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, _FLOATS) + _field(2, sizes)))


def _field(number: int, value: int | float | str | bytes) -> bytes:
    """One field of a protobuf message: a whole number, a float, or text, bytes or a message with its length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value % 2**64)
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return _head(number, len(data)) + data


def _head(number: int, size: int) -> bytes:
    """What stands before a field of so many bytes."""
    return _varint(number << 3 | 2) + _varint(size)


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])
