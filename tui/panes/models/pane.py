"""The pane with the models that can be selected, and what each of them is doing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui import records
from tui.lazy import lazy_module
from tui.panes.models.activity import GROUPS, STYLES, Activity, group_of
from tui.panes.widgets.choice import NOT_SELECTED, SELECTED, PlainList
from tui.panes.widgets.styles import fit_tone, fit_words
from tui.text import units
from tui.text.cells import cells_of, cut_name, printable
from tui.text.tables import counted

if TYPE_CHECKING:
    from tui.bench import events as run_events
    from tui.records import FitForecast, Model
else:
    run_events = lazy_module("tui.bench.events")

_ABSENT: Final = "·"
_STATE_CELLS: Final = 8
_SIZE_CELLS: Final = 9
_MARK_CELLS: Final = 2
_SCROLLBAR_CELLS: Final = 1
_NO_MODELS: Final = "No model is on this machine yet: c opens the catalogue, which downloads them."


def _fit_text(forecast: FitForecast, *, with_sum: bool) -> str:
    words = forecast.words if with_sum else forecast.short_words or forecast.words
    smaller = forecast.context_that_fits
    way_out = f" It fits with a context of {units.count(smaller)} tokens: l limits it." if smaller else ""
    return f"{words[:1].upper()}{words[1:]}.{way_out}"


def _is_listed(model: Model) -> bool:
    states = records.ModelState
    return model.state not in (states.AVAILABLE, states.PARTIAL, states.NOT_TEXT)


def _is_ready(model: Model) -> bool:
    return model.state is records.ModelState.READY


def _note_on(model: Model) -> str:
    if model.note:
        return f"{model.note[0].upper()}{model.note[1:].rstrip('.')}."
    return "Practice model: small, made for trying things out." if model.practice else ""


def _without_limit(model: Model) -> Model:
    return model.as_it_is


class ModelList(PlainList):
    """The rows of the models; space, enter or a click selects one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "select", "Select", tooltip="Select the model for the next run, or leave it out", show=False),
        Binding("i", "ask('details')", "Details", tooltip="Show how the memory a model needs adds up", show=False),
        Binding("l", "ask('context')", "Limit context", tooltip="Load the model with a smaller context", show=False),
        Binding("W", "ask('warmth')", "Keep warm", tooltip="Keep the model loaded and warm, or no longer", show=False),
    ]

    class ActionRequested(Message):
        """A key asks for an action on the highlighted model."""

        def __init__(self, action: str, key: str) -> None:
            super().__init__()
            self.action, self.key = action, key

    def action_ask(self, action: str) -> None:
        """Ask for an action on the highlighted model."""
        option = self.highlighted_option
        if option is not None and option.id is not None:
            self.post_message(self.ActionRequested(action, option.id))


