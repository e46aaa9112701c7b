"""Adds layers to a practice model that cost time and memory but change no answer.

An extra layer is attention and a wide gated MLP with weights of its own, whose output projections are zero, so it adds
exactly nothing to the residual stream. The layers stand between the final norm and the vocabulary, and the text stays
the same to the letter. Weights are streamed to the data file one tensor at a time, whatever the size.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from onnx import ModelProto, TensorProto, ValueInfoProto, helper

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto

BLOCK: Final = 32
"""Weights that share one scale."""
BYTES_PER_WEIGHT: Final = 0.5 + 4 / BLOCK
HEAVY_LAYERS: Final = 24
_HEAVY_WIDTH_STEP: Final = 128
_INNER_PER_WIDTH: Final = 2.75
_ALIGNMENT_BYTES: Final = 4096
_PIECE_BYTES: Final = 1 << 24
_SEED: Final = 20260
_EPSILON: Final = 1e-6
_TWO_ZEROS: Final = 0x88
"""Two weights of 0 in one byte, since int4 is stored with an offset of 8."""
_SPREAD: Final = 4.6
"""The standard deviation of the integers from -8 to 7."""
_MODEL, _DATA, _CONFIG = "model.onnx", "model.onnx.data", "genai_config.json"

_LAST, _BEYOND, _POSITIONS = "extra_last", "extra_beyond", "extra_positions"
"""The names of the constants with which the last token of the prompt is cut out."""

Filling = Literal["random", "zero", "scale", "one"]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Extension:
    """How many extra layers, how wide their MLP is, and whether all of them share one set of weights."""

    layers: int
    width: int
    inner: int
    shared: bool
    name: str = "extra"
    """The names in the graph begin with it; a model can be extended once under each name."""
    prompt_layers: int | None = None
    """How many of the layers compute their MLP for every token of the prompt, and not for the last one alone.

    It sets the time to the first token apart from the pace after it. ``None`` stands for all layers.
    """


@dataclass(frozen=True, slots=True)
class Core:
    """The shape of the model that an extra layer is added to."""

    hidden: int
    heads: int
    kv_heads: int
    head_size: int
    layers: int

    @classmethod
    def read(cls, folder: Path) -> Core:
        """Read the shape of the model in this folder."""
        decoder = json.loads((folder / _CONFIG).read_text("utf-8"))["model"]["decoder"]
        names = ("hidden_size", "num_attention_heads", "num_key_value_heads", "head_size", "num_hidden_layers")
        return cls(*(decoder[name] for name in names))

    @property
    def attended(self) -> int:
        """The number of outputs of the attention."""
        return self.heads * self.head_size

    @property
    def qkv(self) -> int:
        """The number of outputs of the joint projection to queries, keys and values."""
        return (self.heads + 2 * self.kv_heads) * self.head_size

    def fixed_weights(self, width: int) -> int:
        """The number of weights outside the MLP of an extra layer of this width."""
        return self.hidden * (self.qkv + self.attended + 2 * width)


@dataclass(frozen=True, slots=True)
class _Tensor:
    name: str
    kind: int
    dims: tuple[int, ...]
    filling: Filling
    scale: float = 1.0

    @property
    def size_bytes(self) -> int:
        return math.prod(self.dims) * (1 if self.kind == TensorProto.UINT8 else 4)


def heavy_extension(source: Path, size_bytes: int) -> Extension:
    """The extra layers that bring `source` to `size_bytes`; their MLP is about 2.75 times as wide as their stream."""
    core_bytes = sum(file.stat().st_size for file in source.iterdir())
    weights = (size_bytes - core_bytes) / HEAVY_LAYERS / BYTES_PER_WEIGHT
    width = math.floor(math.sqrt(weights / 3 / _INNER_PER_WIDTH) / _HEAVY_WIDTH_STEP) * _HEAVY_WIDTH_STEP
    inner = (weights - Core.read(source).fixed_weights(width)) / 3 / width
    return Extension(layers=HEAVY_LAYERS, width=width, inner=round(inner / BLOCK) * BLOCK, shared=False)


def write_extended(source: Path, destination: Path, extension: Extension, on_bytes: Progress = lambda _: None) -> None:
    """Write `source` with the extra layers into the existing empty folder `destination`.

    `on_bytes` is called with the bytes written so far, every few megabytes.

    Raises:
        OSError: a file cannot be read or written.
    """
    core = Core.read(source)
    model = ModelProto.FromString((source / _MODEL).read_bytes())
    tensors = _extend(model.graph, core, extension)
    _write_data(source / _DATA, destination / _DATA, model.graph, tensors, on_bytes)
    (destination / _MODEL).write_bytes(model.SerializeToString(deterministic=True))
    config = json.loads((source / _CONFIG).read_text("utf-8"))
    config["model"]["decoder"]["num_hidden_layers"] = core.layers + extension.layers
    (destination / _CONFIG).write_text(json.dumps(config, indent=4) + "\n", "utf-8")
    for file in source.iterdir():
        if file.name not in (_MODEL, _DATA, _CONFIG):
            shutil.copyfile(file, destination / file.name)


def _extend(graph: GraphProto, core: Core, extension: Extension) -> list[_Tensor]:
    """Put the layers before the vocabulary and return the tensors that they need, in the order of the file."""
    head = graph.node.pop()
    if head.name != "/lm_head/MatMul_Q4":
        raise ValueError(f"the last node should be the vocabulary, not {head.name}")
    attention = next(node for node in graph.node if node.op_type == "GroupQueryAttention")
    stream = head.input[0]
    tensors: dict[str, _Tensor] = {}
    if extension.prompt_layers is not None:
        for name, value in ((_LAST, -1), (_BEYOND, 2**31 - 1), (_POSITIONS, 1)):
            graph.initializer.append(helper.make_tensor(name, TensorProto.INT64, [1], [value]))
    for number in range(extension.layers):
        name = f"{extension.name}.{number}"
        weights = extension.name if extension.shared else name
        index = core.layers + number
        tensors |= {tensor.name: tensor for tensor in _tensors(weights, core, extension)}
        nodes = _Layer(f"/{name}", weights, core, extension, attention, number).nodes(stream)
        graph.node.extend(nodes)
        graph.input.extend(_cache_values(core, "past_key_values", index, "past_sequence_length"))
        graph.output.extend(_cache_values(core, "present", index, "total_sequence_length"))
        stream = nodes[-1].output[0]
    head.input[0] = stream
    graph.node.append(head)
    return list(tensors.values())


def _cache_values(core: Core, prefix: str, index: int, length: str) -> list[ValueInfoProto]:
    dims = ["batch_size", core.kv_heads, length, core.head_size]
    return [
        helper.make_tensor_value_info(f"{prefix}.{index}.{part}", TensorProto.FLOAT, dims) for part in ("key", "value")
    ]


def _tensors(prefix: str, core: Core, extension: Extension) -> list[_Tensor]:
    """The tensors of all weights of one layer."""

    def projection(part: str, inputs: int, outputs: int, filling: Filling = "random") -> list[_Tensor]:
        blocks = inputs // BLOCK
        return [
            _Tensor(f"{prefix}.{part}.weight_Q4", TensorProto.UINT8, (outputs, blocks, BLOCK // 2), filling),
            _Tensor(
                f"{prefix}.{part}.scales",
                TensorProto.FLOAT,
                (outputs, blocks),
                "scale",
                1 / (_SPREAD * math.sqrt(inputs)),
            ),
        ]

    return [
        _Tensor(f"{prefix}.norm", TensorProto.FLOAT, (core.hidden,), "one"),
        *projection("qkv", core.hidden, core.qkv),
        *projection("o", core.attended, core.hidden, "zero"),
        *projection("lift", core.hidden, extension.width),
        *projection("gate", extension.width, extension.inner),
        *projection("up", extension.width, extension.inner),
        *projection("down", extension.inner, extension.width),
        *projection("fall", extension.width, core.hidden, "zero"),
    ]


@dataclass(frozen=True, slots=True)
class _Layer:
    """The nodes of one extra layer."""

    name: str
    weights: str
    core: Core
    extension: Extension
    attention: NodeProto
    number: int

    @property
    def index(self) -> int:
        """The index of the layer among all layers of the model."""
        return self.core.layers + self.number

    def nodes(self, stream: str) -> list[NodeProto]:
        """The nodes that lead from one residual stream to the next, which is the output of the last node."""
        core, extension = self.core, self.extension
        norm = f"{self.weights}.norm"
        summed = f"{self.name}/sum"
        whole_prompt = extension.prompt_layers is None or self.number < extension.prompt_layers
        lifted = "norm2" if whole_prompt else "last"
        last = helper.make_node(
            "Slice",
            [f"{self.name}/norm2", _LAST, _BEYOND, _POSITIONS],
            [f"{self.name}/last"],
            name=f"{self.name}/last",
        )
        skip = helper.make_node(
            "SkipSimplifiedLayerNormalization",
            [stream, f"{self.name}/o", norm],
            [f"{self.name}/norm2", "", "", summed],
            name=f"{self.name}/norm2",
            domain="com.microsoft",
            epsilon=_EPSILON,
        )
        return [
            helper.make_node(
                "SimplifiedLayerNormalization",
                [stream, norm],
                [f"{self.name}/norm1"],
                name=f"{self.name}/norm1",
                epsilon=_EPSILON,
                axis=-1,
                stash_type=1,
            ),
            self._projection("qkv", "norm1", core.hidden, core.qkv),
            self._attention(),
            self._projection("o", "attention", core.attended, core.hidden),
            skip,
            *([] if whole_prompt else [last]),
            self._projection("lift", lifted, core.hidden, extension.width),
            self._projection("gate", "lift", extension.width, extension.inner),
            self._projection("up", "lift", extension.width, extension.inner),
            self._plain("Sigmoid", ["gate"], "sigmoid"),
            self._plain("Mul", ["gate", "sigmoid"], "silu"),
            self._plain("Mul", ["silu", "up"], "gated"),
            self._projection("down", "gated", extension.inner, extension.width),
            self._projection("fall", "down", extension.width, core.hidden),
            self._plain("Add", ["sum", "fall"], "out"),
        ]

    def _plain(self, kind: str, inputs: list[str], output: str) -> NodeProto:
        values = [f"{self.name}/{value}" for value in inputs]
        return helper.make_node(kind, values, [f"{self.name}/{output}"], name=f"{self.name}/{output}")

    def _projection(self, part: str, source: str, inputs: int, outputs: int) -> NodeProto:
        return helper.make_node(
            "MatMulNBits",
            [f"{self.name}/{source}", f"{self.weights}.{part}.weight_Q4", f"{self.weights}.{part}.scales"],
            [f"{self.name}/{part}"],
            name=f"{self.name}/{part}",
            domain="com.microsoft",
            K=inputs,
            N=outputs,
            bits=4,
            block_size=BLOCK,
            accuracy_level=4,
        )

    def _attention(self) -> NodeProto:
        """A copy of the core's attention with a cache of its own."""
        node = type(self.attention)()
        node.CopyFrom(self.attention)
        node.name = f"{self.name}/attention"
        node.input[0] = f"{self.name}/qkv"
        node.input[3], node.input[4] = (f"past_key_values.{self.index}.{part}" for part in ("key", "value"))
        node.output[0] = node.name
        node.output[1], node.output[2] = (f"present.{self.index}.{part}" for part in ("key", "value"))
        return node


