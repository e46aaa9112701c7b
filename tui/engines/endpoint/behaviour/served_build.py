"""What servers report of themselves and of the builds that they run, in the members in which they report it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tui.engines.contract import token_count_of
from tui.engines.endpoint.shapes import count_in, members
from tui.engines.process import wire

_CONTEXT: Final = (
    "loaded_context_length",
    "max_model_len",
    "n_ctx",
    "context_length",
    "n_ctx_train",
    "max_context_length",
)
"""The members with the context, from the one that the server has loaded the model with to the most that it can have."""
_SIZE: Final = ("size", "size_bytes")
_QUANTIZATION: Final = ("quantization", "quantization_level", "ftype", "model_ftype")
_PARAMETERS: Final = ("n_params", "parameter_size", "params")
_THREADS: Final = ("n_threads", "threads")
_DIGESTS: Final = ("digest", "model_sha", "sha256", "checksum")
_DIGEST_SIGNS: Final = 16
"""The number of characters of a digest that are kept; in practice no two digests share so many."""
_FILES: Final = ("model_path", "root")
"""The members with the path of the weights; a path may stay the same while the weights change."""
_INNER: Final = ("meta", "details", "default_generation_settings", "params")
"""The members of an entry that hold more members about the build."""
_MOST_CHARACTERS: Final = 60
_MOST_THREADS: Final = 4096
_MOST_BYTES: Final = 1 << 50
_MOST_PARAMETERS: Final = 1 << 50
_WRITTEN_PARAMETERS: Final = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*([KMBT])", re.IGNORECASE)
_SCALES: Final[Mapping[str, float]] = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
_OWNERS: Final[Mapping[str, str]] = {
    "vllm": "vLLM",
    "sglang": "SGLang",
    "llamacpp": "llama.cpp",
    "lmdeploy": "LMDeploy",
}
"""The software by the ``owned_by`` of the entries in its list of models."""
_FRAMEWORKS: Final = re.compile(
    r"(?i)\b(?:uvicorn|gunicorn|hypercorn|werkzeug|nginx|apache|caddy|envoy|cloudflare|tornado|basehttp|kestrel|express)"
)
"""A server header with one of these words names the web server, and not the software that runs the models."""


def served_build(name: str, loaded: tuple[str, ...] | None, entries: Sequence[object]) -> wire.ServerModel:
    """Make the row of a model from the entries on it, of which the first with a member counts."""
    parts = [part for entry in entries for part in _parts(entry)]
    return wire.ServerModel(
        name,
        None if loaded is None else name in loaded,
        next((count for value in _values(parts, _CONTEXT) if (count := token_count_of(value))), None),
        size_bytes=_first_count(parts, _SIZE, _MOST_BYTES),
        quantization=next((text for value in _values(parts, _QUANTIZATION) if (text := clean(value))), None),
        parameters=next((count for value in _values(parts, _PARAMETERS) if (count := _parameters(value))), None),
        threads=_first_count(parts, _THREADS, _MOST_THREADS),
        weights=_weights(name, parts),
    )


def _weights(name: str, parts: Sequence[Mapping[str, object]]) -> str | None:
    """What tells the weights from others of the same name; ``None`` if the server has no more than the name."""
    digest = next((text for value in _values(parts, _DIGESTS) if (text := clean(value))), None)
    if digest is not None:
        return digest.removeprefix("sha256:")[:_DIGEST_SIGNS]
    files = (value for value in _values(parts, _FILES) if isinstance(value, str) and value != name)
    return next((text for file in files if (text := clean(file.replace("\\", "/").rpartition("/")[2]))), None)


def software(version: str | None, headers: Mapping[str, str], entries: Sequence[object]) -> str | None:
    """Name the software of a server of no known kind by its header, its list of models and its ``version``."""
    if (proxy := clean(headers.get("x-litellm-version"))) is not None:
        return f"LiteLLM {proxy}"
    owners = (str(members(entry).get("owned_by", "")).lower() for entry in entries)
    name = next((_OWNERS[owner] for owner in owners if owner in _OWNERS), None)
    header = clean(headers.get("server"))
    if name is None and header is not None and _FRAMEWORKS.search(header) is None:
        name = header
    number = clean(version)
    if name is None:
        return f"version {number}" if number else None
    return f"{name} {number}" if number and not re.search(r"\d", name) else name


def clean(value: object) -> str | None:
    """A text from a server on one line, not longer than a name; ``None`` if it is none."""
    if not isinstance(value, str):
        return None
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in value[: 4 * _MOST_CHARACTERS]).split())
    return line[:_MOST_CHARACTERS] or None


def _parts(entry: object) -> Iterator[Mapping[str, object]]:
    own = members(entry)
    yield own
    for name in _INNER:
        inner = members(own.get(name))
        yield inner
        yield members(inner.get("params"))


def _values(parts: Sequence[Mapping[str, object]], names: Sequence[str]) -> Iterator[object]:
    return (part[name] for name in names for part in parts if name in part)


def _first_count(parts: Sequence[Mapping[str, object]], names: Sequence[str], most: int) -> int | None:
    counts = (value for value in _values(parts, names) if isinstance(value, int) and not isinstance(value, bool))
    return next((count for count in counts if 0 < count <= most), None)


def _parameters(value: object) -> int | None:
    """A number of parameters, which some servers write as a text such as ``8.0B``."""
    written = _WRITTEN_PARAMETERS.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 20 else None
    if written is not None:
        return round(float(written[1]) * _SCALES[written[2].upper()]) or None
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_PARAMETERS:
        return value
    return count_in(value) or None
