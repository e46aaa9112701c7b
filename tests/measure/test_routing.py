"""Routing: which measured model a task goes to, and why not the others."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.builders import model, run_record
from tests.support.candidates import candidate
from tests.support.command import command_folder
from tests.support.scripted_server import serving
from tui.bench.decision.candidates import latest_candidates
from tui.bench.decision.routing import route_by_history
from tui.config import endpoint_at
from tui.console import ExitCode
from tui.library import server_models
from tui.library.availability import UNLISTED
from tui.library.origins import origin_finder
from tui.measure.decision.routing import route
from tui.records import Endpoint
from tui.records.decision import Needs, Origin
from tui.records.engine_traits import ENDPOINT
from tui.store.history import History

GIB = 1024**3


CANDIDATES = [
    replace(candidate("slow", tok_s=15, memory=GIB), capabilities=("chat", "Summarize")),
    replace(candidate("fast", tok_s=60, memory=2 * GIB), capabilities=("summarize",)),
    replace(candidate("faster", tok_s=80, memory=4 * GIB), capabilities=("summarize",)),
    replace(candidate("far", tok_s=90, memory=None), capabilities=("summarize",)),
    replace(candidate("coder", tok_s=70, memory=GIB), capabilities=("code",)),
    replace(candidate("dead"), failure="out of memory", capabilities=("summarize",)),
    replace(candidate("plain", tok_s=None, ttft_ms=None)),
]
NEEDS = Needs(capabilities=("summarize",), max_memory_bytes=3 * GIB, min_tok_s=20)


def test_the_fastest_that_does_is_taken_and_every_other_has_its_reasons() -> None:
    routing = route(CANDIDATES, NEEDS)
    assert routing.model == "fast"
    assert [fitting.key for fitting in routing.fitting] == ["fast"]
    assert {dropped.key: dropped.reasons for dropped in routing.dropped} == {
        "slow": ("its decode rate of 15.0 tok/s is below 20.0 tok/s",),
        "faster": ("its memory of 4.00 GiB is above 3.00 GiB",),
        "far": ("its memory is not known, which is not taken as fitting",),
        "coder": ("it has no tag summarize: only code",),
        "dead": ("its latest benchmark failed: out of memory",),
        "plain": ("it has no tag summarize: none is known", "its decode rate is not known"),
    }


def test_without_needs_every_model_that_did_not_fail_does() -> None:
    routing = route(CANDIDATES, Needs())
    assert [fitting.key for fitting in routing.fitting] == ["far", "faster", "coder", "fast", "slow", "plain"]
    assert [dropped.key for dropped in routing.dropped] == ["dead"]


def test_the_first_token_is_a_need_too() -> None:
    routing = route([candidate("late", ttft_ms=900), candidate("soon", ttft_ms=90, tok_s=5)], Needs(max_ttft_ms=500))
    assert routing.model == "soon"
    assert routing.dropped[0].reasons == ("its TTFT of 900 ms is above 500 ms",)
    assert route((), Needs()).model is None


def test_the_command_names_a_model_out_of_the_history(tmp_path: Path) -> None:
    folder = command_folder(tmp_path)
    chat = replace(model("small"), capabilities=("chat",))
    both = replace(model("large"), capabilities=("chat", "summarize"))
    run = run_record(chat, both)
    with closing(History(folder.history)) as history:
        history.begin(run)
    taken = folder.run("route", "--capability", "summarize", "--max-memory", "1gb", "--min-rate", "20")
    assert (taken.returncode, taken.stdout) == (ExitCode.DONE, "large\n")
    none = folder.run("route", "--min-rate", "500", "--json")
    assert none.returncode == ExitCode.MODEL_FAILED
    answer = json.loads(none.stdout)
    assert (answer["model"], [dropped["key"] for dropped in answer["dropped"]]) == (None, ["large", "small"])
    assert route_by_history(Needs(min_tok_s=40), folder.history).model == "small"


def test_only_a_model_that_can_be_run_now_is_taken_and_by_no_sweep(tmp_path: Path) -> None:
    folder = command_folder(tmp_path)
    gone = replace(model("gone"), folder=tmp_path / "deleted")
    unregistered = replace(model("unregistered"), folder=tmp_path / "kept", registered=True)
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "genai_config.json").write_text("{}")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    stopped = replace(model("pc/stopped"), endpoint=Endpoint(name="pc", url=f"http://127.0.0.1:{port}/v1"))
    sweep = run_record(model("here"), run_id="20261122-090000-aaaaaa")
    sweep = replace(sweep, plan=replace(sweep.plan, method=replace(sweep.plan.method, sweep="prompt")))
    with closing(History(folder.history)) as history:
        history.begin(run_record(gone, unregistered, stopped, model("here"), run_id="20261121-090000-aaaaaa"))
        history.begin(sweep)
        assert latest_candidates(history, lambda _: Origin(), ["here"]).runs[0].run_id == "20261121-090000-aaaaaa"
    taken = folder.run("route", "--json")
    answer = json.loads(taken.stdout)
    assert answer["model"] == "here"
    assert {dropped["key"]: dropped["reasons"] for dropped in answer["dropped"]} == {
        "gone": ["its folder is gone"],
        "pc/stopped": ["its server pc does not answer now"],
        "unregistered": ["it is not among the models of this machine now"],
    }
    assert route_by_history(Needs(), folder.history).model in {"here", "unregistered"}, "a program gets no more"
    chosen = folder.run("choose", "--models", "here,gone")
    assert "gone" not in chosen.stdout.splitlines()[-1]
    assert "here" in chosen.stdout


def test_a_server_that_is_named_decides_which_of_its_models_can_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_models, "PATIENCE_S", 60.0)
    folder = command_folder(tmp_path)
    with serving(("tiny",)) as server:
        endpoint = endpoint_at(server.url, "--endpoint")
        tiny, earlier, hidden = (
            replace(model(f"{endpoint.name}/{name}"), engine=ENDPOINT, model_id=name, endpoint=endpoint, note=note)
            for name, note in (("tiny", ""), ("earlier", ""), ("hidden", UNLISTED))
        )
        with closing(History(folder.history)) as history:
            history.begin(run_record(tiny, earlier, hidden))
        chosen = folder.run("choose", "--endpoint", server.url, "--json")
    gone = f"its server {endpoint.name} does not list it now"
    assert json.loads(chosen.stdout)["excluded"] == [{"key": earlier.key, "reason": gone}], chosen.stderr
    describe = origin_finder([tiny], {})
    assert [describe(each).unavailable for each in (tiny, earlier, hidden)] == ["", gone, ""]


def test_no_history_is_no_model_and_makes_no_file(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    assert route_by_history(Needs(), file).model is None
    assert not file.exists()
