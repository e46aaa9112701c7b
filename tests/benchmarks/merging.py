"""How long does it take to merge a million samples of 50 machines, and how much memory?

Run by ``python -m tests.benchmarks.merging``. Writes 50 files of 20,000 requests each, with 29 arrivals a request
(1.3 GB), to a temporary folder, merges them in a process of its own, and prints time and peak memory; exit code 1 when
they are above 60 s or 1 GB. Measured on two busy cores: 46.5 s, 191 MB.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.support.builders import model, run_record
from tui.cli import main
from tui.reports.json import json_text

MACHINES: Final = 50
SAMPLES: Final = 20_000
LIMIT_S, LIMIT_BYTES = 60.0, 10**9


def write_files(folder: Path, machines: int = MACHINES, samples: int = SAMPLES) -> None:
    """Write the results of machines, each with so many requests."""
    document = json.loads(json_text(run_record(model("tiny"), model("big"))))
    rows = [row | {"arrivals_ms": [1.25 * index for index in range(1, 30)]} for row in document["samples"]]
    document["samples"] = (rows * (samples // len(rows) + 1))[:samples]
    marker = "MACHINE"
    document["environment"] |= {"machine": marker, "machine_name": f"edge-{marker}"}
    document["run"]["run_id"] = f"run-{marker}"
    text = json.dumps(document)
    for index in range(machines):
        (folder / f"{index}.json").write_text(text.replace(marker, f"{index:016x}"), encoding="utf-8")


def merge(folder: Path) -> bool:
    """Merge the files of a folder in this process, print what it took, and tell whether that is within the limits."""
    files = sorted(str(file) for file in folder.glob("*.json"))
    began_s = time.perf_counter()
    code = main(["merge", *files, "--md", str(folder / "fleet.md"), "--html", str(folder / "fleet.html"), "--quiet"])
    took_s = time.perf_counter() - began_s
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"exit code {code}: {len(files)} files, {took_s:.1f} s, peak {peak_bytes / 1e6:.0f} MB")
    return not code and took_s < LIMIT_S and peak_bytes < LIMIT_BYTES


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(not merge(Path(sys.argv[1])))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            write_files(Path(temporary))
            size_bytes = sum(file.stat().st_size for file in Path(temporary).iterdir())
            print(f"{MACHINES * SAMPLES:,} requests in {size_bytes / 1e6:.0f} MB")
            subprocess.run([sys.executable, "-m", "tests.benchmarks.merging", temporary], check=True)
