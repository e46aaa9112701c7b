"""What a benchmark measures, asked before it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, RadioButton, RadioSet, Select, Static

from tui.bench.plan import total_samples
from tui.bench.presets import with_protocol
from tui.panes.choice import ChoiceList, OneOf, Submitted
from tui.records import Mode, Model, ModelState, Order, Plan, Prompt
from tui.records.presets import Preset
from tui.screens.choices import BenchmarkChoices
from tui.screens.dialog import Dialog


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How the samples of several models follow each other."""

    id: str
    words: str
    mode: Mode
    order: Order


_ARRANGEMENTS: Final = (
    Arrangement("blocks", "one by one     each model has the machine to itself", Mode.ONE_BY_ONE, Order.BLOCKS),
    Arrangement("turns", "in turns       all are loaded, one answers at a time", Mode.ONE_BY_ONE, Order.INTERLEAVED),
    Arrangement("together", "side by side   all answer at once and share the machine", Mode.SIDE_BY_SIDE, Order.BLOCKS),
)


@dataclass(frozen=True, slots=True)
class NumberField:
    """A whole number that the dialog asks for."""

    id: str
    label: str
    least: int


_NUMBERS: Final = (
    NumberField("rounds", "Rounds", 1),
    NumberField("warmup", "Warm-up", 0),
    NumberField("launches", "Launches", 1),
    NumberField("max-tokens", "Max tokens", 1),
)
_OWN: Final = ""
"""No protocol: what is written in the fields."""


