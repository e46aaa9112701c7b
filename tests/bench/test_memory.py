"""Memory: what a model will take, what there is, what is learned, and what happens when it does not fit."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import re
import shutil
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import builders
from tests.support.instant_engine import InstantEngine
from tests.support.listing import find_models
from tests.support.memory_group import memory_group, run_in
from tui.bench import events, runner
from tui.bench.memory.fit import advice, observed_memory, oversized_models, predict_fit, with_chunk, with_context_limit
from tui.bench.memory.guard import Growth, Guard, MemoryReturn, default_floor_bytes
from tui.bench.model_pool import ModelPool
from tui.engines.contract import Completed, EngineDied, Request
from tui.engines.foundry.context_limit import write_capped
from tui.engines.foundry.engine import FoundryEngine
from tui.measure.memory.forecast import (
    cache_bytes,
    factor_of,
    fit,
    forecast,
    forecast_error,
    largest_context,
    prompt_bytes,
)
from tui.practice import practice_folder
from tui.practice.heavy import write_heavy
from tui.probes import host
from tui.probes.cgroup import group_memory, group_oom_kills
from tui.probes.sampler import Sampler
from tui.records import (
    ExitKind,
    Fit,
    ForecastBasis,
    GpuReading,
    Load,
    MemoryReading,
    MemoryShape,
    Method,
    Mode,
    Model,
    ModelState,
    ObservedMemory,
    Plan,
    Purpose,
)
from tui.store.history import History
from tui.system import LINUX

MISTRAL = MemoryShape(family="mistral", layers=32, kv_heads=8, head_size=128, element_bytes=4)
GIB = 1024**3
HEAVY_BYTES = 500_000_000


def near(value: float, expected: float | None, share: float) -> bool:
    """Return whether a value differs from the expected one by at most this share of it."""
    return expected is not None and abs(value - expected) <= share * expected


def seen(identity: str, peak_bytes: int, *, family: str = "mistral", provider: str = "cpu") -> ObservedMemory:
    return ObservedMemory(
        identity=identity,
        family=family,
        execution_provider=provider,
        weights_bytes=4_000_000_000,
        layers=32,
        cache_bytes=cache_bytes(MISTRAL, 2048),
        peak_bytes=peak_bytes,
    )


def reading(available: int, rss: dict[str, int]) -> MemoryReading:
    return MemoryReading(at_s=0, total_bytes=64 * GIB, available_bytes=available, swap_used_bytes=0, rss_bytes=rss)


def test_the_cache_of_mistral_is_what_the_runtime_was_seen_to_take() -> None:
    assert cache_bytes(MISTRAL, 32768) == 8_589_934_592
    observed_shape = MemoryShape(family="x", layers=24, kv_heads=4, head_size=64, element_bytes=4)
    assert cache_bytes(observed_shape, 4096) == 201_326_592


def test_a_forecast_learns_from_the_model_then_from_its_family() -> None:
    first = forecast(4_000_000_000, MISTRAL, 2048, identity="a", execution_provider="cpu")
    assert first.basis is ForecastBasis.NOTHING
    history = [seen("a", 9 * GIB), seen("b", 6 * GIB), seen("c", 7 * GIB, provider="gpu"), seen("a", 5 * GIB)]
    own = forecast(4_000_000_000, MISTRAL, 2048, history, identity="a", execution_provider="cpu")
    assert own.basis is ForecastBasis.MODEL
    assert near(own.total_bytes, 5 * GIB, 0.001), "the last of the very model decides"
    kin = forecast(4_000_000_000, MISTRAL, 2048, history[1:3], identity="new", execution_provider="cpu")
    assert kin.basis is ForecastBasis.FAMILY
    assert abs(kin.total_bytes - 6 * GIB) < 2, "another execution provider teaches nothing"
    tiny = replace(seen("d", 90_000_000), weights_bytes=1_000_000)
    assert forecast(4_000_000_000, MISTRAL, 2048, [tiny], execution_provider="cpu").basis is ForecastBasis.NOTHING
    wider = forecast(4_000_000_000, MISTRAL, 8192, history, identity="a", execution_provider="cpu")
    more = cache_bytes(MISTRAL, 8192) - cache_bytes(MISTRAL, 2048)
    assert near(wider.total_bytes - own.total_bytes, more, 0.05)


@pytest.mark.parametrize(
    ("total", "expected"), [(5 * GIB, Fit.FITS), (7 * GIB, Fit.TIGHT), (7.6 * GIB, Fit.WILL_NOT_FIT)]
)
def test_what_fits_leaves_the_floor_free(total: float, expected: Fit) -> None:
    assert fit(int(total), 8 * GIB, GIB // 2) is expected


def test_the_largest_context_that_fits_is_offered() -> None:
    needed = forecast(4_000_000_000, MISTRAL, 32768)
    room = needed.total_bytes - 5 * GIB
    context = largest_context(needed, room, MISTRAL)
    assert context is not None
    assert context % 256 == 0
    assert forecast(4_000_000_000, MISTRAL, round(context / 0.9)).total_bytes <= room, "a tenth of it is spare"
    assert forecast(4_000_000_000, MISTRAL, round((context + 256) / 0.9)).total_bytes > room
    assert largest_context(needed, GIB, MISTRAL) is None, "the weights alone are too much"
    assert largest_context(needed, 64 * GIB, MISTRAL) is None, "the context does not stand in the way"


GEMMA = MemoryShape(
    family="gemma3_text", layers=18, kv_heads=1, head_size=256, element_bytes=4, window_layers=15, window_tokens=512,
    hidden_size=640, vocabulary=262144, tokenizer_bytes=33371397,
)  # fmt: skip
SMOLLM = MemoryShape(
    family="llama", layers=30, kv_heads=3, head_size=64, element_bytes=4, hidden_size=576, vocabulary=49152,
    tokenizer_bytes=3522871,
)  # fmt: skip
SEVEN_B = replace(MISTRAL, hidden_size=4096, vocabulary=49152, tokenizer_bytes=3522871)
SEEN_PEAKS = [
    # Of gemma-3-270m, SmolLM2-135M and a model of mistral-7b's shape, all int4: shape, weights, context, pieces,
    # tokens of the prompt, peak in MiB as the child's own high-water mark had it.
    (GEMMA, 235071415, 512, 128, 16, 823),
    (GEMMA, 235071415, 512, 2048, 376, 1208),
    (GEMMA, 235071415, 4096, 128, 976, 967),
    (GEMMA, 235071415, 4096, 2048, 1000, 1957),
    (GEMMA, 235071415, 32768, 2048, 16, 1074),
    (GEMMA, 235071415, 32768, 2048, 2024, 3219),
    (GEMMA, 235071415, 32768, 2048, 4072, 3245),
    (GEMMA, 235071415, 32768, 256, 4072, 1277),
    (SMOLLM, 86513245, 1024, 128, 800, 325),
    (SMOLLM, 86513245, 8192, 2048, 40, 620),
    (SMOLLM, 86513245, 8192, 2048, 1024, 850),
    (SMOLLM, 86513245, 8192, 2048, 4096, 1095),
    (SEVEN_B, 4505923454, 4096, 2048, 40, 7258),
    (SEVEN_B, 4505923454, 4096, 2048, 1000, 7751),
    (SEVEN_B, 4505923454, 4096, 128, 1000, 7358),
]


def foretold(shape: MemoryShape, weights: int, context: int, piece: int, tokens: int, *past: ObservedMemory) -> float:
    """Return a forecast in MiB."""
    needed = forecast(weights, shape, context, past, identity="x", prompt_tokens=tokens, piece_tokens=piece)
    assert needed.factor >= 1
    return needed.total_bytes / 2**20


@pytest.mark.parametrize(("shape", "weights", "context", "piece", "tokens", "peak_mib"), SEEN_PEAKS)
def test_forecasts_are_what_real_models_took_before_and_after_learning(
    shape: MemoryShape, weights: int, context: int, piece: int, tokens: int, peak_mib: int
) -> None:
    assert near(foretold(shape, weights, context, piece, tokens), peak_mib, 0.07)
    others = [
        ObservedMemory(
            identity="x", family=shape.family, execution_provider="", weights_bytes=weights, layers=shape.layers,
            cache_bytes=cache_bytes(shape, seen_context, seen_piece), peak_bytes=seen_mib << 20,
            tokenizer_bytes=shape.tokenizer_bytes * 13, prompt_bytes=prompt_bytes(shape, seen_tokens, seen_piece),
        )
        for seen_shape, _, seen_context, seen_piece, seen_tokens, seen_mib in SEEN_PEAKS
        if seen_shape is shape
    ]  # fmt: skip
    for order in itertools.permutations(others, 2):
        assert near(foretold(shape, weights, context, piece, tokens, *order), peak_mib, 0.05)
        assert near(foretold(shape, weights, context, piece, tokens, order[0]), peak_mib, 0.05)


def test_no_observation_makes_a_factor_below_one() -> None:
    wrong = replace(seen("a", GIB), cache_bytes=3 * GIB)
    needed = forecast(4_000_000_000, MISTRAL, 1024, [wrong], identity="a")
    assert needed.factor == 1
    assert needed.total_bytes > 4_000_000_000
    assert factor_of(wrong) == 1


def test_the_context_that_is_offered_fits_whatever_the_prompt() -> None:
    model = replace(
        builders.model("m"), weights_bytes=4505923454, shape=SEVEN_B, execution_provider="CPUExecutionProvider",
        context_tokens=32768,
    )  # fmt: skip
    room = reading(round(7.8 * GIB), {})
    outlook = predict_fit(model, room, GIB // 2, prompt_tokens=40)
    assert outlook is not None
    assert outlook.context_that_fits is not None
    assert 4000 < outlook.context_that_fits < 5000
    limited = with_context_limit(model, outlook.context_that_fits)
    again = predict_fit(limited, reading(round(7.7 * GIB), {}), GIB // 2, prompt_tokens=outlook.context_that_fits)
    assert again is not None
    assert again.fit is not Fit.WILL_NOT_FIT, "also with a tenth of a GiB less, and the longest prompt"
    assert limited.piece_tokens == 128
    windowed = replace(model, shape=GEMMA, weights_bytes=235071415)
    tight = predict_fit(windowed, reading(850 << 20, {}), 0, prompt_tokens=40)
    assert tight is not None
    assert tight.context_that_fits is None or tight.context_that_fits >= 512, "the runtime refuses less than the window"


def test_small_pieces_are_advised_where_a_long_prompt_takes_the_memory() -> None:
    model = replace(builders.model("m"), weights_bytes=235071415, shape=GEMMA, context_tokens=32768, size_bytes=1)
    outlook = predict_fit(model, reading(2 * GIB, {}), GIB // 2, prompt_tokens=4000)
    assert outlook is not None
    assert outlook.fit is Fit.WILL_NOT_FIT
    assert "have it read the prompt in pieces of 128 tokens (--chunk 128 saves 1.97 GiB)" in advice(
        model, outlook, {}, ()
    )
    in_pieces = predict_fit(with_chunk(model, 128), reading(2 * GIB, {}), GIB // 2, prompt_tokens=4000)
    assert in_pieces is not None
    assert in_pieces.fit is not Fit.WILL_NOT_FIT


def test_models_of_a_plan_share_what_there_is() -> None:
    model = replace(builders.model("a"), weights_bytes=4 * GIB, shape=MISTRAL, context_tokens=1024)
    plan = Plan(models=(model, replace(model, alias="b")), prompts=(), method=Method(mode=Mode.SIDE_BY_SIDE))
    room = reading(8 * GIB, {})
    assert [misfit.model.alias for misfit in oversized_models(plan, {}, room, GIB)] == ["b"]
    assert oversized_models(plan, {}, room, GIB)[0].beside_others
    assert oversized_models(replace(plan, method=replace(plan.method, mode=Mode.ONE_BY_ONE)), {}, room, GIB) == ()
    short = reading(3 * GIB, {"a": 6 * GIB})
    assert (
        oversized_models(replace(plan, method=replace(plan.method, mode=Mode.ONE_BY_ONE)), {"a": 6 * GIB}, short, GIB)
        == ()
    ), "it ends what is loaded"
    question = replace(plan, purpose=Purpose.ASK)
    oversized = oversized_models(question, {"a": 6 * GIB}, short, GIB)
    assert [misfit.model.alias for misfit in oversized] == ["b"], "a question keeps what is loaded"


def test_what_was_seen_is_what_would_have_been_forecast() -> None:
    model = replace(
        builders.model("m"), weights_bytes=4_000_000_000, shape=MISTRAL, execution_provider="CPUExecutionProvider"
    )
    taught = observed_memory(model, 6 * GIB)
    assert taught is not None
    assert factor_of(taught) > 1
    outlook = predict_fit(model, reading(64 * GIB, {}), GIB, [taught])
    assert outlook is not None
    assert near(outlook.forecast.total_bytes, 6 * GIB, 0.001)
    on_gpu = replace(model, execution_provider="CUDAExecutionProvider")
    assert observed_memory(on_gpu, 6 * GIB) is None, "the resident memory of a model on a GPU is not what is forecast"
    assert observed_memory(model, 6 * GIB, of_vram=True) is None
    taught = observed_memory(on_gpu, 6 * GIB, of_vram=True)
    assert taught is not None
    card = GpuReading(index=0, name="g", used_bytes=GIB, total_bytes=24 * GIB, process_bytes={})
    outlook = predict_fit(on_gpu, replace(reading(2 * GIB, {}), gpus=(card,)), GIB, [taught])
    assert outlook is not None
    assert near(outlook.forecast.total_bytes, 6 * GIB, 0.001)
    assert (outlook.available_bytes, outlook.fit) == (23 * GIB, Fit.FITS)


def test_a_model_that_is_not_here_is_forecast_by_its_size_and_its_name() -> None:
    absent = Model(alias="mistral-7b-v0.2", variant="cpu", size_bytes=4 * GIB, context_tokens=32768)
    outlook = predict_fit(absent, reading(8 * GIB, {}), GIB // 2)
    assert outlook is not None
    assert outlook.forecast.cache_bytes == 8 * GIB
    assert outlook.fit is Fit.WILL_NOT_FIT
    assert outlook.context_that_fits is not None
    assert outlook.words.startswith("needs ~13.8 GiB: weights 5.68 GiB (4.00 GiB on the disk) + KV cache 8.00 GiB at ")
    unknown = predict_fit(replace(absent, alias="nobodys-model"), reading(8 * GIB, {}), GIB // 2)
    assert unknown is not None
    assert "KV cache not known" in unknown.words
    assert predict_fit(replace(absent, size_bytes=None), reading(8 * GIB, {}), 0) is None


def test_a_model_for_a_gpu_is_held_against_its_memory() -> None:
    model = Model(alias="mistral-7b", variant="gpu", size_bytes=4 * GIB, context_tokens=4096)
    card = GpuReading(index=0, name="GPU", used_bytes=GIB, total_bytes=9 * GIB)
    outlook = predict_fit(model, replace(reading(2 * GIB, {}), gpus=(card,)), GIB // 2)
    assert outlook is not None
    assert (outlook.available_bytes, outlook.fit) == (8 * GIB, Fit.TIGHT)
    assert "8.00 GiB of VRAM available, and at least " in outlook.words
    assert outlook.words.endswith(" of 2.00 GiB of main memory")
    assert "main memory" not in outlook.short_words
    short = predict_fit(model, replace(reading(GIB // 2, {}), gpus=(card,)), GIB // 2)
    assert short is not None
    assert (short.fit, short.context_that_fits) == (Fit.WILL_NOT_FIT, None), "the card alone is not enough"
    assert short.short_words.endswith(" of 512 MiB of main memory")
    assert outlook.forecast.cache_bytes == GIB // 2, "2 x 32 layers x 8 heads x 128 x 4096 x 2 bytes"


def test_a_limit_makes_a_model_of_its_own() -> None:
    model = builders.model("m", variant="cpu")
    assert with_context_limit(model, 512).key == "m@cpu+512"
    assert with_context_limit(model, 1 << 20).key == "m@cpu", "a limit above the model's own context limits nothing"


def test_advice_names_what_would_help() -> None:
    big = replace(
        builders.model("big"), size_bytes=8 * GIB, capabilities=("chat",), weights_bytes=8 * GIB, shape=MISTRAL
    )
    small = Model(alias="small", state=ModelState.READY, size_bytes=GIB, capabilities=("chat",))
    other_build = Model(alias="big", variant="cpu", state=ModelState.READY, size_bytes=4 * GIB)
    loaded = {"other": 3 * GIB}
    outlook = predict_fit(replace(big, context_tokens=32768), reading(16 * GIB, {}), GIB)
    tips = advice(big, outlook, loaded, (small, big))
    assert tips[0] == "unload other (frees 3.00 GiB)"
    assert "limit its context to" in tips[1]
    assert tips[2].startswith("use small")
    assert any("smaller build big@cpu" in tip for tip in advice(big, None, {}, (small, other_build)))


def test_the_guard_ends_the_model_loaded_last() -> None:
    guard, order = Guard(), lambda: ("second", "first")
    assert guard.model_to_end(reading(GIB, {"first": 1, "second": 2}), order) is None
    condemned = guard.model_to_end(reading(GIB // 4, {"first": 9 * GIB, "second": 2}), order)
    assert condemned is not None
    assert condemned[0] == "second"
    assert condemned[1].kind is ExitKind.OUT_OF_MEMORY
    over = Guard(floor_bytes=0, ceiling_bytes=GIB).model_to_end(
        reading(8 * GIB, {"first": 2 * GIB, "second": 2}), order
    )
    assert over is not None
    assert over[0] == "first"
    assert default_floor_bytes(64 * GIB) == 512 * 1024**2
    assert default_floor_bytes(GIB) == round(GIB * 0.1)


def test_the_guard_ends_the_model_that_grows_and_no_bystander() -> None:
    growth, order = Growth(), lambda: ("new", "old")
    steps = [(0.0, GIB, 4 * GIB), (5.0, GIB, 4 * GIB), (6.0, 2 * GIB, 4 * GIB), (7.0, 3 * GIB, 4 * GIB)]
    readings = [replace(reading(GIB // 4, {"old": old, "new": new}), at_s=at_s) for at_s, old, new in steps]
    now, grown = readings[-1], [growth.most_grown(each) for each in readings][-1]
    assert grown == "old"
    condemned = Guard().model_to_end(now, order, grown=grown)
    assert condemned is not None
    assert condemned[0] == "old"
    for at_s in (30.0, 31.0):
        assert growth.most_grown(replace(now, at_s=at_s)) is None, "other programs took the memory"


def test_the_guard_ends_no_second_model_while_the_memory_of_the_first_comes_back() -> None:
    ended: list[str] = []
    memory, little, small, large = MemoryReturn(), GIB // 4, {"small": 1}, {"small": 1, "large": 9}

    def read(at_s: float, available: int, rss: dict[str, int]) -> None:
        now = replace(reading(available, rss), at_s=at_s)
        returning = memory.goes_on(now, Guard().floor_of(now))
        decision = Guard().model_to_end(now, lambda: ("large", "small"), returning=returning)
        if decision is not None:
            ended.append(decision[0])
            memory.begin(decision[0], now)

    read(0.0, little, large)
    assert ended == ["large"]
    read(1.5, little, large)
    read(3.4, little, small)
    assert ended == ["large"], "the process was there at 1.5 s, and its memory is not free 1.9 s later"
    read(3.6, little, small)
    assert ended == ["large", "small"], "what came back was not enough"
    read(9.0, GIB, large)
    read(9.1, little, large)
    assert ended[2:] == ["large"], "its memory was free in between, and this is another process of the same model"
    for at_s in (10.5, 12.0, 13.5, 15.0, 16.5, 18.0, 19.05):
        read(at_s, little, large)
    assert ended[2:] == ["large"]
    read(19.2, little, large)
    assert ended[2:] == ["large", "large"], "a process that does not end is waited for 10 s"


def group(root: Path, *files: tuple[str, str]) -> None:
    for name, content in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def test_the_tightest_group_counts_in_both_versions(tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    proc.write_text("4:memory:/outer/inner\n0::/\n")
    stat = "inactive_file 1\nactive_file 2\ntotal_inactive_file 80\ntotal_active_file 20\n"
    group(
        tmp_path / "v1" / "memory",
        ("memory.limit_in_bytes", "9223372036854771712\n"),
        ("memory.usage_in_bytes", "5\n"),
        ("outer/memory.limit_in_bytes", "1000\n"),
        ("outer/memory.usage_in_bytes", "700\n"),
        ("outer/memory.stat", stat),
        ("outer/inner/memory.limit_in_bytes", "9000\n"),
        ("outer/inner/memory.usage_in_bytes", "600\n"),
        ("outer/inner/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"),
    )
    limits = group_memory(proc, tmp_path / "v1")
    assert limits is not None
    assert (limits.limit_bytes, limits.available_bytes) == (1000, 399), (
        "files that were read twice are free but for a margin"
    )
    assert group_oom_kills(proc, tmp_path / "v1") == 3
    proc.write_text("0::/mine\n")
    group(
        tmp_path / "v2",
        ("mine/memory.max", "2000\n"),
        ("mine/memory.current", "1500\n"),
        ("mine/memory.stat", "inactive_file 100\nactive_file 200\n"),
        ("mine/memory.events", "low 0\noom 1\noom_kill 2\n"),
    )
    limits = group_memory(proc, tmp_path / "v2")
    assert limits is not None
    assert (limits.limit_bytes, limits.available_bytes) == (2000, 790)
    assert group_oom_kills(proc, tmp_path / "v2") == 2
    group(tmp_path / "v2", ("mine/memory.max", "max\n"))
    assert group_memory(proc, tmp_path / "v2") is None


async def ask(folder: Path, limit: int | None) -> tuple[str, Completed]:
    engine = FoundryEngine(Model(alias="m", folder=folder, context_limit_tokens=limit))
    await engine.load(60)
    text, end = "", None
    async for part in engine.generate(Request(prompt="Summarize retrieval augmented generation."), 20):
        if isinstance(part, Completed):
            end = part
        else:
            text += "".join(piece.text for piece in part.pieces)
    await engine.close()
    assert end is not None
    return text, end


async def test_a_smaller_context_takes_less_memory_and_answers_the_same() -> None:
    folder = practice_folder("practice-large")
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    whole_text, whole = await ask(folder, None)
    capped_text, less = await ask(folder, 256)
    assert capped_text == whole_text
    assert whole.peak_rss_bytes is not None
    assert less.peak_rss_bytes is not None
    assert whole.peak_rss_bytes - less.peak_rss_bytes > 30_000_000
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


async def test_a_sliding_window_and_pieces_of_the_prompt_take_what_is_forecast(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(practice_folder("practice-large"), tmp_path / "windowed"))
    settings = json.loads((folder / "genai_config.json").read_text())
    settings["model"]["context_length"] = settings["search"]["max_length"] = 8192
    layers = list(range(settings["model"]["decoder"]["num_hidden_layers"] - 8))
    settings["model"]["decoder"]["sliding_window"] = {
        "window_size": 300, "slide_key_value_cache": False, "slide_inputs": False, "layers": layers
    }  # fmt: skip
    (folder / "genai_config.json").write_text(json.dumps(settings))
    model = next(model for model in find_models({}, [folder]) if model.folder == folder)
    _, whole = await ask(folder, None)
    outlook = predict_fit(model, host.memory({}), 0, prompt_tokens=whole.timeline.prompt_tokens)
    assert outlook is not None
    assert whole.peak_rss_bytes is not None
    assert near(outlook.forecast.total_bytes, whole.peak_rss_bytes, 0.15)
    _, capped = await ask(folder, 512)
    assert capped.peak_rss_bytes is not None
    taught = observed_memory(model, whole.peak_rss_bytes, whole.timeline.prompt_tokens)
    assert taught is not None
    less = predict_fit(with_context_limit(model, 512), host.memory({}), 0, [taught], 20)
    assert less is not None
    assert near(less.forecast.total_bytes, capped.peak_rss_bytes, 0.15)
    with pytest.raises(EngineDied, match="sliding window: use at least 300"):
        await ask(folder, 256)


async def run_once(plan: Plan, file: Path, pool: ModelPool | None = None) -> Load:
    """Run one model once, and return its load as the history has it."""
    run = None
    with contextlib.closing(History(file)) as history:
        async with contextlib.aclosing(
            runner.run(plan, pool=pool or ModelPool(), history=history, stop=asyncio.Event())
        ) as happened:
            async for event in happened:
                run = event.run if isinstance(event, events.RunFinished) else run
        assert run is not None
        (load,) = history.run(run.run_id).loads
    return load


async def test_a_run_records_what_was_expected_what_was_taken_and_what_came_back(tmp_path: Path) -> None:
    model = next(model for model in find_models({}) if model.alias == "practice-medium")
    plan = Plan(models=(model,), prompts=builders.prompts()[:1], method=Method(rounds=1, warmup=0))
    first, second = [await run_once(plan, tmp_path / "history.sqlite3") for _ in range(2)]
    assert first.measured_bytes is not None
    assert (first.left_bytes is not None) == LINUX
    off = [abs(forecast_error(load.forecast_bytes, load.measured_bytes) or 1) for load in (first, second)]
    assert off[0] < 0.15
    assert second.forecast_bytes != first.forecast_bytes, "the second forecast has learned"
    assert off[1] < 0.08


@pytest.mark.parametrize(
    ("rss_mib", "left"), [((100, 180, 130, 100), 0), ((100, 90), -10), ((100, 200, *[150] * 20), 50)]
)
async def test_what_is_not_back_at_once_is_given_a_moment(
    monkeypatch: pytest.MonkeyPatch, rss_mib: Sequence[int], left: int
) -> None:
    readings = iter(mebibytes << 20 for mebibytes in rss_mib)
    monkeypatch.setattr(host, "unowned_bytes", lambda: next(readings))
    pool = ModelPool()
    await pool.load(Model(alias="practice-small", folder=practice_folder("practice-small")), 60)
    load = await pool.unload("practice-small")
    assert load is not None
    assert load.left_bytes == left << 20
    assert await pool.unload("practice-small") is None


class Card(Sampler):
    """A sampler with a GPU, whose driver lists the process of a model until its end."""

    def __init__(self, left_bytes: int, *, listed: bool = True) -> None:
        super().__init__(interval_s=0.001)
        self.engine: InstantEngine | None = None
        self._left_bytes, self._listed = left_bytes, listed

    def start_engine(self, model: Model) -> InstantEngine:
        self.engine = InstantEngine(model)
        return self.engine

    @property
    def gpus(self) -> tuple[GpuReading, ...]:
        alive = self.engine is not None and self.engine.alive
        left = self._left_bytes if self.engine is not None and not alive else 0
        held = {"practice-small": 2 * GIB if self._listed else None} if alive else {}
        used = GIB + left + (2 * GIB if alive else 0)
        unowned = GIB + left if self._listed or not alive else None
        card = GpuReading(index=0, name="card", used_bytes=used, total_bytes=24 * GIB, process_bytes=held)
        return (replace(card, unowned_bytes=unowned),)


@pytest.mark.parametrize(("left", "listed", "told"), [(0, True, 0), (GIB, True, GIB), (GIB, False, 0)])
async def test_vram_that_nobody_holds_after_the_end_is_not_back(
    monkeypatch: pytest.MonkeyPatch, left: int, listed: bool, told: int
) -> None:
    monkeypatch.setattr(host, "unowned_bytes", lambda: GIB)
    card = Card(left, listed=listed)
    pool = ModelPool(card.start_engine, card)
    await pool.load(Model(alias="practice-small", folder=practice_folder("practice-small")), 60)
    load = await pool.unload("practice-small")
    assert load is not None
    assert load.left_bytes == told


async def test_who_is_in_haste_does_not_wait_for_memory_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = itertools.count(1 << 30, 1 << 30)
    monkeypatch.setattr(host, "unowned_bytes", lambda: next(readings))
    pool = ModelPool()
    await pool.load(Model(alias="practice-small", folder=practice_folder("practice-small")), 60)
    load = await pool.unload("practice-small", in_haste=True)
    assert load is not None
    assert load.left_bytes is None
    assert next(readings) == 2 << 30, "nobody looked again"


async def test_a_run_records_its_peak_and_learns_from_longer_prompts(tmp_path: Path) -> None:
    model = next(model for model in find_models({}) if model.alias == "practice-medium")
    long = replace(builders.prompts()[0], id="long", text="Why is the sky blue? " * 60)
    plan = Plan(models=(model,), prompts=(builders.prompts()[0], long), method=Method(rounds=2, warmup=1))
    load = await run_once(plan, tmp_path / "history.sqlite3")
    with contextlib.closing(History(tmp_path / "history.sqlite3")) as history:
        learned = history.observed()
        peaks = [sample.peak_rss_bytes or 0 for sample in history.run(history.latest(1)[0].run_id).samples]
    assert load.measured_bytes is not None
    assert load.measured_bytes >= max(*peaks, load.peak_rss_bytes or 0)
    assert [observed.prompt_tokens > 200 for observed in learned] == [False, True]
    again = predict_fit(model, host.memory({}), 0, learned, learned[-1].prompt_tokens)
    assert again is not None
    assert near(again.forecast.total_bytes, load.measured_bytes, 0.1)


async def test_what_the_system_takes_back_of_a_models_files_makes_no_forecast_smaller(tmp_path: Path) -> None:
    """A 7B model in a group of 8 GiB held 0.5 GiB less at one launch than at others; its embeddings were on disk."""
    model = next(model for model in find_models({}) if model.alias == "practice-medium")
    plan = Plan(models=(model,), prompts=builders.prompts()[:1], method=Method(rounds=1, warmup=0))
    pool = ModelPool(lambda model: InstantEngine(model, taken_back_bytes=64 << 20))
    load = await run_once(plan, tmp_path / "history.sqlite3", pool)
    assert load.measured_bytes == 164 << 20
    with contextlib.closing(History(tmp_path / "history.sqlite3")) as history:
        assert [observed.peak_bytes for observed in history.observed()] == [164 << 20]


def test_settings_without_a_context_cannot_be_limited(tmp_path: Path) -> None:
    (tmp_path / "genai_config.json").write_text(json.dumps({"model": 3}))
    with pytest.raises(ValueError, match="no context to limit"):
        write_capped(tmp_path, tmp_path / "capped", 512)


@pytest.fixture(scope="module")
def heavy_models(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """Write a heavy model into a folder, once for all tests."""
    folder = tmp_path_factory.mktemp("heavy")
    write_heavy(folder, HEAVY_BYTES)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def heavy_home(heavy_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(heavy_models, tmp_path / "data" / "models", copy_function=os.link)
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "will not fit: needs"),
        (("--force",), "ended by Benchtop with"),
        (("--force", "--memory-floor", "0mb"), "ended by the system's memory limit"),
        (("--force", "--memory-limit", "200mb"), "held more than the limit of 191 MiB"),
    ],
)
def test_a_model_that_is_too_large_is_a_verdict_and_the_next_is_measured(
    heavy_home: Path, options: Sequence[str], words: str
) -> None:
    report = heavy_home / "run.json"
    short = ["--prompt", "What is RAG?", "--rounds", "1", "--warmup", "0", "--json", str(report)]
    arguments = ["bench", "--models", "practice-heavy,practice-small", *short]
    with memory_group(450_000_000) as folder:
        done = run_in(folder, [*arguments, *options])
    assert done.returncode == 1, done.stderr
    assert words in done.stderr
    assert [model["status"] for model in json.loads(report.read_text())["models"]] == ["failed", "ok"]


def test_a_model_that_does_not_fit_runs_in_the_same_limit_with_the_offered_context(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_heavy(tmp_path / "data" / "models", 60_000_000)
    settings = json.loads((folder / "genai_config.json").read_text())
    settings["model"]["context_length"] = settings["search"]["max_length"] = 65536
    (folder / "genai_config.json").write_text(json.dumps(settings))
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path))
    arguments = ["run", "practice-heavy", "--prompt", "Summarize retrieval augmented generation."]
    with memory_group(450_000_000) as group:
        refused = run_in(group, arguments)
        offered = re.search(r"limit its context to ([\d,]+) tokens", refused.stderr)
        assert offered is not None, refused.stderr
        answered = run_in(group, [*arguments, "--context", offered[1].replace(",", "")])
    assert refused.returncode == 1
    assert answered.returncode == 0, answered.stderr
    assert "Retrieval augmented generation" in answered.stdout
