"""The section of a report on how the run went, and its sentences for the command line."""

from __future__ import annotations

from tui.measure.timing.rounds import Course, courses
from tui.measure.timing.segments import segments
from tui.records import RunRecord
from tui.records.statistics import OtherText, Repeatable
from tui.reports.context import ReportContext
from tui.reports.findings import Markup
from tui.text import units
from tui.text.tables import counted, listed


def course_lines(material: ReportContext, markup: Markup) -> list[str]:
    """Whether the run was resumed, what each model's intervals reach, what disturbed it, and whether texts repeat."""
    run = material.run
    names = {summary.key: markup.name(summary) for summary in material.summaries}
    found = courses(run)
    lines = [_resumed(run)] if segments(run) > 1 else []
    for course in found:
        said = (reach_said(run, course), disturbed_said(run, course), repeatable_said(course))
        lines += [f"{names[course.key]}: {markup.data(sentence)}." for sentence in said if sentence]
    same = [names[course.key] for course in found if course.repeatability.repeatable is Repeatable.YES]
    if same:
        lines.append(f"Repeatable at temperature 0, with the same text in every round of a prompt: {listed(same)}.")
    return lines


def reach_said(run: RunRecord, course: Course) -> str:
    """What adding rounds has come to; empty where none were to be added."""
    asked = run.plan.method.until_interval
    if asked is None:
        return ""
    spent = counted(course.rounds, "round")
    if course.launches > 1:
        spent += f" in {counted(course.launches, 'launch', 'launches')}"
    if course.reach is None:
        return f"after {spent} there is no 95 % interval yet, and {units.share(asked)} to each side was asked for"
    if course.reach > asked:
        reached = units.share(course.reach)
        return f"after {spent} the 95 % interval still reaches {reached}, and {units.share(asked)} was asked for"
    return f"after {spent} the 95 % interval reaches no further than {units.share(course.reach)}, as was asked for"


def disturbed_said(run: RunRecord, course: Course) -> str:
    """How many requests were disturbed, by what, and whether they are in the numbers; empty where none was."""
    if not course.disturbed:
        return ""
    kinds = listed([f"{kind.value} {units.count(count)}" for kind, count in course.disturbances.items()])
    count = f"{units.count(course.disturbed)} of {counted(course.requests, 'request')}"
    counts = (
        "left out of every number"
        if run.without_disturbed
        else "in every number all the same; --without-disturbed leaves them out"
    )
    return f"disturbed: {count} ({kinds}), {counts}"


def repeatable_said(course: Course) -> str:
    """Which prompts gave more than one text; empty where none did, or nothing is known."""
    others = course.repeatability.others
    if not others:
        return ""
    return f"not repeatable at temperature 0, the text differs: {'; '.join(_other(each) for each in others)}"


def _other(other: OtherText) -> str:
    return (
        f"{other.prompt_id} in {counted(other.rounds, 'round')}, first in round {other.round} of launch "
        f"{other.launch} from character {units.count(other.character)} on"
    )


def _resumed(run: RunRecord) -> str:
    again = "What had failed or was broken off was tried again and counts as it came out last."
    return f"The run was resumed: it was measured in {segments(run)} segments, each begun anew. {again}"
