"""Packs and data sets: every form is read, every mistake has its line, and what is hostile is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tui.config import ConfigError
from tui.config.packs.pack_file import DataSetOptions, find_pack, read_pack, shipped_packs
from tui.measure.answers import quality
from tui.records import PromptPack
from tui.records.grading.steps import asked_context

SHIPPED = {path.stem: read_pack(path) for path in shipped_packs()}
SUMS = [{"id": "one", "prompt": "1 + 1?", "expected": 2}, {"id": "two", "prompt": "2 + 2?", "expected": 4}]


def written(tmp_path: Path, name: str, content: object) -> Path:
    file = tmp_path / name
    file.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")
    return file


def passes(pack: PromptPack, task: str, answer: str) -> bool | None:
    prompt = next(prompt for prompt in pack.prompts if prompt.id == task)
    verdict = quality.verdict(prompt, answer)
    return None if verdict is None else verdict.passed


def test_the_packs_that_ship_are_whole() -> None:
    names = {"arithmetic": 25, "bengali": 12, "context": 12, "extraction": 25, "instructions": 25, "meeting-notes": 25}
    assert {name: pack.pack.tasks for name, pack in SHIPPED.items()} == names
    for pack in SHIPPED.values():
        assert (pack.pack.licence, pack.pack.version, len(pack.pack.digest)) == ("MIT", "1.0", 64)
        assert all(prompt.graders or prompt.facets for prompt in pack.prompts)
        assert find_pack(pack.pack.name).pack == pack.pack


@pytest.mark.parametrize(
    ("pack", "task", "answer", "passed"),
    [
        ("arithmetic", "distance", "8 km", True),
        ("arithmetic", "distance", "8,000 m", True),
        ("arithmetic", "distance", "8", False),
        ("arithmetic", "fahrenheit", "77 °F", True),
        ("arithmetic", "decimal", "3,65", True),
        ("arithmetic", "negative", "-25", True),
        ("arithmetic", "fraction", "3/4 × 212 = 159", True),
        ("extraction", "sensor", '{"sensor":"T4","place":"cold store","degrees":-18.5,"normal":true}', True),
        ("extraction", "sensor", '{"sensor":"T4","place":"cold store","degrees":18.5,"normal":true}', False),
        ("instructions", "upper", "LANTERN", True),
        ("instructions", "upper", "Lantern", False),
        ("instructions", "three-items", "- peas\n- leek\n- kale", True),
        ("instructions", "three-items", "Here:\n- peas\n- leek\n- kale", False),
        ("instructions", "letter", "B", True),
        ("instructions", "tool", '{"name": "get_time", "arguments": {"city": "Nairobi"}}', True),
        ("instructions", "german", "Sie ist gut, weil man dort lesen kann und die Bücher für alle da sind.", True),
        ("meeting-notes", "budget", "The budget is 12,500 euros. Review on June 4; Emil collects the receipts.", True),
        (
            "meeting-notes",
            "budget",
            "The budget is 12,500 euros. Review on June 14; Emil collects the receipts.",
            False,
        ),
        ("bengali", "jog", "৮৫", True),
        ("bengali", "rajdhani", "ঢাকা।", True),
        ("bengali", "ritu", "খ) গ্রীষ্ম", True),
        ("bengali", "ek-bakko", "নদী পাহাড় থেকে সাগরে যায়।", True),
        ("bengali", "ek-bakko", "নদী বড়। নদী সুন্দর।", False),
        ("bengali", "json", '{"name": "সুমন", "age": 29}', True),
    ],
)
def test_the_packs_that_ship_know_right_from_wrong(pack: str, task: str, answer: str, passed: bool) -> None:
    assert passes(SHIPPED[pack], task, answer) is passed


def test_the_context_pack_hides_one_fact_at_its_place() -> None:
    for prompt in SHIPPED["context"].prompts:
        asked = asked_context(prompt.id)
        assert asked is not None
        (alternatives,) = prompt.graders[0].in_order
        assert prompt.text.count(alternatives[0]) == 1
        place = prompt.text.index(alternatives[0]) / len(prompt.text) * 100
        assert abs(place - asked[1]) < 10
        assert 0.75 < len(prompt.text.split()) * 1.3 / asked[0] < 1.3
    assert next(path for path in shipped_packs() if path.stem == "context").stat().st_size < 1000, (
        "the long texts are made, not stored"
    )
    assert asked_context("p1") is None


FORMS = {
    "set.json": json.dumps(SUMS),
    "set.jsonl": "\n".join(map(json.dumps, SUMS)) + "\n",
    "set.yaml": "- {id: one, prompt: 1 + 1?, expected: 2}\n- id: two\n  prompt: 2 + 2?\n  expected: 4\n",
    "set.csv": "id,prompt,expected,more\none,1 + 1?,2,x\n\ntwo,2 + 2?,4,\n",
    "set.tsv": "id\tprompt\texpected\none\t1 + 1?\t2\ntwo\t2 + 2?\t4\n",
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_a_data_set_is_read(tmp_path: Path, name: str) -> None:
    pack = find_pack(str(written(tmp_path, name, FORMS[name])), DataSetOptions(scored="number"))
    assert [prompt.text for prompt in pack.prompts] == ["1 + 1?", "2 + 2?"]
    assert (passes(pack, "two", "It is 4."), passes(pack, "two", "five")) == (True, False)


def test_the_columns_of_others_can_be_named(tmp_path: Path) -> None:
    file = written(tmp_path, "q.csv", 'question,answer,source\n"Who, then?",Ann,a book\nWhere?,"Rome, Italy",a map\n')
    fields = {"prompt": "question", "expected": "answer"}
    pack = find_pack(str(file), DataSetOptions(fields=fields))
    assert passes(pack, "t1", "I think that it was Ann.")
    assert passes(pack, "t2", "In Rome, Italy.")
    with pytest.raises(ConfigError, match=r"q.csv, line 2: \[1\] has no \"prompt\"; it has question, answer, source"):
        find_pack(str(file))
    with pytest.raises(ConfigError, match='has no "frage"'):
        find_pack(str(file), DataSetOptions(fields={"prompt": "frage"}))


def test_a_pack_in_a_folder_takes_its_tasks_from_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    head = "name: mine\nversion: 2\nscored: {by: number, tolerance: 1%}\nsystem: Be short.\n"
    head += "data: sums.csv\nfields: {prompt: q}\n"
    written(tmp_path / "mine", "pack.yaml", head)
    sums = written(tmp_path / "mine", "sums.csv", "q,expected\n50 + 50?,100\n")
    pack = find_pack(str(tmp_path / "mine"))
    assert (pack.pack.name, pack.pack.version, pack.prompts[0].system) == ("mine", "2", "Be short.")
    assert (passes(pack, "t1", "100.9"), passes(pack, "t1", "102")) == (True, False)
    sums.write_text("q,expected\n50 + 50?,101\n", encoding="utf-8")
    assert find_pack(str(tmp_path / "mine")).pack.digest != pack.pack.digest
    written(tmp_path / "mine", "pack.yaml", head.replace("sums.csv", "../sums.csv"))
    written(tmp_path, "sums.csv", "q,expected\n1,1\n")
    with pytest.raises(ConfigError, match="a file in the folder of the pack is expected"):
        find_pack(str(tmp_path / "mine"))


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
MISTAKES: list[tuple[str, str, str]] = [
    (
        "p.json",
        '[\n {"prompt": "a"},\n {"id": "b", "prompt": "b",\n  "expect": {"number": "x"}}\n]',
        'p.json, line 4: [2].expect.number is "x", but a number is expected; write it without quotes and unit (task "b',
    ),
    (
        "p.yaml",
        "name: p\nversion: 1\ntasks:\n  - prompt: a\n    expcted: 2\n",
        'p.yaml, line 5: tasks[1].expcted is not a known key; write "expected"',
    ),
    (
        "p.yaml",
        "- prompt: a\n  expect:\n    choice:\n      right: Z\n      of: 3\n",
        "p.yaml, line 4: [1].expect.choice.right",
    ),
    ("p.yaml", BOMB, "p.yaml, line 2: there is the alias *a, which repeats another part"),
    ("p.yaml", "- !!python/object/apply:os.system [ls]\n", "p.yaml, line 1: there is the tag"),
    ("p.yaml", "- prompt: a\n  prompt: b\n", 'p.yaml, line 2: there is the key "prompt" twice'),
    ("p.yaml", f"- prompt: a\n  expected: {'9' * 5000}\n", "p.yaml, line 2: there is a number with more than 20"),
    ("p.yaml", "[" * 60, "p.yaml, line 1: there is more than 50 levels"),
    ("p.yaml", "[" * 100_000, "p.yaml, line 1: "),
    ("p.yaml", "- prompt: 'a\n", "p.yaml, line 2: this is not YAML"),
    ("p.json", "[" * 100_000, "p.json: this is not JSON that can be used"),
    ("p.json", f'[{{"prompt": "a", "expected": {"9" * 5000}}}]', "p.json: this is not JSON that can be used (the"),
    ("p.jsonl", '{"prompt": "a"}\n\n{"prompt": }\n', "p.jsonl, line 3, column 12: this is not JSON"),
    ("p.csv", "prompt,prompt\na,b\n", 'p.csv, line 1: two columns are called "prompt"'),
    ("p.csv", "prompt,expected\na,b\nc,d,e\n", "p.csv, line 3: it has 3 cells for 2 columns"),
    ("p.csv", 'prompt,expected\na,"b\n', "p.csv, line 2: this is no table"),
    ("p.json", '{"name": "p", "version": "1", "tasks": [{"prompt": "a", "expected": 1}]}', "can only be read if"),
    (
        "p.json",
        '{"name": "p", "scored": "number", "tasks": [{"prompt": "a"}]}',
        'p.json, line 1: tasks[1] has no "expected"',
    ),
    ("p.json", '{"name": "p", "scored": "luck", "tasks": [{"prompt": "a"}]}', 'scored is "luck", but one of contains'),
    ("p.json", '[{"id": "a", "prompt": "a"}, {"id": "a", "prompt": "b"}]', 'the id "a" stands twice'),
    ("p.txt", "prompt", "a pack or a data set ends in .json, .jsonl"),
]


@pytest.mark.parametrize(("name", "content", "sentence"), MISTAKES)
def test_a_mistake_names_file_line_task_and_key(tmp_path: Path, name: str, content: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        find_pack(str(written(tmp_path, name, content)))
    assert sentence in str(caught.value)


def test_the_words_of_yaml_stay_words(tmp_path: Path) -> None:
    text = "- {prompt: Is it raining?, expected: no}\n- {prompt: When?, expected: 12:30}\n"
    pack = find_pack(str(written(tmp_path, "p.yaml", text)), DataSetOptions(scored="equal"))
    assert passes(pack, "t1", "No.")
    assert passes(pack, "t2", "12:30")


def test_a_pack_without_a_name_like_it_offers_the_closest() -> None:
    with pytest.raises(ConfigError, match='file or folder "arithmetics"; the closest is "arithmetic"'):
        find_pack("arithmetics")


def test_the_hash_is_that_of_the_content_whatever_the_form(tmp_path: Path) -> None:
    digests = {
        find_pack(str(written(tmp_path, name, FORMS[name])), DataSetOptions(scored="number")).pack.digest
        for name in ("set.json", "set.jsonl", "set.yaml")
    }
    assert len(digests) == 1
