"""The settings of the last benchmark. The workbench keeps them from its start, so this imports no dialog."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.records import Method, Pack, Plan, Sweep, SweepOf, asked_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkChoices:
    """The settings with which the benchmark dialog opens."""

    method: Method = field(default_factory=Method)
    lengths: tuple[int, ...] = ()
    """The lengths in tokens that a sweep steps through; empty without a sweep."""
    pack: Pack | None = None
    """The pack that the prompts were taken from."""

    @classmethod
    def of(cls, plan: Plan) -> BenchmarkChoices:
        """Give the settings from which this plan was made, so that the next dialog opens with them."""
        swept = plan.prompts if plan.method.sweep else ()
        return cls(method=plan.method, lengths=tuple(asked_tokens(prompt.id) for prompt in swept), pack=plan.pack)

    @property
    def sweep(self) -> Sweep | None:
        """The sweep that was chosen in place of a set of prompts, or ``None``."""
        return Sweep(SweepOf(self.method.sweep), self.lengths) if self.method.sweep else None
