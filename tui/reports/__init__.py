"""Reports of runs, comparisons and decisions in every format. The modules are imported when they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.reports import comparison as comparison
    from tui.reports import conversation as conversation
    from tui.reports import decision as decision
    from tui.reports import export as export
else:
    __getattr__ = lazy_names(__name__, {"comparison": [], "conversation": [], "decision": [], "export": []})
