"""Limits that a good request keeps, as people write them: ``ttft=500ms,tpot=50ms``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui.lazy import lazy_module

if TYPE_CHECKING:
    from tui.records import steps
    from tui.records.steps import Slo
else:
    # The help of a command needs no records.
    steps = lazy_module("tui.records.steps")

_LIMIT: Final = re.compile(r"(ttft|tpot|e2e)\s*=\s*(\d+(?:\.\d+)?)\s*(ms|s)")


def slo_in(text: str) -> Slo | None:
    """Read limits, each of which is named once at most; ``None`` if the text is something else."""
    limits_ms: dict[str, float] = {}
    for part in text.lower().split(","):
        found = _LIMIT.fullmatch(part.strip())
        if found is None or found[1] in limits_ms or not float(found[2]):
            return None
        limits_ms[found[1]] = float(found[2]) * (1000 if found[3] == "s" else 1)
    return steps.Slo(ttft_ms=limits_ms.get("ttft"), tpot_ms=limits_ms.get("tpot"), e2e_ms=limits_ms.get("e2e"))


def slo_text(slo: Slo) -> str:
    """Write limits in the form in which a plan has them."""
    limits = (("ttft", slo.ttft_ms), ("tpot", slo.tpot_ms), ("e2e", slo.e2e_ms))
    return ",".join(f"{name}={limit_ms:g}ms" for name, limit_ms in limits if limit_ms is not None)
