"""Questions that a person asks models outside of a benchmark: the plan that a question becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tui.records import Exchange, Mode, Model, Plan, Prompt, Purpose, QuestionSettings
from tui.records.measurement_settings import DEFAULT_METHOD, Method
from tui.records.plan import QUESTION_MAX_TOKENS
from tui.workspace.conversation import Conversation
from tui.workspace.workspace import Workspace


def default_settings(workspace: Workspace) -> QuestionSettings:
    """Give the settings of a question for which nothing is typed; the environment may have set some of them."""
    method = workspace.method
    is_set = method.max_tokens != DEFAULT_METHOD.max_tokens
    return QuestionSettings(
        temperature=method.temperature,
        max_tokens=method.max_tokens if is_set else QUESTION_MAX_TOKENS,
        seed=method.seed,
    )


def question_plan(
    workspace: Workspace,
    models: Sequence[Model],
    text: str,
    settings: QuestionSettings,
    conversation: Conversation | None = None,
    *,
    again: bool = False,
) -> Plan:
    """Make the plan that asks these models side by side; what ``settings`` leave open takes its default.

    The question is the next one of the ``conversation`` or, if it is asked ``again``, takes the place of the last one.
    """
    defaults = default_settings(workspace)
    temperature = defaults.temperature if settings.temperature is None else settings.temperature
    return Plan(
        models=tuple(models),
        prompts=(_prompt_of(workspace, text, settings.system or (conversation.system if conversation else None)),),
        method=Method(
            rounds=1,
            warmup=0,
            mode=Mode.SIDE_BY_SIDE,
            max_tokens=settings.max_tokens or defaults.max_tokens or QUESTION_MAX_TOKENS,
            temperature=temperature or 0.0,
            seed=defaults.seed if settings.seed is None else settings.seed,
        ),
        purpose=Purpose.ASK,
        conversation=conversation.id if conversation is not None else "",
        earlier={} if conversation is None else {model.key: earlier_of(conversation, model, again) for model in models},
    )


def earlier_of(conversation: Conversation, model: Model, again: bool) -> tuple[Exchange, ...]:
    """Return the turns before the question that is asked next; with ``again`` those before the last question."""
    return conversation.before_last(model.key) if again else conversation.exchanges(model.key)


def _prompt_of(workspace: Workspace, text: str, system: str | None) -> Prompt:
    """Return the configured prompt of this text, or a prompt of the text alone; ``system`` comes before its own.

    Its own limit is one for benchmarks: an answer that is read is not cut there.
    """
    prompts = (prompt for prompts in workspace.prompt_sets.values() for prompt in prompts)
    prompt = next((prompt for prompt in prompts if prompt.text == text), Prompt(id="prompt", text=text))
    return replace(prompt, system=system or prompt.system, max_tokens=None)
