"""``benchtop run``: asks models, and prints their answers as they come."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.shared.options import Refused, Setup, choose_models, memory_options, one_prompt, set_up
from tui.cli.shared.servers import ServerOptions
from tui.cli.shared.setting_options import ANSWER_SETTINGS, given_settings, setting_options
from tui.cli.shared.stdin import text_on_stdin
from tui.cli.shared.values import cache_option, completing, config_option, endpoint_options, history_option, names
from tui.console import Console, process_console
from tui.json_file import is_valid_text
from tui.lazy import lazy_module
from tui.records import Method, Plan, Prompt, Purpose

if TYPE_CHECKING:
    from tui.cli.run import answers
    from tui.cli.shared import session
else:
    answers = lazy_module("tui.cli.run.answers")
    session = lazy_module("tui.cli.shared.session")


@click.command()
@click.argument("models", metavar="MODEL[,MODEL...]", type=names, shell_complete=completing("models"))
@click.argument("words", metavar="[PROMPT...]", nargs=-1)
@click.option("--prompt", metavar="TEXT|-", help="What to ask; - reads it from stdin. [BENCH_PROMPT]")
@click.option("--system", metavar="TEXT", help="A system prompt: who the model is, and how it should answer.")
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
    words: tuple[str, ...],
    prompt: str | None,
    device: tuple[str, ...] | None,
    context: int | None,
    chunk: int | None,
    memory_floor: int | None,
    memory_limit: int | None,
    force: bool,
    endpoints: tuple[str, ...],
    trust_config: bool,
    system: str | None,
) -> int:
    """Ask one or more models, in turn; the answers stream to stdout, a line of numbers for each to stderr.

    The answers of several models stand below their names.

    \b
    benchtop run practice-large "What is a token?"
    cat question.txt | benchtop run practice-small,practice-large --prompt -
    """
    console = process_console()
    if words and prompt is not None:
        raise Refused("the prompt stands behind the models and behind --prompt too; leave one out.")
    prompt = " ".join(words) if words else prompt
    setup = set_up(ctx, config_folder, console, cache_folder, ServerOptions(endpoints, trust_config, models))
    plan = Plan(
        models=choose_models(setup, models, console, context, chunk, device),
        prompts=_with_system(_prompt(setup, prompt, console), system),
        method=Method(rounds=1, warmup=0, **given_settings(ctx)),
        purpose=Purpose.ASK,
        force=force,
    )
    return answers.ask(plan, session.opener_for(setup.models, memory_floor, memory_limit), console)


def _prompt(setup: Setup, text: str | None, console: Console) -> tuple[Prompt, ...]:
    """Take the prompt from the option, where ``-`` stands for stdin, else from BENCH_PROMPT or the default set."""
    if text == "-":
        return one_prompt(text_on_stdin("the prompt"))
    if text is not None:
        return one_prompt(text)
    if setup.environment.prompt is not None:
        return one_prompt(setup.environment.prompt)
    first = setup.config.default_prompts[0]
    console.say(f'Asking "{first.text}" (the first default prompt); --prompt asks another.')
    return (first,)


def _with_system(prompts: tuple[Prompt, ...], system: str | None) -> tuple[Prompt, ...]:
    """Give the prompts another system prompt, if there is one."""
    if system is None:
        return prompts
    if not system.strip() or not is_valid_text(system):
        raise Refused("the system prompt is empty or is not UTF-8 text; write what the model is to be told.")
    return tuple(replace(prompt, system=system) for prompt in prompts)
