"""The last choices of the benchmark dialog, apart from it: the workbench keeps them before any dialog is opened."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.records import Method, Plan
from tui.records.presets import Sweep, SweepOf, asked_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkChoices:
    """What the dialog holds when it opens: the last choices."""

    method: Method = field(default_factory=Method)
    lengths: tuple[int, ...] = ()
    """In tokens, those that a sweep steps through; empty if there was none."""

    @classmethod
    def of(cls, plan: Plan) -> BenchmarkChoices:
        """The choices that led to this plan."""
        swept = plan.prompts if plan.method.sweep else ()
        return cls(method=plan.method, lengths=tuple(asked_tokens(prompt.id) for prompt in swept))

    @property
    def sweep(self) -> Sweep | None:
        """The sweep that was chosen in place of a set of prompts."""
        return Sweep(SweepOf(self.method.sweep), self.lengths) if self.method.sweep else None
