"""Reads the numbers in a model's own settings that decide its memory, and the files that they name.

Settings are written by several builders and by hand: whatever a member holds, it is a number or a name, or counts as
missing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, cast

from tui.engines.foundry.model_files import member_of
from tui.records import MemoryShape

MOST_CONTEXT: Final = 10**9
"""No context is longer by far; a larger number counts as missing, as do the others below."""
_MOST_LAYERS: Final = 10**4
_MOST_HEADS: Final = 10**4
_MOST_HEAD_SIZE: Final = 10**5
_MOST_WIDTH: Final = 10**6
_MOST_VOCABULARY: Final = 10**8
_DECODER: Final = "decoder"
_LAYERS: Final = "num_hidden_layers"
_NOT_DECODERS: Final = frozenset({"encoder", "vision", "speech", "audio", "embedding"})
_MOST_THREADS: Final = 4096
_DEEPEST: Final = 3
_NUMBERS_OF_MODEL: Final = ("context_length", "vocab_size")
_NUMBERS_OF_DECODER: Final = (_LAYERS, "num_attention_heads", "num_key_value_heads", "head_size", "hidden_size")
_NUMBERS_OF_SEARCH: Final = (
    *("max_length", "min_length", "num_beams", "num_return_sequences", "top_k", "top_p", "temperature"),
    *("repetition_penalty", "length_penalty", "diversity_penalty", "no_repeat_ngram_size", "chunk_size"),
)


def wrong_value(settings: object) -> str:
    """Name the first value for which the runtime refuses to read these settings; empty if there is none.

    It takes a number for no text, and no value for none.
    """
    decoder, search = decoder_of(settings), member_of(settings, "search")
    sections = (
        ("model", member_of(settings, "model"), _NUMBERS_OF_MODEL),
        (f"model.{_DECODER}", decoder, _NUMBERS_OF_DECODER),
        ("search", search, _NUMBERS_OF_SEARCH),
    )
    for name, section, numbers in sections:
        members = cast("dict[str, object]", section) if isinstance(section, dict) else {}
        for member in numbers:
            value = members.get(member, 0)
            if not isinstance(value, int | float) or isinstance(value, bool):
                return f"{name}.{member} is {_kind(value)} and not a number"
            if not math.isfinite(value):
                return f"{name}.{member} is {value}, which is no number of JSON"
    return ""


def _kind(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return "null"


def decoder_of(settings: object) -> dict[str, object]:
    """The section of the part that writes the text: ``model.decoder``, or the one in the model that has layers.

    The text model of several parts may lie under another name or in a section of its own. The result is empty if there
    is none.
    """
    model = member_of(settings, "model")
    own = member_of(model, _DECODER)
    if isinstance(own, dict):
        return cast("dict[str, object]", own)
    for section in _sections_with_layers(model, _DEEPEST):
        return section
    return {}


def _sections_with_layers(section: object, depth: int) -> Iterator[dict[str, object]]:
    if not isinstance(section, dict):
        return
    members = cast("dict[str, object]", section)
    if _LAYERS in members:
        yield members
    elif depth:
        for name, member in members.items():
            if name not in _NOT_DECODERS:
                yield from _sections_with_layers(member, depth - 1)


def files_of(settings: object) -> tuple[str, ...]:
    """The files that the parts of a model are in, as its settings name them."""
    model = member_of(settings, "model")
    sections = [decoder_of(settings), *(cast("dict[str, object]", model).values() if isinstance(model, dict) else ())]
    parts = [part for section in sections for part in (section, *_stages_of(section))]
    names = (text_in(member_of(part, "filename")) for part in parts)
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _stages_of(section: object) -> Iterator[object]:
    """The stages of a part that runs in several, which are a list of objects with one member each, or one object."""
    pipeline = member_of(section, "pipeline")
    for stages in cast("list[object]", pipeline) if isinstance(pipeline, list) else [pipeline]:
        if isinstance(stages, dict):
            yield from cast("dict[str, object]", stages).values()


def context_of(settings: object) -> int | None:
    """The context of a model in tokens, for all of which the runtime sizes the KV cache."""
    return positive(member_of(settings, "model", "context_length"), MOST_CONTEXT)


def shape_of(settings: object, *, on_cpu: bool, tokenizer_bytes: int) -> MemoryShape | None:
    """The numbers that decide the memory besides the weights. A KV cache holds 4 bytes a number on the CPU, else 2.

    Without a number of KV heads each head has its own, and without a size the heads share the width of the model.
    ``None`` if even so a number is missing.
    """
    decoder = decoder_of(settings)
    layers = positive(decoder.get(_LAYERS), _MOST_LAYERS)
    heads = positive(decoder.get("num_attention_heads"), _MOST_HEADS)
    hidden_size = positive(decoder.get("hidden_size"), _MOST_WIDTH) or 0
    kv_heads = positive(decoder.get("num_key_value_heads"), _MOST_HEADS) or heads
    head_size = positive(decoder.get("head_size"), _MOST_HEAD_SIZE) or (hidden_size // heads if heads else None)
    if not layers or not kv_heads or not head_size:
        return None
    window = positive(member_of(decoder, "sliding_window", "window_size"), MOST_CONTEXT) or 0
    window_layers = len(_indices(member_of(decoder, "sliding_window", "layers"), layers)) if window else 0
    return MemoryShape(
        family=text_in(member_of(settings, "model", "type")) or "",
        layers=layers,
        kv_heads=kv_heads,
        head_size=head_size,
        element_bytes=4 if on_cpu else 2,
        window_layers=window_layers,
        window_tokens=window if window_layers else 0,
        hidden_size=hidden_size,
        vocabulary=positive(member_of(settings, "model", "vocab_size"), _MOST_VOCABULARY) or 0,
        piece_tokens=positive(member_of(settings, "search", "chunk_size"), MOST_CONTEXT) or 0,
        tokenizer_bytes=tokenizer_bytes,
    )


def providers_of(settings: object) -> Iterator[tuple[str, object]]:
    """Each execution provider that the settings ask for, with its options."""
    options = member_of(decoder_of(settings), "session_options", "provider_options")
    choices: Sequence[object] = cast("list[object]", options) if isinstance(options, list) else (options,)
    for choice in choices:
        named = {choice: None} if isinstance(choice, str) else choice
        if isinstance(named, dict):
            members = cast("dict[str, object]", named).items()
            yield from ((name, details) for name, details in members if name.strip())


def threads_of(settings: object, added: int | None) -> int | None:
    """The number of processor threads that a model computes with, or ``None`` if that is not known.

    Its settings may name it. If not, the runtime takes half of the machine's logical cores, and at most 16; the load of
    a model in one file then adds all of them to the process but one, which is the thread that asks.
    """
    told = positive(member_of(decoder_of(settings), "session_options", "intra_op_num_threads"), _MOST_THREADS)
    if told is not None or added is None or added < 0 or len(files_of(settings)) != 1:
        return told
    return added + 1


def text_in(data: object) -> str | None:
    """A text with anything in it; ``None`` if it is none."""
    return data if isinstance(data, str) and data.strip() else None


def positive(data: object, most: int) -> int | None:
    """A whole number above 0 and up to ``most``, also if it is written as 2048.0; ``None`` if it is none."""
    if isinstance(data, float) and data.is_integer():
        data = int(data)
    return data if isinstance(data, int) and not isinstance(data, bool) and 0 < data <= most else None


def _indices(data: object, count: int) -> set[int]:
    """The layers that a list names, of so many."""
    listed = cast("list[object]", data) if isinstance(data, list) else []
    return {index for index in listed if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < count}
