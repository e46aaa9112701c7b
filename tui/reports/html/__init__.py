"""The report of a run as an HTML page with charts. Its modules are imported when the first page is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.reports.html.page import html_page as html_page
else:
    __getattr__ = lazy_names(__name__, {"page": ["html_page"]})
