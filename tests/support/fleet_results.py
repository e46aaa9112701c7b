"""Results of machines for tests, as their files have them."""

from __future__ import annotations

from dataclasses import replace

from tests.support.builders import environment
from tui.records.fleet.results import FleetModel, FleetNumber, FleetRun

PLAN = "0123456789abcdef"


def number(value: float, share: float = 0.05, units: int = 5) -> FleetNumber:
    """Return a number whose interval reaches this share to either side, over so many launches."""
    return FleetNumber(value=value, low=value * (1 - share), high=value * (1 + share), units=units, launches=units)


def fleet_model(key: str = "tiny", ttft_ms: float = 100.0, rate: float = 40.0, memory_mib: int = 900) -> FleetModel:
    return FleetModel(
        key=key,
        status="ok",
        model_id=f"{key}:1",
        execution_provider="CPUExecutionProvider",
        content="a" * 64,
        planned="a" * 64,
        rounds=10,
        ttft_ms=number(ttft_ms),
        decode_tok_s=number(rate),
        e2e_ms=number(ttft_ms * 10),
        load_s=1.5,
        peak_rss_bytes=memory_mib << 20,
    )


def failed_model(key: str, reason: str) -> FleetModel:
    return FleetModel(key=key, status="failed", error=reason)


def fleet_run(machine: int, *models: FleetModel, label: str = "", run: int = 1, plan_id: str = PLAN) -> FleetRun:
    """Return the run of this number on the machine of this number."""
    return FleetRun(
        run_id=f"20261128-05{run:02}00-{machine:06x}",
        machine=f"{machine:016x}",
        label=label,
        started_at=f"2026-11-28T05:{run:02}:00.000+00:00",
        finished_at=f"2026-11-28T05:{run:02}:30.000+00:00",
        status="done",
        plan_id=plan_id,
        asked={"rounds": "2", "prompts": "rag"},
        environment=replace(environment(), machine=f"{machine:016x}", machine_name=label),
        models=models or (fleet_model(),),
    )
