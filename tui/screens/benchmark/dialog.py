"""The dialog in which a person says what a benchmark measures, and starts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, RadioButton, RadioSet, Select, Static

from tui.bench.planning import duration, sweep
from tui.bench.planning.checks import wrong_with
from tui.bench.planning.presets import named_after
from tui.bench.planning.steps import total_samples
from tui.panes.widgets.choice import ChoiceButton, ChoiceList, SingleChoice, Submitted
from tui.records import (
    Method,
    Mode,
    Model,
    ModelPace,
    ModelState,
    Order,
    Pack,
    Plan,
    Preset,
    Prompt,
    PromptPack,
    Sweep,
    SweepOf,
)
from tui.records.measurement_settings import SETTINGS
from tui.screens.benchmark import fields
from tui.screens.benchmark.about import ABOUT, KEYS
from tui.screens.benchmark.choices import BenchmarkChoices
from tui.screens.benchmark.fields import Field, NotAsExpected
from tui.screens.frame.dialog import Dialog
from tui.screens.frame.help import HelpScreen
from tui.text import units
from tui.text.cells import cells_of, cut, printable

Value = TypeVar("Value")
Offer = str | Sweep | Pack
"""What can be asked: the name of a set, or ``TYPED_PROMPT``; a sweep; or a pack of tasks."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One choice of how the samples of several models follow each other."""

    id: str
    words: str
    mode: Mode
    order: Order


_ARRANGEMENTS: Final = (
    Arrangement("blocks", "one by one     each model has the machine to itself", Mode.ONE_BY_ONE, Order.BLOCKS),
    Arrangement("turns", "in turns       all are loaded, one answers at a time", Mode.ONE_BY_ONE, Order.INTERLEAVED),
    Arrangement("together", "side by side   all answer at once and share the machine", Mode.SIDE_BY_SIDE, Order.BLOCKS),
)
_SWEEPS: Final = {
    "sweep over prompt length": Sweep(SweepOf.PROMPT, (128, 512, 1024)),
    "sweep over output length": Sweep(SweepOf.OUTPUT, (32, 128, 512)),
}
"""The sweeps that can be measured in place of a set of prompts, with the lengths that each begins with."""
_OFTEN_SET: Final = 4
"""The number of settings that are always shown; the others are shown on demand."""
TYPED_PROMPT: Final = "the prompt line"
"""The choice that takes the prompt of the workbench's line; no name of a set has spaces in it."""
_SHOWN_CHARACTERS: Final = 34
_RARE: Final = tuple(fields.FIELDS)[_OFTEN_SET:]
_TALL: Final = 26
"""The least height of the terminal, in lines, that has room for six lines of models."""
_NO_PROTOCOL: Final = ""
"""The choice that takes the fields as they are written."""


