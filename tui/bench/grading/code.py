"""Runs the code of answers against the tests of their prompts, and writes what came out into the graders.

Code runs only after the user has agreed: once for a set of tests, by ``--run-code``, in the same store as the consent
to servers and engines (``config.consent``).
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from tui import json_file, paths
from tui.config.consent import ConsentRequest
from tui.engines.process.scratch import scratch_prefix
from tui.measure.answers.grading.replies import code_of
from tui.measure.answers.quality import answers_of
from tui.probes import host
from tui.records import Plan, Prompt, RunRecord
from tui.records.grading import CodeResult, Grader, GraderKind
from tui.records.quality import Answer
from tui.system.processes import NO_WINDOW

_CHILD: Final = Path(__file__).with_name("code_child.py")
_GRACE_S: Final = 2.0
"""What the start of a child may take beside the limit of its code."""
_POLL_S: Final = 0.05
_MOST_OUTPUT: Final = 1 << 20
AT_ONCE: Final = 2
"""Children that run together; the models have ended by then."""


def code_consent(plan: Plan) -> ConsentRequest | None:
    """Collect the tests that are to be run on the code of models; ``None`` if no prompt has any."""
    tests = [
        json.dumps([prompt.id, grader.tests])
        for prompt in plan.prompts
        for grader in prompt.graders
        if grader.kind is GraderKind.CODE
    ]
    if not tests:
        return None
    digest = sha256("\n".join(tests).encode(errors="surrogatepass")).hexdigest()
    name = plan.pack.name if plan.pack is not None else plan.method.prompt_set or "these prompts"
    words = f"running the code that models write for {name}, in a child process of this machine ({digest[:12]})"
    return ConsentRequest(Path("code", digest), (words,), (digest,))


async def grade_code(
    run: RunRecord, notify: Callable[[str], None] = lambda _: None, stop: asyncio.Event | None = None
) -> RunRecord:
    """Run the code of every answer that has not been run; returns the run with the results in its graders.

    Once ``stop`` is set, no more code is run, and what was running has no result.
    """
    jobs = [
        (prompt.id, place, answer)
        for prompt in run.plan.prompts
        for place, grader in enumerate(prompt.graders)
        if grader.kind is GraderKind.CODE
        for answer in answers_of(run)
        if answer.prompt_id == prompt.id and not any(result.answer_id == answer.answer_id for result in grader.results)
    ]
    prompts = {prompt.id: prompt for prompt in run.plan.prompts}
    done = 0
    async for prompt_id, place, result in _results(jobs, prompts, stop or asyncio.Event()):
        done += 1
        notify(f"code is run: {done} of {len(jobs)}")
        prompt = prompts[prompt_id]
        graders = list(prompt.graders)
        graders[place] = replace(graders[place], results=(*graders[place].results, result))
        prompts[prompt_id] = replace(prompt, graders=tuple(graders))
    return replace(run, plan=replace(run.plan, prompts=tuple(prompts.values())))


async def _results(
    jobs: list[tuple[str, int, Answer]], prompts: dict[str, Prompt], stop: asyncio.Event
) -> AsyncGenerator[tuple[str, int, CodeResult]]:
    free = asyncio.Semaphore(AT_ONCE)

    async def one(prompt_id: str, place: int, answer: Answer) -> tuple[str, int, CodeResult] | None:
        async with free:
            if stop.is_set():
                return None
            grader = prompts[prompt_id].graders[place]
            score, reason = await asyncio.to_thread(run_tests, code_of(answer.text), grader, stop.is_set)
            result = CodeResult(answer_id=answer.answer_id, score=score, reason=reason)
            return None if stop.is_set() else (prompt_id, place, result)

    for finished in asyncio.as_completed([one(*job) for job in jobs]):
        outcome = await finished
        if outcome is not None:
            yield outcome


def run_tests(code: str, grader: Grader, stopped: Callable[[], bool] = lambda: False) -> tuple[float, str]:
    """Run code and its tests in a child with limits; gives the share of the tests that pass, and the reason.

    The child is ended as soon as ``stopped`` gives true.
    """
    folder = paths.make_scratch_folder(scratch_prefix("code")).resolve()
    job = {"code": code, "tests": grader.tests, "seconds": grader.seconds, "memory_mb": grader.memory_mb}
    # A line without it comes from the code itself.
    token = secrets.token_hex(16)
    work, given, output = folder / "work", folder / "job", folder / "results"
    try:
        work.mkdir()
        given.write_text(json.dumps({**job, "token": token}), encoding="utf-8")
        problem = _run(work, given, output, grader, stopped)
        lines = paths.read_limited(output, _MOST_OUTPUT, in_part=True).decode(errors="replace").splitlines()
    except OSError as error:
        return 0.0, f"it could not be run ({error.strerror})"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    results = [result for line in lines if (result := _result(line, token)) is not None]
    passed = sum(result[0] for result in results)
    reason = next((reason for ok, reason in results if not ok), "")
    if len(results) < len(grader.tests):
        reason = reason or problem or f"it ended before test {len(results) + 1}"
    count = f"{passed} of {len(grader.tests)} tests pass"
    return passed / len(grader.tests), f"{count}; {reason}" if reason else count


def _run(work: Path, job: Path, output: Path, grader: Grader, stopped: Callable[[], bool]) -> str:
    """Run the child to its end or to a limit; returns what ended it, if it did not end by itself."""
    command = (sys.executable, "-I", "-B", str(_CHILD))
    with (
        job.open("rb") as given,
        output.open("wb") as opened,
        subprocess.Popen(
            command,
            stdin=given,
            stdout=opened,
            stderr=subprocess.DEVNULL,
            cwd=work,
            env=_environment(),
            creationflags=NO_WINDOW,
        ) as child,
    ):
        end = time.monotonic() + grader.seconds + _GRACE_S
        while True:
            try:
                code = child.wait(_POLL_S)
            except subprocess.TimeoutExpired:
                too_much = (host.rss_bytes(child.pid) or 0) > grader.memory_mb << 20
                if too_much or stopped() or time.monotonic() > end:
                    child.kill()
                    child.wait()
                    return "it took too much memory" if too_much else "it took too long"
            else:
                if code == -getattr(signal, "SIGXCPU", 0) and code:
                    return "it took too long"
                return "" if not code else f"it ended with {code}, out of memory or time perhaps"


def _environment() -> dict[str, str]:
    """The variables that Python needs to start on Windows, and no others: no key of the user is among them."""
    return {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP") if name in os.environ}


def _result(line: str, token: str) -> tuple[bool, str] | None:
    try:
        value = json_file.loads(line)
    except (ValueError, RecursionError):
        return None
    match value:
        case [str(given), bool(ok), str(reason)]:
            return (ok, reason) if given == token else None
        case _:
            return None