class ModelsPane(Vertical):
    """Every model in its group, selected or not, above a sentence about the highlighted one."""

    DEFAULT_CSS = """
    ModelsPane {
        ModelList {
            height: 1fr;
            scrollbar-gutter: stable;
        }
        #model-detail {
            height: auto;
            max-height: 7;
            border-top: solid $border-blurred;
            color: $text-muted;
        }
    }
    """

    class SelectionChanged(Message):
        """Other models are selected, or others are listed."""

    class ContextLimitRequested(Message):
        """A person asks to change the context limit of this model."""

        def __init__(self, model: Model) -> None:
            super().__init__()
            self.model = model

    class KeepWarmRequested(Message):
        """A person asks to keep this model warm, or to stop doing so."""

        def __init__(self, model: Model) -> None:
            super().__init__()
            self.model = model

    def __init__(self) -> None:
        super().__init__()
        self.border_title = "Models"
        self._models: dict[str, Model] = {}
        self._chosen: set[str] = set()
        self._activities: dict[str, Activity] = {}
        self._reasons: dict[str, str] = {}
        self._forecasts: Mapping[str, FitForecast] = {}
        self._limits: dict[str, int | None] = {}
        """The limits that were chosen here, by the key of the model without a limit: they outlive a list that is read
        again.
        """
        self._warm_s: dict[str, float] = {}
        self._threads: dict[str, int | None] = {}
        """The processor threads of each model that was loaded, by its key."""
        self._name_cells = 0
        self._shows_sum = False
        """Whether the memory that the highlighted model needs is shown as a sum."""

    def compose(self) -> ComposeResult:
        yield ModelList(compact=True, markup=False)
        yield Static("Looking for models on this machine.", id="model-detail", markup=False)

    def set_models(self, models: Sequence[Model], chosen: Iterable[str]) -> None:
        """List these models and select those with the keys ``chosen``; models not on this machine are left to the
        catalogue.
        """
        models = [
            replace(model, context_limit_tokens=self._limits.get(_without_limit(model).key, model.context_limit_tokens))
            for model in models
            if _is_listed(model)
        ]
        missing = {key for key, model in self._models.items() if not _is_ready(model)}
        self._models = {model.key: model for model in models}
        # If a server comes back, its models are selected again if they were before it went away.
        selectable = {model.key for model in models if _is_ready(model) or model.traits.is_remote}
        self._chosen = selectable & {*chosen, *(self._chosen & missing)}
        for key in missing & {model.key for model in models if _is_ready(model)}:
            if self._activities.get(key) is Activity.FAILED:
                del self._activities[key], self._reasons[key]
        listing = self.query_one(ModelList)
        before = listing.highlighted_option
        listing.set_options(self._options())
        preferred = before.id if before is not None and before.id in self._models else None
        preferred = preferred or next((key for key in self._ordered_keys() if key in self._chosen), None)
        if preferred is not None:
            listing.highlighted = listing.get_option_index(preferred)
        else:
            listing.action_first()
        if not models:
            self.query_one("#model-detail", Static).update(_NO_MODELS)
        self._show_count()

    @property
    def listed(self) -> tuple[Model, ...]:
        """Every model, in the order of the list."""
        return tuple(self._models[key] for key in self._ordered_keys())

    @property
    def chosen(self) -> tuple[Model, ...]:
        """The selected models, in the order of the list."""
        return tuple(model for model in self.listed if model.key in self._chosen and _is_ready(model))

    def show(self, event: run_events.Event) -> None:
        """Show what an event means for the activity of a model."""
        match event:
            case run_events.ModelLoading(key=key):
                self._reasons.pop(key, None)
                self._set_activity(key, Activity.LOADING)
            case run_events.ModelLoaded(key=key, load=load):
                self._threads[key] = load.threads
                self._set_activity(key, Activity.LOADED)
            case run_events.SampleStarted(key=key):
                self._set_activity(key, Activity.RUNNING)
            case run_events.SampleFinished(key=key):
                if self._activities.get(key) is Activity.RUNNING:
                    self._set_activity(key, Activity.LOADED)
            case run_events.ModelUnloaded(key=key):
                self._set_activity(key, Activity.READY)
            case run_events.ModelDied(key=key, cause=cause):
                self._reasons[key] = str(cause)
                self._set_activity(key, Activity.FAILED)
            case run_events.KeptWarm(key=key, every_s=every_s):
                self._keep_warm(key, every_s)
            case _:
                pass

    def show_forecasts(self, forecasts: Mapping[str, FitForecast]) -> None:
        """Show for each model whether it would fit into memory now."""
        before, self._forecasts = self._forecasts, forecasts
        for key in self._models:
            was, now = before.get(key), forecasts.get(key)
            if (was and was.fit) != (now and now.fit):
                self._repaint_row(key)
            if (was and was.short_words) != (now and now.short_words):
                self._show_detail_of(key)

    def replace_model(self, model: Model) -> str | None:
        """Replace a model by the same model with another context limit.

        Returns the key that the model had before, or ``None`` if it is not listed.
        """
        whole = _without_limit(model)
        before = next((other for other in self._models.values() if _without_limit(other) == whole), None)
        if before is None:
            return None
        self._limits[whole.key] = model.context_limit_tokens
        if before.key != model.key:
            chosen = {model.key if key == before.key else key for key in self._chosen}
            self.set_models([model if other is before else other for other in self._models.values()], chosen)
            listing = self.query_one(ModelList)
            listing.highlighted = listing.get_option_index(model.key)
        return before.key

    def set_loaded(self, keys: Sequence[str]) -> None:
        """Show which models are loaded once a run has ended in whatever way."""
        for key, activity in tuple(self._activities.items()):
            if activity is not Activity.FAILED:
                self._set_activity(key, Activity.LOADED if key in keys else Activity.READY)

    @on(ModelList.ActionRequested)
    def _request(self, event: ModelList.ActionRequested) -> None:
        event.stop()
        model = self._models[event.key]
        if event.action == "details":
            self._shows_sum = not self._shows_sum
            self._show_detail(model)
        elif not _is_ready(model):
            what = "kept warm" if event.action == "warmth" else "limited"
            self.notify(f"{model.key} is not ready to run, so it cannot be {what}.", markup=False)
        elif event.action == "warmth":
            self.post_message(self.KeepWarmRequested(model))
        elif model.context_tokens is None:
            self.notify(f"The context of {model.key} is not known, so it cannot be limited.", markup=False)
        else:
            self.post_message(self.ContextLimitRequested(model))

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        key = event.option_id
        if key is None:
            return
        model = self._models[key]
        if not _is_ready(model):
            absent = model.state is records.ModelState.MISSING and not model.traits.is_remote
            reason = "is not on this machine" if absent else "cannot be run"
            self.notify(_note_on(model), title=f"{model.alias} {reason}", markup=False)
            return
        self._chosen ^= {key}
        self._repaint_row(key)
        self._show_count()

    @on(OptionList.OptionHighlighted)
    def _describe(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if event.option_id is not None:
            self._show_detail(self._models[event.option_id])

    def on_resize(self, _event: events.Resize) -> None:
        cells = self._cells_for_name()
        if cells != self._name_cells and self._models:
            for key in self._models:
                self._repaint_row(key)
                self._show_detail_of(key)

    def _set_activity(self, key: str, activity: Activity) -> None:
        if key not in self._models or self._activities.get(key) is activity:
            return
        self._activities[key] = activity
        self._repaint_row(key)
        self._show_detail_of(key)

    def _keep_warm(self, key: str, every_s: float | None) -> None:
        if every_s is None:
            self._warm_s.pop(key, None)
        else:
            self._warm_s[key] = every_s
        if key in self._models:
            self._repaint_row(key)
            self._show_detail_of(key)

    def _activity(self, model: Model) -> Activity:
        activity = self._activities.get(model.key, Activity.READY)
        if not _is_ready(model) and activity not in (Activity.LOADING, Activity.RUNNING):
            return Activity.MISSING
        return Activity.WARM if activity is Activity.LOADED and model.key in self._warm_s else activity

    def _ordered_keys(self) -> list[str]:
        return sorted(self._models, key=lambda key: group_of(self._models[key]))

    def _options(self) -> list[Option]:
        options: list[Option] = []
        group: int | None = None
        for model in (self._models[key] for key in self._ordered_keys()):
            if group_of(model) != group:
                group = group_of(model)
                options.append(Option(Content.styled(GROUPS[group], "bold $foreground-muted"), disabled=True))
            options.append(Option(self._row(model), id=model.key))
        return options

    def _repaint_row(self, key: str) -> None:
        self.query_one(ModelList).replace_option_prompt(key, self._row(self._models[key]))

    def _cells_for_name(self) -> int:
        return max(8, self.content_size.width - _MARK_CELLS - _STATE_CELLS - _SIZE_CELLS - _SCROLLBAR_CELLS)

    def _row(self, model: Model) -> Content:
        self._name_cells = self._cells_for_name()
        activity = self._activity(model)
        absent = activity is Activity.MISSING
        chosen = model.key in self._chosen
        mark = _ABSENT if absent else SELECTED if chosen else NOT_SELECTED
        name = Content(f"{cut_name(printable(model.key), self._name_cells - 1)} ")
        return Content.assemble(
            (f"{mark} ", "$primary" if chosen and not absent else STYLES[Activity.MISSING]),
            name.stylize(STYLES[activity]) if absent else name,
            *self._state_and_size(model, activity),
        )

    def _state_and_size(self, model: Model, activity: Activity) -> tuple[tuple[str, str], ...]:
        """Return what the model is doing with its size or, if it is idle, whether it fits; that it will not fit takes
        the room of its size too.
        """
        forecast = self._forecasts.get(model.key)
        size = (f"{units.size(model.size_bytes):>{_SIZE_CELLS}}", STYLES[Activity.READY])
        if activity is Activity.READY and forecast is not None:
            words = fit_words(forecast.fit, forecast.context_that_fits)
            tone = f"${fit_tone(forecast.fit, forecast.context_that_fits)}"
            if forecast.fit is records.Fit.WILL_NOT_FIT:
                return ((f"{words:>{_STATE_CELLS + _SIZE_CELLS}}", tone),)
            return (f"{words:<{_STATE_CELLS}}", tone), size
        absent = activity is Activity.MISSING
        return (f"{activity.value:<{_STATE_CELLS}}", STYLES[activity]), (
            size[0],
            STYLES[activity],
        ) if absent else size

    def _show_detail_of(self, key: str) -> None:
        """Update the sentence if this model is highlighted."""
        highlighted = self.query_one(ModelList).highlighted_option
        if highlighted is not None and highlighted.id == key:
            self._show_detail(self._models[key])

    def _show_detail(self, model: Model) -> None:
        provider = (model.execution_provider or "").removesuffix("ExecutionProvider")
        # The name is too long for its row, which is common for models of servers.
        is_cut = cells_of(model.key) >= self._cells_for_name()
        parts = [model.alias if model.traits.is_remote else model.key if is_cut else "", provider, model.license]
        if model.served is not None:
            parts += [model.served.software, units.build_of_server(model)]
        elif model.context_tokens is not None:
            limited = f" of {units.count(model.context_tokens)}" if model.context_limit_tokens else ""
            parts.append(f"context {units.count(model.used_context_tokens)}{limited}")
        if model.traits.on_disk and (threads := self._threads.get(model.key)):
            parts.append(counted(threads, "thread"))
        if (every_s := self._warm_s.get(model.key)) is not None:
            parts.append(f"kept warm every {units.clock(every_s)}")
        facts = " · ".join(part for part in parts if part)
        reason = self._reasons.get(model.key)
        forecast = self._forecasts.get(model.key)
        fit_text = _fit_text(forecast, with_sum=self._shows_sum) if forecast is not None else ""
        ready = _is_ready(model)
        lines = [reason, facts, fit_text, _note_on(model)] if ready else [_note_on(model), facts, fit_text]
        detail, words = self.query_one("#model-detail", Static), "\n".join(line for line in lines if line)
        if detail.content != words:
            detail.update(words)

    def _show_count(self) -> None:
        count = len(self.chosen)
        hint = f"{count} selected: r asks, space selects" if count else "space selects"
        self.border_subtitle = hint if self._models else ""
        self.post_message(self.SelectionChanged())
