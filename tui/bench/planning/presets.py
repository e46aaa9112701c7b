"""Completing a plan: the name of its protocol, and the configured power and price."""

from __future__ import annotations

from dataclasses import replace

from tui.records import Plan, Power, Preset
from tui.records.measurement_settings import SETTINGS


def named_after(plan: Plan, preset: Preset) -> Plan:
    """Give the plan the name of its protocol, with the settings that were changed: ``quick, changed: rounds``."""
    changed = [] if plan.prompts == preset.prompts else ["prompts"]
    changed += [
        setting.words or name.replace("_", " ")
        for name, setting in SETTINGS.items()
        if setting.in_protocols
        and getattr(plan.method, name) != getattr(preset.method, name)
        # Every plan has a cap, so naming one that the protocol leaves open changes nothing.
        and not (name == "max_rounds" and preset.method.max_rounds is None)
    ]
    protocol = f"{preset.name}, changed: {', '.join(changed)}" if changed else preset.name
    return replace(plan, method=replace(plan.method, protocol=protocol))


def with_power(plan: Plan, power: Power) -> Plan:
    """Give the plan the power of each model, the power at rest and the price from the configuration."""
    watts = {model.key: power.watts_by_alias.get(model.alias, power.watts) for model in plan.models}
    return replace(
        plan,
        watts={key: value for key, value in watts.items() if value is not None},
        idle_watts=power.idle_watts,
        price_per_kwh=power.price_per_kwh,
        currency=power.currency,
    )
