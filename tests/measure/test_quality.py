"""What answers are expected to have: read from the file, checked without a model, and shown check by check."""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import model, run_record
from tui.config import ConfigError, load_config, load_prompts
from tui.measure.answers import patterns, quality
from tui.measure.answers.language import language_of
from tui.records import Prompt, RunRecord, SampleStatus
from tui.records.quality import Facet, FacetKind, RaterKind, Rating
from tui.reports.json import json_text
from tui.reports.json.reading import read_run
from tui.reports.markdown import markdown_report
from tui.store import ratings
from tui.store.history import History

ENGLISH = "The model is read from the disk, and it is kept in the memory for as long as it is used by an app."
RUBRIC = {str(score): f"words {score}" for score in range(1, 6)}


def prompt_with(tmp_path: Path, **keys: object) -> Prompt:
    file = tmp_path / "prompts.json"
    file.write_text(json.dumps([{"text": "What is a token?", **keys}]), encoding="utf-8")
    return load_prompts(file)[0]


def met(tmp_path: Path, expect: object, answer: str) -> list[bool | None]:
    return [check.met for check in quality.facet_checks(prompt_with(tmp_path, expect=expect), answer)]


def test_every_kind_of_facet_is_read_and_checked(tmp_path: Path) -> None:
    expect = {
        "words": ["disk", ["model", "engine"], {"name": "a person", "any_of": ["user"]}],
        "phrases": ["as long as"],
        "patterns": ["memor(y|ies)", "^It"],
        "max_sentences": 1,
        "language": "en",
    }
    prompt = prompt_with(tmp_path, expect=expect, rubric=RUBRIC)
    met = quality.facet_checks(prompt, ENGLISH)
    assert [check.met for check in met] == [True, True, False, True, True, False, True, True]
    assert str(met[1].facet) == 'word "model" or "engine"'
    assert str(met[2].facet) == "a person"
    assert quality.facet_score(met) == 6 / 8
    assert prompt.rubric[4] == "words 5"


@pytest.mark.parametrize(
    ("expect", "answer", "result"),
    [
        ({"words": ["art"]}, "A part of it.", False),
        ({"words": ["art"]}, "ART!", True),
        ({"phrases": ["no network"]}, "There is no\n network.", True),
        ({"json": True}, '{"a": [1, 2]}', True),
        ({"json": True}, '```json\n{"a": 1}\n```', True),
        ({"json": True}, 'Here it is: {"a": 1}', False),
        ({"json": True}, "NaN", False),
        ({"json": True}, "[" * 100_000, False),
        ({"max_sentences": 2}, "One, e.g. this. Two costs 2.5 times as much!", True),
        ({"max_sentences": 2}, "One. Two? Three", False),
        ({"max_sentences": 2}, "It has:\n\n- one\n- two", False),
        ({"min_sentences": 2, "max_sentences": 2}, "One. Two.", True),
        ({"min_sentences": 2}, "Only one.", False),
        ({"max_words": 4}, "- a well-known fact\n- x", True),
        ({"max_words": 4}, "one two three — four five", False),
        ({"min_words": 6}, "今天下雨了。", False),
        ({"max_words": 5}, "今天下雨了。", True),
        ({"max_words": 3}, "โมเดลนี้ทำงานได้เร็ว", None),
        ({"max_words": 3}, "আজ বৃষ্টি হবে।", True),
        ({"max_characters": 4}, "কিমি\n", True),
        ({"max_characters": 2}, "কিমি", True),
        ({"max_characters": 1}, "কিমি", False),
        ({"min_characters": 3}, "ab", False),
        ({"bullets": 3}, "Here:\n\n- one\n  - inner\n- two\n- three\n\n---\nDone.", True),
        ({"bullets": 2}, "১. এক\n২. দুই", True),
        ({"bullets": 2}, "一、苹果\n二、香蕉", True),
        ({"bullets": 2}, "1.5 is a number.\n-5 too.", False),
        ({"bullets": 0}, "No list - at all.", True),
        ({"forbidden": ["simply"]}, "It simplifies things.", True),
        ({"forbidden": [["as an AI", "sorry"]]}, "As an\nAI I cannot.", False),
        ({"language": "en"}, "Das Modell ist auf der Platte und wird von dem Programm in den Speicher geladen.", False),
        ({"language": "en"}, "RAM, VRAM, CPU", None),
        (
            {"language": "en"},
            f"{ENGLISH} Das Modell ist auf der Platte und wird von dem Programm für den ein geladen.",
            None,
        ),
    ],
)
def test_a_check_is_met_missed_or_cannot_be_told(
    tmp_path: Path, expect: object, answer: str, result: bool | None
) -> None:
    assert set(met(tmp_path, expect, answer)) == {result}