class BenchmarkDialog(Dialog[Plan]):
    """A form whose result is the plan to run."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "start", "Start", tooltip="Start the benchmark"),
        Binding("question_mark", "help", "Help", tooltip="What each entry means"),
    ]

    DEFAULT_CSS = """
    BenchmarkDialog {
        ChoiceList { width: 1fr; max-height: 6; }
        &.-short ChoiceList { max-height: 4; }
        Select { width: 1fr; }
        SelectCurrent { background: $panel; }
        .mode { height: 3; margin-top: 1; }
        .models { height: auto; }
        .tight { height: 1; }
        .numbers Input { width: 5; margin-right: 2; }
        .numbers Input:last-child { margin-right: 0; }
        .number-label { color: $text-muted; width: auto; padding-right: 1; }
        .number-label:first-child { min-width: 12; }
        #concurrency { width: 1fr; }
        #lengths { width: 24; margin-left: 2; display: none; }
        #lengths.-shown { display: block; }
        .rare { display: none; }
        &.-more .rare { display: block; }
        #more { margin: 0; min-width: 16; }
        .space { width: 1fr; }
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
        typed: Prompt | None = None,
    ) -> None:
        """``typed`` is the prompt of the workbench's line, which can be measured in place of a set."""
        super().__init__()
        self._typed = typed
        self._paces: Mapping[str, ModelPace] = {}
        self._is_filled = False
        """Whether the fields have their values."""
        self._models = {model.key: model for model in models if model.state is ModelState.READY}
        self._chosen = chosen
        self._prompt_sets = prompt_sets
        self._packs: Mapping[Pack, PromptPack] = {}
        self._choices = choices
        self._lengths = {sweep.of: sweep.tokens for sweep in (*_SWEEPS.values(), choices.sweep) if sweep is not None}
        self._prompts = _prompts_select(prompt_sets, choices, typed)
        self._presets = presets
        self._filled_from = presets.get(choices.method.protocol.partition(", changed: ")[0])
        self._protocol: Select[str] = Select(
            [("Custom (the values below)", _NO_PROTOCOL), *((name, name) for name in presets)],
            value=self._filled_from.name if self._filled_from is not None else _NO_PROTOCOL,
            allow_blank=False,
            compact=True,
            id="protocol",
        )
        self._protocol.tooltip = "A way to measure of prompts.json: it fills the fields, which can be changed after"

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Benchmark"
            box.border_subtitle = "tab moves · space selects · ? explains · enter starts"
            with Horizontal(classes="models"):
                yield Label("Models", classes="label")
                yield ChoiceList(tuple(self._models), self._chosen)
            with Horizontal(classes="row"):
                yield Label("Protocol", classes="label")
                yield self._protocol
            with Horizontal(classes="tight"):
                yield Label("Prompts", classes="label")
                yield self._prompts
                yield _input(fields.LENGTHS, self._lengths[self._swept_length or SweepOf.PROMPT])
            with Horizontal(classes="mode"):
                yield Label("Mode", classes="label")
                with SingleChoice(compact=True):
                    last = _arrangement_of(self._choices.method)
                    for arrangement in _ARRANGEMENTS:
                        yield ChoiceButton(arrangement.words, arrangement is last, id=arrangement.id)
            yield from self._numbers()
            yield Static("", id="sum", markup=False)
            yield Static("", classes="error", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("More settings", id="more", compact=True)
                yield Static("", classes="space")
                yield Button("Cancel", id="leave", compact=True)
                yield Button("Start", id="start", variant="primary", compact=True)

    def _numbers(self) -> ComposeResult:
        served = any(model.traits.takes_concurrency for model in self._models.values())
        shown = [name for name in fields.FIELDS if served or not SETTINGS[name].for_servers]
        for classes, names in (("row numbers", shown[:_OFTEN_SET]), ("tight numbers rare", shown[_OFTEN_SET:])):
            with Horizontal(classes=classes):
                for name in names:
                    yield Label(fields.FIELDS[name].label, classes="number-label")
                    yield _input(fields.FIELDS[name], getattr(self._choices.method, name))

    def on_mount(self) -> None:
        self.query_one("#start").focus()
        self._is_filled = True
        if self._packs:
            self._list_packs()
        self._show_sums()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height < _TALL, "-short")

    def show_paces(self, paces: Mapping[str, ModelPace]) -> None:
        """Tell how long the benchmark will take, by how fast the models were before."""
        self._paces = paces
        if self._is_filled:
            self._show_sums()

    def offer_packs(self, packs: Sequence[PromptPack]) -> None:
        """Offer packs of graded tasks beside the sets of prompts; the one of the last benchmark is selected."""
        self._packs = {pack.pack: pack for pack in packs}
        if self._is_filled:
            self._list_packs()

    @property
    def packs(self) -> tuple[Pack, ...]:
        """The packs that are offered."""
        return tuple(self._packs)

    def _list_packs(self) -> None:
        before, offers = self._prompts.value, _offers(self._prompt_sets, self._typed)
        place = len(offers) - len(_SWEEPS)
        of_packs: list[tuple[str, Offer]] = [(f"pack {pack.name} ({pack.tasks})", pack) for pack in self._packs]
        self._prompts.set_options((*offers[:place], *of_packs, *offers[place:]))
        last = next((pack for pack in self._packs if _was_chosen(pack, self._choices)), before)
        self._prompts.value = before if before != offers[0][1] else last

    @on(Submitted)
    @on(Input.Submitted)
    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        """Close with the plan, unless a field is wrong."""
        plan = self._plan()
        if plan is not None:
            self.dismiss(plan)

    def action_help(self) -> None:
        """Explain the entries."""
        self.app.push_screen(HelpScreen([("Keys", KEYS)], ABOUT))

    @on(Select.Changed, "#protocol")
    def _fill(self) -> None:
        """Write the settings of the chosen protocol into the fields, where they can be changed."""
        preset, previous = self._preset, self._filled_from
        self._filled_from = preset
        if preset is None or preset is previous:
            return
        for name, field in fields.FIELDS.items():
            if SETTINGS[name].in_protocols:
                self._write(field, getattr(preset.method, name))
        if preset.method.prompt_set in self._prompt_sets:
            self._prompts.value = preset.method.prompt_set
        arrangement = _arrangement_of(preset.method)
        self.query_one(f"#{arrangement.id}", RadioButton).value = True

    @on(Select.Changed, "#prompts")
    def _offer_lengths(self) -> None:
        if self._swept_length is not None:
            self._write(fields.LENGTHS, self._lengths[self._swept_length])

    @on(ChoiceList.Changed)
    @on(Select.Changed)
    @on(RadioSet.Changed)
    @on(Input.Changed)
    def _show_sums(self) -> None:
        self.query_one("#lengths").set_class(self._swept_length is not None, "-shown")
        plan = self._plan()
        if plan is not None and any(getattr(plan.method, name) != SETTINGS[name].default for name in _RARE):
            self.add_class("-more")
        self.query_one("#sum", Static).update("" if plan is None else "\n".join(self._sums(plan)))

    def _sums(self, plan: Plan) -> Iterable[str]:
        samples_of_model = total_samples(plan) // len(plan.models)
        measured = len(plan.prompts) * plan.method.rounds * sum(plan.method.concurrency)
        models = "the model" if len(plan.models) == 1 else f"each of {len(plan.models)} models"
        more = "" if plan.method.until_interval is None else " or more"
        yield (
            f"{units.count(total_samples(plan))} requests{more}{self._duration(plan)}: "
            f"{units.count(measured)} measured and {units.count(samples_of_model - measured)} cold or warm-up "
            f"for {models}"
        )
        if self._preset is not None and plan.method.protocol != self._preset.name:
            yield plan.method.protocol
        failing = tuple(sweep.too_long(plan))
        if failing:
            yield failing[0] + (f" Likewise {len(failing) - 1} more." if len(failing) > 1 else "")

    def _duration(self, plan: Plan) -> str:
        estimate = duration.estimate(plan, self._paces)
        if estimate is None:
            return ""
        missing = len(plan.models) - estimate.measured_models
        without = f" without the {missing} not measured before" if missing else ""
        return f", about {units.clock(max(1.0, estimate.seconds))}{without}"

    @on(Button.Pressed, "#more")
    def _show_more(self) -> None:
        self.toggle_class("-more")

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.action_leave()

    def _plan(self) -> Plan | None:
        """The plan as the fields are written; if one of them is wrong, ``None``, and the reason is shown."""
        plan, error = None, ""
        try:
            plan = self._read_plan()
        except NotAsExpected as wrong:
            error = str(wrong)
        self.query_one(".error", Static).update(error)
        return plan

    def _read_plan(self) -> Plan:
        """Read the plan from the fields.

        Raises:
            NotAsExpected: if a field cannot be read, or the fields do not go together.
        """
        keys, chosen, preset = self.query_one(ChoiceList).chosen, self._prompts.value, self._preset
        pack = self._packs.get(chosen) if isinstance(chosen, Pack) else None
        prompt_set = pack.pack.name if pack is not None else str(chosen)
        pressed = self.query_one(SingleChoice).pressed_button
        arrangement = next((row for row in _ARRANGEMENTS if pressed and row.id == pressed.id), _ARRANGEMENTS[0])
        swept = Sweep(chosen.of, self._read(fields.LENGTHS)) if isinstance(chosen, Sweep) else None
        plan = Plan(
            models=tuple(model for key, model in self._models.items() if key in keys),
            prompts=self._chosen_prompts(chosen) if swept is None else sweep.prompts(swept),
            pack=None if pack is None else pack.pack,
            method=Method(
                prompt_set=prompt_set if swept is None and chosen != TYPED_PROMPT else "",
                sweep="" if swept is None else swept.of.value,
                mode=arrangement.mode,
                order=arrangement.order,
                **self._read_settings(),
            ),
        )
        wrong = wrong_with(plan, fields.NAMES) if keys else "No model is selected."
        if wrong is not None:
            raise NotAsExpected(wrong)
        return named_after(plan, preset) if preset else plan

    def _chosen_prompts(self, chosen: object) -> tuple[Prompt, ...]:
        if isinstance(chosen, Pack):
            return self._packs[chosen].prompts
        name = str(chosen)
        return (self._typed,) if name == TYPED_PROMPT and self._typed is not None else self._prompt_sets[name]

    def _read_settings(self) -> dict[str, Any]:
        """Read the settings whose fields are shown; raises NotAsExpected if one of them cannot be read."""
        shown = {name: field for name, field in fields.FIELDS.items() if self.query(f"#{field.id}")}
        return {name: self._read(field) for name, field in shown.items()}

    @property
    def _preset(self) -> Preset | None:
        return self._presets.get(str(self._protocol.value))

    @property
    def _swept_length(self) -> SweepOf | None:
        chosen = self._prompts.value
        return chosen.of if isinstance(chosen, Sweep) else None

    def _read(self, field: Field[Value]) -> Value:
        return field.value_of(self.query_one(f"#{field.id}", Input).value)

    def _write(self, field: Field[Value], value: Value) -> None:
        self.query_one(f"#{field.id}", Input).value = field.shown(value)


