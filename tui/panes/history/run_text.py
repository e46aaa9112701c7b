"""A whole run in words: how and where it was measured, what failed, and what was asked and answered."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.panes.history.detail import run_facts
from tui.panes.widgets.columns import fit_text
from tui.panes.widgets.facts import MUTED_STYLE, Fact, FactsPane
from tui.records import Mode, Order, Prompt, Purpose, RunEntry, RunRecord, SampleStatus
from tui.text import units
from tui.text.tables import counted, threads_text

_PROMPT_LINES: Final = 3
"""How many lines of a long prompt are shown."""
_ANSWER_LINES: Final = 6
_FEW_ANSWERS: Final = 6
"""Up to so many answers their first lines are shown; of more, the first line of each."""
_INDENT: Final = 2
_MOST_NAME_CELLS: Final = 24
_IN_ORDER: Final = {
    Order.BLOCKS: "one model after the other, each with all its requests",
    Order.INTERLEAVED: "the models in turns, one request at a time",
}
_IN_MODE: Final = {
    Mode.ONE_BY_ONE: "one request at a time",
    Mode.SIDE_BY_SIDE: "all models at the same time",
}
_YARDSTICK: Final = "a practice model was asked in turns with the models, to tell a slow machine from a slow model"


class Section(Enum):
    """A part of the words about a run, with its heading."""

    FACTS = "How it was measured"
    MACHINE = "Machine"
    FAILURES = "What failed"
    ANSWERS = "Asked and answered"


class RunText(FactsPane):
    """Some sections of the words about a run, one below the other."""

    SHOWN_FAILURES: Final = 100
    SHOWN_PROMPTS: Final = 20

    def __init__(self, entry: RunEntry, run: RunRecord, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._entry, self._run = entry, run
        self._sections: tuple[Section, ...] = ()

    def compose(self) -> ComposeResult:
        yield Static("")

    def show(self, *sections: Section) -> None:
        """Show these sections; one that has nothing to tell is left out, and so is a heading that the border has."""
        self._sections = sections
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        lines: list[Content] = []
        for section in self._sections:
            of_section = self._lines_of(section)
            if of_section and section.value != self.border_title:
                lines += [*([Content("")] if lines else []), Content.styled(section.value, "bold $primary")]
            lines += of_section
        self.query_one(Static).update(Content("\n").join(lines))

    def _lines_of(self, section: Section) -> list[Content]:
        match section:
            case Section.FACTS:
                return self.lines([*run_facts(self._entry), *_method_facts(self._run)])
            case Section.MACHINE:
                return self.lines(_machine_facts(self._run))
            case Section.FAILURES:
                return self._failures()
            case Section.ANSWERS:
                return self._prompts()

    def _failures(self) -> list[Content]:
        ends = [f"{load.key}, launch {load.launch}: {load.verdict}" for load in self._run.loads if load.verdict]
        errors = [
            f"{sample.key}, prompt {sample.prompt_id}, round {sample.round}: {sample.error}"
            for sample in self._run.samples
            if sample.error
        ]
        failures = [*ends, *errors]
        lines = [line for text in failures[: self.SHOWN_FAILURES] for line in self.paragraph(text)]
        if len(failures) > self.SHOWN_FAILURES:
            lines.append(Content.styled(f"and {units.count(len(failures) - self.SHOWN_FAILURES)} more", MUTED_STYLE))
        return lines

    def _prompts(self) -> list[Content]:
        plan, answers = self._run.plan, _first_answers(self._run)
        shown = plan.prompts[: self.SHOWN_PROMPTS]
        lines: list[Content] = []
        for prompt in shown:
            lines += [*([Content("")] if lines else []), *self._prompt(prompt)]
            keys = [model.key for model in plan.models if (prompt.id, model.key) in answers]
            tell = self._begun_answer if len(answers) > _FEW_ANSWERS else self._long_answer
            lines += [line for key in keys for line in tell(key, answers[prompt.id, key])]
        if more := len(plan.prompts) - len(shown):
            lines += [
                Content(""),
                Content.styled(f"and {counted(more, 'prompt')} more: I reads all answers", MUTED_STYLE),
            ]
        return lines

    def _prompt(self, prompt: Prompt) -> list[Content]:
        """The words of a prompt, after its name where a set has several."""
        has_name = self._run.plan.purpose is not Purpose.ASK
        name = [Content.styled(fit_text(prompt.id, self.cells), MUTED_STYLE)] if has_name else []
        return [*name, *self._first(self.paragraph(prompt.text), _PROMPT_LINES)]

    def _first(self, lines: list[Content], most: int) -> list[Content]:
        """Return the first lines of a text, with an ellipsis where more would follow."""
        if len(lines) <= most:
            return lines
        last = lines[most - 1].rstrip()
        return [*lines[: most - 1], Content(fit_text(f"{last} …", self.cells)) if last else Content("  …")]

    def _long_answer(self, key: str, answer: str) -> list[Content]:
        """The first lines of an answer, below the name of its model."""
        name = Content.styled(fit_text(key, self.cells), "$primary")
        return [Content(""), name, *self._first(self.paragraph(answer, indent=_INDENT), _ANSWER_LINES)]

    def _begun_answer(self, key: str, answer: str) -> list[Content]:
        """The beginning of an answer in one line, after the name of its model."""
        longest = max(len(model.key) for model in self._run.plan.models)
        name_cells = min(longest, _MOST_NAME_CELLS, self.cells // 3)
        room = max(1, self.cells - name_cells - 2 * _INDENT)
        name = f"{'':<{_INDENT}}{fit_text(key, name_cells)}{'':<{_INDENT}}"
        return [Content.assemble((name, "$primary"), fit_text(" ".join(answer.split()), room))]


def _first_answers(run: RunRecord) -> dict[tuple[str, str], str]:
    """Return the first answer of each model to each prompt, by the ids of the prompt and the key of the model."""
    answers: dict[tuple[str, str], str] = {}
    for sample in run.samples:
        if sample.status is SampleStatus.OK and sample.text.strip():
            # Without the signs of bold words, which would only be in the way in a beginning of a few lines.
            answers.setdefault((sample.prompt_id, sample.key), sample.text.strip().replace("**", ""))
    return answers


def _method_facts(run: RunRecord) -> Sequence[Fact]:
    method = run.plan.method
    is_benchmark = run.plan.purpose is Purpose.BENCHMARK
    several = is_benchmark and len(run.plan.models) > 1
    return [
        Fact("Mode", _IN_ORDER[method.order] if several and method.mode is Mode.ONE_BY_ONE else _IN_MODE[method.mode]),
        Fact("Yardstick", _YARDSTICK if method.yardstick else None),
        Fact("Warm-up", counted(method.warmup, "pass", "passes") if is_benchmark else None),
        Fact("Max tokens", units.count(method.max_tokens)),
        Fact("Temperature", units.three_figures(method.temperature)),
        Fact("Threads", threads_text(run)),
    ]


def _named(package: str, version: str | None) -> str | None:
    """Return a version with what it is the version of, unless it tells that itself."""
    return f"{package} {version}" if version and version[0].isdigit() else version


def _machine_facts(run: RunRecord) -> Sequence[Fact]:
    environment = run.environment
    cores = f"{units.count(environment.physical_cores)} cores, {units.count(environment.logical_cores)} logical"
    power = {None: None, True: "on battery", False: "plugged in"}[environment.on_battery]
    return [
        Fact("Processor", environment.cpu),
        Fact("Cores", cores),
        Fact("RAM", units.size(environment.ram_bytes)),
        Fact("GPU", environment.gpu or "none found"),
        Fact("System", environment.os),
        Fact("Power", power),
        Fact("Runtime", _named("onnxruntime-genai", environment.runtime)),
        Fact("SDK", _named("foundry-local-sdk", environment.sdk)),
        Fact("Python", environment.python),
        Fact("Benchtop", environment.benchtop),
    ]