def test_what_cannot_be_told_counts_on_neither_side(tmp_path: Path) -> None:
    prompt = prompt_with(tmp_path, expect={"words": ["RAM"], "language": "en"})
    assert quality.facet_score(quality.facet_checks(prompt, "RAM, VRAM")) == 1.0
    assert quality.facet_score(quality.facet_checks(prompt_with(tmp_path), "RAM")) is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", ENGLISH),
        ("de", "Das Modell wird von der Platte gelesen und bleibt im Speicher, wenn es nicht zu groß für ihn ist."),
        ("fr", "Le modèle est dans la mémoire et ne sort pas de la machine, ce qui est bon pour les données."),
        ("es", "El modelo no sale de la máquina, y los datos de la empresa se quedan en el disco con una clave."),
        ("it", "Il modello non esce dalla macchina e i dati della ditta sono al sicuro nel disco con una chiave."),
        ("nl", "Het model is niet te groot voor de machine en de gegevens worden door het systeem niet gedeeld."),
        ("pt", "O modelo não sai da máquina e os dados da empresa são guardados no disco com uma chave para o uso."),
    ],
)
def test_a_language_is_told_by_its_small_words(language: str, text: str) -> None:
    assert language_of(text) == language


MISTAKES: list[tuple[dict[str, object], str]] = [
    (
        {"expect": {"patterns": ["(a"]}},
        "[1].expect.patterns[1] is no regular expression that can be used: missing )",
    ),
    ({"expect": {"patterns": [r"(a)\1"]}}, r"invalid escape sequence: \1"),
    ({"expect": {"patterns": ["(?=a)"]}}, "[1].expect.patterns[1] is no regular expression that can be used: invalid"),
    ({"expect": {"patterns": ["(?<!a)b"]}}, "invalid perl operator: (?<"),
    ({"expect": {"patterns": ["(a{999}){9}"]}}, "invalid repetition size: {9}"),
    ({"expect": {"words": ["two words"]}}, '[1].expect.words[1] is "two words", but a single word is expected'),
    ({"expect": {"wrods": ["a"]}}, '[1].expect.wrods is not a known key; write "words"'),
    ({"expect": {}}, "but at least one facet is expected"),
    ({"expect": {"words": [[]]}}, "[1].expect.words[1] is [], but a list with at least one text is expected"),
    ({"expect": {"json": "yes"}}, '[1].expect.json is "yes", but true is expected'),
    ({"expect": {"max_sentences": 0}}, "[1].expect.max_sentences is 0, but a whole number of sentences from 1 up"),
    ({"expect": {"max_words": 1.5}}, "[1].expect.max_words is 1.5, but a whole number of words from 1 up"),
    ({"expect": {"bullets": -1}}, "[1].expect.bullets is -1, but a whole number of bullets from 0 up"),
    ({"expect": {"forbidden": "no"}}, '[1].expect.forbidden is "no", but a list'),
    ({"expect": {"language": "xx"}}, "write one of en, de, fr, es, it, nl, pt"),
    ({"expect": {"words": [{"any_of": ["a"]}]}}, '[1].expect.words[1] has no "name"'),
    ({"rubric": {"1": "bad"}}, '[1].rubric has no "2"'),
    ({"rubric": {**RUBRIC, "6": "more"}}, "[1].rubric.6 is not a known key"),
]


