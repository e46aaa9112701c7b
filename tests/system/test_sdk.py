"""The doctor loads the SDK once, and knows the way out for what it meets."""

from __future__ import annotations

import sys

import pytest

from tui.library.runtime.sdk_check import advice_on, sdk_problem


def test_a_load_is_tried_and_its_last_words_are_told() -> None:
    assert sdk_problem() is None
    failing = "raise ImportError('DLL load failed while importing _cffi_bindings: Module not found')"
    problem = sdk_problem((sys.executable, "-c", failing)) or ""
    assert "DLL load failed while importing" in problem
    assert "winget install Microsoft.VCRedist.2015+.x64" in problem
    assert "cannot be loaded" in (sdk_problem(("no-such-program",)) or "")


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("OSError: [WinError 1114] A dynamic link library (DLL) initialization routine failed", "Visual C++"),
        ("ImportError: /lib/libc.so.6: version `GLIBC_2.34' not found", "glibc 2.28"),
        ("OSError: libc.musl-x86_64.so.1: cannot open", "musl"),
        ("ImportError: dlopen: mach-o file, but is an incompatible architecture (have 'x86_64')", "Apple silicon"),
        ("ImportError: dlopen: Symbol not found: _objc", "macOS 14"),
        ("ImportError: something else", "install Benchtop again"),
    ],
)
def test_each_known_failure_has_its_way_out(words: str, advice: str) -> None:
    assert advice in advice_on(words)
