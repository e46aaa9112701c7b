"""A run that is killed with no time to say a word: what was finished is there, and the rest can be done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import pty_terminal
from tests.support.conditions import until
from tests.support.killing import RunHome, begin_in_app, check_completed, finished_on_screen, measured
from tui.records import RunStatus, SampleKind

TINY = ("--models", "practice-small", "--prompt", "What is a token?", "--rounds", "4", "--warmup", "0")


def test_a_killed_command_has_kept_what_it_said_and_can_be_resumed(tmp_path: Path) -> None:
    home = RunHome(tmp_path)
    process = home.command("bench", *TINY, "--max-tokens", "24", held_after=3)
    lines: list[str] = []
    assert process.stderr is not None
    for line in process.stderr:
        lines.append(line)
        if "round 2" in line:
            break
    process.kill()
    lines += process.communicate()[1].splitlines()
    before = home.run()
    assert before.status is RunStatus.RUNNING
    assert len(before.samples) >= sum(line.startswith("[") for line in lines)
    home.resume()
    after = home.run()
    check_completed(before, after)
    assert {sample.segment for sample in after.samples[len(before.samples) :]} == {2}
    assert after.samples[len(before.samples)].kind is SampleKind.COLD


@pytest.mark.skipif(not pty_terminal.AVAILABLE, reason="needs a pseudo-terminal")
async def test_a_killed_app_says_so_when_it_comes_back_and_resumes_at_a_key(tmp_path: Path) -> None:
    home = RunHome(tmp_path)
    with home.app(rounds=2, held_after=6) as terminal:
        begin_in_app(terminal)
        terminal.wait_until(lambda: home.stored() > 0 and measured(home.run()))
        terminal.process.kill()
        terminal.wait()
        finished = finished_on_screen(terminal.screen)
    before = home.run()
    assert len(before.samples) >= finished
    with home.app(rounds=2) as terminal:
        terminal.wait_for("interrupted")
        terminal.type("R")
        await until(lambda: home.run().status is RunStatus.DONE, 120)
        terminal.wait_for("nothing is loaded")
    check_completed(before, home.run())
