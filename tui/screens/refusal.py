"""What is asked when a model was not loaded because it is not expected to fit."""

from __future__ import annotations

from tui.records import RunRecord, VerdictKind
from tui.screens.confirm import ConfirmDialog


def in_question(run: RunRecord) -> ConfirmDialog | None:
    """Whether to load them all the same; ``None`` when nothing was refused."""
    refused = [(load.key, load.verdict) for load in run.loads if load.verdict]
    refused = [(key, verdict) for key, verdict in refused if verdict.kind is VerdictKind.WILL_NOT_FIT]
    if not refused:
        return None
    lines = [f"{key} {verdict.reason}." for key, verdict in refused]
    tips = dict.fromkeys(tip for _, verdict in refused for tip in verdict.advice)
    if tips:
        lines.append(f"You could {', or '.join(tips)}.")
    lines.append("Load it anyway? It is ended before the machine runs out of memory.")
    return ConfirmDialog("Not expected to fit", "\n\n".join(lines), yes="Load anyway", no="Leave it")
