"""Builds for a GPU by the whole path, with the real runtime and provider, on a machine that plays the GPU."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.played_gpu import PlayedGpu, webgpu_build
from tui.console import ExitCode
from tui.records import OTHER_PROVIDER

WEBGPU = "WebGpuExecutionProvider"
HELD = (" 1.46 GiB |", " 2.93 GiB |")
"""The memory that the played driver tells of each child; one that has just been forked for a moment counts as well."""
ONE_ROUND = ("--rounds", "1", "--warmup", "0", "--max-tokens", "1", "--prompt", "hi")


def test_a_build_for_a_gpu_answers_with_its_provider_and_memory_in_every_report(tmp_path: Path) -> None:
    gpu = PlayedGpu(tmp_path)
    assert gpu.run("register", "tiny", str(webgpu_build(tmp_path / "tiny"))).returncode == ExitCode.DONE
    files = {kind: tmp_path / f"report.{kind}" for kind in ("json", "md")}
    written = [option for kind, file in files.items() for option in (f"--{kind}", str(file))]
    done = gpu.run("bench", "--models", "tiny", *ONE_ROUND, *written)
    assert done.returncode == ExitCode.DONE, done.stderr
    samples = json.loads(files["json"].read_text(encoding="utf-8"))["samples"]
    assert [(sample["execution_provider"], sample["output_tokens"]) for sample in samples] == [(WEBGPU, 1)] * 2
    assert all(OTHER_PROVIDER not in sample["flags"] for sample in samples)
    for text in (done.stdout, files["md"].read_text(encoding="utf-8")):
        assert any(
            row.startswith("| tiny@gpu ") and "| WebGpu " in row and any(held in row for held in HELD)
            for row in text.splitlines()
        )
