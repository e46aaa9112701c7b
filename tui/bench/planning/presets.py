"""Plans and the protocols that they were made from."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tui.records import Plan, Power, Preset

_COMPARED: Final = (
    "rounds",
    "warmup",
    "launches",
    "max_tokens",
    "mode",
    "order",
    "cool_down_s",
    "until_interval",
    "max_rounds",
)
_NAMES: Final = {"cool_down_s": "cool-down", "until_interval": "interval to reach"}


def with_protocol(plan: Plan, preset: Preset) -> Plan:
    """The plan under the protocol's name; if the plan has no stopping rule, it gets that of the protocol."""
    method = plan.method
    if method.until_interval is None:
        max_rounds = method.max_rounds or preset.method.max_rounds
        method = replace(method, until_interval=preset.method.until_interval, max_rounds=max_rounds)
    return named_after(replace(plan, method=method), preset)


def named_after(plan: Plan, preset: Preset) -> Plan:
    """The plan under the protocol's name, with what was changed: ``quick, changed: rounds``."""
    changed = [] if plan.prompts == preset.prompts else ["prompts"]
    changed += [
        _NAMES.get(name, name.replace("_", " "))
        for name in _COMPARED
        if getattr(plan.method, name) != getattr(preset.method, name)
        # A plan with a cap where the protocol has none is bounded as every plan is.
        and not (name == "max_rounds" and preset.method.max_rounds is None)
    ]
    protocol = f"{preset.name}, changed: {', '.join(changed)}" if changed else preset.name
    return replace(plan, method=replace(plan.method, protocol=protocol))


def with_power(plan: Plan, power: Power) -> Plan:
    """The plan with the watts and the price that the configuration names."""
    watts = {model.key: power.watts_by_alias.get(model.alias, power.watts) for model in plan.models}
    return replace(
        plan,
        watts={key: value for key, value in watts.items() if value is not None},
        idle_watts=power.idle_watts,
        price_per_kwh=power.price_per_kwh,
        currency=power.currency,
    )
