"""The files of a run that other tools read: JSON, CSV, JSON lines, and a baseline for version control.

The modules are imported when the first file is written or read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.reports.json.arrivals import arrivals_text as arrivals_text
    from tui.reports.json.baseline import baseline_text as baseline_text
    from tui.reports.json.csv_file import csv_text as csv_text
    from tui.reports.json.document import json_text as json_text
else:
    __getattr__ = lazy_names(
        __name__,
        {
            "arrivals": ["arrivals_text"],
            "baseline": ["baseline_text"],
            "csv_file": ["csv_text"],
            "document": ["json_text"],
        },
    )
