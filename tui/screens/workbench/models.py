"""The models of the workbench: what is loaded, how a model is to be loaded, and whether it will fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.bench.events import KeptWarm
from tui.records import Model
from tui.records.library import LocalServer
from tui.screens import dialogs
from tui.text.tables import counted

if TYPE_CHECKING:
    from tui.screens.workbench.screen import Workbench
    from tui.workspace.session import Session

_SUGGESTED_S: Final = 15.0


class ModelController:
    """Loads, limits and unloads models for the workbench, and keeps the list of models up to date."""

    def __init__(self, workbench: Workbench, session: Session) -> None:
        self._workbench, self._session = workbench, session
        self._shown_as_loaded: tuple[str, ...] = ()
        self.unlisted_servers: tuple[LocalServer, ...] = ()
        """The servers of models that were found on this machine, and whose models are not listed yet."""

    def unload(self) -> None:
        """Unload the selected models that are loaded; if none of them is, unload all that are."""
        if self._session.running is not None:
            return
        loaded = self._session.workspace.model_pool.loaded
        selected = tuple(model.key for model in self._workbench.models.chosen if model.key in loaded)
        self._start_unloading(selected or loaded)

    def limit_context(self, model: Model) -> None:
        """Replace the same model with another context by this one, and unload the replaced one."""
        before = self._workbench.models.replace_model(model)
        if before is not None and before != model.key:
            self._session.keep_warm.rename(before, model.key)
            self._start_unloading((before,))

    def ask_for_context(self, model: Model) -> None:
        """Ask with how large a context this model is to be loaded."""

        def use(limited: Model | None) -> None:
            if limited is not None:
                self.limit_context(limited)
                self.show_forecasts()

        self._workbench.app.push_screen(dialogs.ContextDialog(model, self._session.predict_fit), use)

    def change_warmth(self, model: Model) -> None:
        """Keep this model warm from now on, or no longer."""
        self._session.keep_warm.toggle(model.key)

    async def suggest_servers(self) -> None:
        """Look for servers of models on this machine, and tell the user which key lists their models."""
        library = self._session.workspace.library
        if library is None:
            return
        self.unlisted_servers = await library.local_servers()
        if self.unlisted_servers:
            servers = " and ".join(
                f"{server.address} ({counted(server.models, 'model')})" for server in self.unlisted_servers
            )
            self._workbench.notify(f"Found on this machine: {servers}. A lists what is there.", timeout=_SUGGESTED_S)

    def add_servers(self) -> None:
        """List the models of the servers that were found."""
        library, servers = self._session.workspace.library, self.unlisted_servers
        if library is not None and servers:
            self.unlisted_servers = ()
            library.add_endpoints([server.endpoint for server in servers])
            self._workbench.notify(f"The models of {' and '.join(server.address for server in servers)} are listed.")

    def start_keeping_warm(self) -> None:
        """Show which models the configuration keeps warm, and keep models warm until the app is left."""
        keep_warm = self._session.keep_warm
        for key in self._session.workspace.keep_warm_s:
            self._workbench.models.show(KeptWarm(key=key, every_s=keep_warm.every_s(key)))
        self._workbench.run_worker(keep_warm.follow(), group="warmth", exclusive=True, exit_on_error=False)

    def show_forecasts(self) -> None:
        """Show of each listed model whether it would fit into memory now."""
        forecasts = ((model.key, self._session.predict_fit(model)) for model in self._workbench.models.listed)
        self._workbench.models.show_forecasts({key: forecast for key, forecast in forecasts if forecast is not None})

    def show_loaded(self) -> None:
        """Show what is loaded while nothing runs, and offer the keys that make sense then."""
        self._shown_as_loaded = self._session.workspace.model_pool.loaded
        self._workbench.models.set_loaded(self._shown_as_loaded)
        count = len(self._shown_as_loaded)
        words = f"{count} model{'s' if count != 1 else ''} loaded" if count else "nothing is loaded"
        self._workbench.top.show_status(words)
        self._workbench.renew_footer()

    def follow(self) -> None:
        """Show what has changed since the last look: a model may have ended, and memory may have become free."""
        if self._session.workspace.model_pool.loaded != self._shown_as_loaded:
            self.show_loaded()
        self.show_forecasts()

    def _start_unloading(self, keys: tuple[str, ...]) -> None:
        self._workbench.run_worker(self._unload(keys), group="unload", exit_on_error=False)

    async def _unload(self, keys: tuple[str, ...]) -> None:
        await self._session.unload(keys)
        self.show_loaded()
