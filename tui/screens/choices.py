"""What the benchmark dialog was last told, apart from it: the workbench keeps this before any dialog is opened."""

from __future__ import annotations

from dataclasses import dataclass

from tui.records import Mode, Order, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkChoices:
    """What the dialog holds when it opens: the last choices."""

    prompt_set: str = ""
    protocol: str = ""
    """The preset that the others began with, and perhaps what was changed since."""
    rounds: int = 3
    warmup: int = 1
    max_tokens: int = 150
    launches: int = 1
    mode: Mode = Mode.ONE_BY_ONE
    order: Order = Order.BLOCKS

    @classmethod
    def of(cls, plan: Plan) -> BenchmarkChoices:
        """The choices that led to this plan."""
        return cls(
            prompt_set=plan.prompt_set,
            protocol=plan.protocol,
            rounds=plan.rounds,
            warmup=plan.warmup,
            max_tokens=plan.max_tokens,
            launches=plan.launches,
            mode=plan.mode,
            order=plan.order,
        )
