"""Dialogs that several screens use. Each is imported when it is first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.screens.dialogs.consent import ask_consent as ask_consent
    from tui.screens.dialogs.context_limit import ContextDialog as ContextDialog
    from tui.screens.dialogs.export import ExportDialog as ExportDialog
    from tui.screens.dialogs.export import MarkdownExport as MarkdownExport
    from tui.screens.dialogs.export import Unfinished as Unfinished
    from tui.screens.dialogs.leaving import question_before_leaving as question_before_leaving
    from tui.screens.dialogs.leaving import waiting_reports as waiting_reports
    from tui.screens.dialogs.line_dialog import LineDialog as LineDialog
    from tui.screens.dialogs.oversized_models import OversizedAnswer as OversizedAnswer
    from tui.screens.dialogs.oversized_models import OversizedModelsDialog as OversizedModelsDialog
    from tui.screens.dialogs.oversized_models import plan_after_answer as plan_after_answer
    from tui.screens.dialogs.prompt_file import PromptFileDialog as PromptFileDialog
    from tui.screens.dialogs.question import ConfirmDialog as ConfirmDialog
    from tui.screens.dialogs.reference_file import ReferenceDialog as ReferenceDialog
else:
    __getattr__ = lazy_names(
        __name__,
        {
            "consent": ["ask_consent"],
            "context_limit": ["ContextDialog"],
            "export": ["ExportDialog", "MarkdownExport", "Unfinished"],
            "leaving": ["question_before_leaving", "waiting_reports"],
            "line_dialog": ["LineDialog"],
            "oversized_models": ["OversizedAnswer", "OversizedModelsDialog", "plan_after_answer"],
            "prompt_file": ["PromptFileDialog"],
            "question": ["ConfirmDialog"],
            "reference_file": ["ReferenceDialog"],
        },
    )
