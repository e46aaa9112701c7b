"""What a benchmark measures, asked before it begins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, RadioButton, RadioSet, Select, Static

from tui.bench.planning import sweep
from tui.bench.planning.checks import wrong_with
from tui.bench.planning.presets import named_after
from tui.bench.planning.steps import total_samples
from tui.panes.widgets.choice import ChoiceList, OneOf, Submitted
from tui.records import Method, Mode, Model, ModelState, Order, Plan, Prompt
from tui.records.presets import Preset, Sweep, SweepOf
from tui.screens.benchmark import fields
from tui.screens.benchmark.choices import BenchmarkChoices
from tui.screens.benchmark.fields import Field, NotAsExpected
from tui.screens.frame.dialog import Dialog

Value = TypeVar("Value")


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
_SWEEPS: Final = {
    "sweep over prompt length": Sweep(SweepOf.PROMPT, (128, 512, 1024)),
    "sweep over output length": Sweep(SweepOf.OUTPUT, (32, 128, 512)),
}
"""What can be measured in place of a set of prompts, and the lengths to begin with."""
_TALL: Final = 26
"""Lines from which there is room for all of a long list of models."""
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
        #at-once { width: 1fr; }
        #lengths { width: 24; margin-left: 2; display: none; }
        #lengths.-asked { display: block; }
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
        self._lengths = {each.of: each.tokens for each in (*_SWEEPS.values(), choices.sweep) if each is not None}
        asked = [*((f"{name} ({len(prompts)})", name) for name, prompts in prompt_sets.items()), *_SWEEPS.items()]
        last = (each for _, each in asked if each == choices.method.prompt_set or _is_of(each, choices.sweep))
        first = next(last, asked[0][1])
        self._asked: Select[str | Sweep] = Select(asked, value=first, allow_blank=False, compact=True, id="asked")
        self._presets = presets
        known = choices.method.protocol.partition(", changed: ")[0]
        protocols = [("as written below", _OWN), *((name, name) for name in presets)]
        self._protocol: Select[str] = Select(
            protocols, value=known if known in presets else _OWN, allow_blank=False, compact=True, id="protocol"
        )
        self._protocol.tooltip = "A way to measure of prompts.json: it fills the fields, which can be changed after"
        self._filled_from = presets.get(known)

    def compose(self) -> ComposeResult:
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
                yield self._asked
                yield _input(fields.LENGTHS, self._lengths[self._swept or SweepOf.PROMPT])
            with Horizontal(classes="mode"):
                yield Label("Mode", classes="label")
                with OneOf(compact=True):
                    for each in _ARRANGEMENTS:
                        chosen = (each.mode, each.order) == (self._choices.method.mode, self._choices.method.order)
                        yield RadioButton(each.words, chosen, id=each.id)
            yield from self._numbers()
            yield Static("", id="sum", markup=False)
            yield Static("", classes="error", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Leave", id="leave", compact=True)
                yield Button("Start", id="start", variant="primary", compact=True)

    def _numbers(self) -> ComposeResult:
        choices = self._choices
        with Horizontal(classes="row numbers"):
            yield from _labelled(fields.ROUNDS, choices.method.rounds)
            yield from _labelled(fields.WARMUP, choices.method.warmup)
            yield from _labelled(fields.LAUNCHES, choices.method.launches)
            yield from _labelled(fields.MAX_TOKENS, choices.method.max_tokens)
        with Horizontal(classes="tight numbers"):
            yield from _labelled(fields.UNTIL, choices.method.until_interval)
            yield from _labelled(fields.MOST_ROUNDS, choices.method.max_rounds)
            yield from _labelled(fields.COOL_DOWN, choices.method.cool_down_s)
            if any(model.traits.takes_concurrency for model in self._models.values()):
                yield from _labelled(fields.AT_ONCE, choices.method.concurrency)

    def on_mount(self) -> None:
        self.query_one("#start").focus()
        self._say_how_much()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height < _TALL, "-short")

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
        self._write(fields.ROUNDS, preset.method.rounds)
        self._write(fields.WARMUP, preset.method.warmup)
        self._write(fields.LAUNCHES, preset.method.launches)
        self._write(fields.MAX_TOKENS, preset.method.max_tokens)
        self._write(fields.UNTIL, preset.method.until_interval)
        self._write(fields.MOST_ROUNDS, preset.method.max_rounds)
        self._write(fields.COOL_DOWN, preset.method.cool_down_s)
        if preset.method.prompt_set in self._prompt_sets:
            self._asked.value = preset.method.prompt_set
        arranged = next(
            each for each in _ARRANGEMENTS if (each.mode, each.order) == (preset.method.mode, preset.method.order)
        )
        self.query_one(f"#{arranged.id}", RadioButton).value = True

    @on(Select.Changed, "#asked")
    def _offer_lengths(self) -> None:
        if self._swept is not None:
            self._write(fields.LENGTHS, self._lengths[self._swept])

    @on(ChoiceList.Changed)
    @on(Select.Changed)
    @on(RadioSet.Changed)
    @on(Input.Changed)
    def _say_how_much(self) -> None:
        self.query_one("#lengths").set_class(self._swept is not None, "-asked")
        plan = self._plan()
        self.query_one("#sum", Static).update("" if plan is None else "\n".join(self._sums(plan)))

    def _sums(self, plan: Plan) -> Iterable[str]:
        each = total_samples(plan) // len(plan.models)
        measured = len(plan.prompts) * plan.method.rounds * sum(plan.method.concurrency)
        models = f"{len(plan.models)} model{'s' if len(plan.models) != 1 else ''}"
        more = "" if plan.method.until_interval is None else " or more"
        yield (
            f"{models} × ({measured} measured + {each - measured} cold and warm-up) = "
            f"{total_samples(plan)} samples{more}"
        )
        if self._preset is not None and plan.method.protocol != self._preset.name:
            yield plan.method.protocol
        failing = tuple(sweep.too_long(plan))
        if failing:
            yield failing[0] + (f" Likewise {len(failing) - 1} more." if len(failing) > 1 else "")

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
        plan, error = None, ""
        try:
            plan = self._written()
        except NotAsExpected as wrong:
            error = str(wrong)
        self.query_one(".error", Static).update(error)
        return plan

    def _written(self) -> Plan:
        """Raises NotAsExpected."""
        keys, asked, preset = self.query_one(ChoiceList).chosen, self._asked.value, self._preset
        pressed = self.query_one(OneOf).pressed_button
        arranged = next((each for each in _ARRANGEMENTS if pressed and each.id == pressed.id), _ARRANGEMENTS[0])
        swept = Sweep(asked.of, self._read(fields.LENGTHS)) if isinstance(asked, Sweep) else None
        plan = Plan(
            models=tuple(model for key, model in self._models.items() if key in keys),
            prompts=self._prompt_sets[str(asked)] if swept is None else sweep.prompts(swept),
            method=Method(
                prompt_set=str(asked) if swept is None else "",
                sweep="" if swept is None else swept.of.value,
                rounds=self._read(fields.ROUNDS),
                warmup=self._read(fields.WARMUP),
                launches=self._read(fields.LAUNCHES),
                max_tokens=self._read(fields.MAX_TOKENS),
                until_interval=self._read(fields.UNTIL),
                max_rounds=self._read(fields.MOST_ROUNDS),
                cool_down_s=self._read(fields.COOL_DOWN),
                concurrency=self._read(fields.AT_ONCE) if self.query(f"#{fields.AT_ONCE.id}") else (1,),
                mode=arranged.mode,
                order=arranged.order,
            ),
        )
        wrong = wrong_with(plan, fields.NAMES) if keys else "No model is selected."
        if wrong is not None:
            raise NotAsExpected(wrong)
        return named_after(plan, preset) if preset else plan

    @property
    def _preset(self) -> Preset | None:
        return self._presets.get(str(self._protocol.value))

    @property
    def _swept(self) -> SweepOf | None:
        asked = self._asked.value
        return asked.of if isinstance(asked, Sweep) else None

    def _read(self, field: Field[Value]) -> Value:
        return field.value_of(self.query_one(f"#{field.id}", Input).value)

    def _write(self, field: Field[Value], value: Value) -> None:
        self.query_one(f"#{field.id}", Input).value = field.shown(value)


def _is_of(asked: str | Sweep, last: Sweep | None) -> bool:
    return isinstance(asked, Sweep) and last is not None and asked.of is last.of


def _labelled(field: Field[Value], value: Value) -> ComposeResult:
    yield Label(field.label, classes="number-label")
    yield _input(field, value)


def _input(field: Field[Value], value: Value) -> Input:
    given = Input(field.shown(value), id=field.id, placeholder=field.off, max_length=field.most_cells, compact=True)
    given.tooltip = field.tooltip or None
    return given
