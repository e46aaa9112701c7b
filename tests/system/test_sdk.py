"""The doctor loads the SDK once, and knows the way out for what it meets."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.command import benchtop
from tui.cli import doctor
from tui.library.runtime.sdk_check import advice_on, sdk_problem
from tui.system import network


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


def test_a_cache_whose_paths_get_too_long_is_told_with_two_ways_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deep = Path("C:/Users/someone/AppData/Local", "x" * 120)
    (told,) = doctor.path_check(deep, long_paths=False)
    assert not told.ok
    assert "--model-cache-dir" in told.words
    assert "LongPathsEnabled" in told.words
    (fits,) = doctor.path_check(Path("C:/models"), long_paths=False)
    (allowed,) = doctor.path_check(deep, long_paths=True)
    assert (fits.ok, allowed.ok) == (True, True)
    assert [*doctor.path_check(deep, long_paths=None)] == []
    monkeypatch.setattr(doctor, "takes_long_paths", lambda: False)
    assert "paths " in benchtop("doctor", "--model-cache-dir", str(deep)).stdout


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "none; the network is asked directly"),
        ({"https": "http://me:hidden@gate:8080"}, "https through gate:8080; servers"),
        ({"all": "socks5://gate:1", "http": "other:3128"}, "https through gate:1 and http through other:3128; servers"),
    ],
)
def test_proxies_are_told_without_their_password(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str], words: str
) -> None:
    monkeypatch.setattr(network, "getproxies", lambda: told)
    assert doctor.proxy_in_words(network.proxies()).startswith(words)
