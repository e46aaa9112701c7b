"""Code of answers is run in a child with limits, after consent, and what it came to stays with the run."""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.builders import run_record
from tui import paths
from tui.bench.grading.code import code_consent, run_tests
from tui.cli.bench.code_grading import run_code
from tui.config.consent import agreed
from tui.console import Console
from tui.measure.answers import quality
from tui.records import Prompt, RunRecord
from tui.records.grading import Grader, GraderKind
from tui.reports.json import json_text
from tui.store.history import History

ADD = "def add(a, b):\n    return a + b\n"
TESTS = ("assert add(1, 2) == 3", "assert add(-1, 1) == 0")

FORGED = 'import os\nfor n in range(9):\n    try: os.write(n, b\'["", true, ""]\\n\' * 2)\n    except OSError: pass\n'

CASES: dict[str, tuple[str, float, str]] = {
    "right": (ADD, 1.0, "2 of 2 tests pass"),
    "half": ("def add(a, b):\n    return 3", 0.5, "1 of 2 tests pass; test 2 fails: assert add(-1, 1) == 0"),
    "uses the library": (f"from collections import namedtuple\nP = namedtuple('P', 'x')\n{ADD}", 1.0, "2 of 2"),
    "no Python": ("def add(a, b)\n", 0.0, "answer: SyntaxError"),
    "no end": ("def add(a, b):\n    while True:\n        pass", 0.0, "it took too long"),
    "memory": ("def add(a, b):\n    x = bytearray(2 << 30)\n    return a + b", 0.0, "MemoryError"),
    "network": (f"import socket\nsocket.create_connection(('127.0.0.1', 9))\n{ADD}", 0.0, "socket."),
    "process": (f"import os\nos.system('true')\n{ADD}", 0.0, "os.system is not allowed here"),
    "writes outside": (f"open('../../written', 'w')\n{ADD}", 0.0, "writing is not allowed outside of its folder"),
    "writes inside": (f"open('notes', 'w').write('1')\n{ADD}", 1.0, "2 of 2"),
    "leaves": ("import os\nos._exit(0)", 0.0, "it ended before test 1"),
    "forges": (
        "import os\nfor n in range(9):\n    try: os.write(n, b'[true, \"\"]\\n' * 2)\n    except OSError: pass",
        0.0,
        "0",
    ),
    "keys": (f"import os\nassert not {{'HOME', 'OPENAI_API_KEY'}} & set(os.environ)\n{ADD}", 1.0, "2 of 2"),
}


@pytest.mark.parametrize("name", CASES)
def test_code_is_run_within_its_limits(name: str) -> None:
    code, score, reason = CASES[name]
    grader = Grader(kind=GraderKind.CODE, tests=TESTS, seconds=0.5 if name == "no end" else 10, memory_mb=256)
    got = run_tests(code, grader)
    assert got[0] == score, got
    assert reason in got[1]
    assert not list(paths.scratch_parent().glob("benchtop-code-*"))


def run_with(answer: str) -> RunRecord:
    run = run_record()
    prompt = Prompt(id="rag", text="Write add.", graders=(Grader(kind=GraderKind.CODE, tests=TESTS),))
    samples = tuple(replace(sample, text=answer) for sample in run.samples if sample.prompt_id == "rag")
    return replace(run, plan=replace(run.plan, prompts=(prompt,)), samples=samples)


def test_code_is_run_after_consent_only_and_its_result_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path))
    run = run_with(f"Here it is:\n```python\n{ADD}```\n")
    words = io.StringIO()
    console = Console(None, words)
    with closing(History(paths.history_file())) as history:
        history.begin(run)

    not_run = run_code(run, console, agree=False)
    assert not_run == run
    assert "The code of the answers was not run. --run-code agrees to running the code" in words.getvalue()
    (grade,) = quality.grades(run.plan.prompts[0], run.samples[0].text)
    assert (grade.passed, grade.reason) == (None, "its code has not been run; bench --run-code agrees to that")

    graded = run_code(run, console, agree=True)
    (grade,) = quality.grades(graded.plan.prompts[0], graded.samples[0].text)
    assert (grade.passed, grade.reason) == (True, "2 of 2 tests pass")
    with closing(History(paths.history_file())) as history:
        kept = history.run(run.run_id)
    assert kept is not None
    assert kept.plan.prompts == graded.plan.prompts
    assert '"reason": "2 of 2 tests pass"' in json_text(kept)

    request = code_consent(run.plan)
    assert request is not None
    assert agreed(request)
    other = replace(run.plan.prompts[0], graders=(Grader(kind=GraderKind.CODE, tests=("import os",)),))
    changed = code_consent(replace(run.plan, prompts=(other,)))
    assert changed is not None
    assert not agreed(changed), "other tests need another consent"
