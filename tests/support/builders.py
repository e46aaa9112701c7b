"""Builds records for tests that are small, complete and of a steady pace, so that their numbers are known by hand."""

from __future__ import annotations

from dataclasses import fields, replace

from tui.records import (
    Environment,
    ExitCause,
    ExitKind,
    FinishReason,
    Load,
    Method,
    Model,
    ModelState,
    Plan,
    Prompt,
    RunRecord,
    RunStatus,
    Sample,
    SampleKind,
    SampleStatus,
    Timeline,
    TokensSource,
)

MIB = 1024 * 1024
STARTED_AT = "2026-11-22T15:20:00+00:00"
FINISHED_AT = "2026-11-22T15:24:30+00:00"


def timeline(
    *,
    ttft_ms: float = 200.0,
    tok_s: float = 50.0,
    tokens: int = 21,
    prompt_tokens: int | None = 16,
    finish_reason: FinishReason = FinishReason.STOP,
    tokens_source: TokensSource = TokensSource.RUNTIME,
) -> Timeline:
    """Return a request whose tokens arrive one by one at ``tok_s`` after ``ttft_ms``; its decode rate is ``tok_s``."""
    first, step = ttft_ms * 1e6, 1e9 / tok_s
    arrivals = tuple(round(first + index * step) for index in range(tokens))
    end_steps = tokens if finish_reason is FinishReason.STOP else tokens - 1
    return Timeline(
        arrivals_ns=arrivals,
        first_answer_ns=arrivals[0] if arrivals else None,
        end_ns=round(first + end_steps * step),
        prompt_tokens=prompt_tokens,
        output_tokens=tokens,
        tokens_source=tokens_source,
        finish_reason=finish_reason,
    )


def model(alias: str = "tiny", *, variant: str | None = None, practice: bool = False) -> Model:
    return Model(
        alias=alias,
        variant=variant,
        model_id=f"{alias}:1",
        state=ModelState.READY,
        size_bytes=3 * MIB,
        context_tokens=2048,
        execution_provider="CPUExecutionProvider",
        license="MIT",
        practice=practice,
    )


def sample(
    key: str = "tiny",
    *,
    prompt_id: str = "rag",
    round_number: int = 1,
    kind: SampleKind = SampleKind.ROUND,
    times: Timeline | None = None,
    text: str = "A short answer.",
    flags: tuple[str, ...] = (),
    peak_rss_bytes: int | None = 100 * MIB,
) -> Sample:
    """Return a finished request of the model with this key; ``dataclasses.replace`` sets the other fields."""
    alias = key.partition("@")[0]
    return Sample(
        key=key,
        alias=alias,
        model_id=f"{alias}:1",
        execution_provider="CPUExecutionProvider",
        context_tokens=2048,
        prompt_id=prompt_id,
        prompt="Summarize retrieval augmented generation.",
        round=round_number,
        kind=kind,
        flags=flags,
        timeline=timeline() if times is None else times,
        text=text,
        peak_rss_bytes=peak_rss_bytes,
        started_at="2026-11-22T15:20:04+00:00",
    )


def failed_sample(key: str = "tiny", *, prompt_id: str = "rag", error: str = "crashed: signal 9") -> Sample:
    """Return a request whose model died before it answered."""
    alias = key.partition("@")[0]
    return Sample(
        key=key,
        alias=alias,
        model_id=f"{alias}:1",
        prompt_id=prompt_id,
        prompt="Summarize retrieval augmented generation.",
        round=1,
        status=SampleStatus.FAILED,
        error=error,
        started_at="2026-11-22T15:20:05+00:00",
    )


def load(key: str = "tiny", *, load_ms: float = 350.0, launch: int = 1) -> Load:
    return Load(key=key, launch=launch, load_ns=round(load_ms * 1e6), process_start_ns=120_000_000, pid=4711)


def failed_load(key: str = "tiny", *, stderr_tail: tuple[str, ...] = ("cannot allocate memory",)) -> Load:
    """Return a start that ended when the kernel killed the process for memory."""
    verdict = ExitCause(kind=ExitKind.OUT_OF_MEMORY, reason="killed while loading", stderr_tail=stderr_tail)
    return Load(key=key, process_start_ns=120_000_000, pid=4712, verdict=verdict)


