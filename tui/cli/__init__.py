"""The command line. A command is imported when it is used, so that the others do not wait for it."""

from __future__ import annotations

import difflib
import errno
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

import tui
from tui import paths
from tui.cli.shared.values import (
    cache_option,
    config_option,
    guard_options,
    history_file,
    history_option,
    with_quiet_option,
)
from tui.console import Console, ExitCode, process_console
from tui.startup import has_terminal, open_workbench

COMMANDS: Final = {
    "bench": "Measure models; the table goes to stdout.",
    "plan": "Write the settings of a benchmark to a file, so that other machines can repeat it.",
    "merge": "One report from the results of many machines.",
    "run": "Ask one or more models; the answer streams to stdout.",
    "models": "List what can be run now, what can be downloaded, and what is missing.",
    "download": "Download models; a download that was stopped goes on.",
    "remove": "Remove a downloaded model.",
    "register": "Add a model folder of your own.",
    "import": "Convert a model from Hugging Face or a GGUF file, and add it.",
    "unregister": "Forget a registered model; its files stay.",
    "verify": "Check that models are here, whole, and answer.",
    "providers": "List, add or remove execution providers (CUDA and others).",
    "doctor": "Look at this machine, and say what to do.",
    "practice": "Write a practice model of any size.",
    "history": "List, name, tag, pin and delete the runs that are kept.",
    "report": "Write the reports of a run in the history.",
    "compare": "Compare runs; exit code 3 on a regression.",
    "trend": "Show a model's numbers over its runs, and where they changed.",
    "builds": "Compare builds of one model; exit code 3 if one is broken.",
    "fleet": "Join machines, and measure one plan on all of them.",
    "packs": "List the packs of graded tasks, or show one.",
    "selftest": "Measure streams of known truth: are the numbers right on this machine?",
    "grade": "Grade the answers of a run by a pack, without asking again.",
    "judge": "Let a model rate the answers of a run.",
    "arena": "Rank models by votes on their answers, ratings and judges.",
    "choose": "Rank models by six weights, and recommend one.",
    "route": "Name the measured model that a task should go to.",
    "guide": "Show a page of the guide: models, benchmarks, compare, numbers, settings, and more.",
}
"""The line of help on each command. It stands here so that the list of commands imports none of them."""
LIBRARY_COMMANDS: Final = frozenset(
    {"models", "download", "remove", "register", "unregister", "verify", "practice", "providers", "import"}
)
"""The commands that live in the folder ``library``."""

OTHER_NAMES: Final = {
    "ask": "run",
    "chat": "run",
    "convert": "import",
    "delete": "remove",
    "diff": "compare",
    "help": "--help",
    "install": "download",
    "list": "models",
    "ls": "models",
    "pull": "download",
    "rank": "choose",
    "rate": "arena",
    "rm": "remove",
    "runs": "history",
    "show": "report",
    "version": "--version",
    "vote": "arena",
}
"""What a person may type who knows other tools, with what does it here."""


class CommandGroup(click.Group):
    """Imports a command when it is used, and offers a command that is close to a misspelt one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        folder = "tui.cli.library" if cmd_name in LIBRARY_COMMANDS else "tui.cli"
        module = "import_model" if cmd_name == "import" else cmd_name
        command: click.Command = importlib.import_module(f"{folder}.{module}").command
        return with_quiet_option(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            nearest = OTHER_NAMES.get(args[0].casefold()) or next(iter(close), None)
            offered = f'; the closest is "{nearest}"' if nearest else ""
            raise click.UsageError(f'there is no command "{args[0]}"{offered}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=CommandGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@config_option
@cache_option
@guard_options
@history_option
@click.version_option(tui.__version__, message="benchtop %(version)s")
@click.pass_context
def cli(
    ctx: click.Context,
    *,
    config_folder: Path | None,
    cache_folder: Path | None,
    memory_floor: int | None,
    memory_limit: int | None,
) -> int:
    """A workbench for local language models. Without a command it opens in the terminal."""
    ctx.obj = config_folder
    if not paths.can_keep_files():
        raise click.UsageError(
            f"there is no home folder to keep anything in; set {paths.HOME_VARIABLE} to a folder of yours"
        )
    if ctx.invoked_subcommand is not None:
        if any(option is not None for option in (cache_folder, memory_floor, memory_limit)):
            raise click.UsageError(f'write the options on models and memory after "{ctx.invoked_subcommand}"')
        return ExitCode.DONE
    if not has_terminal():
        raise click.UsageError('the workbench needs a terminal; in a script use "benchtop bench" or "benchtop run"')
    return open_workbench(config_folder, cache_folder, memory_floor, memory_limit, history_file())


with_quiet_option(cli)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, by default that of the process, and return the exit code."""
    console = process_console()
    try:
        # Left to itself Click replaces variables, ~ and * in every argument on Windows, in prompts as well.
        outcome = cli.main(
            args=list(sys.argv[1:] if arguments is None else arguments),
            prog_name="benchtop",
            standalone_mode=False,
            windows_expand_args=False,
            obj=None,
        )
    except click.Abort:
        # Click raises it on Ctrl-C outside a run.
        console.say("stopped")
        return ExitCode.INTERRUPTED
    except click.ClickException as problem:
        console.fail(_sentence(problem))
        return problem.exit_code
    except OSError as problem:
        # Click writes help without the console, which would have handled the error.
        if problem.errno != errno.ENOSPC:
            raise
        return _tell_lost_output(console, str(problem))
    finally:
        console.close()
    if console.lost is not None:
        return _tell_lost_output(console, console.lost)
    return outcome if isinstance(outcome, int) else ExitCode.DONE


def _tell_lost_output(console: Console, problem: str) -> ExitCode:
    console.fail(f"the output could not be written ({problem}); make room, or send it elsewhere.")
    return ExitCode.USAGE


def _sentence(problem: click.ClickException) -> str:
    """Write the error as one sentence, with the command whose help explains its usage."""
    message = (
        _unknown_option(problem) if isinstance(problem, click.NoSuchOption) else problem.format_message().rstrip(".")
    )
    if not isinstance(problem, click.UsageError) or problem.ctx is None:
        return f"{message}."
    return f'{message[:1].lower()}{message[1:]}; see "{problem.ctx.command_path} --help".'


def _unknown_option(problem: click.NoSuchOption) -> str:
    close = sorted(problem.possibilities or ())
    offered = f"; the closest {'is' if len(close) == 1 else 'are'} {', '.join(close)}" if close else ""
    return f"there is no option {problem.option_name}{offered}"
