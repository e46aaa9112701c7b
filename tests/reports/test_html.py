"""The page with charts: it needs nothing but itself, obeys no text, and draws what was measured."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.support.builders import model, run_record, timeline
from tests.support.hostile import texts
from tests.support.reports import named, starved_run, whole_run
from tui.measure.timing import metrics
from tui.records import RunRecord
from tui.reports.html import html_page
from tui.reports.html.charts.axis import axis_for, memory_ticks
from tui.text.escape import visible

VOID = {"meta", "br"}
_TOGETHER = 12
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")


class Structure(HTMLParser):
    """Reads from a page, as a browser does, its elements, the addresses to which they refer, and its words."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: Counter[str] = Counter()
        self.words: list[str] = []
        self.looks: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes.update(name for name, _ in attrs)
        self.looks += [value or "" for name, value in attrs if name == "class"]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes.update(name for name, _ in attrs)
        self.looks += [value or "" for name, value in attrs if name == "class"]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def starved_page() -> str:
    run, readings = starved_run()
    return html_page(run, readings)


def test_the_page_needs_nothing_but_itself(starved_page: str) -> None:
    structure = Structure(starved_page)
    assert not {"script", "link", "img", "iframe", "object", "use", "image"} & set(structure.elements)
    assert not {"src", "xlink:href", "srcset", "style", "onload", "onclick"} & set(structure.attributes)
    for reference in ("http:", "https:", "//", "@import", "url(", "data:"):
        assert reference not in starved_page, reference
    assert all(target.startswith("#") for target in re.findall('href="([^"]*)"', starved_page))
    assert "default-src 'none'" in starved_page
    assert "prefers-color-scheme: dark" in starved_page


def test_the_page_begins_with_its_verdict_and_links_to_each_of_its_sections() -> None:
    run = run_record(model("tiny"), model("big"))
    page = html_page(run)
    verdict = "<strong>tiny</strong> is fastest: 50.0 tok/s, 2.0 times as fast as <strong>big</strong>, a clear lead."
    assert f'<p class="verdict">With one launch of each model, {verdict}</p>' in page
    sections = re.findall('<section id="([^"]+)">\\s*<h2>([^<]+)</h2>', page)
    assert len(dict(sections)) == len(sections) > 5
    assert re.findall('<a href="#([^"]+)">([^<]+)</a>', page) == sections
    assert page.index('class="verdict"') < page.index("<nav") < page.index("<section")


def test_no_text_becomes_a_part_of_the_page() -> None:
    nasty = texts(40)
    expected = hostile_page("plain")
    for begin in range(0, len(nasty), _TOGETHER):
        # Several in one name, since each page takes half a second.
        text = " ".join(nasty[begin : begin + _TOGETHER])
        page = hostile_page(text)
        assert page.elements == expected.elements, repr(text)
        assert page.attributes == expected.attributes, repr(text)
        assert any(visible(text).strip() in words for words in page.words), repr(text)


def hostile_page(text: str) -> Structure:
    """Return the structure of a page of a run and readings of memory in which every name is this text."""
    _, readings = starved_run()
    page = html_page(named(text), [replace(reading, rss_bytes={text: 10**8}) for reading in readings])
    assert not _UNSEEN.search(page), repr(text)
    return Structure(page)


def test_every_request_is_a_dot_in_each_chart_it_belongs_to() -> None:
    run = whole_run()
    page = html_page(run)
    # Each chart stands there twice, for a desk and for a phone.
    dots = re.findall(r"<title>([^<]+)</title>", page)
    titles = [dot for dot in dots if dot.startswith("qwen2.5-0.5b@cpu")]
    rounds = sum(sample.key == "qwen2.5-0.5b@cpu" and sample.kind.value == "round" for sample in run.samples)
    every = sum(sample.key == "qwen2.5-0.5b@cpu" for sample in run.samples)
    assert len(titles) == 2 * 2 * (rounds + every)
    assert titles.count("qwen2.5-0.5b@cpu: 400 ms") == 2 * rounds
    assert "qwen2.5-0.5b@cpu, rag, cold: 1,200 ms" in titles
    assert dots.count("gemma-2-2b, privacy, round 1: failed, crashed: signal 9") == 2 * 2


def test_the_page_says_what_the_report_says(starved_page: str) -> None:
    words = " ".join("".join(Structure(starved_page).words).split())
    for sentence in (
        "Benchmark of 22 November 2026, 15:20 UTC",
        "starved failed: out of memory: killed while loading",
        "At least 100 MiB of 1.00 GiB stayed available.",
        "cannot allocate memory",
        "One model was in memory at a time.",
    ):
        assert sentence in words
    for name, meaning in metrics.DEFINITIONS:
        assert f"{name}{meaning}" in words


def test_memory_is_drawn_with_its_limit_and_its_deaths(starved_page: str) -> None:
    looks = Structure(starved_page).looks
    assert looks.count("line limit") == 2, "900 MiB of 1 GiB are near; in both widths"
    assert "starved ends before it should have at 17.5 s" in starved_page
    run, readings = starved_run()
    roomy = [replace(reading, total_bytes=16 * reading.total_bytes) for reading in readings]
    assert "line limit" not in Structure(html_page(run, roomy)).looks
    assert "Memory over the run" not in html_page(run)


def test_a_run_without_a_sample_is_a_page_too() -> None:
    empty = html_page(replace(run_record(), samples=(), loads=()))
    assert "svg" not in Structure(empty).elements
    assert "No model finished its rounds" in empty


def test_three_hundred_samples_stay_under_a_megabyte() -> None:
    run = run_record(model("a"), model("b"), model("c"), rounds=49)
    longer = timeline(tokens=120)
    page = html_page(replace(run, samples=tuple(replace(sample, timeline=longer) for sample in run.samples)))
    assert len(run.samples) > 300
    assert len(page.encode()) < 1_000_000


def test_an_axis_has_round_places_and_room_for_its_ends() -> None:
    near = axis_for([100.0, 104.0, 131.0], str)
    assert not near.logarithmic
    assert [words for _, words in near.ticks] == ["100.0", "110.0", "120.0", "130.0"]
    assert near.ends[0] < 100 < 131 < near.ends[1]
    assert axis_for([10.0, 40.0], str).ends[0] == 0
    far = axis_for([8.0, 800.0], str)
    assert far.logarithmic
    assert [words for _, words in far.ticks] == ["10.0", "20.0", "50.0", "100.0", "200.0", "500.0"]
    assert far.position(8.0) > far.ends[0]
    same = axis_for([50.0, 50.0], str)
    assert same.ends[0] < 50 < same.ends[1]
    assert len(axis_for([1e-3, 1e9], str).ticks) <= 13
    assert [words for _, words in memory_ticks(8.5 * 1024**3)] == ["0", "2.00 GiB", "4.00 GiB", "6.00 GiB", "8.00 GiB"]


def test_only_a_page_loads_the_charts() -> None:
    code = (
        "import sys, tui.cli, tui.cli.report, tui.screens.dialogs.export, tui.reports.export\n"
        "print('jinja2' in sys.modules, 'tui.reports.html.page' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert result.stdout.split() == ["False", "False"]


def widest(run: RunRecord) -> list[str]:
    return re.findall(r'viewBox="0 0 (\d+) ', html_page(run))


def test_the_same_run_is_the_same_page(starved_page: str) -> None:
    assert html_page(*starved_run()) == starved_page


def test_each_chart_stands_there_for_a_desk_and_for_a_phone() -> None:
    assert Counter(widest(run_record(model("tiny")))) == {"920": 5, "360": 5}