def prompts() -> tuple[Prompt, ...]:
    return (
        Prompt(id="rag", text="Summarize retrieval augmented generation."),
        Prompt(id="privacy", text="List 3 privacy benefits of local inference."),
    )


def environment() -> Environment:
    return Environment(
        cpu="Example CPU 3000",
        physical_cores=2,
        logical_cores=4,
        ram_bytes=8192 * MIB,
        gpu=None,
        os="Linux 6.1 x86_64",
        python="3.11.9",
        sdk="2.2.1",
        runtime="onnxruntime 1.31.0",
        benchtop="0.1.0",
        on_battery=False,
    )


def samples_of(key: str, plan: Plan, *, ttft_ms: float = 200.0, tok_s: float = 50.0) -> tuple[Sample, ...]:
    """Return the samples of one model in a benchmark: a cold one, the warm-ups, then every prompt in every round."""
    ids = [prompt.id for prompt in plan.prompts]
    times = timeline(ttft_ms=ttft_ms, tok_s=tok_s)
    cold_times = timeline(ttft_ms=3 * ttft_ms, tok_s=tok_s)
    cold = sample(key, prompt_id=ids[0], kind=SampleKind.COLD, times=cold_times)
    warm = [
        sample(key, prompt_id=prompt_id, round_number=number, kind=SampleKind.WARMUP, times=times)
        for number in range(1, plan.method.warmup + 1)
        for prompt_id in ids
    ]
    rounds = [
        sample(key, prompt_id=prompt_id, round_number=number, times=times)
        for number in range(1, plan.method.rounds + 1)
        for prompt_id in ids
    ]
    return (cold, *warm, *rounds)


def changed(plan: Plan, **changes: object) -> Plan:
    """Return the plan with these changes of its own fields and of those of its method."""
    names = {field.name for field in fields(Method)}
    settings = {name: value for name, value in changes.items() if name in names}
    others = {name: value for name, value in changes.items() if name not in names}
    return replace(plan, method=replace(plan.method, **settings), **others)  # pyright: ignore[reportArgumentType]


def run_record(*models: Model, rounds: int = 3, run_id: str = "run-1") -> RunRecord:
    """Return a finished benchmark; each model has twice the TTFT and half the rate of the model before it."""
    chosen = models or (model(),)
    plan = Plan(models=chosen, prompts=prompts(), method=Method(prompt_set="deterministic", rounds=rounds))
    return RunRecord(
        run_id=run_id,
        started_at=STARTED_AT,
        finished_at=FINISHED_AT,
        status=RunStatus.DONE,
        plan=plan,
        environment=environment(),
        loads=tuple(load(of_model.key) for of_model in chosen),
        samples=tuple(
            sample
            for index, of_model in enumerate(chosen)
            for sample in samples_of(of_model.key, plan, ttft_ms=200.0 * 2**index, tok_s=50.0 / 2**index)
        ),
    )


def crowded_run() -> RunRecord:
    """Return a run of 1, 4 and 8 requests at once, of 20 tokens in 1,000 ms; at 8 two failed, 16 was not measured."""
    times = timeline(ttft_ms=100, tok_s=20, tokens=20)
    rounds: list[Sample] = [sample(kind=SampleKind.COLD)]
    for level, ttft_ms in ((1, 100), (4, 200), (8, 400)):
        for index in range(level):
            sent = replace(times, sent_ns=level * 10**10, arrivals_ns=(ttft_ms * 10**6, 10**9), end_ns=10**9)
            rounds.append(replace(sample(round_number=index + 1, times=sent), concurrency=level))
    rounds += [replace(failed_sample(error="too | many"), concurrency=8) for _ in range(2)]
    run = run_record(model("tiny"))
    return replace(
        run, plan=replace(run.plan, method=replace(run.plan.method, concurrency=(1, 4, 8, 16))), samples=tuple(rounds)
    )