@pytest.mark.parametrize(("keys", "sentence"), MISTAKES)
def test_a_mistake_names_prompt_and_key(tmp_path: Path, keys: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        prompt_with(tmp_path, **keys)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*a){20}b", "(x+x+)+y"])
def test_no_pattern_hangs(pattern: str) -> None:
    began = time.process_time()
    assert not patterns.matches_any([pattern], "a" * quality.MAX_CHARACTERS + "!")
    assert time.process_time() - began < 1, "Python's own engine would take years"


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("^ab", "cab", False),
        ("b$", "ab", True),
        ("b$", "ab\n", False),
        (r"(?m)b$", "ab\nc", True),
        (r"\bcat\b", "a cat.", True),
        (r"\bcat\b", "concat", False),
        ("a{2,3}b", "ab", False),
        ("a{2,3}b", "xaaab", True),
        ("[^a-c]d|e", "ad", False),
        ("colou?r", "COLOR", True),
        ("(?:ab)*?c", "c", True),
        (r"\d+ ?MiB", "12 MiB", True),
        (".", "\n", False),
        ("ÜBER", "über", True),
        ("a", "half \ud800 a pair", True),
    ],
)
def test_a_pattern_is_found_anywhere_and_in_any_case(pattern: str, text: str, expected: bool) -> None:
    assert patterns.matches_any([pattern], text) is expected


def test_the_default_prompts_say_what_they_expect() -> None:
    prompts = [prompt for prompts in load_config().prompt_sets.values() for prompt in prompts]
    assert all(prompt.facets and len(prompt.rubric) == 5 for prompt in prompts)


def with_answers(*texts: str) -> RunRecord:
    """Return a run of two models; the first answers every prompt with the first text, the second with the second."""
    run = run_record(model("tiny"), model("big"))
    facets = (Facet(kind=FacetKind.WORDS, any_of=("retrieval",)), Facet(kind=FacetKind.WORDS, any_of=("context",)))
    prompts = tuple(replace(prompt, facets=facets if prompt.id == "rag" else ()) for prompt in run.plan.prompts)
    texts_of = {of_model.key: text for of_model, text in zip(run.plan.models, texts, strict=True)}
    samples = tuple(replace(sample, text=texts_of[sample.key]) for sample in run.samples)
    return replace(run, plan=replace(run.plan, prompts=prompts), samples=samples, loads=())


def rating(answer_id: str, score: int | None, **others: Any) -> Rating:
    return replace(Rating(answer_id=answer_id, key="tiny", prompt_id="rag", score=score, rater="ann"), **others)


def test_the_same_words_are_one_answer_whoever_gave_them() -> None:
    same = quality.answers_of(with_answers("Retrieval.", "Retrieval."))
    assert [(one.prompt_id, one.keys) for one in same] == [
        ("rag", ("tiny", "big")),
        ("privacy", ("tiny", "big")),
    ]
    assert same[0].answer_id != same[1].answer_id, "the same words to another question are another answer"
    apart = quality.answers_of(with_answers("Retrieval.", "Context."))
    assert [answer.keys for answer in apart] == [("tiny",), ("big",)] * 2
    assert apart[0].answer_id == same[0].answer_id
    run = with_answers("Retrieval.", " ")
    failed = replace(run, samples=tuple(replace(sample, status=SampleStatus.FAILED) for sample in run.samples))
    assert quality.answers_of(failed) == ()


