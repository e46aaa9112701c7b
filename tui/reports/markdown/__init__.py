"""The report of a run as Markdown. Its modules are imported when the first report is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.reports.markdown.report import markdown_report as markdown_report
    from tui.reports.markdown.report import results_table as results_table
else:
    __getattr__ = lazy_names(__name__, {"report": ["markdown_report", "results_table"]})
