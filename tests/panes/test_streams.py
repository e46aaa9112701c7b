"""Columns of live answers: states, numbers, texts, and which of many are seen."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.widgets import Static

from tests.support import builders
from tests.support.builders import MIB
from tests.support.conditions import until
from tui.bench import events
from tui.bench.events import Event
from tui.measure.timing import metrics
from tui.panes.streams.column import ColumnHeader, StreamColumn
from tui.panes.streams.figures import StreamStage, StreamState
from tui.panes.streams.pane import HINT, RepaintPace, StreamsPane
from tui.records import (
    RATE_UNSURE,
    ExitCause,
    ExitKind,
    FinishReason,
    MemoryReading,
    Method,
    Mode,
    Model,
    Plan,
    Purpose,
    RunRecord,
    RunStatus,
    Sample,
    SampleKind,
    SampleStatus,
    TokensSource,
)
from tui.text.cells import cells_of, cut_name

SMALL, MEDIUM = builders.model("small", practice=True), builders.model("medium")
RAG = builders.prompts()[0]
DEATH = ExitCause(kind=ExitKind.OUT_OF_MEMORY, reason="ended by the system", stderr_tail=("std::bad_alloc",))


def run_of(*models: Model, purpose: Purpose = Purpose.BENCHMARK) -> RunRecord:
    plan = Plan(models=models, prompts=(RAG,), method=Method(mode=Mode.SIDE_BY_SIDE), purpose=purpose)
    return replace(builders.run_record(*models), plan=plan, loads=(), samples=(), status=RunStatus.RUNNING)


def started(*models: Model, purpose: Purpose = Purpose.BENCHMARK) -> Event:
    return events.RunStarted(run=run_of(*models, purpose=purpose), total_samples=len(models))


def sample_started(key: str, kind: SampleKind = SampleKind.ROUND, round_number: int = 2) -> Event:
    return events.SampleStarted(key=key, prompt=RAG, kind=kind, round=round_number)


def text(key: str, words: str, *, reasoning: bool = False, arrivals: int = 11, last_ms: float = 300) -> Event:
    return events.TextReceived(
        key=key, text=words, reasoning=reasoning, arrivals=arrivals, last_ns=round(last_ms * 1e6)
    )


def finished(sample: Sample) -> Event:
    return events.SampleFinished(key=sample.key, sample=sample, done_samples=1)


def read(**rss_mib: int) -> Event:
    rss = {key: value * MIB for key, value in rss_mib.items()}
    return events.MemoryRead(
        reading=MemoryReading(at_s=1, total_bytes=1, available_bytes=1, swap_used_bytes=0, rss_bytes=rss)
    )


def followed(*happened: Event, purpose: Purpose = Purpose.BENCHMARK) -> StreamState:
    """Return the state of the small model after these events, each a second after the one before."""
    state = StreamState("small", purpose)
    for second, event in enumerate(happened):
        state.follow(event, float(second))
    return state


def server_loads(waited_s: float, *, over: bool = False) -> Event:
    return events.ModelWaiting(key="small", waited_s=waited_s, limit_s=300, over=over)


def server_asks(limit_s: float) -> Event:
    return events.ModelWaiting(key="small", waited_s=0, limit_s=limit_s, asked=True)


LOADING = events.ModelLoading(key="small", model=SMALL, launch=1)
LOADED = events.ModelLoaded(key="small", load=builders.load("small", load_ms=350))
FIRST = events.FirstToken(key="small", ttft_ns=200_000_000)
CUT = builders.sample("small", times=builders.timeline(tokens=150, finish_reason=FinishReason.LENGTH))


@pytest.mark.parametrize(
    ("followed_events", "words"),
    [
        ((), "queued"),
        ((LOADING,), "loading 3.20 s"),
        ((LOADING, LOADED), "loaded in 350 ms"),
        ((LOADING, LOADED, sample_started("small")), "waiting 1.20 s"),
        ((LOADING, server_loads(1)), "waiting for the server to load its model, 3 s of at most 300 s"),
        ((LOADING, LOADED, sample_started("small"), server_loads(12)),
         "waiting for the server to load its model, 12 s of at most 300 s"),
        ((sample_started("small"), server_loads(9), server_loads(10, over=True)), "waiting 1.20 s"),
        ((sample_started("small"), server_loads(9), FIRST), "streaming"),
        ((sample_started("small"), server_asks(12)), "the server asks to wait 12 s, 10 s left"),
        ((sample_started("small"), server_asks(1.5)), "waiting 0.70 s"),
        ((sample_started("small"), FIRST), "streaming"),
        ((sample_started("small"), FIRST, finished(builders.sample("small"))), "done"),
        ((sample_started("small"), FIRST, finished(CUT)), "cut at 150 tokens"),
        ((sample_started("small"), finished(builders.failed_sample("small"))), "failed: crashed: signal 9"),
        ((LOADING, events.ModelDied(key="small", load=builders.load("small"), cause=DEATH, skipped_samples=3)),
         "out of memory: ended by the system"),
        ((LOADING, LOADED, events.ModelUnloaded(key="small")), "ready"),
    ],
)  # fmt: skip
def test_state_in_words(followed_events: Sequence[Event], words: str) -> None:
    assert followed(*followed_events).status_text(now_s=3.2) == words


def test_a_stopped_run_stops_what_was_not_done() -> None:
    end = events.RunFinished(run=run_of(SMALL), status=RunStatus.STOPPED)
    assert followed(sample_started("small"), FIRST, end).status_text(9) == "stopped"
    assert followed(end).status_text(9) == "stopped"
    assert followed(sample_started("small"), FIRST, finished(builders.sample("small")), end).status_text(9) == "done"


def test_numbers_while_waiting_streaming_and_done() -> None:
    state = followed(sample_started("small"), read(small=180))
    assert (state.figures().ttft, state.figures().tokens, state.figures().rate) == ("-", "", "")
    state.follow(FIRST, 1)
    assert state.figures().ttft == "200 ms"
    state.follow(text("small", "words", arrivals=11, last_ms=300), 2)
    live = state.figures()
    assert (live.ttft, live.tokens, live.rate, live.peak_rss) == ("200 ms", "~11", "~100 tok/s", "180 MiB")
    sample = builders.sample("small")
    state.follow(finished(sample), 3)
    done = state.figures()
    rate = metrics.decode_tok_s(sample.timeline)
    assert rate is not None
    assert (done.ttft, done.tokens, done.rate) == ("200 ms", "21", f"{rate:.1f} tok/s")
    assert done.peak_rss == "100 MiB"


def test_a_queued_model_shows_no_peak_of_a_process_that_has_ended() -> None:
    before = followed(read(small=871))
    assert before.figures().peak_rss == "871 MiB"
    before.follow(read(), 1)
    assert before.figures().peak_rss == ""
    assert followed(read(small=871), LOADING).figures().peak_rss == ""


def test_what_is_estimated_or_unsure_is_marked() -> None:
    sample = builders.sample("small")
    guessed = replace(sample, timeline=replace(sample.timeline, tokens_source=TokensSource.ESTIMATED))
    assert followed(finished(guessed)).figures().tokens == "~21"
    assert followed(finished(guessed)).figures().rate.startswith("~")
    flagged = replace(sample, flags=(RATE_UNSURE,))
    assert followed(finished(flagged)).figures().rate.endswith("tok/s?")


def test_the_next_sample_begins_with_no_numbers() -> None:
    state = followed(sample_started("small"), FIRST, finished(builders.sample("small")), sample_started("small"))
    assert (state.figures().ttft, state.figures().tokens, state.stage) == ("-", "", StreamStage.WAITING)


def test_prompt_and_round_are_named_in_a_benchmark() -> None:
    assert followed(sample_started("small")).context == f"{RAG.id} · round 2"
    assert followed(sample_started("small", SampleKind.WARMUP)).context == f"{RAG.id} · warm-up"
    assert followed(sample_started("small", SampleKind.COLD)).context == f"{RAG.id} · cold"
    assert followed(sample_started("small"), purpose=Purpose.ASK).context == ""
    assert followed(sample_started("small", SampleKind.COLD), purpose=Purpose.ASK).context == "cold"


def test_pace_slows_down_when_ticks_are_late_and_recovers() -> None:
    pace, now_s = RepaintPace(), 0.0
    for _ in range(100):
        pace.tick(now_s := now_s + 0.1)
    assert pace.ticks == 1
    for _ in range(10):
        pace.tick(now_s := now_s + 0.3)
    assert pace.ticks == 4
    for _ in range(1000):
        pace.tick(now_s := now_s + 0.1)
    assert pace.ticks == 1
    pace.reset()
    pace.tick(now_s + 60)
    assert pace.ticks == 1


class StreamsApp(App[None]):
    CSS = "StreamsPane { height: 20; border: round white; }"

    def compose(self) -> ComposeResult:
        yield StreamsPane()

    @property
    def pane(self) -> StreamsPane:
        return self.query_one(StreamsPane)

    def tell(self, *happened: Event) -> None:
        for event in happened:
            self.pane.show(event)

    @property
    def columns(self) -> list[StreamColumn]:
        return list(self.query(StreamColumn))

    @property
    def seen(self) -> list[str]:
        return [column.model.key for column in self.columns if column.display and column.size.width]

    def header(self, key: str) -> str:
        """Return the rows above an answer."""
        header = next(column for column in self.columns if column.model.key == key).header
        return "\n".join(header.render_line(y).text.rstrip() for y in range(header.size.height))

    def answer(self, key: str) -> str:
        """Return what has been painted of an answer."""
        return next(column for column in self.columns if column.model.key == key).tail.text


async def settled(app: StreamsApp) -> None:
    """Wait until all events are painted."""
    await until(lambda: app.pane.idle)


async def test_says_what_to_do_while_there_is_nothing() -> None:
    app = StreamsApp()
    async with app.run_test() as pilot:
        hint = app.query_one(".streams--hint", Static)
        assert HINT in str(hint.visual)
        assert hint.display
        app.pane.prepare([SMALL])
        await pilot.pause()
        assert not hint.display
        assert app.seen == ["small"]
        assert "practice model" in app.header("small")
        assert "ready" in app.header("small")


async def test_a_run_from_loading_to_done() -> None:
    app = StreamsApp()
    async with app.run_test():
        app.tell(started(SMALL, MEDIUM), LOADING)
        await until(lambda: re.search(r"loading \d+\.\d", app.header("small")))
        earlier = app.header("small")
        await until(lambda: app.header("small") != earlier)
        assert "queued" in app.header("medium")
        app.tell(LOADED, sample_started("small"))
        await until(lambda: re.search(r"waiting \d+\.\d", app.header("small")))
        assert "rag · round 2" in app.header("small")
        app.tell(FIRST, text("small", "An ans"), text("small", "wer."))
        assert "streaming" in app.header("small")
        assert "TTFT 200 ms" in app.header("small"), "the first token is told at once, the rest on a tick"
        await until(lambda: "~11 tok" in app.header("small"))
        assert app.answer("small") == "An answer."
        app.tell(finished(builders.sample("small")))
        await settled(app)
        assert "done" in app.header("small")
        assert "21 tok" in app.header("small")
        assert "~" not in app.header("small")
        assert "peak 100 MiB" in app.header("small")


async def test_text_is_painted_on_ticks_and_never_lost() -> None:
    app = StreamsApp()
    models = [builders.model(f"model-{number}") for number in range(4)]
    async with app.run_test():
        app.tell(started(*models), *(sample_started(model.key) for model in models))
        expected: dict[str, str] = {model.key: "" for model in models}
        for number in range(500):
            for model in models:
                piece = f"{model.key}:{number} "
                expected[model.key] += piece
                app.tell(text(model.key, piece))
        assert all(app.answer(model.key) == "" for model in models), "nothing is painted before a tick"
        assert app.pane.current_answer() == expected["model-0"], "but nothing waits to be copied"
        app.tell(*(finished(builders.sample(model.key)) for model in models))
        await settled(app)
        assert {model.key: app.answer(model.key) for model in models} == expected


async def test_the_next_sample_clears_the_text() -> None:
    app = StreamsApp()
    async with app.run_test():
        app.tell(started(SMALL), sample_started("small"), FIRST, text("small", "first answer"))
        await until(lambda: app.answer("small"))
        app.tell(finished(builders.sample("small")), sample_started("small"))
        assert app.pane.current_answer() == ""
        app.tell(FIRST, text("small", "second"))
        await until(lambda: app.answer("small") == "second")


async def test_text_that_was_not_painted_in_time_does_not_get_into_the_next_sample() -> None:
    app = StreamsApp()
    async with app.run_test():
        app.tell(started(SMALL), sample_started("small"), FIRST, text("small", "old"))
        app.tell(finished(builders.sample("small")), sample_started("small"), FIRST, text("small", "new"))
        await until(lambda: app.answer("small"))
        assert app.answer("small") == "new"


async def test_the_end_of_a_run_and_memory_reach_every_column() -> None:
    app = StreamsApp()
    async with app.run_test():
        app.tell(started(SMALL, MEDIUM), sample_started("small"), sample_started("medium"))
        app.tell(read(small=300, medium=400))
        await until(lambda: "peak 300 MiB" in app.header("small") and "peak 400 MiB" in app.header("medium"))
        app.tell(events.RunFinished(run=run_of(SMALL, MEDIUM), status=RunStatus.STOPPED))
        await settled(app)
        assert all("stopped" in app.header(key) for key in ("small", "medium"))


async def test_reasoning_is_kept_apart() -> None:
    app = StreamsApp()
    async with app.run_test():
        app.tell(started(SMALL), sample_started("small"), FIRST)
        app.tell(text("small", "hm", reasoning=True), text("small", "Yes."), text("small", "!"))
        await until(lambda: app.answer("small"))
        assert app.columns[0].tail.reasoning == "hm"
        assert app.pane.current_answer() == "Yes.!"


async def test_a_death_is_told_in_red_with_its_last_words() -> None:
    app = StreamsApp()
    async with app.run_test():
        app.tell(started(SMALL), sample_started("small"), FIRST, text("small", "half an ans"))
        verdict = replace(DEATH, peak_rss_bytes=500 << 20, advice=("unload other", "use tiny"))
        load = replace(builders.load("small"), forecast_bytes=700 << 20)
        app.tell(events.ModelDied(key="small", load=load, cause=verdict, skipped_samples=2))
        await settled(app)
        assert "out of memory: ended by the system" in app.header("small")
        header = app.query_one(ColumnHeader)
        colour = next(iter(header.render_line(1))).style
        assert colour is not None
        assert colour.color == header.get_component_rich_style("header--failed").color
        tail = app.columns[0].tail
        shown = [tail.render_line(y).text.rstrip() for y in range(9)]
        assert shown == [
            "half an ans",
            "out of memory: ended by the system",
            "peak 500 MiB, forecast 700 MiB",
            "",
            "You could",
            "- unload other",
            "- use tiny",
            "",
            "std::bad_alloc",
        ]
        assert tail.text == "half an ans"


async def test_a_column_that_has_been_removed_can_still_be_asked_for_its_rows() -> None:
    app = StreamsApp()
    async with app.run_test() as pilot:
        app.tell(started(SMALL), sample_started("small"), FIRST, text("small", "gone"))
        await settled(app)
        (column,) = app.columns
        app.pane.prepare([builders.model("other")])
        await until(lambda: not column.tail.is_attached)
        await pilot.pause()
        for widget in (column, column.header, column.tail):
            assert widget.render_lines(Region(0, 0, 20, 3)) == []


async def test_a_verdict_with_escapes_is_shown_not_obeyed() -> None:
    app = StreamsApp()
    async with app.run_test():
        verdict = ExitCause(kind=ExitKind.REFUSED, reason="bad\x1b[2J\nmodel [bold]")
        app.tell(started(SMALL))
        app.tell(events.ModelDied(key="small", load=builders.load("small"), cause=verdict, skipped_samples=2))
        await settled(app)
        assert "refused: bad␛[2J model [bold]" in app.header("small")


async def test_many_models_the_running_one_is_seen() -> None:
    app = StreamsApp()
    models = [builders.model(f"model-{number}") for number in range(7)]
    async with app.run_test(size=(120, 30)) as pilot:
        app.tell(started(*models))
        await pilot.pause()
        assert app.seen == ["model-0", "model-1", "model-2", "model-3"]
        assert "3 more" in str(app.pane.border_subtitle)
        for model in models:
            app.tell(events.ModelLoading(key=model.key, model=model, launch=1), sample_started(model.key))
            app.tell(text(model.key, f"I am {model.key}"), finished(builders.sample(model.key)))
            await pilot.pause()
            assert model.key in app.seen
            assert len(app.seen) == 4
        await settled(app)
        assert app.answer("model-0") == "I am model-0"
        app.tell(sample_started("model-0"))
        await pilot.pause()
        assert app.seen == ["model-0", "model-1", "model-2", "model-3"]


async def test_a_narrow_pane_shows_fewer_columns_and_left_and_right_reach_the_others() -> None:
    app = StreamsApp()
    models = [builders.model(f"model-{number}") for number in range(3)]
    async with app.run_test(size=(42, 30)) as pilot:
        app.pane.prepare(models)
        await pilot.pause()
        assert app.seen == ["model-0", "model-1"]
        app.columns[1].tail.focus()
        await pilot.press("right")
        await pilot.pause()
        assert app.seen == ["model-1", "model-2"]
        assert app.columns[2].tail.has_focus
        await pilot.press("left", "left")
        await pilot.pause()
        assert app.seen == ["model-0", "model-1"]
        await pilot.resize_terminal(120, 30)
        await pilot.pause()
        assert app.seen == ["model-0", "model-1", "model-2"]


async def test_the_focused_answer_is_the_current_one() -> None:
    app = StreamsApp()
    async with app.run_test() as pilot:
        assert app.pane.current_answer() == ""
        app.tell(started(SMALL, MEDIUM), sample_started("small"), sample_started("medium"))
        app.tell(text("small", "from small"), text("medium", "from medium"))
        await until(lambda: app.answer("medium"))
        assert app.pane.current_answer() == "from small"
        app.columns[1].tail.focus()
        await pilot.pause()
        assert app.pane.current_answer() == "from medium"


async def test_the_same_models_again_keep_their_columns_and_others_replace_them() -> None:
    app = StreamsApp()
    async with app.run_test() as pilot:
        app.pane.prepare([SMALL, MEDIUM])
        await pilot.pause()
        before = app.columns
        app.tell(started(SMALL, MEDIUM), sample_started("small"), text("small", "old"))
        app.pane.prepare([SMALL, MEDIUM])
        assert app.columns == before
        assert app.pane.current_answer() == ""
        app.tell(started(SMALL, MEDIUM), sample_started("small"), text("small", "old"))
        await until(lambda: app.answer("small") == "old")
        app.pane.prepare(())
        await pilot.pause()
        assert (app.seen, app.query_one(".streams--hint").display) == ([], True)
        app.pane.prepare([SMALL, MEDIUM])
        await pilot.pause()
        assert (app.columns, app.seen, app.answer("small")) == (before, ["small", "medium"], "")
        app.pane.prepare([MEDIUM])
        await pilot.pause()
        assert app.seen == ["medium"]


async def test_events_of_strangers_and_early_events_do_no_harm() -> None:
    app = StreamsApp()
    pane = StreamsPane()
    for event in every_event("small"):
        pane.show(event)
    pane.prepare([SMALL])
    pane.show(text("small", "early"))
    async with app.run_test() as pilot:
        app.tell(*every_event("unknown"))
        await app.mount(pane)
        await pilot.pause()
        await until(lambda: pane.current_answer() == "early" and pane.idle)


async def test_rests_when_nothing_changes() -> None:
    app = StreamsApp()
    async with app.run_test():
        app.tell(started(SMALL), LOADING)
        await until(lambda: re.search(r"loading (0\.[6-9]|[1-9])", app.header("small")))
        assert not app.pane.idle, "the counter goes on"
        app.tell(LOADED, sample_started("small"), FIRST, finished(builders.sample("small")))
        await settled(app)


async def test_the_end_is_painted_also_where_ticks_come_late(monkeypatch: pytest.MonkeyPatch) -> None:
    app = StreamsApp()
    async with app.run_test():
        app.tell(started(SMALL), LOADING, LOADED, sample_started("small"), FIRST, text("small", "An answer."))
        await until(lambda: "~11 tok" in app.header("small"))
        late_s = itertools.count(1000)
        monkeypatch.setattr("tui.panes.streams.pane.monotonic", lambda: float(next(late_s)))
        app.tell(finished(builders.sample("small")))
        await settled(app)
        assert "done" in app.header("small")


@pytest.mark.parametrize("size", [(10, 5), (30, 8), (52, 20), (80, 24), (200, 60)])
async def test_every_size_shows_the_numbers_that_fit(size: tuple[int, int]) -> None:
    app = StreamsApp()
    async with app.run_test(size=size) as pilot:
        app.tell(started(SMALL), sample_started("small"), FIRST, text("small", "words"))
        app.tell(finished(builders.sample("small")))
        await settled(app)
        await pilot.pause()
        header = app.query_one(ColumnHeader)
        assert all(len(header.render_line(y).text) == header.size.width for y in range(header.size.height))
        if size[0] >= 30:
            for figure in ("TTFT 200 ms", "21 tok", "tok/s", "peak 100 MiB"):
                assert figure in app.header("small")


def every_event(key: str) -> Iterable[Event]:
    failed = replace(builders.sample(key), status=SampleStatus.FAILED)
    yield events.ModelLoading(key=key, model=SMALL, launch=1)
    yield events.ModelLoaded(key=key, load=builders.load(key))
    yield sample_started(key)
    yield events.FirstToken(key=key, ttft_ns=1)
    yield text(key, "x")
    yield finished(failed)
    yield events.ModelDied(key=key, load=builders.load(key), cause=DEATH, skipped_samples=1)
    yield events.ModelUnloaded(key=key)
    yield read(unknown=1)
    yield events.Notice(text="words")
    yield events.RunFinished(run=run_of(SMALL), status=RunStatus.DONE)


def drawn(app: StreamsApp, index: int = 0) -> list[str]:
    tail = app.columns[index].tail
    rows = [tail.render_line(y).text[: tail.size.width - 1].rstrip() for y in range(tail.size.height)]
    return [row for row in rows if row]


async def test_a_whole_answer_is_laid_out_and_its_source_and_reasoning_are_a_key_away() -> None:
    app = StreamsApp()
    async with app.run_test() as pilot:
        app.tell(started(SMALL, MEDIUM, purpose=Purpose.ASK), sample_started("small"), sample_started("medium"), FIRST)
        app.tell(text("small", "so I think", reasoning=True), text("small", "# Head\n\n| a | b |\n|-|-|\n| 1 | 2 |"))
        await until(lambda: "| a | b |" in drawn(app))
        app.tell(finished(builders.sample("small")))
        laid_out = ["▸ 3 words of reasoning: F shows them", "Head", "a  b", "─  ─", "1  2"]
        await until(lambda: drawn(app) == laid_out)
        assert app.pane.current_answer().startswith("# Head"), "what is copied is as it was written"
        app.pane.toggle_source()
        app.pane.toggle_reasoning()
        await pilot.pause()
        assert drawn(app)[:3] == ["so I think", "# Head", "| a | b |"]
        app.pane.toggle_source()
        app.tell(sample_started("small"), FIRST, text("small", "**new** answer"))
        await until(lambda: drawn(app) == ["new answer"])


async def test_a_whole_answer_is_shown_from_its_beginning_unless_the_reader_has_scrolled() -> None:
    app = StreamsApp()
    long = "\n\n".join(f"line {number}" for number in range(40))
    turn = events.SampleStarted(key="small", prompt=RAG, kind=SampleKind.ROUND, round=1, turn=2)
    async with app.run_test() as pilot:
        for begins, top in ((sample_started("small"), "line 0"), (turn, f"❯ {RAG.text}"[:20])):
            if begins is not turn:
                app.tell(started(SMALL, MEDIUM, purpose=Purpose.ASK))
            app.tell(begins, FIRST, text("small", long))
            await until(lambda: drawn(app)[-1:] == ["line 39"])
            app.tell(finished(builders.sample("small", text=long)))
            await until(lambda top=top: drawn(app)[:1] and drawn(app)[0].startswith(top))
        app.tell(sample_started("small"), FIRST, text("small", long))
        await until(lambda: drawn(app)[-1:] == ["line 39"])
        app.columns[0].tail.focus()
        await pilot.press("up")
        place = drawn(app)[0]
        app.tell(finished(builders.sample("small", text=long)))
        await settled(app)
        assert drawn(app)[0] == place != "line 0"


async def test_nothing_is_laid_out_while_models_are_measured() -> None:
    app = StreamsApp()
    async with app.run_test():
        app.tell(started(SMALL), sample_started("small"), FIRST, text("small", "# Head\n- item"))
        app.tell(finished(builders.sample("small")))
        await settled(app)
        assert drawn(app) == ["Head", "- item"]
        app.tell(events.RunFinished(run=run_of(SMALL), status=RunStatus.DONE))
        await until(lambda: drawn(app) == ["Head", "• item"])


async def test_a_failure_is_told_in_full_and_never_with_a_traceback() -> None:
    app = StreamsApp()
    reason = "refused: the adapter raised ValueError: " + "this model wants a GPU with 80 GiB " * 4
    lines = ("loading weights", "Traceback (most recent call last):", '  File "a.py", line 3, in load', "    go()")
    verdict = ExitCause(
        kind=ExitKind.REFUSED, reason=reason.partition(": ")[2], stderr_tail=(*lines, "ValueError: this model wants")
    )
    async with app.run_test(size=(60, 30)):
        failed = replace(builders.sample("small"), status=SampleStatus.FAILED, error=reason.strip(), text="")
        app.tell(started(SMALL, MEDIUM, purpose=Purpose.ASK), sample_started("small"), finished(failed))
        app.tell(
            events.ModelDied(key="small", load=builders.load("small"), cause=verdict, skipped_samples=0),
            events.RunFinished(run=run_of(SMALL, MEDIUM), status=RunStatus.DONE),
        )
        await settled(app)
        words = " ".join(drawn(app))
        assert reason.strip() in words
        assert "loading weights" in words
        assert "Traceback" not in words
        assert "a.py" not in words


async def test_columns_scroll_together_if_that_is_wanted() -> None:
    app = StreamsApp()
    async with app.run_test() as pilot:
        app.tell(started(SMALL, MEDIUM, purpose=Purpose.ASK))
        for key in ("small", "medium"):
            app.tell(sample_started(key), text(key, "\n\n".join(f"{key} {number}" for number in range(90))))
        await settled(app)
        app.columns[0].tail.focus()
        await pilot.press("home")
        assert (drawn(app, 0)[0], drawn(app, 1)[0] == "medium 0") == ("small 0", False)
        assert app.pane.toggle_together()
        await pilot.press("pagedown", "home")
        await pilot.pause()
        assert drawn(app, 1)[0] == "medium 0"


def test_a_long_name_keeps_what_tells_it_from_others() -> None:
    four, eight = (f"localhost:18765/meta-llama/Llama-3.1-8B-Instruct-GGUF-Q{bits}" for bits in (4, 8))
    assert (cut_name(four, 18), cut_name(eight, 18)) == ("Llama-3.…t-GGUF-Q4", "Llama-3.…t-GGUF-Q8")
    assert cut_name("localhost:8080/smollm2", 16) == "…st:8080/smollm2"
    assert cut_name("phi-4-mini-instruct-generic-gpu", 20) == "phi-4-min…eneric-gpu"
    assert cut_name("qwen", 6) == "qwen  "
    for cells in range(40):
        assert cells_of(cut_name(four, cells)) == cells
        assert cells_of(cut_name("模型" * 20, cells)) == cells
