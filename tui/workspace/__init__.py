"""Services without a screen that both the screens and the commands use.

The modules are imported on demand: the first frame needs none of them, and they bring the engines and the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.workspace.conversation import CONTINUE as CONTINUE
    from tui.workspace.conversation import Conversation as Conversation
    from tui.workspace.questions import default_settings as default_settings
    from tui.workspace.questions import question_plan as question_plan
    from tui.workspace.session import Session as Session
    from tui.workspace.session import import_arithmetic as import_arithmetic
    from tui.workspace.session import summarize as summarize
    from tui.workspace.stored_runs import earlier_prompts as earlier_prompts
    from tui.workspace.stored_runs import latest_results as latest_results
    from tui.workspace.stored_runs import load_conversation as load_conversation
    from tui.workspace.stored_runs import paces as paces
    from tui.workspace.workspace import open_workspace as open_workspace
else:
    __getattr__ = lazy_names(
        __name__,
        {
            "conversation": ["CONTINUE", "Conversation"],
            "questions": ["default_settings", "question_plan"],
            "session": ["Session", "import_arithmetic", "summarize"],
            "stored_runs": ["earlier_prompts", "latest_results", "load_conversation", "paces"],
            "workspace": ["open_workspace"],
        },
    )