def _write_data(source: Path, target: Path, graph: GraphProto, tensors: list[_Tensor], on_bytes: Progress) -> None:
    """Copy the data of the core and append the new tensors, each declared in the graph with its offset."""
    noise = _Noise()
    shutil.copyfile(source, target)
    with target.open("ab") as file:
        for tensor in tensors:
            file.write(bytes(-file.tell() % _ALIGNMENT_BYTES))
            graph.initializer.append(_declaration(tensor, file.tell()))
            for piece in _pieces(tensor, noise):
                file.write(piece)
                on_bytes(file.tell())


class _Noise:
    """Random bytes as fast as a disk writes them: a pool that is read from another offset every time."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(_SEED)
        self._pool = memoryview(self._random.bytes(2 * _PIECE_BYTES))

    def take(self, count_bytes: int) -> memoryview:
        """The next random bytes, at most ``_PIECE_BYTES`` of them."""
        start = int(self._random.integers(0, _PIECE_BYTES))
        return self._pool[start : start + count_bytes]


def _declaration(tensor: _Tensor, offset_bytes: int) -> TensorProto:
    declared = TensorProto(
        name=tensor.name, data_type=tensor.kind, dims=tensor.dims, data_location=TensorProto.EXTERNAL
    )
    for key, value in (("location", _DATA), ("offset", offset_bytes), ("length", tensor.size_bytes)):
        entry = declared.external_data.add()
        entry.key, entry.value = key, str(value)
    return declared


def _pieces(tensor: _Tensor, noise: _Noise) -> Iterator[bytes | memoryview]:
    """The bytes of a tensor, in pieces of a few megabytes."""
    remaining_bytes = tensor.size_bytes
    while remaining_bytes:
        count_bytes = min(remaining_bytes, _PIECE_BYTES)
        remaining_bytes -= count_bytes
        match tensor.filling:
            case "random":
                yield noise.take(count_bytes)
            case "zero":
                yield bytes([_TWO_ZEROS]) * count_bytes
            case "scale" | "one":
                yield np.full(count_bytes // 4, tensor.scale, np.float32).tobytes()