def _arrangement_of(method: Method) -> Arrangement:
    return next(row for row in _ARRANGEMENTS if (row.mode, row.order) == (method.mode, method.order))


def _prompts_select(
    prompt_sets: Mapping[str, tuple[Prompt, ...]], choices: BenchmarkChoices, typed: Prompt | None
) -> Select[Offer]:
    """Offer every set of prompts, the prompt of the line and every sweep; the last choice is selected."""
    offers = _offers(prompt_sets, typed)
    selected = next((offer for _, offer in offers if _was_chosen(offer, choices)), offers[0][1])
    return Select(offers, value=selected, allow_blank=False, compact=True, id="prompts")


def _offers(prompt_sets: Mapping[str, tuple[Prompt, ...]], typed: Prompt | None) -> list[tuple[str, Offer]]:
    offers: list[tuple[str, Offer]] = [(f"{name} ({len(prompts)})", name) for name, prompts in prompt_sets.items()]
    if typed is not None:
        words = printable(" ".join(typed.text.split()))
        offers.append((f"the prompt typed: {cut(words, min(cells_of(words), _SHOWN_CHARACTERS))}", TYPED_PROMPT))
    return [*offers, *_SWEEPS.items()]


def _was_chosen(offer: Offer, choices: BenchmarkChoices) -> bool:
    if isinstance(offer, Pack):
        return offer == choices.pack
    if isinstance(offer, Sweep):
        return choices.sweep is not None and choices.sweep.of is offer.of
    if offer == TYPED_PROMPT:
        return not choices.method.prompt_set and choices.sweep is None
    return offer == choices.method.prompt_set and choices.pack is None


def _input(field: Field[Value], value: Value) -> Input:
    line = Input(field.shown(value), id=field.id, placeholder=field.off, max_length=field.most_cells, compact=True)
    line.tooltip = field.tooltip or None
    return line
