"""Read a pack from its file or folder, or a data set of others as if it were one."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from tui import paths
from tui.config.packs.context_tasks import context_tasks
from tui.config.packs.data_sets import SUFFIXES, is_data_set, read_value, renamed, rows_of
from tui.config.packs.tasks import SCORINGS, TASK_KEYS, Scoring, read_scoring, read_tasks
from tui.json_file import ConfigError, Value, is_valid_text
from tui.records import Pack, Prompt, PromptPack

PACK_KEYS: Final = (
    *("name", "version", "licence", "license", "language", "description", "scored", "system", "max_tokens"),
    *("tasks", "data", "fields", "generated"),
)
_SHIPPED: Final = Path(__file__).resolve().parent.parent.parent / "packs"
_PLAIN_WAY: Final = "contains"
"""How "expected" of a data set is scored unless something else is asked for."""
_MOST_NAME: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSetOptions:
    """What the command line tells of a data set that tells nothing of itself."""

    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """The names of the file's columns by our own."""
    scored: str = ""


NO_OPTIONS: Final = DataSetOptions()


def shipped_packs() -> tuple[Path, ...]:
    """The files of the packs that ship with Benchtop, by name."""
    return tuple(sorted(path for path in _SHIPPED.iterdir() if is_data_set(path)))


def user_packs() -> tuple[Path, ...]:
    """The packs in the user's own folder for them, by name."""
    folder = paths.user_config_dir() / "packs"
    try:
        return tuple(sorted(path for path in folder.iterdir() if path.is_dir() or is_data_set(path)))
    except OSError:
        return ()


def readable_packs() -> tuple[PromptPack, ...]:
    """Read all packs of the user and those that ship; one that is wrong is left out."""
    packs: list[PromptPack] = []
    for path in (*shipped_packs(), *user_packs()):
        with suppress(ConfigError):
            packs.append(read_pack(path))
    return tuple(packs)


def find_pack(name: str, options: DataSetOptions = NO_OPTIONS) -> PromptPack:
    """Find a pack by its name, among those of the user and those that ship, or by its path.

    Raises:
        ConfigError: there is no such pack, or it cannot be used.
    """
    named = {path.stem: path for path in (*shipped_packs(), *user_packs())}
    if name in named:
        return read_pack(named[name], options)
    path = paths.expanded(Path(name))
    if paths.exists(path):
        return read_pack(path, options)
    close = difflib.get_close_matches(name, named, n=1, cutoff=0.5)
    offered = f'the closest is "{close[0]}"' if close else f"there are {', '.join(named)}"
    raise ConfigError(f'there is no pack, file or folder "{name}"; {offered}.')


def read_pack(path: Path, options: DataSetOptions = NO_OPTIONS) -> PromptPack:
    """Read the pack of a file or folder. Raises ConfigError, with file, line, task and key of a mistake."""
    file = _file_of(path)
    top = read_value(file)
    is_pack = top.is_object() and bool({"tasks", "data", "generated"} & top.members().keys())
    if is_pack and not {"name", "version", "scored"}.isdisjoint(top.members()):
        return _pack(file, top, options)
    return _data_set(file, top, options)


def _file_of(path: Path) -> Path:
    if not path.is_dir():
        return path
    files = [path / f"pack{suffix}" for suffix in SUFFIXES if paths.exists(path / f"pack{suffix}")]
    if not files:
        raise ConfigError(f"{path}: there is no pack.json or pack.yaml in this folder; name a file, or add one.")
    return files[0]


