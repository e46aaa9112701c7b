"""Reads the GPUs of a played driver case by case, and prints what was read; run in a process that loads the stand-in.

``python -m tests.support.driver_cases ANSWERS`` reads a JSON list of the answers of each case from stdin, writes each
to the file ``ANSWERS``, which the stand-in reads at every call, and prints a JSON list of what Benchtop makes of them.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from tui.cli.doctor import energy_in_words, gpu_check
from tui.probes.drm import DrmGpus
from tui.probes.gpu import Gpus
from tui.probes.power import Counters


def main() -> None:
    answers, nowhere = Path(sys.argv[1]), DrmGpus(Path("/nonexistent"))
    seen: list[dict[str, object]] = []
    for case in json.load(sys.stdin):
        answers.write_bytes(case.encode("latin-1"))
        check = gpu_check(Gpus(others=nowhere))
        gpus = Gpus(others=nowhere, retry_s=0.0)
        readings = [asdict(reading) for reading in gpus.read({"model": [os.getpid()], "other": [1]})]
        seen.append(
            {
                "ok": check.ok,
                "doctor": check.words,
                "energy": energy_in_words(Counters()),
                "present": gpus.present,
                "note": gpus.note,
                "readings": readings,
            }
        )
        gpus.close()
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
