"""The tests themselves run on every system: what one of them lacks is called behind a condition or a named skip."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import LONGEST_ID, pytest_make_parametrize_id

TESTS = Path(__file__).parents[1]
ELSEWHERE = {
    "faults/files.py": "the table of faults is skipped",
    "faults/kinds.py": "the table of faults is skipped",
    "support/conditions.py": "what cannot be read counts as no wait",
    "support/pty_terminal.py": "its users ask AVAILABLE",
    "support/played_gpu.py": "its users skip where no GPU can be played, as off Linux",
    "support/memory_group.py": "it skips where no control group can be made",
    "support/warm.py": "the function that starts a command asks LINUX",
}
"""Support that is for some systems by its nature, and what keeps the others from it."""
NOT_ON_WINDOWS = {
    *("os.fork", "os.geteuid", "os.getuid", "os.killpg", "os.mkfifo", "os.openpty", "os.setsid", "os.sysconf"),
    *("os.sched_getaffinity", "os.statvfs", "os.uname", "pty.openpty", "signal.SIGKILL", "signal.SIGSTOP"),
    *("signal.SIGCONT", "signal.SIGHUP", "signal.SIGUSR1", "signal.SIGALRM", "signal.setitimer", "fcntl.ioctl"),
}
PATHS_AND_SHELLS = ("/dev/", "/proc/", "#!/bin/", "sh", "bash")
CONDITIONS = ("skip", "posix", "WINDOWS", "LINUX", "sys.platform", "os.name", "AVAILABLE", "HAS_", "hasattr(")


def test_what_windows_lacks_is_called_behind_a_condition() -> None:
    files = [file for folder in TESTS.iterdir() if folder.name != "benchmarks" for file in folder.rglob("*.py")]
    files += TESTS.glob("*.py")
    names = {file: file.relative_to(TESTS).as_posix() for file in files if file != Path(__file__)}
    assert len(names) > 150
    unguarded = {name: list(_unguarded(file)) for file, name in names.items() if name not in ELSEWHERE}
    assert {name: found for name, found in unguarded.items() if found} == {}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("import os\ndef test_x():\n    os.mkfifo('x')", [2]),
        ("import os\n@posix\ndef test_x():\n    os.mkfifo('x')", []),
        ("pytestmark = pytest.mark.skipif(WINDOWS, reason='y')\ndef test_x():\n    os.fork()", []),
        ("def test_x():\n    run(['sh', '-c', 'x'])", [1]),
        ("def test_x():\n    process.send_signal(signal.SIGINT)", [1]),
        ("def test_x():\n    assert Path('/proc/self').exists()", [1]),
    ],
)
def test_the_guard_sees_what_it_is_for(tmp_path: Path, text: str, lines: list[int]) -> None:
    file = tmp_path / "test_x.py"
    file.write_text(text, encoding="utf-8")
    assert [int(found.partition(":")[0]) for found in _unguarded(file)] == lines


def test_a_long_text_does_not_become_the_name_of_a_test() -> None:
    assert pytest_make_parametrize_id("short", "text") is None
    assert pytest_make_parametrize_id("[" * 100_000, "text") == f"text {'[' * LONGEST_ID} 100000"


def _unguarded(file: Path) -> Iterator[str]:
    """Give the statements of a module, and the methods of its classes, that need a system and do not ask for it."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    marks = [ast.unparse(node) for node in tree.body if ast.unparse(node).startswith("pytestmark")]
    if any("skip" in mark for mark in marks):
        return
    for node in tree.body:
        for part in node.body if isinstance(node, ast.ClassDef) else (node,):
            needs = set(_needs(part))
            if needs and not any(condition in ast.unparse(part) for condition in CONDITIONS):
                yield f"{part.lineno}: {', '.join(sorted(needs))}"


def _needs(part: ast.AST) -> Iterator[str]:
    for node in ast.walk(part):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in NOT_ON_WINDOWS:
            yield ast.unparse(node)
        elif isinstance(node, ast.Call) and ast.unparse(node).endswith("send_signal(signal.SIGINT)"):
            yield "send_signal(signal.SIGINT)"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            shell = node.value in PATHS_AND_SHELLS[3:]
            if shell or node.value.startswith(PATHS_AND_SHELLS[:3]):
                yield repr(node.value[:20])
