"""Model folders of the user's own that are registered under a name: the list of them, and what a folder must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from tui import paths
from tui.engines.foundry import model_settings
from tui.engines.foundry.model_files import CONFIG_FILE, has_mark, member_of, read_json
from tui.library import onnx_files
from tui.library.model_folders import ModelFolder, read_folder
from tui.library.protocol import LibraryError
from tui.library.purpose import note_on
from tui.records import Adapter, ModelPurpose
from tui.records.library import Check

_WEIGHTS: Final = (".onnx",)
_TOKENIZERS: Final = ("tokenizer.json", "tokenizer.model", "vocab.json", "spiece.model")


class Registration(msgspec.Struct, frozen=True):
    """One folder of the user's own, as the file keeps it."""

    folder: str
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration in the form of a configured model; see ``Configured``."""

    alias: str
    path: Path
    capabilities: tuple[str, ...] = ()
    size_bytes: int | None = None
    license: str | None = None
    variant: str | None = None
    context_tokens: int | None = None
    adapter: Adapter | None = None
    sizes_bytes: Mapping[str, int] = field(default_factory=dict[str, int])
    in_catalogue: bool | None = None


_MOST_BYTES: Final = 16 * 1024**2
_decoder = msgspec.json.Decoder(dict[str, Registration])


class Registrations:
    """The file with all registrations; each change is written at once."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def all(self) -> dict[str, Registered]:
        """The registrations by their names; a file that cannot be read counts as one without any."""
        try:
            entries = self._read()
        except LibraryError:
            entries = {}
        return {name: Registered(name, Path(entry.folder), entry.capabilities) for name, entry in entries.items()}

    def add(self, name: str, folder: Path, capabilities: Sequence[str]) -> None:
        """Register a folder under a name.

        Raises:
            LibraryError: the file cannot be read or written.
        """
        self._write({**self._read(), name: Registration(str(paths.real(folder)), tuple(capabilities))})

    def remove(self, name: str) -> None:
        """Remove a name.

        Raises:
            LibraryError: there is no such name, or the file cannot be read or written.
        """
        entries = self._read()
        if name not in entries:
            names = ", ".join(entries) or "there are none"
            raise LibraryError(f'no model is registered as "{name}" (registered: {names}).')
        del entries[name]
        self._write(entries)

    def _read(self) -> dict[str, Registration]:
        try:
            return _decoder.decode(paths.read_limited(self._file, _MOST_BYTES))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise LibraryError(f"{self._file} cannot be read ({error}); correct or remove it.") from error

    def _write(self, entries: dict[str, Registration]) -> None:
        try:
            content = msgspec.json.format(msgspec.json.encode(entries), indent=2)
            paths.write_atomically(self._file, content, make_folder=True)
        except OSError as error:
            raise LibraryError(f"{self._file} cannot be written ({error.strerror}).") from error
        except UnicodeEncodeError as error:
            raise LibraryError("the folder's name is not UTF-8 text, and cannot be written down; rename it.") from error


def inspect(folder: Path) -> tuple[Check, ...]:
    """Check each thing that a folder must hold to be run as a model; a failed check has advice."""
    if not paths.is_folder(folder):
        return (Check(subject="folder", ok=False, words=f"there is no folder {folder}; correct the path"),)
    names = _names(folder)
    found = read_folder(folder)
    problem = found.problem
    weights = [name for name in names if name.endswith(_WEIGHTS)]
    tokenizer = next((name for name in _TOKENIZERS if name in names), None)
    settings = CONFIG_FILE in names
    readable = settings and not (problem or "").startswith(f"broken: {CONFIG_FILE}")
    missing_file = readable and problem is not None and problem.startswith("broken: its file")
    template = _template_file(folder)
    # The settings may name files of folders below.
    named: Sequence[str] = () if problem is not None else model_settings.files_of(read_json(folder / CONFIG_FILE))
    return (
        _check("settings", readable, CONFIG_FILE, _settings_advice(settings, problem)),
        _check(
            "weights",
            bool(weights or named) and not missing_file,
            ", ".join((sorted(weights) or list(named))[:3]),
            _weights_advice(problem if missing_file else None),
        ),
        _check(
            "tokenizer",
            tokenizer is not None,
            tokenizer or "",
            "there is no tokenizer.json; copy it from the model that was converted",
        ),
        _check(
            "chat template",
            template is not None,
            template or "",
            _template_advice(folder),
        ),
        *_purpose_check(found),
        *_file_checks(folder, readable=readable),
    )


def told(check: Check) -> str:
    """A failed check in words that also name the file that it is of."""
    return f"{check.subject}: {check.words}" if "." in check.subject else check.words


def _file_checks(folder: Path, *, readable: bool) -> tuple[Check, ...]:
    """A failed check of each file that ``verify`` would find broken, or that only the runtime cannot read."""
    wrong = tuple(check for check in onnx_files.wrong_files(folder) if readable or check.subject != CONFIG_FILE)
    if not readable or not has_mark(folder / CONFIG_FILE):
        return wrong
    words = (
        f"{CONFIG_FILE} begins with a byte order mark, which the runtime does not read; save it as UTF-8 without one"
    )
    return (*wrong, Check(subject=CONFIG_FILE, ok=False, words=words))


def _purpose_check(folder: ModelFolder) -> tuple[Check, ...]:
    """A failed check of a model that is made for something other than text; nothing for a model of text."""
    if folder.purpose is ModelPurpose.TEXT:
        return ()
    return (Check(subject="purpose", ok=False, words=note_on(folder.purpose)),)


def _settings_advice(present: bool, problem: str | None) -> str:
    if present and problem is not None and problem.startswith(f"broken: {CONFIG_FILE}: "):
        return problem.removeprefix("broken: ")
    if present:
        return f"{CONFIG_FILE} cannot be read as a model's settings; make it anew with the model builder"
    return (
        f"there is no {CONFIG_FILE}; convert the model first: "
        '"python -m onnxruntime_genai.models.builder" writes such a folder'
    )


def _template_advice(folder: Path) -> str:
    template = member_of(read_json(folder / "tokenizer_config.json"), "chat_template")
    if isinstance(template, list):
        return (
            "the chat_template in tokenizer_config.json is a list of several, and the runtime takes one text; "
            "put the text of the one for chats in its place"
        )
    if template is not None:
        return "the chat_template in tokenizer_config.json is no text; copy it from the model that was converted"
    return (
        "neither chat_template.jinja nor a chat_template in tokenizer_config.json; "
        "copy it from the model that was converted, or from another model of its family"
    )


def _weights_advice(problem: str | None) -> str:
    if problem is not None:
        return f"{problem.partition(';')[0].removeprefix('broken: ')}; copy it here"
    return "there is no .onnx file; convert the model with the model builder"


def _check(subject: str, ok: bool, words: str, advice: str) -> Check:
    return Check(subject=subject, ok=ok, words=words if ok else advice)


def _names(folder: Path) -> frozenset[str]:
    try:
        return frozenset(entry.name for entry in folder.iterdir())
    except OSError:
        return frozenset()


def _template_file(folder: Path) -> str | None:
    if paths.is_file(folder / "chat_template.jinja"):
        return "chat_template.jinja"
    template = member_of(read_json(folder / "tokenizer_config.json"), "chat_template")
    return "tokenizer_config.json" if isinstance(template, str) and template.strip() else None
