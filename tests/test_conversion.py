"""Records made of plain values in several threads at once."""

from __future__ import annotations

import subprocess
import sys

FIRST_MEETINGS = """
import sys, threading
from dataclasses import make_dataclass
from {module} import convert
sys.setswitchinterval(1e-6)
for number in range(150):
    inner = make_dataclass(f"Inner{{number}}", [(f"f{{n}}", int) for n in range(30)])
    outer = make_dataclass(f"Outer{{number}}", [(f"g{{n}}", inner) for n in range(10)])
    values = {{f"g{{n}}": {{f"f{{m}}": m for m in range(30)}} for n in range(10)}}
    barrier = threading.Barrier(4)
    def meet():
        barrier.wait()
        assert convert(values, outer).g3.f4 == 4
    threads = [threading.Thread(target=meet) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""


def test_threads_that_meet_a_class_at_the_same_time_do_not_crash() -> None:
    script = FIRST_MEETINGS.format(module="tui.conversion")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
