"""The dialog that starts a benchmark. It is imported when it is first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.screens.benchmark.choices import BenchmarkChoices as BenchmarkChoices
    from tui.screens.benchmark.dialog import BenchmarkDialog as BenchmarkDialog
else:
    __getattr__ = lazy_names(__name__, {"choices": ["BenchmarkChoices"], "dialog": ["BenchmarkDialog"]})
