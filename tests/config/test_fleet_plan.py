"""A plan as a file: what is written is read again, and what anybody may have written is refused in one sentence."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui import __version__
from tui.config.consent import agreed, decide
from tui.config.fleet.plan_file import consent_request, read_plan
from tui.config.fleet.plan_text import plan_text
from tui.json_file import ConfigError
from tui.records import Endpoint, Method, Mode, Order, Prompt
from tui.records.engine_traits import ADAPTER, ENDPOINT, FOUNDRY
from tui.records.fleet.plan import FleetPlan, PlannedModel
from tui.records.grading import Grader, GraderKind, Likeness
from tui.records.quality import Facet, FacetKind

CHOICE = Grader(kind=GraderKind.CHOICE, name="fruit", labels=("A", "B"), choices=("apple", "pear"), right="A")
FULL = FleetPlan(
    models=(
        PlannedModel(alias="tiny", engine=FOUNDRY, variant="cpu", model_id="tiny:1", size_bytes=5, content="0" * 64),
        PlannedModel(alias="tiny", engine=FOUNDRY, run_on="gpu", context_limit_tokens=512, chunk_tokens=64),
        PlannedModel(alias="office/mistral-7b", engine=ENDPOINT, model_id="mistral-7b"),
        PlannedModel(alias="own", engine=ADAPTER, code="my_engine:Engine"),
    ),
    prompts=(
        Prompt(
            id="rag",
            text="Summarize\u202e this | `now` <script>",
            system="Be short.",
            max_tokens=20,
            facets=(
                Facet(kind=FacetKind.WORDS, any_of=("Friday", "Monday"), name="day"),
                Facet(kind=FacetKind.PATTERNS, any_of=("a+b",)),
                Facet(kind=FacetKind.JSON),
                Facet(kind=FacetKind.MAX_SENTENCES, limit=2),
                Facet(kind=FacetKind.LANGUAGE, any_of=("en",)),
                Facet(kind=FacetKind.MAX_WORDS, limit=60),
                Facet(kind=FacetKind.BULLETS, limit=3),
                Facet(kind=FacetKind.FORBIDDEN, any_of=("as an AI",)),
            ),
            graders=(
                Grader(kind=GraderKind.NUMBER, name="sum", number=4.5, tolerance_share=0.07, units=("kg", "kilo")),
                Grader(kind=GraderKind.CHOICE, labels=("A", "B", "C", "D"), right="B"),
                Grader(kind=GraderKind.SCHEMA, schema='{"type": "object"}'),
                Grader(kind=GraderKind.VALUES, values='{"a": 1}'),
                Grader(kind=GraderKind.REFERENCE, answers=("yes",), likeness=Likeness.F1, at_least=0.5),
                Grader(kind=GraderKind.IN_ORDER, in_order=(("a", "b"), ("c",))),
                Grader(kind=GraderKind.TOOL_CALL, tool="search", schema='{"type": "object"}'),
                Grader(kind=GraderKind.CODE, tests=("assert f(1) == 2",), seconds=3.0, memory_mb=64),
            ),
            rubric=("a", "b", "c", "d", "e"),
        ),
        Prompt(id="choices", text="Which?", graders=(CHOICE, Grader(kind=GraderKind.TOOL_CALL))),
    ),
    method=Method(rounds=7, mode=Mode.SIDE_BY_SIDE, order=Order.BLOCKS, seed=3, until_interval=0.03, max_rounds=9),
    servers=(Endpoint(name="office", url="http://office:8080/v1", api_key_env="OFFICE_KEY"),),
    memory_floor_bytes=1 << 30,
    force=True,
)


def written(folder: Path, content: object) -> Path:
    file = folder / "plan.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def members(plan: FleetPlan = FULL) -> dict[str, Any]:
    """Return the members of a plan without its id, so that they can be changed."""
    parsed: dict[str, Any] = json.loads(plan_text(plan))
    del parsed["id"]
    return parsed


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path, plan_text(FULL)))
    assert (replace(plan, id="", benchtop=""), plan.benchtop) == (FULL, __version__)
    assert len(plan.id) == 16
    assert json.loads(plan_text(plan)) == json.loads(plan_text(FULL))


def test_the_id_stands_for_the_content_alone(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path, plan_text(FULL)))
    other_version = members() | {"benchtop": "99.0"}
    assert read_plan(written(tmp_path, other_version)).id == plan.id
    turned = dict(reversed(other_version.items()))
    assert read_plan(written(tmp_path, turned)).id == plan.id
    more = replace(FULL, method=replace(FULL.method, rounds=8))
    assert read_plan(written(tmp_path, plan_text(more))).id != plan.id
    changed = members(more) | {"id": plan.id}
    with pytest.raises(ConfigError, match="was changed since it was made"):
        read_plan(written(tmp_path, changed))


@pytest.mark.usefixtures("own_home")
def test_servers_and_code_need_the_consent_of_the_machine(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path, plan_text(FULL)))
    request = consent_request(plan)
    assert request is not None
    assert request.requests == (
        "the server office at http://office:8080/v1, with the key in OFFICE_KEY",
        "the code my_engine:Engine for the model own",
        "the tests in Python of the prompt rag",
    )
    assert agreed(request) is None
    decide(request, yes=True)
    assert agreed(request)
    elsewhere = replace(plan, servers=(Endpoint(name="office", url="http://elsewhere/v1"),))
    other = consent_request(elsewhere)
    assert other is not None
    assert not agreed(other)
    assert consent_request(replace(plan, servers=(), models=FULL.models[:2], prompts=FULL.prompts[1:])) is None


BAD: dict[str, tuple[Any, str]] = {
    "no plan": ([], "is no plan"),
    "schema": ({"plan": 99}, "has schema 99, but this Benchtop reads 1"),
    "no models": ({"models": []}, "has 0 models"),
    "too many": ({"models": [{"alias": f"m{n}", "engine": "foundry"} for n in range(1001)]}, "has 1,001 models"),
    "twice": ({"models": [{"alias": "a", "engine": "foundry"}] * 2}, "stands twice"),
    "engine": ({"models": [{"alias": "a", "engine": "shell"}]}, "one of foundry, endpoint, adapter"),
    "alias": ({"models": [{"alias": "a,b", "engine": "foundry"}]}, "without spaces, commas"),
    "a path": ({"models": [{"alias": "a", "engine": "foundry", "folder": "/etc"}]}, "is not a known key"),
    "code": ({"models": [{"alias": "a", "engine": "adapter", "code": "os; rm -rf"}]}, "a class, as module:Class"),
    "code of another": ({"models": [{"alias": "a", "engine": "foundry", "code": "os:x"}]}, '"code" belongs to'),
    "hash": ({"models": [{"alias": "a", "engine": "foundry", "content": "x"}]}, "a SHA-256"),
    "server": ({"servers": {}}, 'a server that "servers" lacks'),
    "address": ({"servers": {"office": {"url": "file:///etc/passwd"}}}, "is no address"),
    "key": ({"servers": {"office": {"url": "http://a", "api_key_env": "A B"}}}, "the name of an environment variable"),
    "no prompts": ({"prompts": []}, "at least one prompt"),
    "pattern": ({"prompts": [{"text": "a", "expect": {"patterns": ["(a"]}}]}, "regular expression"),
    "rounds": ({"method": {"rounds": 0}}, "a whole number of rounds from 1 up"),
    "endless": ({"method": {"cool_down_s": 1e9}}, "at most a million"),
    "mode": ({"method": {"mode": "all"}}, "one of one_by_one, side_by_side"),
    "at once": ({"method": {"concurrency": [2, 1]}}, "ascending numbers"),
    "unknown": ({"method": {"roundz": 1}}, 'write "rounds"'),
    "sweep": ({"method": {"sweep": "prompt"}}, "no steps of one"),
    "limit": ({"limits": {"memory_limit_bytes": -1}}, "a whole number of bytes"),
    "timeout": ({"limits": {"load_timeout_s": 0}}, "above 0"),
}


@pytest.mark.parametrize(("change", "sentence"), BAD.values(), ids=BAD)
def test_a_wrong_plan_is_refused_in_one_sentence(change: Any, sentence: str, tmp_path: Path) -> None:
    content: Any = [] if change == [] else members() | change
    with pytest.raises(ConfigError) as refused:
        read_plan(written(tmp_path, content))
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def keys_of(place: Any) -> list[Any]:
    """Return the keys or indices of a part of JSON; a single value has none."""
    if isinstance(place, dict):
        return list(cast("dict[str, Any]", place))
    return list(range(len(cast("list[Any]", place)))) if isinstance(place, list) else []


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_plan_does_anything_but_be_read_or_refused(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    parsed = copy.deepcopy(members())
    place: Any = parsed
    while True:
        key = data.draw(st.sampled_from(keys_of(place)))
        if not keys_of(place[key]) or data.draw(st.booleans()):
            place[key] = data.draw(JUNK)
            break
        place = place[key]
    file = written(tmp_path_factory.getbasetemp(), parsed)
    with suppress(ConfigError):
        read_plan(file)
