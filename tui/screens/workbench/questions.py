"""The questions of the workbench: a first one, the next turn of a conversation, and what can be done with an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tui import reports
from tui import workspace as services
from tui.bench.events import Event, RunFinished, RunStarted
from tui.records import Model, Plan, Prompt, QuestionSettings, RunRecord
from tui.screens import dialogs
from tui.store.errors import HistoryError

if TYPE_CHECKING:
    from tui.screens.workbench.runs import RunController

SIDE_BY_SIDE_LIMIT: Final = 4
_WHICH: Final = "Several answers are shown: go to one of them with 2, ← and →."
_CUT_IN_REASONING: Final = "It was cut inside its reasoning: raise Max tokens below the prompt and ask again."


class QuestionController:
    """Asks the questions of the workbench, and holds the conversation that they make."""

    def __init__(self, runs: RunController) -> None:
        self._runs, self._workbench = runs, runs.workbench
        self.conversation = services.Conversation()
        self._reopened_after: str | None = None
        """The id of the newest run at the time when a conversation of the history was opened again."""

    @property
    def is_answering(self) -> bool:
        """Whether a question of this conversation is being answered."""
        running = self._runs.session.running
        return running is not None and running.conversation == self.conversation.id

    @property
    def typed(self) -> Prompt | None:
        """The prompt of the line as a benchmark asks it; ``None`` if the line is empty."""
        text, system = self._workbench.prompt_line.text, self._workbench.prompt_line.settings.system
        return Prompt(id="prompt", text=text, system=system) if text else None

    def latest_answers(self) -> RunRecord | None:
        """The answers that stand side by side: those of the conversation, or of a newer run."""
        newest = self._runs.session.newest
        if newest is None or newest.plan.conversation == self.conversation.id or newest.run_id == self._reopened_after:
            return self.conversation.latest_answers() or newest
        return newest

    def follow(self, event: Event) -> None:
        """Take over what a run of this conversation has finished, and show which turn comes next."""
        if self.is_answering:
            self.conversation.follow(event)
        if isinstance(event, RunStarted):
            self._workbench.prompt_line.show_running()
        if isinstance(event, RunFinished):
            self._workbench.prompt_line.show_turn(self.conversation.next_turn)

    def ask(self) -> None:
        """Ask the prompt as the first question of a new conversation."""
        asked = self._asked_now(self._workbench.prompt_line.text)
        if asked is not None:
            if self.conversation.next_turn > 2:
                self._workbench.notify(
                    "A new conversation begins: r asks a first question, and enter in the prompt goes on."
                )
            self.conversation = services.Conversation()
            self._run(*asked)

    def send(self, text: str) -> None:
        """Ask this as the next question of the conversation, or as a first one if there is none to go on with."""
        asked = self._asked_now(text)
        if asked is None:
            return
        models, _ = asked
        if self.conversation.next_turn > 1 and {model.key for model in models} != set(self.conversation.turns):
            self._workbench.notify("Other models are selected now, so a new conversation begins.")
            self.conversation = services.Conversation()
        self._run(*asked)

    def begin_anew(self) -> None:
        """Begin a new conversation: what is asked next is a first question."""
        if self._runs.is_free():
            self.conversation = services.Conversation()
            self._workbench.streams.prepare(())
            self._workbench.prompt_line.show_turn(1)
            self._workbench.prompt_line.take_focus()

    def retry(self) -> None:
        """Ask one model its last question again; the new answer takes the place of the earlier one."""
        model = self._current_model()
        question = self.conversation.last_question(model.key) if model is not None else None
        if model is not None and question is not None and self._runs.is_free():
            self._run((model,), question, again=True)

    def go_on(self) -> None:
        """Have the models go on whose answers were cut at the limit: the one with the focus, or all of them."""
        if not self._runs.is_free():
            return
        conversation, key = self.conversation, self._workbench.streams.current_key
        cut = [model for model in conversation.models if conversation.is_cut(model.key) and key in (None, model.key)]
        answered = [model for model in cut if conversation.turns[model.key][-1].text]
        if answered:
            self._run(answered, services.CONTINUE)
        else:
            self._workbench.notify(_CUT_IN_REASONING if cut else "No answer was cut at its limit.")

    def stop_one(self) -> None:
        """Stop one answer while the others go on."""
        key, pool = self._workbench.streams.current_key, self._runs.session.workspace.model_pool
        if key is None:
            self._workbench.notify(_WHICH)
        elif not pool.stop_answer(key):
            self._workbench.notify(f"{key} is not answering now.", markup=False)

    def save(self) -> None:
        """Ask where to write the conversation as Markdown."""
        conversation = self.conversation
        if conversation.next_turn == 1:
            self._workbench.notify("There is no conversation to save yet: p types a question.")
            return
        turns = {key: tuple(samples) for key, samples in conversation.turns.items()}
        dialog = dialogs.MarkdownExport(
            "conversation", lambda: reports.conversation.conversation_text(turns, conversation.system)
        )
        self._workbench.app.push_screen(dialog)

    async def reopen(self, run_id: str) -> None:
        """Show the conversation that a run of the history belongs to; what is asked next goes on with it."""
        file, workbench = self._runs.session.workspace.history_file, self._workbench
        if file is None or not self._runs.is_free():
            return
        try:
            runs = await asyncio.to_thread(services.load_conversation, file, run_id)
        except HistoryError as error:
            workbench.notify(f"{error}.", severity="warning", markup=False)
            return
        self.conversation = conversation = services.Conversation.of_runs(runs)
        self._reopened_after = newest.run_id if (newest := self._runs.session.newest) is not None else None
        models = [self._listed(model) for model in conversation.models[:SIDE_BY_SIDE_LIMIT]]
        workbench.models.set_models(workbench.models.listed, [model.key for model in models])
        workbench.streams.prepare(models, conversation.id)
        for event in conversation.replayed():
            workbench.streams.show(event)
        method = runs[-1].plan.method
        workbench.prompt_line.settings = QuestionSettings(
            system=conversation.system,
            temperature=method.temperature or None,
            max_tokens=method.max_tokens,
            seed=method.seed,
        )
        workbench.prompt_line.text = runs[-1].plan.prompts[0].text
        workbench.prompt_line.show_turn(conversation.next_turn)
        workbench.open_pane("streams")
        workbench.notify("The conversation goes on with the next question.")

    def _listed(self, model: Model) -> Model:
        """The model as it is listed now; as it was then if it is not listed any more."""
        return next((listed for listed in self._workbench.models.listed if listed.key == model.key), model)

    def _asked_now(self, text: str) -> tuple[Sequence[Model], str] | None:
        """The models that are asked this now; if they or the text are missing, the user is told how to give them."""
        workbench = self._workbench
        if not self._runs.is_free():
            return None
        models = workbench.models.chosen
        if not text:
            workbench.notify("There is no prompt yet: type one.")
            workbench.prompt_line.take_focus()
            return None
        if not models:
            workbench.notify("No model is selected: space selects one in the list.")
            return None
        if len(models) > SIDE_BY_SIDE_LIMIT:
            workbench.notify(f"Four models fit side by side: the first {SIDE_BY_SIDE_LIMIT} of the selected ones run.")
        return models[:SIDE_BY_SIDE_LIMIT], text

    def _run(self, models: Sequence[Model], text: str, *, again: bool = False) -> None:
        self._runs.check_and_run(self._plan(models, text, again))

    def _plan(self, models: Sequence[Model], text: str, again: bool) -> Plan:
        workspace, settings = self._runs.session.workspace, self._workbench.prompt_line.settings
        return services.question_plan(workspace, models, text, settings, self.conversation, again=again)

    def _current_model(self) -> Model | None:
        key = self._workbench.streams.current_key
        model = next((model for model in self.conversation.models if model.key == key), None)
        if model is None:
            self._workbench.notify(_WHICH if key is None else "This model was not asked a question.")
        return model
