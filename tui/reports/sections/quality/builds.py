"""Builds of one model side by side, as a table and in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.measure.answers.builds import build_groups, compare_builds
from tui.measure.answers.quality_words import percent_span
from tui.records import RunRecord
from tui.records.grading.builds import Build, BuildState
from tui.text import units
from tui.text.tables import TableColumn, counted

BUILDS_TITLE: Final = "Builds of one model"
BUILDS_NOTE: Final = (
    "Each build is compared with the best of them, prompt by prompt. Parts at: the character at which an answer first "
    "differs, the median over the prompts; other precisions and processors part sooner or later without any damage."
)


def builds_of(run: RunRecord) -> tuple[tuple[Build, ...], ...]:
    """Compare the builds of each model that a run measured several builds of, if at least two of them answered."""
    groups = (compare_builds(sides) for sides in build_groups(run))
    return tuple(group for group in groups if sum(build.prompts > 0 for build in group) > 1)


def broken_sentences(builds: Sequence[Build]) -> tuple[str, ...]:
    """Write a sentence for each build that is not whole."""
    words = {BuildState.BROKEN: "This build is broken", BuildState.WORSE: "This build is worse"}
    return tuple(
        f"{words.get(build.state, 'This build differs')}: {build.name}, {build.why}."
        for build in builds
        if build.state is not BuildState.WHOLE
    )


def _quality(build: Build) -> str:
    rate = build.rate
    return units.UNKNOWN if rate is None else f"{units.percent(rate.rate)} {percent_span(rate.interval)}"


def _same(build: Build) -> str:
    return "reference" if build.is_reference else f"{units.count(build.same)} of {counted(build.prompts, 'prompt')}"


BUILD_COLUMNS: Final[tuple[TableColumn[Build], ...]] = (
    TableColumn("Build", lambda build: build.name, right=False, data=True),
    TableColumn("Provider", lambda build: build.execution_provider or units.UNKNOWN, right=False, data=True),
    TableColumn("Quality", _quality),
    TableColumn("Same answers", _same),
    TableColumn("Parts at", lambda build: units.count(build.parts_at)),
    TableColumn("Words in common", lambda build: units.percent(build.likeness)),
    TableColumn("Verdict", lambda build: build.state.value, right=False),
)