class BenchmarkDialog(Dialog[Plan]):
    """Gives the plan to run."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "start", "Start", tooltip="Start the benchmark"),
    ]

    DEFAULT_CSS = """
    BenchmarkDialog {
        ChoiceList { width: 1fr; max-height: 6; }
        Select { width: 1fr; }
        SelectCurrent { background: $panel; }
        .mode { height: 3; margin-top: 1; }
        .models { height: auto; }
        .tight { height: 1; }
        .row Input { width: 5; margin-right: 2; }
        #max-tokens { margin-right: 0; }
        .number-label { color: $text-muted; width: auto; padding-right: 1; }
        #first-number { min-width: 12; }
        #sum { margin-top: 1; height: auto; }
    }
    """

    def __init__(
        self,
        models: Sequence[Model],
        chosen: Sequence[str],
        prompt_sets: Mapping[str, tuple[Prompt, ...]],
        choices: BenchmarkChoices,
        presets: Mapping[str, Preset],
    ) -> None:
        super().__init__()
        self._models = {model.key: model for model in models if model.state is ModelState.READY}
        self._chosen = chosen
        self._prompt_sets = prompt_sets
        self._choices = choices
        names = [(f"{name} ({len(prompts)})", name) for name, prompts in prompt_sets.items()]
        first = choices.prompt_set if choices.prompt_set in prompt_sets else names[0][1]
        self._prompt_set: Select[str] = Select(names, value=first, allow_blank=False, compact=True)
        self._presets = presets
        known = choices.protocol.partition(", changed: ")[0]
        protocols = [("as written below", _OWN), *((name, name) for name in presets)]
        self._protocol: Select[str] = Select(
            protocols, value=known if known in presets else _OWN, allow_blank=False, compact=True, id="protocol"
        )
        self._protocol.tooltip = "A way to measure of prompts.json: it fills the fields, which can be changed after"
        self._filled_from = presets.get(known)

    def compose(self) -> ComposeResult:
        choices = self._choices
        with Vertical(classes="box") as box:
            box.border_title = "Benchmark"
            box.border_subtitle = "tab moves · space selects · enter starts"
            with Horizontal(classes="models"):
                yield Label("Models", classes="label")
                yield ChoiceList(tuple(self._models), self._chosen)
            with Horizontal(classes="row"):
                yield Label("Protocol", classes="label")
                yield self._protocol
            with Horizontal(classes="tight"):
                yield Label("Prompts", classes="label")
                yield self._prompt_set
            with Horizontal(classes="mode"):
                yield Label("Mode", classes="label")
                with OneOf(compact=True):
                    for each in _ARRANGEMENTS:
                        chosen = (each.mode, each.order) == (choices.mode, choices.order)
                        yield RadioButton(each.words, chosen, id=each.id)
            with Horizontal(classes="row"):
                values = (choices.rounds, choices.warmup, choices.launches, choices.max_tokens)
                for place, (number, value) in enumerate(zip(_NUMBERS, values, strict=True)):
                    yield Label(number.label, classes="number-label", id=None if place else "first-number")
                    yield Input(str(value), id=number.id, type="integer", max_length=5, compact=True)
            yield Static("", id="sum", markup=False)
            yield Static("", classes="error", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Leave", id="leave", compact=True)
                yield Button("Start", id="start", variant="primary", compact=True)

    def on_mount(self) -> None:
        self.query_one("#start").focus()
        self._say_how_much()

    def action_start(self) -> None:
        """Give the plan, unless something is missing."""
        plan = self._plan()
        if plan is not None:
            self.dismiss(plan)

    @on(Select.Changed, "#protocol")
    def _fill(self) -> None:
        """Put what the protocol says into the fields, where it can be changed."""
        preset, before = self._preset, self._filled_from
        self._filled_from = preset
        if preset is None or preset is before:
            return
        values = (preset.rounds, preset.warmup, preset.launches, preset.max_tokens)
        for number, value in zip(_NUMBERS, values, strict=True):
            self.query_one(f"#{number.id}", Input).value = str(value)
        if preset.prompt_set in self._prompt_sets:
            self._prompt_set.value = preset.prompt_set
        arranged = next(each for each in _ARRANGEMENTS if (each.mode, each.order) == (preset.mode, preset.order))
        self.query_one(f"#{arranged.id}", RadioButton).value = True

    @on(ChoiceList.Changed)
    @on(Select.Changed)
    @on(RadioSet.Changed)
    @on(Input.Changed)
    def _say_how_much(self) -> None:
        plan = self._plan()
        text = ""
        if plan is not None:
            each = total_samples(plan) // len(plan.models)
            measured = len(plan.prompts) * plan.rounds
            models = f"{len(plan.models)} model{'s' if len(plan.models) != 1 else ''}"
            text = (
                f"{models} × ({measured} measured + {each - measured} cold and warm-up) = {total_samples(plan)} samples"
            )
            if self._preset is not None and plan.protocol != self._preset.name:
                text += f"\n{plan.protocol}"
        self.query_one("#sum", Static).update(text)

    @on(Submitted)
    @on(Input.Submitted)
    @on(Button.Pressed, "#start")
    def _start(self) -> None:
        self.action_start()

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.action_leave()

    def _plan(self) -> Plan | None:
        """The plan as it stands; where there is none, the reason is shown."""
        keys = self.query_one(ChoiceList).chosen
        numbers = {number.id: self._number(number) for number in _NUMBERS}
        wrong = next((number for number in _NUMBERS if numbers[number.id] is None), None)
        error = ""
        if wrong is not None:
            error = f"{wrong.label}: a whole number from {wrong.least} up is expected."
        elif not keys:
            error = "No model is selected."
        elif (numbers["launches"] or 1) > (numbers["rounds"] or 1):
            error = "Launches: there must be at least as many rounds, which are spread over them."
        self.query_one(".error", Static).update(error)
        if error:
            return None
        prompt_set = str(self._prompt_set.value)
        pressed = self.query_one(OneOf).pressed_button
        chosen = next(
            (each for each in _ARRANGEMENTS if pressed is not None and each.id == pressed.id), _ARRANGEMENTS[0]
        )
        preset = self._preset
        plan = Plan(
            models=tuple(model for key, model in self._models.items() if key in keys),
            prompts=self._prompt_sets[prompt_set],
            prompt_set=prompt_set,
            rounds=numbers["rounds"] or 0,
            warmup=numbers["warmup"] or 0,
            max_tokens=numbers["max-tokens"] or 0,
            launches=numbers["launches"] or 1,
            cool_down_s=preset.cool_down_s if preset else 0.0,
            mode=chosen.mode,
            order=chosen.order,
        )
        return with_protocol(plan, preset) if preset else plan

    @property
    def _preset(self) -> Preset | None:
        return self._presets.get(str(self._protocol.value))

    def _number(self, field: NumberField) -> int | None:
        text = self.query_one(f"#{field.id}", Input).value
        return int(text) if text.isdigit() and int(text) >= field.least else None
