"""What the benchmark dialog was last told, apart from it: the workbench keeps this before any dialog is opened."""

from __future__ import annotations

from dataclasses import dataclass

from tui.records import Mode, Order, Plan
from tui.records.presets import Sweep, SweepOf, asked_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkChoices:
    """What the dialog holds when it opens: the last choices."""

    prompt_set: str = ""
    sweep: Sweep | None = None
    """In place of a set."""
    protocol: str = ""
    """The preset that the others began with, and perhaps what was changed since."""
    rounds: int = 3
    warmup: int = 1
    max_tokens: int = 150
    launches: int = 1
    until_interval: float | None = None
    max_rounds: int | None = None
    cool_down_s: float = 0.0
    concurrency: tuple[int, ...] = (1,)
    mode: Mode = Mode.ONE_BY_ONE
    order: Order = Order.BLOCKS

    @classmethod
    def of(cls, plan: Plan) -> BenchmarkChoices:
        """The choices that led to this plan."""
        lengths = tuple(asked_tokens(prompt.id) for prompt in plan.prompts) if plan.sweep else ()
        return cls(
            prompt_set=plan.prompt_set,
            sweep=Sweep(SweepOf(plan.sweep), lengths) if plan.sweep else None,
            protocol=plan.protocol,
            rounds=plan.rounds,
            warmup=plan.warmup,
            max_tokens=plan.max_tokens,
            launches=plan.launches,
            until_interval=plan.until_interval,
            max_rounds=plan.max_rounds,
            cool_down_s=plan.cool_down_s,
            concurrency=plan.concurrency,
            mode=plan.mode,
            order=plan.order,
        )