def test_the_quality_of_a_model_holds_facets_people_and_judges_apart() -> None:
    run = with_answers("Retrieval.", "Retrieval of context.")
    rag_tiny, rag_big, *_ = quality.answers_of(run)
    given = [
        rating(rag_tiny.answer_id, 1),
        rating(rag_tiny.answer_id, 4),
        rating(rag_tiny.answer_id, 2, rater="bob"),
        rating(rag_tiny.answer_id, 5, rater="big", kind=RaterKind.JUDGE),
        rating(rag_big.answer_id, None, rater="big", kind=RaterKind.JUDGE, reason="it returned 7"),
    ]
    tiny, big = quality.qualities(run, given)
    assert [(prompt.facets, prompt.human, prompt.judge) for prompt in tiny.prompts] == [
        (0.5, 0.5, 1.0),
        (None, None, None),
    ]
    assert (big.prompts[0].facets, big.prompts[0].human, big.prompts[0].judge) == (1.0, None, None)


def test_ratings_outlive_the_process_and_can_be_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    with closing(History(file)) as history:
        first = ratings.add(history, rating("a", 4, note="half \ud800 a pair", blind=True, rated_at="2026-11-22"))
        second = ratings.add(history, rating("a", None, kind=RaterKind.JUDGE, rater="big", reason="prose"))
        ratings.add(history, rating("b", 2, rater="bob"))
    with closing(History(file)) as history:
        assert ratings.ratings_of(history, ["a"]) == (first.rating, second.rating)
        assert ratings.last_rater(history) == "bob"
        ratings.remove(history, first)
        assert ratings.ratings_of(history, ["a", "b"])[0] == second.rating
        assert len(ratings.ratings_of(history, [f"n{index}" for index in range(2000)] + ["a"])) == 1


def test_expectations_stay_with_the_run(tmp_path: Path) -> None:
    run = with_answers("Retrieval.", "Context.")
    with closing(History(tmp_path / "history.sqlite3")) as history:
        history.begin(run)
        assert history.run(run.run_id).plan.prompts == run.plan.prompts
    (tmp_path / "run.json").write_text(json_text(run), encoding="utf-8")
    assert read_run(tmp_path / "run.json").plan.prompts == run.plan.prompts


def test_a_report_shows_checks_ratings_and_the_answers_folded(tmp_path: Path) -> None:
    run = with_answers("Retrieval.", "It looks up\n</td> ``` <b>context</b>.")
    tiny, big, *_ = quality.answers_of(run)
    with closing(History(tmp_path / "history.sqlite3")) as history:
        ratings.add(history, rating(tiny.answer_id, 4, blind=True, note="short | good"))
        ratings.add(history, rating(big.answer_id, None, kind=RaterKind.JUDGE, rater="tiny", reason="it returned 7"))
    rated = ratings.with_ratings_from(tmp_path / "history.sqlite3", run)
    report = markdown_report(rated)
    table = [line for line in report.splitlines() if line.startswith("| rag ")]
    assert [[cell.strip() for cell in line.strip("|").split("|")] for line in table[-2:]] == [
        ["rag", "tiny", "1 of 2", 'word "context"', "4.00 (1)", "-"],
        ["rag", "big", "1 of 2", 'word "retrieval"', "-", "no score (it returned 7)"],
    ]
    assert report.count("<details>") == report.count("</details>") == 2
    assert "- ann (human, blind) 4 of 5: short \\| good" in report
    assert '- ✗ word "retrieval"' in report
    assert "````text\nIt looks up\n</td> ``` <b>context</b>.\n````" in report
    rows = json.loads(json_text(rated))["answers"]
    assert [(row["keys"], row["facet_score"], row["human_score"]) for row in rows[:2]] == [
        (["tiny"], 0.5, 4.0),
        (["big"], 0.5, None),
    ]
    assert rows[0]["facets"][1] == {
        "facet": {"kind": "words", "any_of": ["context"], "limit": None, "name": ""},
        "met": False,
        "found": "",
    }
    assert ratings.with_ratings_from(tmp_path / "none", run) is run


def test_a_run_without_expectations_and_ratings_has_no_such_section() -> None:
    assert "## Quality" not in markdown_report(run_record(model("tiny")))
