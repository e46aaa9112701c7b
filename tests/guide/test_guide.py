"""The README and the pages of the guide: every page is listed, every link leads somewhere, and every command runs."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from tests.support.command import REPOSITORY, CommandFolder, command_folder
from tests.support.guide_commands import Block, blocks_of, run_block, world
from tui import guide
from tui.cli import COMMANDS
from tui.console import ExitCode

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
PAGES = {topic: guide.source_of(topic) for topic in guide.TOPICS}
LINK = re.compile(r"\]\(([^)#]+)\)")


@pytest.fixture
def folder(tmp_path: Path) -> CommandFolder:
    return command_folder(tmp_path)


def test_every_page_is_listed_with_its_title_and_a_summary_of_one_line(folder: CommandFolder) -> None:
    files = {path.stem for path in (REPOSITORY / "tui" / "guide").glob("*.md")}
    assert files == set(guide.TOPICS), "write the name of a new page into TOPICS"
    pages = [guide.page(topic) for topic in guide.TOPICS]
    for page in pages:
        assert page.title
        assert page.summary.endswith((".", "?", "!")), page.topic
        assert not re.search(r"<!--|\.md\)", page.text)
    listed = folder.run("guide").stdout
    table = README.partition("| page | what it is about |\n| --- | --- |\n")[2]
    for page in pages:
        assert re.search(rf"^{page.topic} +{re.escape(page.summary)}$", listed, re.MULTILINE)
        assert f"| [{page.topic}](tui/guide/{page.topic}.md) | {page.summary} |\n" in table


def test_the_readme_fits_one_sitting_and_lists_every_command() -> None:
    assert len(README.splitlines()) < 200
    for name, help_line in COMMANDS.items():
        assert f"| `{name}` | {help_line} |\n" in README


@pytest.mark.parametrize("topic", ["README", *PAGES])
def test_every_link_to_a_file_leads_to_one(topic: str) -> None:
    text, base = (README, REPOSITORY) if topic == "README" else (PAGES[topic], REPOSITORY / "tui" / "guide")
    for link in LINK.findall(text):
        assert link.startswith("https://") or (base / link).exists(), link


def test_a_page_is_shown_on_a_pipe_as_markdown_and_an_unknown_one_is_refused(folder: CommandFolder) -> None:
    assert folder.run("guide", "compare").stdout.startswith("# Compare runs\n")
    code, out, words = folder.outcome_of("guide", "compar")
    assert (code, out) == (ExitCode.USAGE, "")
    assert (
        words
        == 'benchtop: there is no page "compar" in the guide; the closest is "compare"; see "benchtop guide --help".\n'
    )


@pytest.mark.parametrize("topic", ["README", *PAGES])
def test_every_command_runs(topic: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = README if topic == "README" else PAGES[topic]
    blocks = list(blocks_of(text))
    if not any(block.runs for block in blocks):
        return
    with world(tmp_path, monkeypatch, text) as folder:
        printed = [text for block in blocks if block.runs for text in run_block(block, folder)]
    if topic == "README":
        choice = next(text for text in printed if "hoose practice-" in text)
        verdict = (
            r"Choose practice-\w+( for now)?\. It scores \d+\.\d of 100 against \d+\.\d for practice-\w+[,;] .*quality"
        )
        assert re.search(verdict, choice), choice


def test_a_command_that_is_not_run_has_its_reason() -> None:
    blocks: list[Block] = list(itertools.chain(*(blocks_of(text) for text in (README, *PAGES.values()))))
    assert sum(block.runs for block in blocks) > 15
    for block in blocks:
        assert block.runs or len(block.reason) > 10, block
