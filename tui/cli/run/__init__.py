"""``benchtop run``: asks models, and prints their answers as they come."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tui.cli.shared.options import Refused, Setup, choose_models, memory_options, one_prompt, set_up
from tui.cli.shared.servers import ServerOptions
from tui.cli.shared.setting_options import ANSWER_SETTINGS, given_settings, setting_options
from tui.cli.shared.values import cache_option, config_option, endpoint_options, history_option, names
from tui.console import process_console
from tui.lazy import lazy_module
from tui.records import Method, Plan, Prompt, Purpose

if TYPE_CHECKING:
    from tui.cli.run import answers
    from tui.cli.shared import session
else:
    answers = lazy_module("tui.cli.run.answers")
    session = lazy_module("tui.cli.shared.session")

_MOST_CHARACTERS: Final = 64 * 1024**2
"""No model takes a prompt that is longer, and an endless one would fill the memory."""


@click.command()
@click.argument("models", metavar="MODEL[,MODEL...]", type=names)
@click.option("--prompt", metavar="TEXT|-", help="What to ask; - reads it from stdin. [BENCH_PROMPT]")
@setting_options(ANSWER_SETTINGS)
@memory_options
@history_option
@endpoint_options
@cache_option
@config_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    config_folder: Path | None,
    cache_folder: Path | None,
    models: tuple[str, ...],
    prompt: str | None,
    context: int | None,
    memory_floor: int | None,
    memory_limit: int | None,
    force: bool,
    endpoints: tuple[str, ...],
    trust_config: bool,
) -> int:
    """Ask one or more models, in turn; the answers stream to stdout, a line of numbers for each to stderr.

    \b
    benchtop run practice-large --prompt "What is a token?"
    cat question.txt | benchtop run practice-small,practice-large --prompt -
    """
    console = process_console()
    setup = set_up(ctx, config_folder, console, cache_folder, ServerOptions(endpoints, trust_config, models))
    plan = Plan(
        models=choose_models(setup, models, console, context),
        prompts=_prompt(setup, prompt),
        method=Method(rounds=1, warmup=0, **given_settings(ctx)),
        purpose=Purpose.ASK,
        force=force,
    )
    return answers.ask(plan, session.opener_for(setup.models, memory_floor, memory_limit), console)


def _prompt(setup: Setup, text: str | None) -> tuple[Prompt, ...]:
    """Take the prompt from the option, where ``-`` stands for stdin, else from BENCH_PROMPT or the default set."""
    if text == "-":
        if sys.stdin is None:
            raise Refused("the prompt was to come from stdin, which is closed.")
        try:
            piped = sys.stdin.read(_MOST_CHARACTERS + 1)
        except UnicodeDecodeError as error:
            raise Refused(f"the prompt on stdin is not {error.encoding.upper()} text; save it as UTF-8.") from None
        if len(piped) > _MOST_CHARACTERS:
            raise Refused(f"the prompt on stdin has more than {_MOST_CHARACTERS >> 20} million characters; shorten it.")
        return one_prompt(piped.removeprefix("\ufeff"))
    if text is not None:
        return one_prompt(text)
    if setup.environment.prompt is not None:
        return one_prompt(setup.environment.prompt)
    return setup.config.default_prompts[:1]