def _pack(file: Path, top: Value, options: DataSetOptions) -> PromptPack:
    top.refuse_unknown(PACK_KEYS)
    members = top.members()
    texts = {name: members[name].text().strip() for name in ("licence", "language", "description") if name in members}
    if "license" in members:
        texts.setdefault("licence", members["license"].text().strip())
    system, max_tokens = members.get("system"), members.get("max_tokens")
    scoring = replace(
        read_scoring(members["scored"]) if "scored" in members else Scoring(),
        system=None if system is None else system.text(),
        max_tokens=None if max_tokens is None else max_tokens.whole(1, "tokens"),
    )
    if options.scored:
        scoring = replace(scoring, way=_way(options.scored), options={})
    if "generated" in members:
        generated = members["generated"]
        generated.refuse_unknown(("context",))
        if "context" not in generated.members():
            raise ConfigError(f'{generated.where} has no "context"; add it, it is what can be generated.')
        prompts, rows = context_tasks(generated.members()["context"]), ()
        scoring = Scoring(way=_PLAIN_WAY)
    else:
        rows = _rows(file, members, options)
        prompts = read_tasks(rows, scoring)
    name = members["name"].text().strip() if "name" in members else file.stem
    version = members.get("version")
    return _with_digest(
        Pack(
            name=_checked_name(name, members.get("name")),
            version="" if version is None else str(version.data),
            licence=texts.get("licence", ""),
            language=texts.get("language", ""),
            description=texts.get("description", ""),
            scored=scoring.words,
            tasks=len(prompts),
        ),
        prompts,
        [{name: member.data for name, member in members.items()}, [row.data for row in rows]],
    )


def _rows(file: Path, members: Mapping[str, Value], options: DataSetOptions) -> tuple[Value, ...]:
    """Read the tasks of a pack: those in it, and those of the data file that it names."""
    fields = dict(options.fields)
    if "fields" in members:
        fields = {ours: theirs.text() for ours, theirs in members["fields"].members().items()} | fields
    rows = list(members["tasks"].items()) if "tasks" in members else []
    if "data" in members:
        data = members["data"]
        named = data.path()
        folder = paths.real(file.parent)
        if not paths.real(named).is_relative_to(folder):
            raise data.error("a file in the folder of the pack", "move it there")
        rows += rows_of(read_value(named))
    if not rows:
        raise ConfigError(f"{file}: there are no tasks in it; add one.")
    return tuple(renamed(row, fields) for row in rows)


def _data_set(file: Path, top: Value, options: DataSetOptions) -> PromptPack:
    """Read a data set that tells nothing of itself."""
    unknown = [name for name in options.fields if name not in TASK_KEYS]
    if unknown:
        raise ConfigError(f'--map names "{unknown[0]}", which no task has; there are {", ".join(TASK_KEYS)}.')
    way = _way(options.scored) if options.scored else _PLAIN_WAY
    rows = [renamed(row, options.fields) for row in rows_of(top)]
    graded = any(row.is_object() and "expected" in row.members() for row in rows)
    scoring = Scoring(way=way if graded or options.scored else "", strict=False)
    prompts = read_tasks(rows, scoring)
    pack = Pack(name=_checked_name(file.stem), scored=scoring.words if graded else "", tasks=len(prompts))
    return _with_digest(pack, prompts, [way, dict(options.fields), [row.data for row in rows]])


def _way(name: str) -> str:
    if name not in SCORINGS:
        raise ConfigError(f'"{name}" is no way to score; there are {", ".join(SCORINGS)}.')
    return name


def _checked_name(name: str, value: Value | None = None) -> str:
    if len(name) > _MOST_NAME or not is_valid_text(name) or "\n" in name:
        where = "the name of the file" if value is None else value.where
        raise ConfigError(f"{where} is no name that a table has room for; use at most {_MOST_NAME} characters.")
    return name


def _with_digest(pack: Pack, prompts: Sequence[Prompt], content: object) -> PromptPack:
    """Add the hash of all that the models are asked and graded by, whatever the form of the file."""
    asked = [[prompt.id, prompt.system, prompt.text, prompt.max_tokens] for prompt in prompts]
    text = json.dumps([asked, content], sort_keys=True)
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return PromptPack(pack=replace(pack, digest=digest), prompts=tuple(prompts))
