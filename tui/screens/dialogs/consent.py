"""The question whether Benchtop may do what the configuration in a ``./config`` folder asks for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from textual.app import App

from tui.config import decide, load_config
from tui.screens.dialogs.question import ConfirmDialog

if TYPE_CHECKING:
    from tui.workspace.workspace import Workspace

_WHAT_FOR: Final = (
    "If you agree, Benchtop asks servers for their models, sends one your prompts when you run a model of it, and runs "
    "such code when you run its model."
)

log = logging.getLogger(__name__)


def ask_consent(app: App[Any], workspace: Workspace) -> None:
    """Ask whether the folder's servers and code may be used; the answer is stored until it asks for something else."""
    request, library = workspace.consent_request, workspace.library
    if request is None or library is None:
        return

    def take_answer(yes: bool | None) -> None:
        if yes is None:
            return
        try:
            decide(request, yes=yes)
        except OSError as error:
            log.warning("the answer about %s is not kept: %s", request.folder, error)
        if yes:
            library.add_endpoints(workspace.named_endpoints)
            library.reconfigure(load_config().models)

    listed = "\n".join(f"  {line}" for line in request.requests)
    question = f"The configuration in this folder asks for more than names of models:\n\n{listed}\n\n{_WHAT_FOR}"
    app.push_screen(ConfirmDialog("Use what this folder asks for?", question, yes="Use it", no="Leave it"), take_answer)
