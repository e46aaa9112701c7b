"""The report on many machines as JSON, which can itself be merged again: it has every run without its samples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from tui.measure.fleet.comparing import meets, ratio_to, result_of
from tui.records.fleet.results import Fleet, FleetQuantity
from tui.reports.fleet.reading import FLEET_MARK, FLEET_SCHEMA
from tui.reports.rounding import rounded
from tui.text import escape


def json_text(fleet: Fleet) -> str:
    """Write the document: times in ms, rates in tok/s, sizes in bytes, and unknown is ``null``."""
    document = {
        FLEET_MARK: FLEET_SCHEMA,
        "plan_ids": fleet.plan_ids,
        "answer": fleet.answer,
        "limits": msgspec.to_builtins(fleet.limits),
        "reference": fleet.reference,
        "unlike": fleet.unlike,
        "differences": msgspec.to_builtins(fleet.differences),
        "machines": [{"id": machine.id, "label": machine.label} for machine in fleet.machines],
        "numbers": list(_numbers(fleet)),
        "meets": list(_meets(fleet)),
        "failures": msgspec.to_builtins(fleet.failures),
        "runs": msgspec.to_builtins(fleet.runs),
    }
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    return escape.json_document(escape.without_surrogates(text)) + "\n"


def _numbers(fleet: Fleet) -> Iterator[dict[str, Any]]:
    for machine in fleet.machines:
        for key in fleet.keys:
            model = result_of(machine, key)
            for quantity in FleetQuantity:
                number = None if model is None else model.number(quantity)
                if number is None:
                    continue
                ratio = ratio_to(fleet, machine, key, quantity)
                yield {
                    "model": key,
                    "machine": machine.id,
                    "quantity": quantity.value,
                    "value": number.value,
                    "low": number.low,
                    "high": number.high,
                    "ratio": rounded(ratio and ratio.value),
                    "ratio_low": rounded(ratio and ratio.low),
                    "ratio_high": rounded(ratio and ratio.high),
                }


def _meets(fleet: Fleet) -> Iterator[dict[str, Any]]:
    for key in fleet.keys if fleet.limits.any else ():
        kept = [machine.id for machine in fleet.machines if meets(result_of(machine, key), fleet.limits)]
        yield {"model": key, "machines": kept}
