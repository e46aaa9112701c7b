"""Graders tell right answers from wrong ones, say why, and tell partial credit apart."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tui.config import ConfigError, load_prompts
from tui.measure.answers import quality
from tui.measure.answers.scripts.normal import folded
from tui.measure.answers.scripts.words import characters_of, has_word, words_of
from tui.records.grading import Grade

SCHEMA = {
    "type": "object",
    "required": ["city", "days"],
    "properties": {"city": {"type": "string", "pattern": "^[A-Z]"}, "days": {"type": "integer"}},
}
WEATHER = {"tool": "get_weather", "arguments": {"type": "object", "properties": {"city": {"const": "Rome"}}}}
CITIES = {"right": "B", "of": ["Paris", "Rome", "New York", "York"]}


def graded(tmp_path: Path, expect: object, answer: str) -> Grade:
    file = tmp_path / "prompts.json"
    file.write_text(json.dumps([{"text": "?", "expect": expect}]), encoding="utf-8")
    (grade,) = quality.grades(load_prompts(file)[0], answer)
    return grade


RIGHT: list[tuple[object, str]] = [
    ({"number": 42}, "The answer is **42**."),
    ({"number": 42}, "<think>41 or 43?</think>42"),
    ({"number": 42}, "42. Because 6 × 7 is 42, and 40 + 2 too."),
    ({"number": 25}, "twenty-five"),
    ({"number": 320}, "三百二十"),
    ({"number": 1234.5}, "Das sind 1.234,50 €."),
    ({"number": 123456}, "1,23,456"),
    ({"number": 5}, "৫টি আপেল"),
    ({"number": 3.14}, "٣٫١٤"),
    ({"number": -5}, "x = −5"),
    ({"number": 2.5}, "2 ½ cups"),
    ({"number": 1250000}, "1.25 million"),
    ({"number": {"value": 3.33, "tolerance": 0.01}}, "10/3"),
    ({"number": {"value": 200, "tolerance": "1%"}}, "201.9"),
    ({"number": {"value": 2, "unit": "km"}}, "2,000 m"),
    ({"number": {"value": 12, "unit": ["km/h"]}}, "36 km / 3 h = 12 km/h"),
    ({"number": {"value": 12, "unit": "কিলোমিটার"}}, "মোট ১২ কিমি।"),
    ({"choice": "B"}, "(b)"),
    ({"choice": CITIES}, "Not A, but B"),
    ({"choice": CITIES}, "It is Rome."),
    ({"choice": CITIES}, "The correct answer is option (B), because Paris is in France."),
    ({"choice": {"right": "খ", "of": {"ক": "ঢাকা", "খ": "খুলনা"}}}, "উত্তর: খ"),
    ({"schema": SCHEMA}, '```json\n{"city": "Rome", "days": 3}\n```'),
    ({"values": {"city": "Rome", "who": {"name": "Ann"}}}, '{"who": {"name": "ann"}, "city": "Rome", "more": 1}'),
    ({"reference": ["Paris", "City of Light"]}, "“city of light”!"),
    ({"reference": {"answers": "The Eiffel Tower in Paris", "by": "f1"}}, "Eiffel Tower, Paris"),
    ({"reference": {"answers": "colour", "by": "edit", "at_least": "80%"}}, "color"),
    ({"in_order": ["load", ["ask", "question"], "unload"]}, "Load, question, unload."),
    ({"tool_call": WEATHER}, '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Rome"}}\n</tool_call>'),
    ({"tool_call": WEATHER}, '[get_weather(city="Rome")]'),
    ({"tool_call": WEATHER}, '[TOOL_CALLS]get_weather{"city": "Rome"}'),
    ({"tool_call": WEATHER}, json.dumps({"function": {"name": "get_weather", "arguments": '{"city": "Rome"}'}})),
    ({"tool_call": "none"}, "It is sunny."),
]


@pytest.mark.parametrize(("expect", "answer"), RIGHT)
def test_a_right_answer_passes(tmp_path: Path, expect: object, answer: str) -> None:
    grade = graded(tmp_path, expect, answer)
    assert (grade.passed, grade.score, grade.partial) == (True, 1, False), grade


WRONG: list[tuple[object, str, str]] = [
    ({"number": 42}, "41", "41 is wrong; 42 is right"),
    ({"number": 42}, "41 or 42", "it gives two numbers, 41 and 42"),
    ({"number": 42}, "I do not know.", "there is no number; 42 is right"),
    ({"number": 5}, "-5", "-5 is wrong; 5 is right"),
    ({"number": 1.5}, "1,500", "1,500 is wrong; 1.5 is right"),
    ({"number": {"value": 2, "unit": "km"}}, "2 miles", "2 is wrong; 2 km is right"),
    ({"choice": CITIES}, "New York", "it takes C (New York); B (Rome) is right"),
    ({"choice": CITIES}, "A or B", "it takes more than one: A and B"),
    ({"choice": CITIES}, "A) Paris\nB) Rome\nC) New York", "it takes more than one: A and B and C"),
    ({"choice": "B"}, "", "there is no answer; B is right"),
    ({"schema": SCHEMA}, "{'city': 'Rome'}", "it is no JSON: Expecting property name"),
    ({"schema": SCHEMA}, "[1]", "the answer: [1] is not of type 'object'"),
    ({"reference": "Paris"}, "It is Paris, of course.", 'it is not "Paris"'),
    ({"tool_call": WEATHER}, "It is sunny.", "it calls no tool, get_weather is right"),
    ({"tool_call": "none"}, '{"name": "get_weather", "arguments": {}}', "it calls get_weather, where no tool"),
]


@pytest.mark.parametrize(("expect", "answer", "reason"), WRONG)
def test_a_wrong_answer_fails_and_the_reason_is_told(tmp_path: Path, expect: object, answer: str, reason: str) -> None:
    grade = graded(tmp_path, expect, answer)
    assert (grade.passed, grade.score, grade.partial) == (False, 0, False), grade
    assert reason in grade.reason


PARTLY: list[tuple[object, str, float, str]] = [
    ({"number": {"value": 2, "unit": "km"}}, "2", 0.5, "the number 2 is right, but it has no unit; km is asked for"),
    ({"schema": SCHEMA}, '{"city": "Rome", "days": "3"}', 0.5, "days: '3' is not of type 'integer'"),
    ({"schema": SCHEMA}, 'Here: {"city": "Rome", "days": 3}', 0.5, "other text around the JSON"),
    ({"values": {"city": "Rome", "days": 3}}, '{"city": "Rome", "days": 4}', 0.5, "days is 4, 3 is right"),
    ({"in_order": ["load", "ask", "unload"]}, "Ask, load, unload", 2 / 3, '"ask" stands too early'),
    ({"tool_call": WEATHER}, 'get_weather(city="Oslo")', 0.5, "it calls get_weather, but city: 'Rome' was expected"),
]


@pytest.mark.parametrize(("expect", "answer", "score", "reason"), PARTLY)
def test_partial_credit_is_told_apart(tmp_path: Path, expect: object, answer: str, score: float, reason: str) -> None:
    grade = graded(tmp_path, expect, answer)
    assert (grade.passed, grade.partial) == (False, True), grade
    assert abs((grade.score or 0.0) - score) < 1e-9
    assert reason in grade.reason


MISTAKES: list[tuple[object, str]] = [
    ({"number": "4"}, 'expect.number is "4", but a number is expected'),
    ({"number": {"tolerance": 1}}, '[1].expect.number has no "value"'),
    ({"number": {"value": 1, "tolerance": "much"}}, "expect.number.tolerance"),
    ({"choice": {"right": "E", "of": 4}}, 'expect.choice.right is "E", but one of A, B, C, D is expected'),
    ({"choice": {"right": "A"}}, '[1].expect.choice has no "of"'),
    ({"schema": {"type": "objekt"}}, "expect.schema is no JSON Schema that can be used: type: 'objekt'"),
    ({"schema": {"$ref": "https://example.com/schema.json"}}, "it refers to https://example.com/schema.json"),
    ({"schema": {"pattern": "(?=a)"}}, "expect.schema is no JSON Schema that can be used"),
    ({"reference": []}, "expect.reference is [], but a list with at least one text is expected"),
    ({"reference": {"answers": "a", "by": "ear"}}, 'expect.reference.by is "ear", but one of equal, f1, edit'),
    ({"in_order": "a"}, 'expect.in_order is "a", but a list is expected'),
    ({"tool_call": {"tool": "t", "arguments": {"type": 1}}}, "expect.tool_call.arguments is no JSON Schema"),
    ({"code": {"tests": ["assert add(1, 2) =="]}}, "expect.code.tests[1] is no Python"),
    ({"code": {"tests": ["assert True"], "seconds": 1000}}, "expect.code.seconds is 1000, but at most 60 seconds"),
    ({"nubmer": 4}, 'expect.nubmer is not a known key; write "number"'),
]


@pytest.mark.parametrize(("expect", "sentence"), MISTAKES)
def test_a_mistake_names_prompt_and_key(tmp_path: Path, expect: object, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        graded(tmp_path, expect, "")
    assert sentence in str(caught.value)


def test_a_schema_that_multiplies_itself_ends(tmp_path: Path) -> None:
    parts = {f"s{number}": {"allOf": [{"$ref": f"#/$defs/s{number + 1}"}] * 2} for number in range(40)}
    schema = {"$defs": {**parts, "s40": {"type": "object"}}, "$ref": "#/$defs/s0"}
    began = time.process_time()
    with pytest.raises(ConfigError, match="too many steps"):
        graded(tmp_path, {"schema": schema}, "{}")
    assert time.process_time() - began < 10


def test_an_answer_is_right_if_everything_that_is_expected_is(tmp_path: Path) -> None:
    file = tmp_path / "prompts.json"
    expect = {"words": ["because"], "number": 42, "language": "en"}
    file.write_text(json.dumps([{"text": "?", "expect": expect}]), encoding="utf-8")
    prompt = load_prompts(file)[0]
    right, partly = quality.verdict(prompt, "42, because"), quality.verdict(prompt, "41, because")
    assert right is not None
    assert partly is not None
    assert (right.passed, right.score) == (True, 1)
    assert (partly.passed, partly.score, partly.partial) == (False, 0.5, True)
    assert partly.reason == "number: 41 is wrong; 42 is right"
    assert [grade.passed for grade in quality.grades(prompt, "41, because")] == [True, None, False]


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("art", "A part of it.", False),
        ("Ann", "Ann's laptop", True),
        ("Friday", "Answer:Friday.Bob", True),
        ("কর", "সে করে।", False),
        ("করে", "সে করে।", True),
        ("मॉडल", "कई मॉडलों में", False),
        ("โมเดล", "นี่คือโมเดลภาษา", True),
        ("モデル", "ローカルモデルは小さい。", True),
        ("模型", "这个模型很小。", True),
        ("서버", "서버는 작다.", True),
        ("서버", "서버실", False),
        ("5", "৫টি আপেল", True),
        ("3", "3.5 kg", False),
        ("café", "cafe\u0301", True),
        ("I'm", "I’m here", True),
    ],
)
def test_a_word_is_found_in_every_script(word: str, text: str, found: bool) -> None:
    assert has_word(word, folded(text)) is found


def test_words_and_characters_are_those_that_a_reader_sees() -> None:
    assert words_of("It's 3.5 km, আমি যাই।") == ["It's", "3.5", "km", "আমি", "যাই"]
    assert words_of("这个模型") == ["这", "个", "模", "型"]
    assert characters_of("ক্ষি👩‍🚀é") == 3


@pytest.mark.parametrize(
    "piece", ["1 ", "1/", "**1", "10^", "এক ", "answer: 1 ", "ครับ ", "วันนี้อากาศดีมาก ", "A or ", "f("]
)
def test_no_long_answer_takes_long(tmp_path: Path, piece: str) -> None:
    answer = piece * (quality.MAX_CHARACTERS // len(piece))
    expect = {"number": 3, "choice": {"right": "A", "of": ["x", "y"]}, "tool_call": "f", "max_sentences": 1}
    file = tmp_path / "prompts.json"
    file.write_text(json.dumps([{"text": "?", "expect": expect}]), encoding="utf-8")
    (prompt,) = load_prompts(file)
    began = time.process_time()
    quality.grades(prompt, answer)
    assert time.process_time() - began < 4, "it would take a minute if the time grew with the square of the length"
