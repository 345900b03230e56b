"""The graph of a BERT encoder for onnxruntime, written from its weights: int8 matrices, all else as it is.

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

_KINDS = {"float32": 1, "uint8": 2}  # TensorProto.DataType
_FLOAT, _INT = 1, 2  # AttributeProto.AttributeType
_CONTRIBUTED = "com.microsoft"  # onnxruntime's own operators: fused, and quantized
_VERSIONS = {"": 17, _CONTRIBUTED: 1}
_FORMAT = 8  # ir_version, which onnxruntime reads since 1.12
_STEPS = 127  # of a quantized weight on either side of zero
_ZERO = 128  # Unsigned weights: older processors saturate the sum of two products of signed ones


def bert_graph(weights: Weights, *, layers: int, heads: int, dimensions: int, epsilon: float) -> bytes:
    """A model from embedded tokens, float32 of shape (texts, tokens, dimensions), to the last layer's states, of the same shape.

    `weights` gives a tensor by the name that Hugging Face's BertModel has for it. Matrices are quantized symmetrically, each output
    channel by itself, and the activations of each call as a whole ("dynamically"): what one call gives depends on nothing else. The
    matrix behind the activation function is not: the few large values there would cost all others their precision.
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
        states = graph.added_norm(graph.exact_linear(inner, f"{layer}output.dense"), states, f"{layer}output.LayerNorm", epsilon)
    return graph.model(states, dimensions)


class _Graph:
    """Nodes and constants in the order in which they were added; each method returns the name of what its node gives."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []

    def linear(self, given: str, name: str) -> str:
        """The product with a quantized matrix, and its bias added."""
        matrix = self._weights(f"{name}.weight").T
        scale = np.maximum(np.abs(matrix).max(axis=0), np.finfo(np.float32).tiny) / _STEPS
        rounded = (np.clip(np.rint(matrix / scale), -_STEPS, _STEPS) + _ZERO).astype(np.uint8)
        parts = (rounded, scale.astype(np.float32), np.full(matrix.shape[1], _ZERO, dtype=np.uint8), self._weights(f"{name}.bias"))
        return self.node("DynamicQuantizeMatMul", [given, *map(self._constant, parts)])

    def exact_linear(self, given: str, name: str) -> str:
        """The product with a matrix as it is, and its bias added."""
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
        body = b"".join(_field(1, one) for one in self._nodes) + _field(2, "encoder") + b"".join(_field(5, one) for one in self._constants)
        body += _field(11, _value(INPUT, shape)) + _field(12, _value(OUTPUT, shape))
        versions = b"".join(_field(8, _field(1, domain) + _field(2, version)) for domain, version in _VERSIONS.items())
        return _field(1, _FORMAT) + versions + _field(7, body)

    def _norm(self, name: str) -> list[str]:
        return [self._constant(self._weights(f"{name}.{part}")) for part in ("weight", "bias")]

    def _constant(self, values: NDArray[np.generic]) -> str:
        name = f"c{len(self._constants)}"
        sizes = b"".join(_field(1, size) for size in values.shape)
        kind = _field(2, _KINDS[values.dtype.name])
        self._constants.append(sizes + kind + _field(8, name) + _field(9, np.ascontiguousarray(values).tobytes()))
        return name


def _attribute(name: str, value: float) -> bytes:
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, _INT)
    return _field(1, name) + _field(2, value) + _field(20, _FLOAT)


def _value(name: str, shape: tuple[str | int, ...]) -> bytes:
    """The name, type and shape of what goes in or comes out; a text stands for a size that varies."""
    sizes = b"".join(_field(1, _field(1, size) if isinstance(size, int) else _field(2, size)) for size in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, _KINDS["float32"]) + _field(2, sizes)))


def _field(number: int, value: int | float | str | bytes) -> bytes:
    """One field of a protobuf message: a whole number, a float, or text, bytes or a message with its length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value % 2**64)
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])
