"""``benchtop import``: converts a model from Hugging Face, or a GGUF file, and adds it to the list of models."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui import paths
from tui.cli.shared.options import Refused, Setup, refusals, set_up
from tui.cli.shared.values import config_option
from tui.config import is_name
from tui.console import Console, ExitCode, process_console
from tui.lazy import lazy_module
from tui.library.foundry_library import FoundryLibrary
from tui.probes import host
from tui.system.processes import interrupted_by_signals
from tui.text import units
from tui.text.escape import visible

if TYPE_CHECKING:
    from tui.library.importing import converter
    from tui.library.importing.converter import Imported, Source
else:
    converter = lazy_module("tui.library.importing.converter")

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("source", metavar="FOLDER|FILE.gguf", type=_PATH)
@click.option("--as", "name", metavar="NAME", required=True, help="The name of the model from then on.")
@click.option(
    "--precision",
    type=click.Choice(["int4", "fp16", "fp32"]),
    default="int4",
    help="The precision of its weights. [default: int4]",
)
@click.option(
    "--provider",
    type=click.Choice(["cpu", "cuda", "webgpu"]),
    default="cpu",
    help="The execution provider that it is built for. [default: cpu]",
)
@click.option("--python", metavar="FILE", type=_PATH, help="Convert with this Python, which has the packages already.")
@config_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    config_folder: Path | None,
    source: Path,
    name: str,
    precision: str,
    provider: str,
    python: Path | None,
) -> int:
    """Convert a model folder from Hugging Face, or a GGUF file, with the ONNX Runtime GenAI model builder.

    It runs in an environment of its own, which is made the first time (some gigabytes of packages). The answer of the
    converted model is compared with the original's, and the model is registered. The source is not changed.

    \b
    benchtop import ./SmolLM2-135M-Instruct --as smollm2
    benchtop import ./gemma-3-270m.gguf --as gemma --precision fp32
    """
    console = process_console()
    setup = set_up(ctx, config_folder, console)
    destination = paths.app_data_dir() / "imported" / name
    with refusals(), interrupted_by_signals():
        found = converter.source_of(paths.expanded(source))
        _check(setup, name, found, destination, own_environment=python is None)
        console.say(f"Importing {name} needs {converter.size_words(found, own_environment=python is None)}.")

        def tell(step: str, elapsed_s: float) -> None:
            console.status(f"{step}, {units.clock(elapsed_s)}")

        imported = converter.Converter(tell, python).convert(found, destination, precision, provider)
        try:
            FoundryLibrary(setup.places).register(name, imported.folder, ("chat",) if imported.has_own_template else ())
        except BaseException:
            shutil.rmtree(imported.folder, ignore_errors=True)
            raise
    _tell(imported, precision, console)
    console.say(f'{name} is ready: try "benchtop run {name}".')
    return ExitCode.DONE


def _check(setup: Setup, name: str, source: Source, destination: Path, *, own_environment: bool) -> None:
    """Refuse an import that cannot succeed before anything is done."""
    if not is_name(name) or Path(name).name != name:
        raise Refused(f'"{name}" cannot be a name; a name has no spaces, commas, slashes or @.')
    if any(name.lower() == model.alias.lower() and model.is_complete for model in setup.models):
        raise Refused(f"{name} is taken by another model; choose another name.")
    if destination.exists():
        raise Refused(
            f"{destination} is there from an earlier import; add it with "
            f'"benchtop register {name} {shlex.quote(str(destination))}", remove it, or choose another name.'
        )
    if own_environment:
        converter.check_architecture(source)
    disk_bytes = converter.needed_disk_bytes(source, own_environment=own_environment)
    memory_bytes = converter.needed_memory_bytes(source)
    place = next(folder for folder in (destination, *destination.parents) if folder.exists())
    if (free_bytes := shutil.disk_usage(place).free) < disk_bytes:
        raise Refused(
            f"{place} has {units.size(free_bytes)} free, and importing {name} needs {units.size(disk_bytes)}."
        )
    if (available_bytes := host.memory({}).available_bytes) < memory_bytes:
        raise Refused(
            f"importing {name} needs about {units.size(memory_bytes)} of memory, and {units.size(available_bytes)} is "
            "available; convert it on a larger machine, and register the folder here."
        )


def _tell(imported: Imported, precision: str, console: Console) -> None:
    comparison = imported.comparison
    if not imported.has_own_template:
        console.say("It has no chat template, as a base model: questions are put to it as Question and Answer.")
    if comparison is None:
        console.say("Its answer was not compared with the original's, which is done on the CPU only.")
    elif comparison.same_tokens == comparison.of_tokens:
        console.say(f"Its first {comparison.of_tokens} tokens are those of the original.")
    else:
        console.say(
            f"Its answer is that of the original for {comparison.same_tokens} tokens, and differs from there on, which "
            f"weights in {precision} can do."
        )
    if comparison is not None:
        console.say(f"It answers: {visible(' '.join(comparison.text.split()))}")
