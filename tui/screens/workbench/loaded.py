"""What is loaded, and how models are to be loaded: the keys for it, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from tui.bench.events import KeptWarm
from tui.panes.models.pane import ModelsPane
from tui.records import Model, Purpose
from tui.screens.workbench.layout import PaneScreen

if TYPE_CHECKING:
    from tui.workspace.session import Session


class ModelScreen(PaneScreen):
    """The panes with the models behind them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "unload", "Unload", tooltip="Unload the selected models, or all", show=False, id="unload"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._session: Session | None = None
        self._loaded: tuple[str, ...] = ()
        self._wish: Callable[[], object] | None = None

    @property
    def session(self) -> Session | None:
        """What runs and what is kept; ``None`` until the models are found."""
        return self._session

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "unload":
            session = self._session
            return session is not None and session.running is None and bool(session.workspace.model_pool.loaded)
        return super().check_action(action, parameters)

    def action_unload(self) -> None:
        """Unload the selected models that are loaded; where none of them is, all that are."""
        session = self._session
        if session is None or session.running is not None:
            return
        loaded = session.workspace.model_pool.loaded
        chosen = [model.key for model in self.models.chosen if model.key in loaded]
        self._unload(session, tuple(chosen) or loaded)

    def found(self, again: Callable[[], object]) -> Session | None:
        """The session; while models are still looked for ``None``, and ``again`` is called once they are there.

        So no key is lost that is pressed at once; of several the last one counts.
        """
        if self._session is None:
            self._wish = again
            self.top.show_status("looking for models, then it begins")
        return self._session

    def grant_wish(self) -> None:
        """Do what a key asked for while models were looked for."""
        wish, self._wish = self._wish, None
        if wish is not None:
            self.call_after_refresh(wish)

    def ready_to_run(self, again: Callable[[], object]) -> Session | None:
        """The session when a run can begin; the user is told what runs, or ``again`` is called once one is there."""
        session = self.found(again)
        return session if session is not None and self.is_free(session) else None

    def is_free(self, session: Session) -> bool:
        """Whether nothing runs; the user is told what does."""
        if session.running is not None:
            what = "A benchmark" if session.running.purpose is Purpose.BENCHMARK else "A question"
            self.notify(f"{what} is running: s stops it.")
        return session.running is None

    def limit(self, session: Session, model: Model) -> None:
        """From now on this model stands in the list with the context that it has here."""
        before = self.models.replace_model(model)
        if before is not None and before != model.key:
            session.keep_warm.rename(before, model.key)
            self._unload(session, (before,))

    def look_ahead(self, session: Session) -> None:
        outlooks = ((model.key, session.predict_fit(model)) for model in self.models.listed)
        self.models.show_forecasts({key: outlook for key, outlook in outlooks if outlook is not None})

    def rest(self, session: Session) -> None:
        """Say what is loaded when nothing runs, and bring the keys in line."""
        self._loaded = session.workspace.model_pool.loaded
        self.models.set_loaded(self._loaded)
        count = len(self._loaded)
        self.top.show_status(f"{count} model{'s' if count != 1 else ''} loaded" if count else "nothing is loaded")
        self.renew_footer()

    @on(ModelsPane.ContextLimitRequested)
    def _ask_for_context(self, event: ModelsPane.ContextLimitRequested) -> None:
        session = self._session
        if session is None or not self.is_free(session):
            return

        from tui.screens.dialogs.context_limit import ContextDialog

        def use(model: Model | None) -> None:
            if model is not None:
                self.limit(session, model)
                self.look_ahead(session)

        self.app.push_screen(ContextDialog(event.model, session.predict_fit), use)

    @on(ModelsPane.KeepWarmRequested)
    def _turn_warmth(self, event: ModelsPane.KeepWarmRequested) -> None:
        if self._session is not None:
            self._session.keep_warm.toggle(event.model.key)

    @work(group="warmth", exclusive=True, exit_on_error=False)
    async def keep_warm(self, session: Session) -> None:
        for key in session.workspace.keep_warm_s:
            self.models.show(KeptWarm(key=key, every_s=session.keep_warm.every_s(key)))
        await session.keep_warm.follow()

    @work(group="unload", exit_on_error=False)
    async def _unload(self, session: Session, keys: tuple[str, ...]) -> None:
        await session.unload(keys)
        self.rest(session)
