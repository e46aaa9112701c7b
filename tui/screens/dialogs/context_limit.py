"""The dialog for the size of a model's context, which decides its memory besides its weights."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static

from tui.bench.memory.fit import with_context_limit
from tui.records import Fit, FitForecast, Model
from tui.screens.frame.dialog import Dialog
from tui.text import units

_WHY = "The runtime keeps room for the whole context from the first request on, however short the prompt."


class ContextDialog(Dialog[Model]):
    """Asks for a context limit and forecasts the memory for it; the result is the model with the new limit, or none."""

    DEFAULT_CSS = """
    ContextDialog {
        #why { width: 1fr; margin-top: 1; color: $text-muted; }
        Input { width: 12; margin-right: 2; }
        #own { width: 1fr; color: $text-muted; }
        #forecast { margin-top: 1; height: auto; min-height: 2; }
    }
    """

    def __init__(self, model: Model, predict_fit: Callable[[Model], FitForecast | None]) -> None:
        super().__init__()
        self._model = model
        self._predict_fit = predict_fit

    def compose(self) -> ComposeResult:
        model, forecast = self._model, self._predict_fit(self._model)
        first = (forecast.context_that_fits if forecast else None) or model.used_context_tokens
        with Vertical(classes="box") as box:
            box.border_title = f"Context of {model.alias}"
            box.border_subtitle = "enter uses it · escape cancels"
            yield Label(_WHY, id="why")
            with Horizontal(classes="row"):
                yield Label("Context", classes="label")
                yield Input(str(first or ""), type="integer", max_length=8, compact=True)
                yield Label(f"tokens; its own is {units.count(model.context_tokens)}", id="own")
            yield Static("", id="forecast", markup=False)
            yield Static("", classes="error", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Its own context", id="own-context", compact=True)
                yield Button("Use it", id="use", variant="primary", compact=True)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _show_forecast(self) -> None:
        model = self._limited_model()
        forecast = self._predict_fit(model) if model else None
        words = {Fit.FITS: "Fits", Fit.TIGHT: "Tight", Fit.WILL_NOT_FIT: "Will not fit"}
        text = f"{words[forecast.fit]}: {forecast.words}." if forecast else ""
        if forecast and forecast.context_that_fits:
            text += f" {units.count(forecast.context_that_fits)} tokens would fit."
        self.query_one("#forecast", Static).update(text)
        self.show_message("" if model else "A whole number of tokens from 1 up is expected.")

    @on(Input.Submitted)
    @on(Button.Pressed, "#use")
    def _use(self) -> None:
        model = self._limited_model()
        if model is not None:
            self.dismiss(model)

    @on(Button.Pressed, "#own-context")
    def _use_whole(self) -> None:
        whole = self._model.context_tokens
        if whole is not None:
            self.dismiss(with_context_limit(self._model, whole))

    def _limited_model(self) -> Model | None:
        """The model with the limit that is typed; ``None`` if that is not a positive whole number."""
        text = self.query_one(Input).value
        return with_context_limit(self._model, int(text)) if text.isdigit() and int(text) > 0 else None
